"""The faults: each is put in and taken out again while callers ring."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import STAFF, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Cable, Rest, Town


@dataclass(frozen=True)
class Fault:
    """One fault."""

    name: str
    how: str
    """How it is put in."""
    begin: Callable[[], None]
    end: Callable[[], None]


def locked(town: Town) -> Fault:
    """Have another program hold the SQLite file."""
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        other = sqlite3.connect(town.folder / "var" / "calls.sqlite3", timeout=60, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(300)
        other.execute("ROLLBACK")
        other.close()

    def begin() -> None:
        threading.Thread(target=hold, daemon=True).start()
        assert held.wait(60)

    return Fault("database locked", "another program holds SQLite's write lock", begin, release.set)


def away(cable: Cable) -> Fault:
    """Cut the way to the PostgreSQL server."""
    return Fault("database away", "every connection to PostgreSQL cut, new ones refused", cable.cut, cable.mend)


def corrupt(town: Town) -> Fault:
    """Activate a damaged directory version."""

    def begin() -> None:
        version = town.activate(STAFF.replace("960123", "960777"))
        (town.folder / "var" / "directory" / version / "entries.json").write_text("[{", encoding="utf-8")
        (town.folder / "var" / "directory" / "active.json").touch()

    def end() -> None:
        town.activate(STAFF)

    return Fault("directory damaged", "the active version's file cut short", begin, end)


def worker_killed(town: Town) -> Fault:
    """Kill a server process, as the kernel does when memory runs out."""
    before: list[int] = []

    def begin() -> None:
        before.extend(town.workers())
        os.kill(before[0], signal.SIGKILL)

    def end() -> None:
        wait_for(lambda: len(town.workers()) == len(before) and before[0] not in town.workers(), town.log)

    return Fault("process killed", "SIGKILL to a server process", begin, end)


def reloaded(town: Town) -> Fault:
    """Reload the server."""
    before: list[int] = []

    def begin() -> None:
        before.extend(town.workers())
        assert town.process is not None
        os.kill(town.process.pid, signal.SIGHUP)

    def end() -> None:
        wait_for(lambda: bool(town.workers()) and not set(before) & set(town.workers()), town.log)

    return Fault("reload", "SIGHUP: every process replaced", begin, end)


def descriptors(town: Town) -> Fault:
    """Leave server processes no file descriptors."""
    usual: dict[int, tuple[int, int]] = {}

    def begin() -> None:
        for pid in town.workers():
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
                usual[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 1, usual[pid][1]))

    def end() -> None:
        for pid, limit in usual.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)

    return Fault("no descriptors", "RLIMIT_NOFILE of every process set to one more than it holds", begin, end)


def memory(town: Town) -> Fault:
    """Give server processes no more memory."""
    usual: dict[int, tuple[int, int]] = {}

    def begin() -> None:
        for pid in town.workers():
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[0])
                usual[pid] = resource.prlimit(pid, resource.RLIMIT_AS)
                resource.prlimit(pid, resource.RLIMIT_AS, (pages * resource.getpagesize(), usual[pid][1]))

    def end() -> None:
        for pid, limit in usual.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_AS, limit)

    return Fault("no memory", "RLIMIT_AS of every process set to what it holds", begin, end)


def no_growth(town: Town) -> Fault:
    """Let no file of the server processes grow: a disk that is full for them, ballast and all."""
    usual: dict[int, tuple[int, int]] = {}

    def begin() -> None:
        for pid in town.workers():
            with contextlib.suppress(ProcessLookupError):
                usual[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, usual[pid][1]))

    def end() -> None:
        for pid, limit in usual.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)

    return Fault("no file grows", "RLIMIT_FSIZE of every process set to 0", begin, end)


def full_disk(folder: Path) -> Fault:
    """Fill the small file system that holds the site's `var`."""
    filler = folder / "filler"

    def begin() -> None:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 4096)

    return Fault("disk full", "a 32 MB tmpfs filled to the last byte", begin, lambda: filler.unlink(missing_ok=True))


def no_rest(rest: Rest) -> Fault:
    """Have Twilio's REST service away."""
    return Fault("no REST service", "connections to Twilio's REST service refused", rest.down, rest.up)


def flagged(town: Town, name: str, how: str, flag: str) -> Fault:
    """Have `launcher.py` put it in: a file says so."""
    file = town.folder / flag
    return Fault(name, how, file.touch, lambda: file.unlink(missing_ok=True))


LAUNCHED = {
    "disk slow": ("every change to the database takes 5 s", "slow"),
    "clock jumps": ("a day forward, and back", "tomorrow"),
    "no host names": ("name resolution fails (EAI_AGAIN)", "no-names"),
}
"""Faults that a program puts in: how, and its flag."""


def launched(town: Town, name: str) -> Fault:
    """Return one of them, for a town that `launcher.py` starts."""
    how, flag = LAUNCHED[name]
    return flagged(town, name, how, flag)


@contextlib.contextmanager
def small_disk(folder: Path):  # noqa: ANN201 - a context manager
    """Mount a small file system there. Raises OSError where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield
    finally:
        for _ in range(50):
            if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
