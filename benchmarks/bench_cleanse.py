# ruff: noqa: PLC0415, E501, SIM905 - the product is imported in the process that is measured
"""Cleansing a large export: rows a second and peak memory, from the file to entries with all their spoken ways.

    python benchmarks/bench_cleanse.py [ROWS ...]

Each size runs in a process of its own, so that its memory is its own. The export is the sample council's,
repeated with other surnames, every twentieth department misspelt.
"""

from __future__ import annotations

import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "directory")]

SYLLABLES = "bar wick ton ham ley den ford croft mar shaw hurst stone field brook wood thorpe gar son dale burn".split()


def write_export(path: Path, rows: int, departments: int) -> None:
    """Write an export of about `rows` people."""
    from make_export import HEADINGS, generated_people, soiled

    rng = random.Random(rows)
    base = generated_people(random.Random(1), 2000)
    offices = [
        f"{rng.choice(SYLLABLES)}{rng.choice(SYLLABLES)} {rng.choice(SYLLABLES)} office".title()
        for _ in range(departments)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, restval="")
        writer.writeheader()
        for i in range(rows):
            row = soiled(rng, base[i % len(base)])
            if i >= len(base):
                row["Surname"] = f"{row['Surname']}{rng.choice(SYLLABLES)}{rng.choice(SYLLABLES)}".title()
                row["E-mail"] = ""
                row["Department"] = rng.choice(offices)
            if i % 20 == 0 and len(row["Department"]) > 8:
                at = rng.randrange(2, 6)
                row["Department"] = row["Department"][:at] + row["Department"][at + 1 :]
            row["Telephone"] = f"01632 960{rng.randrange(1000):03d}"
            writer.writerow(row)


def measure(rows: int, departments: int) -> None:
    """Print one line of figures."""
    from ivr.directory.load import load_directory
    from ivr.settings import DirectorySettings, Settings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        write_export(path, rows, departments)
        settings = Settings(root=ROOT, directory=DirectorySettings(corrections=Path("none.csv"), area_code="01632"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, busy = time.perf_counter(), time.process_time()
        loaded = load_directory(settings, path)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{rows:>7,} rows  {departments:>6,} departments  {seconds:6.2f} s ({busy:.2f} s of processor)  {rows / busy:>7,.0f} rows/s of processor  "
        f"peak {peak / 1024:,.0f} MB (+{(peak - before) / 1024:,.0f})  {len(loaded.directory.entries):,} entries  "
        f"{len(loaded.problems):,} problems",
        flush=True,
    )


def main() -> None:
    """Measure each size asked for, with few departments and with many."""
    sizes = [int(a) for a in sys.argv[1:]] or [1_000, 5_000, 20_000]
    for rows in sizes:
        for departments in (300, rows // 2):
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(rows, departments))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
