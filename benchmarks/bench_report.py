"""Measures the report over simulated years, and checks every figure of one against an independent, slow count.

python benchmarks/bench_report.py [--calls 400000] [--years 1] [--url sqlite:///FILE] [--no-check]

Prints seconds of the clock and of the processor: on a busy machine the second tells more. "First time": no month
was ever counted; in a running service each month is counted once, soon after it is over.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from slow_figures import differences, slow_figures
from traffic import insert, years_of

from ivr.records.database import Database
from ivr.records.listing import calls_behind
from ivr.records.performance import performance
from ivr.records.period import Period, days, month_of
from ivr.records.render import as_json
from ivr.records.render_html import as_html
from ivr.records.render_pdf import as_pdf
from ivr.records.render_xlsx import as_xlsx
from ivr.records.tables import summaries
from ivr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.report import Report

LONDON = ZoneInfo("Europe/London")
FIRST = date(2016, 1, 1)
Found = TypeVar("Found")


def timed(label: str, work: Callable[[], Found]) -> Found:
    """Do the work and print how long it took."""
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    print(f"{label:55} {time.perf_counter() - clock:8.2f} s {time.process_time() - processor:8.2f} s", flush=True)
    return found


def forget(database: Database) -> None:
    """Forget the months kept."""
    with database.write() as connection:
        connection.execute(sa.delete(summaries))


def fill(url: str, first: date, years: int, calls: int) -> None:
    """Simulate years of calls into an empty database; turns only for one year."""
    months = timed(f"simulate {years * calls:,} calls", lambda: years_of(first, years, calls))
    timed("write them", lambda: insert(url, months, turns=years == 1))


def measure(database: Database, settings: Settings, last: date) -> Report:
    """Time reports of a month, of a year, and of all, and their forms; return that of all."""
    all_of_it, year = Period(LONDON), days(date(last.year, 1, 1), date(last.year, 12, 31), LONDON)
    month = month_of(f"{last.year}-06", LONDON)
    forget(database)
    timed("a year and the two it is compared with, first time", lambda: performance(database, settings, year))
    timed("a year again", lambda: performance(database, settings, year))
    timed("all, the other months the first time", lambda: performance(database, settings, all_of_it))
    made = timed("all again", lambda: performance(database, settings, all_of_it))
    timed("a month", lambda: performance(database, settings, month))
    timed("all, for publication", lambda: performance(database, settings, all_of_it, public=True))
    for name, write in (("page", as_html), ("JSON", as_json), ("workbook", as_xlsx), ("PDF", as_pdf)):
        timed(f"all, written as {name}", lambda write=write: write(made))
    found = timed("calls behind `wrong_transfers`", lambda: list(calls_behind(database, "wrong_transfers", all_of_it)))
    print(f"  {len(found):,} calls listed; the figure says {made.total.value_of('wrong_transfers').count:,}")
    return made


def main() -> None:
    """Print a line a measurement; exit 1 where a figure is not what the slow count finds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=400_000, help="calls a year")
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--url", default="", help="empty database; default: a new SQLite file")
    parser.add_argument("--filled", action="store_true", help="--url is filled already, by traffic.py")
    parser.add_argument("--no-check", action="store_true", help="leave the slow count out")
    options = parser.parse_args()
    turns = options.years == 1
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/calls.sqlite3"
        first = date(FIRST.year + 10 - options.years, 1, 1)
        print(f"{'':55} {'clock':>10} {'processor':>10}")
        if not options.filled:
            fill(url, first, options.years, options.calls)
        database = Database(url)
        settings = Settings(root=Path(folder))
        made = measure(database, settings, date(first.year + options.years - 1, 12, 31))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{made.total.tally.offered:,} calls; reconciles: {made.reconciles}; memory at most {peak:,.0f} MiB")
        wrong: list[str] = []
        if not options.no_check:
            slow = timed("slow count", lambda: slow_figures(url, LONDON, turns=turns))
            wrong = differences(made, slow, turns=turns)
            print(f"{len(slow):,} figures of the slow count: {len(wrong)} differ")
            print("\n".join(wrong[:20]))
        database.close()
    sys.exit(1 if wrong or not made.reconciles else 0)


if __name__ == "__main__":
    main()
