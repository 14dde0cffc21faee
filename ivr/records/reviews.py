"""What people who listened again say about a turn: taken rightly or wrongly, and what the caller wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from ivr.model import Decision, Expect, TargetKind
from ivr.records.manifest import Utterance
from ivr.records.schedule import kept_recording
from ivr.records.tables import calls, reviews, turns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ivr.model import Candidate, Directory
    from ivr.records.database import Database


NOBODY: Final = "nobody"
"""What a caller wanted who asked for nobody and nothing that is there."""


@dataclass(frozen=True, slots=True)
class Review:
    """One judgement; turn 0 is the call as a whole."""

    call_id: str
    turn: int
    right: bool
    meant: str
    """`entry:ID` or `enquiry:ID` that the caller wanted, `NOBODY`, or empty: not known."""
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


def judged(database: Database, directory: Directory, recordings: Path) -> tuple[Utterance, ...]:
    """Return the turns at the greeting that people judged as utterances with what they should be taken for.

    What was kept of a caller's sound is heard again; else the words as they were heard. Left out: those marked wrong
    without saying what was wanted, and those who wanted somebody no longer in `directory`. Raises RecordsError.
    """
    columns = (turns.c.heard, turns.c.audio, turns.c.decision, turns.c.candidates)
    found = (
        sa.select(reviews, *columns)
        .join_from(reviews, turns, sa.and_(turns.c.call_id == reviews.c.call_id, turns.c.turn == reviews.c.turn))
        .where(turns.c.expect == Expect.CALL.value, sa.or_(turns.c.heard != "", turns.c.audio != ""))
        .order_by(reviews.c.at, reviews.c.call_id, reviews.c.turn)
    )
    with database.read() as connection:
        rows = connection.execute(found).all()
    made: list[Utterance] = []
    for row in rows:
        expected = _expected(meant_by(row.meant, row.right, row.decision, row.candidates), directory)
        if expected is None:
            continue
        file = kept_recording(recordings, row.audio)
        if file is None and not row.heard:
            continue
        given = {
            "text": row.heard, "expected": expected, "call": row.call_id,
            "turn": str(row.turn), "by": row.by, "at": row.at.isoformat(timespec="seconds"),
        }  # fmt: skip
        made.append(Utterance(len(made) + 2, expected, file, "" if file else row.heard, given))
    return tuple(made)


def meant_by(meant: str, right: bool | None, decision: Decision | None, candidates: Sequence[Candidate]) -> str:
    """Return what a judgement says the caller wanted: `entry:ID`, `enquiry:ID`, `NOBODY`; empty: it does not say."""
    if meant or not right:
        return meant
    if decision is Decision.REJECT:
        return NOBODY
    return str(candidates[0].target) if candidates else ""


def _expected(meant: str, directory: Directory) -> str | None:
    """Return what a manifest expects: a name, an enquiry's id, nothing for nobody; None: that is not known."""
    if meant == NOBODY:
        return ""
    kind, _, name = meant.partition(":")
    if kind == TargetKind.ENQUIRY:
        return name or None
    entry = directory.get(name) if kind == TargetKind.ENTRY else None
    return entry.name if entry else None
