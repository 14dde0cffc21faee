"""What people who listened again say about a turn: taken rightly or wrongly, and what the caller wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.records.tables import calls, reviews, turns

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database


@dataclass(frozen=True, slots=True)
class Review:
    """One judgement; turn 0 is the call as a whole."""

    call_id: str
    turn: int
    right: bool
    meant: str
    """`entry:ID` or `enquiry:ID` that the caller wanted; empty: not known."""
    note: str
    by: str
    at: datetime


def add_review(database: Database, review: Review) -> bool:
    """Keep a judgement in place of an earlier one of the same turn. Returns False: there is no such turn.

    That a transfer was wrong is marked beside it: `Store.mark_wrong`. Raises RecordsError.
    """
    row = {name: getattr(review, name) for name in ("call_id", "turn", "right", "meant", "note", "by", "at")}
    with database.write() as connection:
        there = sa.select(calls.c.call_id).where(calls.c.call_id == review.call_id)
        if review.turn:
            there = sa.select(turns.c.turn).where(turns.c.call_id == review.call_id, turns.c.turn == review.turn)
        if connection.execute(there).first() is None:
            return False
        upsert = database.insert(reviews).values(row)
        connection.execute(upsert.on_conflict_do_update(index_elements=["call_id", "turn"], set_=row))
    return True


def reviews_of(database: Database, call_id: str) -> dict[int, Review]:
    """Return the judgements of a call, by turn. Raises RecordsError."""
    found = sa.select(reviews).where(reviews.c.call_id == call_id)
    with database.read() as connection:
        return {row["turn"]: Review(**row) for row in connection.execute(found).mappings()}
