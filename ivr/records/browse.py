"""Finding calls for a person who looks at them: by time, outcome, whom they were about, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.model import Outcome
from ivr.records.columns import from_micros, to_micros
from ivr.records.tables import calls, reviews, turns

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What calls are looked for. Words and names are looked for in the period, which is kept short by who asks."""

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
        judged = sa.select(reviews.c.call_id).where(
            reviews.c.call_id == calls.c.call_id, reviews.c.right.is_(wanted.reviewed == "right")
        )
        found.append(judged.exists())
    return found


def _found(row: Any) -> Found:
    about = row.entry_name or row.enquiry_id
    seconds = (row.ended - row.started).total_seconds()
    return Found(
        row.call_id, row.started, seconds, row.outcome, row.caller_masked, about, row.reason, row.wrong_transfer
    )
