"""Where calls and turns are kept: step by step while a call goes on, or whole; given back as they were.

Everything may be said twice: a call begun, a turn taken or a call finished again changes nothing it should not.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.model import CallFacts, CallRecord, Outcome, TurnRecord
from ivr.records.database import CONNECTIONS, Database
from ivr.records.hearing import count_turns
from ivr.records.links import link
from ivr.records.privacy import Caller
from ivr.records.tables import calls, turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

CHUNK = 1000
"""Calls read or written in one go."""

_CALL = tuple(field.name for field in fields(CallRecord) if field.name != "turns")
_TURN = tuple(field.name for field in fields(TurnRecord))
_CALL_COLUMNS = tuple(calls.c[name] for name in _CALL)
_TURN_COLUMNS = tuple(turns.c[name] for name in _TURN)


class Store:
    """The calls and turns of one records database. Safe to share between threads.

    Every method raises RecordsError, one clear line, where the database fails.
    """

    def __init__(self, url: str, *, create: bool = True, live: bool = False, connections: int = CONNECTIONS) -> None:
        """Open `url` (SQLAlchemy form) and bring it up to date; `create=False`: it must be there already.

        `live`: for a service that must not wait for it. `connections`: to a PostgreSQL server, at most.
        """
        self.database = Database(url, create=create, live=live, connections=connections)

    @classmethod
    def on(cls, database: Database) -> Store:
        """Return the store of a database already open."""
        made = cls.__new__(cls)
        made.database = database
        return made

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()

    # --- one call, as it goes on ---

    def begin(
        self,
        facts: CallFacts,
        caller: Caller | None = None,
        *,
        directory_version: str = "",
        engine: str = "",
        language: str = "en-GB",
    ) -> bool:
        """Record that a call began. `facts.caller` itself is never stored: `caller` says what may be kept.

        Returns False where the call was begun before: then nothing changes.
        """
        caller = caller or Caller()
        row = {
            "call_id": facts.call_id,
            "channel": facts.channel,
            "handed_from": facts.handed_from,
            "started": facts.started,
            "ended": facts.started,
            "caller_key": caller.key,
            "caller_masked": caller.masked,
            "directory_version": directory_version,
            "engine": engine,
            "language": language,
        }
        with self.database.write() as connection:
            added = self.database.add(connection, calls, row)
            if added:
                link(connection, [caller.key], facts.started)
        return added

    def turn(self, call_id: str, turn: TurnRecord) -> bool:
        """Record one turn of a call that was begun. Returns False where that turn is recorded already."""
        with self.database.write() as connection:
            return self.database.add(connection, turns, _turn_row(call_id, turn))

    def put_audio(self, call_id: str, state: str, name: str) -> bool:
        """Put a recording's name to the last turn of a call that met this state. Returns False where there is none."""
        last = sa.select(sa.func.max(turns.c.turn)).where(turns.c.call_id == call_id, turns.c.state == state)
        which = (turns.c.call_id == call_id, turns.c.turn == last.scalar_subquery())
        with self.database.write() as connection:
            return connection.execute(sa.update(turns).where(*which).values(audio=name)).rowcount > 0

    def finish(self, call: CallRecord) -> None:
        """Record how a call ended; its turns so far stay, and those of `call` not recorded yet are added.

        Later news of the same call (the transfer's end, a review) replaces what was known before.
        """
        with self.database.write() as connection:
            self._put(connection, call)
            self._add_turns(connection, [call])
            said = connection.execute(_turns_of(call.call_id)).mappings()
            heard = count_turns([TurnRecord(**row) for row in said], call.outcome)
            connection.execute(sa.update(calls).where(calls.c.call_id == call.call_id).values(heard))

    def over(self, call: CallRecord) -> None:
        """Record a call that is over and of which nothing else is known; where more is known, that stays.

        A call begun and not finished counts as abandoned.
        """
        with self.database.write() as connection:
            if self.database.add(connection, calls, _call_row(call)):
                link(connection, [call.caller_key], call.started)
                return
            unfinished = sa.update(calls).where(calls.c.call_id == call.call_id, calls.c.outcome.is_(None))
            connection.execute(unfinished.values(outcome=Outcome.ABANDONED, ended=call.ended))

    # --- whole calls ---

    def save_call(self, call: CallRecord) -> None:
        """Record a whole call; one of the same id is replaced, turns and all."""
        with self.database.write() as connection:
            self._put(connection, call)
            connection.execute(sa.delete(turns).where(turns.c.call_id == call.call_id))
            self._add_turns(connection, [call])

    def save_calls(self, records: Iterable[CallRecord]) -> int:
        """Import calls in bulk, kept a thousand at a time; those already there stay as they are.

        Returns how many were new.
        """
        added, left = 0, iter(records)
        while chunk := list(islice(left, CHUNK)):
            with self.database.write() as connection:
                ids = {call.call_id for call in chunk}
                known = sa.select(sa.func.count()).select_from(calls).where(calls.c.call_id.in_(ids))
                added += len(ids) - (connection.scalar(known) or 0)
                insert = self.database.insert(calls).on_conflict_do_nothing()
                connection.execute(insert, [_call_row(call) for call in chunk])
                self._add_turns(connection, chunk)
                link(connection, {call.caller_key for call in chunk}, min(call.started for call in chunk))
        return added

    def mark_wrong(self, call_id: str, *, wrong: bool = True) -> bool:
        """Mark a transfer as wrong (or as right after all) on review. Returns False: no such call."""
        with self.database.write() as connection:
            change = sa.update(calls).where(calls.c.call_id == call_id).values(wrong_transfer=wrong)
            return connection.execute(change).rowcount > 0

    def close_stale(self, before: datetime) -> int:
        """End calls begun before this time that never ended (the service was killed): outcome `failed`."""
        last = sa.select(sa.func.max(turns.c.at)).where(turns.c.call_id == calls.c.call_id).scalar_subquery()
        change = (
            sa.update(calls)
            .where(calls.c.outcome.is_(None), calls.c.started < before)
            .values(outcome=Outcome.FAILED, ended=sa.func.coalesce(last, calls.c.started), reason="its end never came")
        )
        with self.database.write() as connection:
            return connection.execute(change).rowcount

    # --- reading ---

    def call(self, call_id: str) -> CallRecord | None:
        """Return a finished call with its turns, or None."""
        with self.database.read() as connection:
            return next(iter(read_calls(connection, calls.c.call_id == call_id)), None)

    def turns(self, call_id: str) -> tuple[TurnRecord, ...]:
        """Return the turns recorded of a call, finished or not, in order."""
        with self.database.read() as connection:
            return tuple(TurnRecord(**row) for row in connection.execute(_turns_of(call_id)).mappings())

    def in_progress(self) -> tuple[CallFacts, ...]:
        """Return the calls begun and not finished, oldest first; `caller` is masked."""
        found = sa.select(calls).where(calls.c.outcome.is_(None)).order_by(calls.c.started, calls.c.call_id)
        with self.database.read() as connection:
            return tuple(
                CallFacts(call_id=row.call_id, channel=row.channel, started=row.started, caller=row.caller_masked)
                for row in connection.execute(found)
            )

    def calls(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[CallRecord]:
        """Give the finished calls that began in `start <= t < end`, with their turns, in order of time."""
        period: list[sa.ColumnElement[bool]] = [calls.c.outcome.is_not(None)]
        period += [calls.c.started >= start] if start else []
        period += [calls.c.started < end] if end else []
        after: sa.ColumnElement[bool] = sa.true()
        while True:
            with self.database.read() as connection:
                records = read_calls(connection, sa.and_(*period, after), limit=CHUNK)
            yield from records
            if len(records) < CHUNK:
                return
            last = records[-1]
            same_time = sa.and_(calls.c.started == last.started, calls.c.call_id > last.call_id)
            after = sa.or_(calls.c.started > last.started, same_time)

    # --- inside ---

    def _put(self, connection: sa.Connection, call: CallRecord) -> None:
        """Insert or replace the call's own row."""
        row = _call_row(call)
        known = sa.select(calls.c.caller_key, calls.c.started).where(calls.c.call_id == call.call_id)
        old = connection.execute(known).first()
        if old is None:
            upsert = self.database.insert(calls)
            connection.execute(upsert.on_conflict_do_update(index_elements=["call_id"], set_=row), row)
            link(connection, [call.caller_key], call.started)
            return
        change = sa.update(calls).where(calls.c.call_id == call.call_id)
        if (old.caller_key, old.started) == (call.caller_key, call.started):
            connection.execute(change.values(row))
            return
        connection.execute(change.values(row | {"next_started": None}))
        link(connection, [old.caller_key], old.started)
        link(connection, [call.caller_key], call.started)

    def _add_turns(self, connection: sa.Connection, records: Sequence[CallRecord]) -> None:
        rows = [_turn_row(call.call_id, turn) for call in records for turn in call.turns]
        if rows:
            connection.execute(self.database.insert(turns).on_conflict_do_nothing(), rows)


def _call_row(call: CallRecord) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _CALL} | count_turns(call.turns, call.outcome)


