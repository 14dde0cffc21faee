"""The state of a live call between two requests, kept so that a restart, a retry or a second server loses nothing.

Request `n` of a call (0: it came in) is answered by `advance(call_id, n, ...)`. Whoever gets there first wins; all
others, now or later, are given the winner's answer, word for word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from ivr.errors import RecordsError
from ivr.records.tables import answers, sessions

if TYPE_CHECKING:
    from ivr.records.database import Database


class Kept(Protocol):
    """What is to be kept of a request together with its answer."""

    def within(self, connection: sa.Connection) -> None:
        """Write it in the transaction of the answer. Raises RecordsError."""
        ...

    def aside(self) -> None:
        """Write it to wait on disk, before an answer is given without the database. May be done twice."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """Where a live call stands."""

    call_id: str
    turn: int
    """The request it waits for."""
    state: str
    """The dialogue's state, JSON."""


@dataclass(frozen=True, slots=True)
class Advance:
    """What became of an attempt to answer a request."""

    won: bool
    """True: ours is the answer; False: the request had been answered."""
    answer: str
    """What to reply: ours, or the one given before."""


@dataclass(frozen=True, slots=True)
class Step:
    """An answer that is to be given."""

    call_id: str
    turn: int
    """The request it answers."""
    state: str
    answer: str
    key: str
    kept: Kept | None


class StaleRequestError(RecordsError):
    """A request that no longer, or not yet, belongs to the call, and was never answered."""


class Sessions:
    """The live calls of one records database. Safe to share between threads, processes and servers.

    Every method raises RecordsError, one clear line, where the database fails.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def load(self, call_id: str) -> Session | None:
        """Return where a call stands, or None where it is unknown or has expired."""
        found = sa.select(sessions.c.call_id, sessions.c.turn, sessions.c.state)
        with self.database.read() as connection:
            row = connection.execute(found.where(sessions.c.call_id == call_id)).first()
        return Session(*row) if row else None

    def answered(self, call_id: str, turn: int, key: str = "") -> str | None:
        """Return the answer given before to this turn, or to a request of this idempotency key; None: new."""
        with self.database.read() as connection:
            return _answered(connection, call_id, turn, key)

    def advance(
        self, call_id: str, expected_turn: int, state: str, answer: str, key: str = "", kept: Kept | None = None
    ) -> Advance:
        """Answer request `expected_turn`, and wait for the next in `state`.

        `key` is the request's idempotency token; empty: it has none. Of several at once exactly one wins. `kept` is
        written in the same transaction: a process killed at any moment keeps all or nothing.
        Raises StaleRequestError where the call waits for another request and this one was never answered.
        """
        step = Step(call_id, expected_turn, state, answer, key, kept)
        with self.database.write() as connection:
            done = self._answer(connection, step)
        return told(step, done)

    def active(self, since: datetime) -> int:
        """Count the calls that something has been heard of since then."""
        with self.database.read() as connection:
            counted = sa.select(sa.func.count()).select_from(sessions).where(sessions.c.updated > since)
            return connection.scalar(counted) or 0

    def end(self, call_id: str) -> None:
        """Forget a call's state and answers at once."""
        with self.database.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.call_id == call_id))

    def expire(self, before: datetime) -> int:
        """Forget the calls that nothing has been heard of since `before`. Returns how many."""
        with self.database.write() as connection:
            return connection.execute(sa.delete(sessions).where(sessions.c.updated < before)).rowcount

    def _answer(self, connection: sa.Connection, step: Step) -> Advance | None:
        """Answer a request in a transaction; None: the call waits for another, and this one was never answered."""
        call_id, turn, key = step.call_id, step.turn, step.key
        before = _answered(connection, call_id, turn, key)
        if before is None and self._moved(connection, call_id, turn, step.state):
            row = {"call_id": call_id, "turn": turn, "request_key": key or None, "answer": step.answer}
            connection.execute(sa.insert(answers).values(row))
            if step.kept:
                step.kept.within(connection)
            return Advance(won=True, answer=step.answer)
        # Another request may have won while this one waited for its lock.
        before = before if before is not None else _answered(connection, call_id, turn, key)
        return None if before is None else Advance(won=False, answer=before)

    def _moved(self, connection: sa.Connection, call_id: str, expected: int, state: str) -> bool:
        """Move the call on from the request expected; False where it does not wait for that one."""
        now = datetime.now(UTC)
        if expected == 0:
            row = {"call_id": call_id, "turn": 1, "state": state, "updated": now}
            return self.database.add(connection, sessions, row)
        change = (
            sa.update(sessions)
            .where(sessions.c.call_id == call_id, sessions.c.turn == expected)
            .values(turn=expected + 1, state=state, updated=now)
        )
        return connection.execute(change).rowcount > 0


def told(step: Step, done: Advance | None) -> Advance:
    """Return what became of a step. Raises StaleRequestError for None: the call waits for another request."""
    if done is None:
        raise StaleRequestError(f"call {step.call_id}: does not wait for request {step.turn}")
    return done


def _answered(connection: sa.Connection, call_id: str, turn: int, key: str) -> str | None:
    same = answers.c.turn == turn
    if key:
        same = sa.or_(same, answers.c.request_key == key)
    found = sa.select(answers.c.answer).where(answers.c.call_id == call_id, same).order_by(answers.c.turn)
    return connection.scalar(found)
