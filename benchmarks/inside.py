"""`ivr`, whose server processes tell how their memory stands: started by `bench_soak.py` in the place of `ivr`.

Every few seconds a line is added to the file that `IVR_INSIDE` names, and now and then a count of Python's objects by
type to the same name with `.objects`. What grows says why: Python's blocks and objects, where records or caches are
kept; memory of the C library in use, where a library's own are; memory it holds and does not use, where neither grows
and the memory lies in pieces.
"""

from __future__ import annotations

import csv
import ctypes
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr.cli.app import main
from ivr.web import server

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 15.0
CENSUS = 40
"""Lines between two counts of objects."""
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
    objects: int
    """That Python's collector follows, but for those there from the start."""
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
    return Inside(time.monotonic(), os.getpid(), sys.getallocatedblocks(), len(gc.get_objects()), *sizes)


def keep_looking(file: Path) -> None:
    """Write a line now and then, for ever."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Mallinfo2
    lines = 0
    while True:
        time.sleep(EVERY)
        with file.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out).writerow(astuple(look(library)))
        lines += 1
        if lines % CENSUS == 1:
            counted = Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in gc.get_objects())
            with file.with_suffix(".objects").open("a", encoding="utf-8") as out:
                out.write(json.dumps({"seconds": time.monotonic(), "pid": os.getpid()} | dict(counted.most_common(80))))
                out.write("\n")


def made(self: server.Server) -> Any:
    """Make the application, and look at the process from then on."""
    application = _make(self)
    threading.Thread(target=keep_looking, args=(Path(os.environ["IVR_INSIDE"]),), daemon=True).start()
    return application


def read(file: Path) -> list[Inside]:
    """Read what was written."""
    kinds = {"pid": int, "blocks": int, "objects": int}
    with file.open(encoding="utf-8", newline="") as lines:
        names = [field.name for field in fields(Inside)]
        return [
            Inside(**{n: kinds.get(n, float)(v) for n, v in zip(names, row, strict=True)}) for row in csv.reader(lines)
        ]


if __name__ == "__main__":
    server.Server._make = made  # type: ignore[method-assign]
    main()
