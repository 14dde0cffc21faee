"""Callers who always go straight to a person (a reasonable adjustment), known by their number's keyed hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.records.tables import direct_callers

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database


@dataclass(frozen=True, slots=True)
class DirectCaller:
    """One of them."""

    caller_key: str
    note: str
    """Why, for staff; no name and no diagnosis is needed."""
    added: datetime


class DirectCallers:
    """The register. Every method raises RecordsError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, caller_key: str) -> bool:
        """Whether the caller of this key is in it."""
        found = sa.select(direct_callers.c.caller_key).where(direct_callers.c.caller_key == caller_key)
        with self._database.read() as connection:
            return connection.execute(found).first() is not None

    def add(self, caller_key: str, note: str, now: datetime) -> bool:
        """Enter a caller. Returns False where they were there before."""
        row = {"caller_key": caller_key, "note": note, "added": now}
        with self._database.write() as connection:
            return self._database.add(connection, direct_callers, row)

    def remove(self, caller_key: str) -> bool:
        """Take a caller out. Returns False where they were not in it."""
        gone = sa.delete(direct_callers).where(direct_callers.c.caller_key == caller_key)
        with self._database.write() as connection:
            return connection.execute(gone).rowcount > 0

    def list(self) -> tuple[DirectCaller, ...]:
        """Return all, in the order they were entered."""
        found = sa.select(direct_callers).order_by(direct_callers.c.added, direct_callers.c.caller_key)
        with self._database.read() as connection:
            return tuple(DirectCaller(r.caller_key, r.note, r.added) for r in connection.execute(found))
