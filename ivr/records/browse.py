"""Finding calls for a person who looks at them: by time, outcome, whom they were about, and what was said."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ivr.model import Outcome
from ivr.records.columns import from_micros, to_micros
from ivr.records.tables import calls, reviews, turns

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database


PATIENCE: Final = 0.4
"""Seconds that a look for calls takes, about, before it stops where it is."""
FIRST_STRETCH: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What calls are looked for."""

    start: datetime | None = None
    end: datetime | None = None
    outcome: str = ""
    about: str = ""
    """Part of the entry's name, the department or the enquiry's id."""
    words: str = ""
    """Part of what the caller said."""
    reviewed: str = ""
    """`right`, `wrong`, or empty: all."""


@dataclass(frozen=True, slots=True)
class Found:
    """One call, in a line."""

    call_id: str
    started: datetime
    seconds: float
    outcome: Outcome
    caller: str
    """Masked."""
    about: str
    reason: str
    wrong: bool

    @property
    def key(self) -> str:
        """Where the list goes on after this one."""
        return f"{to_micros(self.started)}-{self.call_id}"


def find_calls(database: Database, wanted: Wanted, after: str = "", most: int = 50) -> tuple[Found, ...]:
    """Return finished calls, the latest first, from `after` the one with this key on. Raises RecordsError."""
    conditions = [calls.c.outcome.is_not(None), *_conditions(wanted)]
    micros, _, last = after.partition("-")
    if micros.isdigit():
        moment = from_micros(int(micros))
        same = sa.and_(calls.c.started == moment, calls.c.call_id < last)
        conditions.append(sa.or_(calls.c.started < moment, same))
    found = sa.select(calls).where(*conditions).order_by(calls.c.started.desc(), calls.c.call_id.desc()).limit(most)
    with database.read() as connection:
        return tuple(_found(row) for row in connection.execute(found))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, looking back for as long as somebody waits."""

    rows: tuple[Found, ...]
    more: str
    """Where to go on from; empty: there is no more."""
    until: datetime | None
    """How far back was looked, where time ran out before enough was found."""


def look_back(
    database: Database, wanted: Wanted, after: str = "", most: int = 50, patience: float = PATIENCE
) -> Looked:
    """Look for calls from the latest back, for about `patience` seconds, however many there are.

    What is rare is looked for in a stretch of days at a time, longer ones as long as that is quick; who wants more
    goes on from where it ended. Raises RecordsError.
    """
    upper, lower = _ends(database, wanted, after)
    found: list[Found] = []
    began, stretch = time.monotonic(), FIRST_STRETCH
    while upper is not None and lower is not None and upper > lower:
        started = time.monotonic()
        start = max(upper - stretch, lower)
        part = replace(wanted, start=start, end=upper if wanted.end is None else min(upper, wanted.end))
        found += find_calls(database, part, after, most - len(found))
        if len(found) == most:
            return Looked(tuple(found), found[-1].key, None)
        upper, now = start, time.monotonic()
        if now - began >= patience and upper > lower:
            return Looked(tuple(found), f"{to_micros(upper)}-", upper)
        stretch *= 2 if now - started < patience / 8 else 1
    return Looked(tuple(found), "", None)


def _ends(database: Database, wanted: Wanted, after: str) -> tuple[datetime | None, datetime | None]:
    """Return just after the latest call that may be one, and the moment of the first; None: there is none."""
    with database.read() as connection:
        # Two questions: each is answered by one end of the index, both together by all of it.
        first = connection.scalar(sa.select(sa.func.min(calls.c.started)))
        last = connection.scalar(sa.select(sa.func.max(calls.c.started)))
    if first is None or last is None:
        return None, None
    micros = after.partition("-")[0]
    latest = min(last, from_micros(int(micros))) if micros.isdigit() else last
    latest += timedelta(microseconds=1)
    upper = min(latest, wanted.end) if wanted.end else latest
    return upper, max(first, wanted.start) if wanted.start else first


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    found += [calls.c.started >= wanted.start] if wanted.start else []
    found += [calls.c.started < wanted.end] if wanted.end else []
    if wanted.outcome in set(Outcome):
        found.append(calls.c.outcome == Outcome(wanted.outcome))
    if wanted.about:
        columns = (calls.c.entry_name, calls.c.department, calls.c.enquiry_id)
        found.append(sa.or_(*(column.icontains(wanted.about, autoescape=True) for column in columns)))
    if wanted.words:
        said = sa.select(turns.c.call_id).where(
            turns.c.call_id == calls.c.call_id, turns.c.heard.icontains(wanted.words, autoescape=True)
        )
        found.append(said.exists())
    if wanted.reviewed:
        judged = sa.select(reviews.c.call_id).where(reviews.c.right.is_(wanted.reviewed == "right"))
        found.append(calls.c.call_id.in_(judged))
    return found


def _found(row: Any) -> Found:
    about = row.entry_name or row.enquiry_id
    seconds = (row.ended - row.started).total_seconds()
    return Found(
        row.call_id, row.started, seconds, row.outcome, row.caller_masked, about, row.reason, row.wrong_transfer
    )
