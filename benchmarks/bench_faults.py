"""What becomes of callers and records when something fails in the middle of calls: a table, a row a fault.

Each fault is put into a real server while callers ring it as Twilio would: a third before it, a third in it, a third
after it. A caller is lost who reached neither a person nor a farewell; a record is lost where a call's end, or one of
its turns, is not in the database when all is over. What this machine cannot do (mount a file system, reach PostgreSQL)
is said and left out. Exit code 1: something was lost.

    python benchmarks/bench_faults.py [--calls N] [--only WORD]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "faults")]

import faults  # noqa: E402 (found by the line above)
from harness import SCRIPT, TEXTED, Cable, Rest, Town, ring, scratch_database, wait_for  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults import Fault

    from ivr.channels.script import CallScript

LAUNCHER = str(ROOT / "tests" / "faults" / "launcher.py")
ON_SQLITE = {
    "database locked": faults.locked,
    "directory damaged": faults.corrupt,
    "process killed": faults.worker_killed,
    "reload": faults.reloaded,
    "no descriptors": faults.descriptors,
    "no memory": faults.memory,
    "no file grows": faults.no_growth,
}


class Table:
    """The table, printed as it grows."""

    def __init__(self, calls: int, only: str) -> None:
        self.calls, self.only, self.lost = calls, only, 0
        print("| fault | injected how | calls | callers lost | records lost | to the operator | slowest | recovery |")
        print("|---|---|---|---|---|---|---|---|", flush=True)

    def put(self, town: Town, fault: Fault, script: CallScript = SCRIPT) -> None:
        """Put a fault in and print what came of it."""
        result = ring(town, self.calls, fault.begin, fault.end, script=script)
        self.lost += len(result.lost) + len(result.unrecorded)
        print(
            f"| {fault.name} | {fault.how} | {result.calls} | {len(result.lost)} | {len(result.unrecorded)} "
            f"| {result.operator} | {result.slowest:.1f} s | {result.recovery:.1f} s |",
            flush=True,
        )
        for what in (*result.lost, *result.unrecorded):
            print(f"  {what}", file=sys.stderr)

    def wants(self, name: str) -> bool:
        """Whether this fault is asked for."""
        return self.only in name

    def leave_out(self, name: str, why: object) -> None:
        """Say what is left out."""
        print(f"| {name} | left out: {str(why).splitlines()[0]} | | | | | | |", flush=True)


def _served(folder: Path, put: Callable[[Town], None], **how: object) -> None:
    town = Town(folder, **how)  # type: ignore[arg-type]
    town.activate(faults.STAFF)
    try:
        town.start()
        put(town)
    finally:
        town.stop()


def _runs(table: Table) -> Iterator[Callable[[Path], None]]:
    """Give a run for each fault asked for, each with a site of its own in the folder it is given."""
    for name, fault in ON_SQLITE.items():
        if table.wants(name):
            yield lambda folder, fault=fault: _served(folder, lambda town: table.put(town, fault(town)), processes=2)
    for name in faults.LAUNCHED:
        if table.wants(name):
            yield lambda folder, name=name: _served(
                folder, lambda town: table.put(town, faults.launched(town, name)), processes=2, launcher=LAUNCHER
            )
    if table.wants("no REST service"):
        yield lambda folder: _no_rest(table, folder)
    if table.wants("disk full"):
        yield lambda folder: _full(table, folder)
    if table.wants("database away"):
        yield lambda folder: _away(table, folder)


def _full(table: Table, folder: Path) -> None:
    with contextlib.ExitStack() as mounted:
        try:
            mounted.enter_context(faults.small_disk(folder / "var"))
        except OSError as error:
            table.leave_out("disk full", error)
            return
        _served(folder, lambda town: table.put(town, faults.full_disk(folder / "var")))


def _no_rest(table: Table, folder: Path) -> None:
    rest = Rest()
    town = Town(folder, processes=2)
    try:
        town.take_texts(rest)
        table.put(town, faults.no_rest(rest), TEXTED)
        wait_for(lambda: len(rest.texts) >= table.calls, town.log)
    finally:
        town.stop()
        rest.down()


def _away(table: Table, folder: Path) -> None:
    try:
        with scratch_database() as database:
            cable = Cable()
            url = f"postgresql://postgres@127.0.0.1:{cable.port}/{database}"
            _served(folder, lambda town: table.put(town, faults.away(cable)), processes=2, database=url)
            cable.cut()
    except sa.exc.OperationalError as error:
        table.leave_out("database away", error)


def main() -> int:
    """Put every fault in."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=60, help="calls a fault (default 60)")
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    wanted = parser.parse_args()
    table = Table(wanted.calls, wanted.only)
    with tempfile.TemporaryDirectory() as name:
        for number, run in enumerate(_runs(table)):
            run(Path(name) / str(number))
    return 1 if table.lost else 0


if __name__ == "__main__":
    sys.exit(main())
