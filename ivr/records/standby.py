"""Live calls while the records database is away: every step is copied to a file of this host, and taken there alone.

A copy costs a fraction of a millisecond, since nothing waits for the disk: it serves the next minutes, not the next
year. Once the database is back, a call that went on without it is brought up to date there at its next step. Where not
even the file can be written, each process remembers for itself.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivr.errors import RecordsError
from ivr.records.sessions import Advance, Session, Sessions, StaleRequestError, Step, told
from ivr.records.tables import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from ivr.records.database import Database
    from ivr.records.sessions import Kept

BUSY_SECONDS = 8.0
"""How long a step waits for that of another process, which may be writing to a slow disk; Twilio waits 15."""
_TABLE = """CREATE TABLE IF NOT EXISTS live (call_id TEXT PRIMARY KEY, turn INTEGER NOT NULL, state TEXT NOT NULL,
    answer TEXT NOT NULL, key TEXT NOT NULL, alone INTEGER NOT NULL, updated REAL NOT NULL)"""
_PUT = """INSERT INTO live VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call_id) DO UPDATE SET turn=excluded.turn,
    state=excluded.state, answer=excluded.answer, key=excluded.key, alone=excluded.alone, updated=excluded.updated
    WHERE excluded.turn >= live.turn"""
_ALL = "SELECT call_id, turn, state, answer, key, alone, updated FROM live"
_GET = "SELECT turn, state, answer, key, alone FROM live WHERE call_id = ?"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Copy:
    turn: int
    state: str
    answer: str
    """To the request before `turn`; earlier ones are not kept."""
    key: str
    alone: bool
    """Taken without the database."""

    def answers(self, turn: int, key: str) -> bool:
        return turn == self.turn - 1 or bool(key and key == self.key)


class Standby:
    """The copies of one host. Safe to share between threads and processes, and usable after a fork."""

    def __init__(self, file: Path | None) -> None:
        """Keep them in `file`; None: in memory."""
        self._file = file
        self._lock = threading.RLock()
        self._kept: tuple[int, sqlite3.Connection] | None = None

    def open(self) -> None:
        """Open the file now, while there are descriptors and memory for it."""
        with self._lock:
            self._connection()

    def get(self, call_id: str) -> _Copy | None:
        """Return the copy of a call, or None."""
        with self._using() as database:
            return self._get(database, call_id)

    def put(self, call_id: str, copy: _Copy) -> None:
        """Keep a copy, unless there is a newer one."""
        with self._using() as database:
            self._put(database, call_id, copy)

    def advance(self, step: Step) -> Advance:
        """Take a step here alone; as `Sessions.advance`. What is kept of it is on disk before the step is taken."""
        with self._using() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                copy = self._get(database, step.call_id)
                if copy and copy.answers(step.turn, step.key):
                    return Advance(won=False, answer=copy.answer)
                if (copy.turn if copy else 0) != step.turn:
                    return told(step, None)
                if step.kept:
                    step.kept.aside()
                self._put(database, step.call_id, _Copy(step.turn + 1, step.state, step.answer, step.key, alone=True))
            finally:
                if database.in_transaction:
                    database.execute("COMMIT")
        return Advance(won=True, answer=step.answer)

    def forget(self, call_id: str = "", before: datetime | None = None) -> int:
        """Forget one call, or all that nothing has been heard of since `before`."""
        with self._using() as database:
            if call_id:
                return database.execute("DELETE FROM live WHERE call_id = ?", (call_id,)).rowcount
            limit = before.timestamp() if before else 0.0
            return database.execute("DELETE FROM live WHERE updated < ?", (limit,)).rowcount

    def _get(self, database: sqlite3.Connection, call_id: str) -> _Copy | None:
        row = database.execute(_GET, (call_id,)).fetchone()
        return _Copy(row[0], row[1], row[2], row[3], bool(row[4])) if row else None

    def _put(self, database: sqlite3.Connection, call_id: str, copy: _Copy) -> None:
        now = datetime.now(UTC).timestamp()
        database.execute(_PUT, (call_id, copy.turn, copy.state, copy.answer, copy.key, int(copy.alone), now))

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection()
            except sqlite3.Error as error:
                if self._file is None or "locked" in str(error):  # another process will be done with it in a moment
                    raise RecordsError(f"live calls cannot be kept: {error}") from error
                log.warning("%s: %s; this process remembers its calls itself", self._file, error)
                self._remember()
                raise RecordsError(f"live calls are not kept on disk any more: {error}") from error

    def _remember(self) -> None:
        """Go on in memory, with what can still be read of the file."""
        made, old = self._connect(None), self._kept
        if old and old[0] == os.getpid():
            with suppress(sqlite3.Error):
                made.executemany("INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?, ?, ?, ?)", old[1].execute(_ALL))
            with suppress(sqlite3.Error):
                old[1].close()
        self._file, self._kept = None, (os.getpid(), made)

    def _connection(self) -> sqlite3.Connection:
        if self._kept and self._kept[0] == os.getpid():
            return self._kept[1]
        try:
            made = self._connect(self._file)
        except (OSError, sqlite3.Error) as error:
            log.warning("%s: %s; this process remembers its calls itself", self._file, error)
            self._file = None
            made = self._connect(None)
        self._kept = (os.getpid(), made)
        return made

    def _connect(self, file: Path | None) -> sqlite3.Connection:
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        made = sqlite3.connect(file or ":memory:", BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=OFF"):
            with closing(made.execute(f"PRAGMA {pragma}")) as told:
                told.fetchall()
        made.execute(_TABLE)
        return made


class SteadySessions(Sessions):
    """The live calls of a records database that may go away in the middle of them."""

    def __init__(self, database: Database, standby: Standby) -> None:
        super().__init__(database)
        self._standby = standby

    def load(self, call_id: str) -> Session | None:
        """Return where a call stands, or None where it is unknown or has expired."""
        copy = self._copy(call_id)
        try:
            found = super().load(call_id)
        except RecordsError:
            found = None
        if copy and (found is None or copy.turn > found.turn):
            return Session(call_id, copy.turn, copy.state)
        return found

    def answered(self, call_id: str, turn: int, key: str = "") -> str | None:
        """Return the answer given before to this turn, or to a request of this idempotency key; None: new."""
        with suppress(RecordsError):
            found = super().answered(call_id, turn, key)
            if found is not None:
                return found
        copy = self._copy(call_id)
        return copy.answer if copy and copy.answers(turn, key) else None

    def advance(
        self, call_id: str, expected_turn: int, state: str, answer: str, key: str = "", kept: Kept | None = None
    ) -> Advance:
        """Answer request `expected_turn`, and wait for the next in `state`; where the database is away, on this host.

        Raises StaleRequestError as `Sessions.advance`.
        """
        step = Step(call_id, expected_turn, state, answer, key, kept)
        try:
            done = self._advance(step)
        except StaleRequestError:
            raise
        except RecordsError:
            return self._alone(step)
        if done.won:
            with suppress(RecordsError):
                self._standby.put(call_id, _Copy(expected_turn + 1, state, answer, key, alone=False))
        return done

    def end(self, call_id: str) -> None:
        """Forget a call's state and answers at once."""
        with suppress(RecordsError):
            self._standby.forget(call_id)
        super().end(call_id)

    def expire(self, before: datetime) -> int:
        """Forget the calls that nothing has been heard of since `before`. Returns how many."""
        with suppress(RecordsError):
            self._standby.forget(before=before)
        return super().expire(before)

    # --- inside ---

    def _copy(self, call_id: str) -> _Copy | None:
        try:
            return self._standby.get(call_id)
        except RecordsError:
            return None

    def _advance(self, step: Step) -> Advance:
        try:
            return super().advance(step.call_id, step.turn, step.state, step.answer, step.key, step.kept)
        except StaleRequestError:
            copy = self._copy(step.call_id)
            if copy is None or not copy.alone or copy.turn != step.turn:
                raise
        # In one transaction: no other host is to see the call where its records do not reach yet.
        with self.database.write() as connection:
            self._catch_up(connection, step.call_id, copy)
            done = self._answer(connection, step)
        return told(step, done)

    def _catch_up(self, connection: sa.Connection, call_id: str, copy: _Copy) -> None:
        """Bring a call that went on here alone to where it stands, unless the database has it there already."""
        row = {"call_id": call_id, "turn": copy.turn, "state": copy.state, "updated": datetime.now(UTC)}
        insert = self.database.insert(sessions).values(row)
        behind = sessions.c.turn < copy.turn
        connection.execute(insert.on_conflict_do_update(index_elements=["call_id"], set_=row, where=behind))

    def _alone(self, step: Step) -> Advance:
        try:
            return self._standby.advance(step)
        except StaleRequestError:
            raise
        except RecordsError:  # from now on in memory
            return self._standby.advance(step)