def _turns_of(call_id: str) -> sa.Select[Any]:
    return sa.select(*_TURN_COLUMNS).where(turns.c.call_id == call_id).order_by(turns.c.turn)


def _turn_row(call_id: str, turn: TurnRecord) -> dict[str, Any]:
    return {"call_id": call_id} | {name: getattr(turn, name) for name in _TURN}


def read_calls(connection: sa.Connection, which: sa.ColumnElement[bool], limit: int | None = None) -> list[CallRecord]:
    """Return finished calls with their turns, in order of time."""
    found = sa.select(*_CALL_COLUMNS).where(which, calls.c.outcome.is_not(None))
    rows = connection.execute(found.order_by(calls.c.started, calls.c.call_id).limit(limit)).mappings().all()
    of_call: dict[str, list[TurnRecord]] = {row["call_id"]: [] for row in rows}
    ids = list(of_call)
    for at in range(0, len(ids), CHUNK):
        said = sa.select(turns.c.call_id, *_TURN_COLUMNS).where(turns.c.call_id.in_(ids[at : at + CHUNK]))
        for row in connection.execute(said.order_by(turns.c.call_id, turns.c.turn)).mappings():
            of_call[row["call_id"]].append(TurnRecord(**{name: row[name] for name in _TURN}))
    return [CallRecord(**row, turns=tuple(of_call[row["call_id"]])) for row in rows]
