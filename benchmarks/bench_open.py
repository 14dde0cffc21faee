"""Opening a site: processor time of each part, at the sample's size and at 20,000 entries.

    python benchmarks/bench_open.py [--sizes 0 20000] [--site FOLDER]

Size 0 is the sample council's own export. The others have British names by frequency (`../shared/data/text/names`).
Each runs twice in processes of their own: the second finds the pronunciations that the first worked out.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from synthetic_people import DEPARTMENTS, NAMES, read_names

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("Officer", "Senior Officer", "Team Leader", "Assistant", "Manager", "Adviser", "Planner", "Surveyor")
MEASURE = """
import sys, time
from pathlib import Path
start = time.process_time()
from ivr.assembly import open_site
from ivr.settings import load_settings
imported = time.process_time()
settings = load_settings(Path(sys.argv[1]))
recognition = settings.recognition.model_copy(update={"cache": Path(sys.argv[3])})
settings = settings.model_copy(update={"recognition": recognition})
site = open_site(settings, export=Path(sys.argv[2]) if sys.argv[2] else None)
opened = time.process_time()
print(f"{len(site.directory.entries):>8,} {imported - start:8.2f} {opened - imported:8.2f}")
"""


def write_export(path: Path, size: int) -> None:
    """Write an export of `size` people drawn by the frequency of their names."""
    chance, names = random.Random(size), read_names(NAMES)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Forename", "Surname", "Department", "Job title", "Telephone", "E-mail"])
        for i in range(size):
            first, last = names.draw(chance)
            row = [first.title(), last.title(), chance.choice(DEPARTMENTS), chance.choice(ROLES)]
            writer.writerow([*row, f"01632 960{i % 1000:03d}", f"{first}.{last}{i}@wexbourne.example"])


def main() -> None:
    """Print a line for each size and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 20000])
    parser.add_argument("--site", type=Path, default=ROOT)
    options = parser.parse_args()
    print(f"{'entries':>8} {'import s':>8} {'open s':>8}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            export = Path(folder) / "export.csv"
            if size:
                write_export(export, size)
            for _ in range(2):
                command = [sys.executable, "-c", MEASURE, str(options.site), str(export) if size else "", folder]
                subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
