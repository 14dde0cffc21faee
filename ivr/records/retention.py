"""What is kept, how long, and what a caller may ask for: a copy of what is known about them, or its removal.

Figures stay as they were: outcomes are kept, and whether a caller called again is noted beside each call.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.records.store import read_calls
from ivr.records.tables import answers, calls, dials, direct_callers, requests, sessions, turns

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database

_NO_WORDS: dict[str, Any] = {"heard": "", "keyed": "", "candidates": (), "why": "", "audio": ""}
_NO_CALLER: dict[str, Any] = {"caller_key": "", "caller_masked": "", "reason": ""}


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal touched."""

    calls: int
    turns: int
    sessions: int
    recordings: tuple[str, ...]
    """Names of stored recordings that are to be deleted too: the database only knows their names."""


def expire(database: Database, before: datetime) -> Removed:
    """Remove the words and the caller of every call that began before this time. Raises RecordsError.

    The calls, their times and outcomes stay, so no figure changes.
    """
    with_caller = sa.or_(calls.c.caller_key != "", calls.c.caller_masked != "", calls.c.reason != "")
    with database.write() as connection:
        old = sa.select(calls.c.call_id).where(calls.c.started < before)
        stale = sessions.c.updated < before
        _blank(connection, sa.and_(requests.c.created < before, requests.c.status == "delivered"))
        return _remove(connection, sa.and_(calls.c.started < before, with_caller), old, stale)


def expire_recordings(database: Database, before: datetime) -> tuple[str, ...]:
    """Forget the recordings of turns before this time, and return their names. Raises RecordsError."""
    old = sa.and_(turns.c.audio != "", turns.c.at < before)
    with database.write() as connection:
        names = connection.scalars(sa.select(turns.c.audio).where(old)).all()
        connection.execute(sa.update(turns).where(old).values(audio=""))
    return tuple(names)


def erase_caller(database: Database, key: str) -> Removed:
    """Remove all that is known about one caller, whose number has this keyed hash. Raises RecordsError."""
    with database.write() as connection:
        connection.execute(sa.delete(direct_callers).where(direct_callers.c.caller_key == key))
        theirs = sa.select(calls.c.call_id).where(calls.c.caller_key == key, calls.c.caller_key != "")
        ids = list(connection.scalars(theirs))
        if not ids:
            return Removed(0, 0, 0, ())
        for part in _parts(ids):
            connection.execute(sa.delete(requests).where(requests.c.call_id.in_(part)))
            connection.execute(sa.delete(dials).where(dials.c.call_id.in_(part)))
        removed = [
            _remove(connection, calls.c.call_id.in_(part), part, sessions.c.call_id.in_(part)) for part in _parts(ids)
        ]
    return Removed(
        sum(one.calls for one in removed),
        sum(one.turns for one in removed),
        sum(one.sessions for one in removed),
        tuple(name for one in removed for name in one.recordings),
    )


def export_caller(database: Database, key: str) -> str:
    """Return all that is known about one caller as JSON: calls with their turns, and sessions. Raises RecordsError."""
    with database.read() as connection:
        theirs = sa.and_(calls.c.caller_key == key, calls.c.caller_key != "")
        records = [asdict(call) for call in read_calls(connection, theirs)]
        ids = sa.select(calls.c.call_id).where(theirs)
        live = connection.execute(sa.select(sessions).where(sessions.c.call_id.in_(ids))).mappings().all()
        said = connection.execute(sa.select(answers).where(answers.c.call_id.in_(ids))).mappings().all()
        left = connection.execute(sa.select(requests).where(requests.c.call_id.in_(ids))).mappings().all()
        put = connection.execute(sa.select(dials).where(dials.c.call_id.in_(ids))).mappings().all()
        entered = sa.select(direct_callers).where(direct_callers.c.caller_key == key)
        straight = connection.execute(entered).mappings().all()
    tables = {"sessions": live, "answers": said, "requests": left, "transfers": put, "straight_through": straight}
    known = {"calls": records} | {name: [dict(row) for row in rows] for name, rows in tables.items()}
    return json.dumps(known, indent=2, ensure_ascii=False, default=_plain)


def _remove(
    connection: sa.Connection, callers: sa.ColumnElement[bool], ids: Any, live: sa.ColumnElement[bool]
) -> Removed:
    """Remove callers' traces from the calls of `callers`, words from the turns of `ids`, and sessions of `live`."""
    spoken = sa.or_(
        turns.c.heard != "", turns.c.keyed != "", turns.c.why != "", turns.c.audio != "",
        sa.type_coerce(turns.c.candidates, sa.Text) != "[]",
    )  # fmt: skip
    theirs = sa.and_(turns.c.call_id.in_(ids), spoken)
    recordings = connection.scalars(sa.select(turns.c.audio).where(theirs, turns.c.audio != "")).all()
    words = connection.execute(sa.update(turns).where(theirs).values(_NO_WORDS)).rowcount
    unnamed = connection.execute(sa.update(calls).where(callers).values(_NO_CALLER)).rowcount
    ended = connection.execute(sa.delete(sessions).where(live)).rowcount
    return Removed(unnamed, words, ended, tuple(recordings))


def _blank(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Remove what was gathered from requests that the back office has; those it lacks are never lost."""
    change = sa.update(requests).where(which, requests.c.details != "{}")
    connection.execute(change.values(details="{}", key=requests.c.reference))


def _parts(ids: list[str], size: int = 1000) -> list[list[str]]:
    return [ids[at : at + size] for at in range(0, len(ids), size)]


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
