"""The calls behind any figure of a report."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.errors import InputError
from ivr.records.conditions import STARTED, Condition, behind, within
from ivr.records.counting import bounded, count_calls
from ivr.records.figures import BY_NAME
from ivr.records.period import hour_named, hour_of_week, local_day, month_of, read_day
from ivr.records.report import days_below
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.records.database import Database
    from ivr.records.period import Period

_COLUMNS = {
    "entry": calls.c.entry_id,
    "department": calls.c.department,
    "enquiry": calls.c.enquiry_id,
    "skill": calls.c.skill,
    "language": calls.c.language,
    "engine": calls.c.engine,
    "version": calls.c.directory_version,
}
_NARROWING = re.compile(r"/(?=(?:month|day|hour|" + "|".join(_COLUMNS) + r")=)")


def calls_behind(database: Database, figure: str, period: Period, *, floor: float = 0.0) -> Iterator[tuple[str, Any]]:
    """Give (call id, start in local time) of the calls behind a figure, oldest first.

    `figure` is a figure's name, narrowed by any of `/month=2026-05`, `/day=2026-05-31`, `/hour=Mon-09`,
    `/entry=ID`, `/department=NAME`, `/enquiry=ID`, `/skill=NAME`, `/language=en-GB`, `/engine=NAME`, `/version=HASH`:
    `completed/enquiry=missed_bin`. `floor`: share in per cent, for `days_below`. Raises InputError for an unknown
    figure, RecordsError.
    """
    name, *narrowed = _NARROWING.split(figure)
    if name not in BY_NAME:
        raise InputError(f"no figure {name!r}", todo="one of " + ", ".join(BY_NAME))
    with database.read() as connection:
        whole = bounded(connection, period)
        conditions = [behind(name), *(_narrowed(part, whole) for part in narrowed)]
    if name == "days_below":
        conditions.append(_below(database, whole, narrowed, floor))
    found = sa.select(calls.c.call_id, calls.c.started).where(*within(whole), *conditions)
    with database.read() as connection:
        for row in connection.execute(found.order_by(calls.c.started, calls.c.call_id)):
            yield row.call_id, row.started.astimezone(period.zone)


def _narrowed(part: str, period: Period) -> Condition:
    key, _, value = part.partition("=")
    if key == "month":
        month = month_of(value, period.zone)
        return sa.and_(calls.c.started >= month.start, calls.c.started < month.end)
    if key == "day":
        return local_day(STARTED, period) == (read_day(value) - date(1970, 1, 1)).days
    if key == "hour":
        return hour_of_week(STARTED, period) == hour_named(value)
    if key not in _COLUMNS or (not value and key not in {"language", "engine", "version"}):
        known = ", ".join(("month", "day", "hour", *_COLUMNS))
        raise InputError(f"a figure cannot be narrowed by {part!r}", todo=f"use {known}")
    return _COLUMNS[key] == value


def _below(database: Database, period: Period, narrowed: list[str], floor: float) -> Condition:
    """Return that a call began on a day below the floor: of its department, where narrowed to one."""
    departments = [part.partition("=")[2] for part in narrowed if part.startswith("department=")]
    below = days_below(count_calls(database, period), floor, departments[0] if departments else None)
    numbers = [(date.fromisoformat(day) - date(1970, 1, 1)).days for day in below]
    return local_day(STARTED, period).in_(numbers)
