"""Records that cannot be written now, on disk until they can: replayed in order, exactly once.

    FOLDER/now.jsonl      what was spooled lately, a JSON object a line, each on disk before its request is answered
    FOLDER/0000042.jsonl  older lines, oldest file first, being replayed
    FOLDER/later.jsonl    lines the database refused while it worked: their call began on another host, whose own
                          spool is not replayed yet
    FOLDER/ballast        room that is given up when the disk is full

All processes of a host share one spool. Nothing overtakes: what is written of a call while lines of it wait takes them
along, in the same transaction. A line is noted in the database in the transaction that applies it, so one applied and
not yet removed is not applied again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.errors import AwayError, RecordsError
from ivr.records.database import Joined
from ivr.records.spooled import Op, parse
from ivr.records.store import Store
from ivr.records.tables import replayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BALLAST = 4 * 1024 * 1024
"""Bytes kept for a full disk: some thousand calls."""
MOST_HELD = 100_000
"""Lines held in memory where not even the ballast helps."""
FORGOTTEN = timedelta(days=30)
"""Age of notes of lines that wait no longer."""
LATER_SECONDS = 30.0
"""How long until lines that the database refused are tried again."""
_ROUNDS = 20

log = logging.getLogger(__name__)


class Spool:
    """The spool of one host. Safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._held: list[str] = []
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._ballast()

    @property
    def waiting(self) -> bool:
        """Whether anything is to be replayed before new records may be written."""
        return bool(self._held or self._files() or self._now.exists())

    def lines(self) -> int:
        """Return how many lines wait, those put off included."""
        files = [*self._files(), self._now, self._later]
        return len(self._held) + sum(file.read_bytes().count(b"\n") for file in files if file.exists())

    def append(self, ops: Sequence[Op]) -> None:
        """Keep records until they can be written. On disk when this returns; in memory where the disk fails."""
        made = [json.dumps({"line": uuid.uuid4().hex} | op.as_json(), ensure_ascii=False) + "\n" for op in ops]
        with self._lock:
            self._held += made
            self._settle()

    def bring(self, call_ids: set[str], joined: Joined) -> None:
        """Apply, in a transaction, what waits of these calls. What the database refuses goes on waiting."""
        if not (self.waiting or self._later.exists()):
            return
        for line in self._of(call_ids):
            with suppress(RecordsError), joined.savepoint():
                _apply(joined, line)

    def replay(self, store: Store) -> int:
        """Write what waits, and return how many lines that were. Raises AwayError where the database is not there."""
        done = 0
        with self._alone() as mine:
            if not mine:
                return 0
            for _ in range(_ROUNDS):
                with self._lock:
                    self._settle()
                self._rotate()
                files = self._files()
                if not files:
                    break
                done += sum(self._replay(store, file) for file in files)
            with suppress(OSError):
                self._ballast()
        return done

    # --- files ---

    @property
    def _now(self) -> Path:
        return self.folder / "now.jsonl"

    @property
    def _later(self) -> Path:
        return self.folder / "later.jsonl"

    def _files(self) -> list[Path]:
        with suppress(OSError):
            return sorted(f for f in self.folder.iterdir() if f.suffix == ".jsonl" and f.stem.isdigit())
        return []

    def _settle(self) -> None:
        """Put on disk what is held in memory, giving up the ballast where the disk is full."""
        if not self._held:
            return
        for _ in range(2):
            try:
                self._write(self._now, "".join(self._held))
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} and self._give_up_ballast():
                    continue
                log.error("%s: %d records held in memory: %s", self.folder, len(self._held), error.strerror)  # noqa: TRY400
                del self._held[:-MOST_HELD]
            else:
                self._held = []
            return

    def _write(self, file: Path, text: str) -> None:
        """Append whole lines to a file, or nothing."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked():
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                size = os.lseek(handle, 0, os.SEEK_END)
                # A process killed while it wrote may have left half a line.
                torn = size and os.pread(handle, 1, size - 1) != b"\n"
                data = memoryview((("\n" if torn else "") + text).encode())
                try:
                    while data:
                        data = data[os.write(handle, data) :]
                    os.fsync(handle)
                except OSError:
                    os.ftruncate(handle, size)
                    raise
            finally:
                os.close(handle)

    def _rotate(self) -> None:
        """Give the current file a number, so that it can be replayed while new lines come in."""
        with self._locked():
            if self._later.exists() and abs(time.time() - self._later.stat().st_mtime) > LATER_SECONDS:
                self._later.replace(self._next())
            if self._now.exists():
                self._now.replace(self._next())

    def _next(self) -> Path:
        last = max((int(file.stem) for file in self._files()), default=0)
        return self.folder / f"{last + 1:07}.jsonl"

    def _ballast(self) -> None:
        file = self.folder / "ballast"
        if file.exists():
            return
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, BALLAST)
        except OSError:
            file.unlink()
            raise
        finally:
            os.close(handle)

    def _give_up_ballast(self) -> bool:
        try:
            (self.folder / "ballast").unlink()
        except OSError:
            return False
        log.warning("%s: the disk is full; the room kept for that is used now", self.folder)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process after the other change the files."""
        with (self.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Give True to the one process that may replay now."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "replaying").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    # --- lines ---

    def _of(self, call_ids: set[str]) -> list[dict[str, Any]]:
        """Return the lines of some calls, oldest first."""
        with self._lock, self._locked():
            files = [self._later, *self._files(), self._now]
            texts = [text for file in files if file.exists() for text in file.read_bytes().splitlines()]
            texts += [text.encode() for text in self._held]
        wanted = [call_id.encode() for call_id in call_ids]
        close = (text for text in texts if any(call_id in text for call_id in wanted))
        found = (line for text in close if (line := _read(text, self.folder)))
        return [line for line in found if line["call_id"] in call_ids]

    def _replay(self, store: Store, file: Path) -> int:
        lines = [found for text in file.read_bytes().splitlines() if (found := _read(text, file))]
        put_off = []
        for line in lines:
            try:
                with store.database.write() as connection:
                    _apply(Joined(store.database, connection), line)
            except AwayError:
                raise
            except RecordsError as error:
                log.warning("a record of call %s is put off: %s", line.get("call_id", ""), error)
                put_off.append(json.dumps(line, ensure_ascii=False) + "\n")
        if put_off:
            self._write(self._later, "".join(put_off))
        file.unlink()
        ids = [line["line"] for line in lines]
        with store.database.write() as connection:
            for at in range(0, len(ids), 1000):
                connection.execute(sa.delete(replayed).where(replayed.c.line.in_(ids[at : at + 1000])))
            # A call that took its lines along just as they were replayed left a note of them behind.
            connection.execute(sa.delete(replayed).where(replayed.c.at < datetime.now(UTC) - FORGOTTEN))
        return len(lines) - len(put_off)


def _read(text: bytes, file: Path) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
        parse(found)
        str(found["line"])
    except (ValueError, KeyError, TypeError) as error:
        log.error("%s: half a line, left behind by a process that died: %s", file, error)  # noqa: TRY400
        return None
    return dict(found)


def _apply(joined: Joined, line: dict[str, Any]) -> None:
    with joined.write() as connection:
        row = {"line": line["line"], "at": datetime.now(UTC)}
        if joined.add(connection, replayed, row):
            parse(line).apply(Store.on(joined))
