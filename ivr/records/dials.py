"""Transfers of the last hours: who was dialled, and what that is taken to cost. For the caps on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.records.tables import dials

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database


class Dials:
    """The transfers of one records database. Every method raises RecordsError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call_id: str, entry_id: str, at: datetime, pence: float) -> None:
        """Note that a call is put through to an entry; said again it counts once."""
        row = {"call_id": call_id, "entry_id": entry_id, "at": at, "pence": pence}
        with self._database.write() as connection:
            self._database.add(connection, dials, row)

    def since(self, start: datetime, entry_id: str, call_id: str) -> tuple[int, float]:
        """Return (transfers to this entry, pence of all transfers) since `start`, without those of `call_id`."""
        to_it = sa.func.coalesce(sa.func.sum(sa.case((dials.c.entry_id == entry_id, 1), else_=0)), 0)
        spent = sa.func.coalesce(sa.func.sum(dials.c.pence), 0.0)
        found = sa.select(to_it, spent).where(dials.c.at > start, dials.c.call_id != call_id)
        with self._database.read() as connection:
            row = connection.execute(found).one()
        return int(row[0]), float(row[1])

    def forget(self, before: datetime) -> int:
        """Forget older transfers. Returns how many."""
        with self._database.write() as connection:
            return connection.execute(sa.delete(dials).where(dials.c.at < before)).rowcount
