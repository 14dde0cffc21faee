"""Is the audit right about who is hard to reach? Its worst-rated tenth against the rest, on recorded callers.

    python benchmarks/bench_audit.py RESULTS.csv DIRECTORY.csv

RESULTS.csv is what `ivr evaluate MANIFEST.csv --directory DIRECTORY.csv --results RESULTS.csv` wrote (the manifests and
directories of `benchmarks/bench_names.py`, for one).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from ivr.directory.load import load_directory
from ivr.grammar.pronounce import Pronouncer
from ivr.match.audit import audit
from ivr.records.chance import wilson
from ivr.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]
TENTHS = 10


def missed(row: dict[str, str]) -> bool:
    """Tell whether the right entry was neither accepted nor put to the caller."""
    return row["decision"] == "reject" or row["expected"] not in row["matched"].split("|")


def area(scored: list[tuple[float, bool]]) -> float:
    """Chance that an utterance missed is rated harder than one that was not; ties count half."""
    bad = [s for s, wrong in scored if wrong]
    good = [s for s, wrong in scored if not wrong]
    won = sum((b > g) + 0.5 * (b == g) for b in bad for g in good)
    return won / ((len(bad) * len(good)) or 1)


def main() -> None:
    """Print the misses of each tenth, hardest first, and the area under the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--site", type=Path, default=ROOT)
    parser.add_argument("--group", default="", help="only voices of this group: recorded or formant")
    options = parser.parse_args()
    settings = load_settings(options.site)
    people = load_directory(settings, options.directory).directory
    audited = audit(people, Pronouncer(settings.path(settings.grammar.folder)))
    rated = {a.entry.name: a.difficulty for a in audited}
    with options.results.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["expected"] in rated]
    rows = [row for row in rows if options.group in {"", row.get("group", "")}]
    scored = sorted(((rated[row["expected"]], missed(row)) for row in rows), key=lambda pair: -pair[0])
    print(f"{len(scored)} callers; area under the curve {area(scored):.3f}")
    worst, rest = scored[: len(scored) // TENTHS], scored[len(scored) // TENTHS :]
    for name, some in (("worst tenth", worst), ("the rest", rest)):
        wrong = sum(w for _, w in some)
        low, high = wilson(wrong, len(some))
        print(f"{name:12} missed {wrong:4d} of {len(some):4d}  {wrong / len(some):6.1%}  ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
