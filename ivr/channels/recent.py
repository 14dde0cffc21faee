"""What the records say that a live call needs: whom this caller was just put through to, and who is asked for most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.model import Decision, Outcome
from ivr.records.figures import WRONG_SECONDS
from ivr.records.tables import calls, turns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.records.database import Database

POPULAR_DAYS = 90
"""Days of calls that say who is asked for most."""
POPULAR = 1000
"""Entries counted."""


@dataclass(frozen=True, slots=True)
class LastTransfer:
    """A transfer that ended a moment ago."""

    call_id: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How much one caller has used the line lately."""

    calls: int
    names: int
    """Turns in which somebody of the directory was found for them."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Questions to one records database. Every method raises RecordsError where it fails."""

    database: Database

    def transfer(self, caller_key: str, now: datetime) -> LastTransfer | None:
        """Return the caller's transfer that ended within the last two minutes, or None."""
        if not caller_key:
            return None
        found = (
            sa.select(calls.c.call_id, calls.c.entry_id)
            .where(
                calls.c.caller_key == caller_key,
                calls.c.started > now - timedelta(days=1),
                calls.c.ended > now - timedelta(seconds=WRONG_SECONDS),
                calls.c.outcome == Outcome.TRANSFERRED,
            )
            .order_by(calls.c.ended.desc())
            .limit(1)
        )
        with self.database.read() as connection:
            row = connection.execute(found).first()
        return LastTransfer(*row) if row and row.entry_id else None

    def habit(self, caller_key: str, since: datetime) -> Habit:
        """Return what the caller of this key has done since then."""
        theirs = (calls.c.caller_key == caller_key, calls.c.started > since)
        named = sa.select(sa.func.count()).select_from(calls.join(turns)).where(
            *theirs,
            turns.c.decision.in_((Decision.ACCEPT, Decision.CONFIRM, Decision.CHOOSE)),
            sa.type_coerce(turns.c.candidates, sa.Text).like('[["entry:%'),
        )  # fmt: skip
        with self.database.read() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(calls).where(*theirs)) or 0
            return Habit(count, (connection.scalar(named) or 0) if count else 0)

    def popular(self, now: datetime) -> Mapping[str, int]:
        """Return how often each entry was asked for lately, by id."""
        count = sa.func.count()
        found = (
            sa.select(calls.c.entry_id, count)
            .where(calls.c.started > now - timedelta(days=POPULAR_DAYS), calls.c.entry_id != "")
            .group_by(calls.c.entry_id)
            .order_by(count.desc())
            .limit(POPULAR)
        )
        with self.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(found)}
