"""The calls of a period, counted. Months that are over are counted once, and kept until a call of theirs changes.

What is kept always equals what counting again would give: the database drops a month in the very transaction
that changes one of its calls. `count_calls(..., afresh=True)` counts everything again, which a test does.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.errors import RecordsError
from ivr.records.columns import EPOCH, MICROSECOND, to_micros
from ivr.records.figures import MEASURES, Tally
from ivr.records.grouping import Month, Table, count_month, merged
from ivr.records.period import Period, month_of
from ivr.records.tables import calls, summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from ivr.records.database import Database

SHAPE = sha256(" ".join((*MEASURES, "2")).encode()).hexdigest()[:16]
"""Names what is counted; the number changes when a meaning does, so that every month is counted again."""


@dataclass(frozen=True)
class Counts:
    """The calls of a period, counted in every way a report shows."""

    period: Period
    """With both ends set."""
    month: Month
    """Everything added up."""

    def tallies(self, kind: str) -> Mapping[str, Tally]:
        """Return the tallies of one way to group, by key; no order is promised."""
        table = self.month.tables.get(kind)
        if table is None:
            return {}
        return {key: Tally(tuple(row)) for key, row in zip(table.keys, table.rows.tolist(), strict=True)}

    @cached_property
    def total(self) -> Tally:
        """All calls."""
        table = self.month.tables.get("day")
        return Tally(tuple(table.rows.sum(axis=0).tolist())) if table else Tally()


def count_calls(
    database: Database,
    period: Period,
    *,
    afresh: bool = False,
    now: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Counts:
    """Count the finished calls that began in the period. Raises RecordsError.

    `progress` is told after each month how many of how many are counted.
    """
    now = now or datetime.now(UTC)
    with database.read() as connection:
        whole, busy = bounded(connection, period), _busy(connection, period)
    parts = list(_months(busy))
    kept = {} if afresh else _kept(database, busy)
    found = []
    for at, (name, part, complete) in enumerate(parts, 1):
        month = kept.get(name) if complete else None
        if month is None:
            keep = complete and not afresh and part.end is not None and part.end <= now
            month = _count_and_keep(database, name, part) if keep else _count(database, part)
        found.append(month)
        if progress:
            progress(at, len(parts))
    return Counts(whole, merged(found))


def keep_months(database: Database, zone: ZoneInfo, now: datetime, most: int = 3) -> int:
    """Count at most so many of the months that are over and not kept yet; returns how many. Raises RecordsError."""
    with database.read() as connection:
        busy = _busy(connection, Period(zone))
        known = set(connection.scalars(sa.select(summaries.c.month).where(summaries.c.zone == zone.key, *_GOOD)))
    over = [(name, part) for name, part, _ in _months(busy) if part.end and part.end <= now and name not in known]
    for name, part in over[-most:]:
        _count_and_keep(database, name, part)
    return len(over[-most:])


def _count(database: Database, part: Period) -> Month:
    with database.read() as connection:
        return count_month(connection, part)


def _count_and_keep(database: Database, name: str, part: Period) -> Month:
    """Count a month, and keep it unless a call of it changed meanwhile, or the database cannot be written."""
    token = uuid.uuid4().hex
    try:
        _claim(database, name, part, token)
    except RecordsError:
        return _count(database, part)
    month = _count(database, part)
    content = json.dumps([{kind: t.as_json() for kind, t in month.tables.items()}, month.names])
    change = sa.update(summaries).where(summaries.c.token == token, summaries.c.content == "")
    with database.write() as connection:
        connection.execute(change.values(content=content))
    return month


def _claim(database: Database, name: str, part: Period, token: str) -> None:
    """Put an empty summary in place, for changes of its calls to drop; whoever writes now is waited for."""
    assert part.start is not None  # noqa: S101 - a whole month has both
    assert part.end is not None  # noqa: S101 - likewise
    row = {
        "zone": part.zone.key, "month": name, "first": to_micros(part.start), "last": to_micros(part.end),
        "shape": SHAPE, "token": token, "content": "",
    }  # fmt: skip
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Calls wait behind this lock while it waits for a long writer, so it does not wait for long.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            connection.exec_driver_sql("LOCK TABLE calls IN SHARE MODE")
        same = summaries.c.zone == part.zone.key, summaries.c.month == name
        connection.execute(sa.delete(summaries).where(*same))
        connection.execute(sa.insert(summaries).values(row))


def _kept(database: Database, period: Period) -> Mapping[str, Month]:
    """Return the months of a period that are kept, by name."""
    found = sa.select(summaries.c.month, summaries.c.content).where(
        summaries.c.zone == period.zone.key,
        *_GOOD,
        summaries.c.first >= to_micros(period.start or EPOCH) - _A_MONTH,
        summaries.c.last <= to_micros(period.end or EPOCH) + _A_MONTH,
    )
    with database.read() as connection:
        return {name: _read(content) for name, content in connection.execute(found)}


_GOOD = summaries.c.shape == SHAPE, summaries.c.content != ""
_A_MONTH = 32 * 86_400 * 1_000_000


def _read(content: str) -> Month:
    tables, names = json.loads(content)
    return Month({kind: Table.from_json(table) for kind, table in tables.items()}, names)


def _months(period: Period) -> Iterator[tuple[str, Period, bool]]:
    """Give (name, part, whether it is all of the month) of each local month that a period touches."""
    start, end = period.start, period.end
    while start is not None and end is not None and start < end:
        name = f"{start.astimezone(period.zone):%Y-%m}"
        month = month_of(name, period.zone)
        assert month.start is not None  # noqa: S101 - a month has both ends
        assert month.end is not None  # noqa: S101 - likewise
        part = Period(period.zone, start, min(month.end, end))
        yield name, part, part == month
        start = month.end


def bounded(connection: sa.Connection, period: Period) -> Period:
    """Set the ends left open to the first and the last call."""
    first, last = _ends(connection)
    start = period.start or min(first, period.end or first)
    return replace(period, start=start, end=period.end or max(last + MICROSECOND, start))


def _busy(connection: sa.Connection, period: Period) -> Period:
    """Return the part of a period that can have calls; open ends are those of the first and last calls' months."""
    first, last = _ends(connection)
    months = [month_of(f"{at.astimezone(period.zone):%Y-%m}", period.zone) for at in (first, last)]
    from_, to = months[0].start or first, months[1].end or last
    start, end = max(period.start or from_, from_), min(period.end or to, to)
    return replace(period, start=start, end=max(start, end))


def _ends(connection: sa.Connection) -> tuple[datetime, datetime]:
    """Return the start of the first and the last call."""
    first, last = (connection.scalar(sa.select(end(calls.c.started))) for end in (sa.func.min, sa.func.max))
    return first or EPOCH, last or EPOCH
