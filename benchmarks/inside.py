"""`ivr`, whose server processes tell how their memory stands: started by `bench_soak.py` in the place of `ivr`.

Every few seconds a line is added to the file that `IVR_INSIDE` names. What grows says why: Python's blocks, where
records or caches are kept; memory of the C library in use, where a library's own are, above all SQLite's pages; memory
it holds and does not use, where neither grows and the memory lies in pieces. Python's objects are not counted one by
one: that would hand out some that are only being made, and disturb what is to be watched.
"""

from __future__ import annotations

import csv
import ctypes
import os
import sys
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr.cli.app import main
from ivr.web import server

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 15.0
_make: Callable[[server.Server], Any] = server.Server._make


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    ]


@dataclass(frozen=True, slots=True)
class Inside:
    """One process at one moment."""

    seconds: float
    """Of the machine's steady clock."""
    pid: int
    blocks: int
    """Of Python's own allocator, in use."""
    sqlite: float
    """MiB of SQLite, pages of the database above all; in `used`, too."""
    used: float
    """MiB of the C library's allocator that are in use."""
    free: float
    """MiB it holds and has nothing in."""
    mapped: float
    """MiB of large pieces of its own."""


def look(library: ctypes.CDLL) -> Inside:
    """Look at this process."""
    told = library.mallinfo2()
    sizes = (told.uordblks / 2**20, told.fordblks / 2**20, told.hblkhd / 2**20)
    return Inside(time.monotonic(), os.getpid(), sys.getallocatedblocks(), _sqlite() / 2**20, *sizes)


def _sqlite() -> int:
    """Return the bytes that SQLite holds; 0: it does not tell."""
    try:
        memory = ctypes.CDLL("libsqlite3.so.0").sqlite3_memory_used
    except OSError:
        return 0
    memory.restype = ctypes.c_int64
    return int(memory())


def keep_looking(file: Path) -> None:
    """Write a line now and then, for ever."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Mallinfo2
    while True:
        time.sleep(EVERY)
        with file.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out).writerow(astuple(look(library)))


def made(self: server.Server) -> Any:
    """Make the application, and look at the process from then on."""
    application = _make(self)
    threading.Thread(target=keep_looking, args=(Path(os.environ["IVR_INSIDE"]),), daemon=True).start()
    return application


def read(file: Path) -> list[Inside]:
    """Read what was written."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Inside(float(row[0]), int(row[1]), int(row[2]), *map(float, row[3:])) for row in csv.reader(lines)]


if __name__ == "__main__":
    server.Server._make = made  # type: ignore[method-assign]
    main()
