"""Names at scale: how often the right entry is found, wrongly taken, or a stranger let in, at 1,000 to 20,000 entries.

    .venv/bin/python benchmarks/bench_names.py [--sizes 1000 20000] [--engines auto vosk sphinx] [--most 510]

The callers of `asked_names`, in voices that neither the telephone model nor the confidences were fitted to, are heard
with `ivr evaluate` against directories of each size. Systems: Vosk and PocketSphinx together (`auto`, the product as
it comes), Vosk alone, PocketSphinx alone on the same grammar with a pronunciation for every name, and the bare closed
graph, whose best reading is taken whatever it is. Voices built from recorded people and formant voices are reported
apart. Results are kept in `var/bench/names` and gone on with where a run was cut short; the table is of all kept.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from asked_names import SIZES, directory_file, make
from spoken_calls import JUDGING
from synthetic_people import NAMES

from ivr.records.chance import wilson
from ivr.text import normalise

ROOT = Path(__file__).parent.parent
WORK = ROOT / "var" / "bench" / "names"
COUNTS, SEED = (300, 150, 60), 2
AT_ONCE = 34
"""Utterances of one run of `ivr evaluate`."""
SYSTEMS = {"auto": "Vosk, PocketSphinx compares", "vosk": "Vosk alone", "sphinx": "PocketSphinx alone"}

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    """Read a CSV file that may not be there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def evaluate(size: int, engine: str, rows: list[Row]) -> list[Row]:
    """Hear what is missing, a stretch at a time, and return all results kept."""
    kept = WORK / f"results-{engine}-{size}.csv"
    done = read(kept)
    known = {row["file"] for row in done}
    missing = [row for row in rows if row["file"] not in known]
    for start in range(0, len(missing), AT_ONCE):
        with tempfile.NamedTemporaryFile("w", dir=WORK / "judge", suffix=".csv", newline="", delete=False) as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(missing[start : start + AT_ONCE])
        manifest, results = Path(file.name), kept.with_suffix(".partial")
        command = [
            sys.executable,
            "-m",
            "ivr",
            "evaluate",
            str(manifest),
            "--directory",
            str(directory_file(WORK, size)),
        ]
        command += ["--engine", engine, "--workers", "1", "--json", "--results", str(results)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        manifest.unlink()
        if ended.returncode not in {0, 1}:
            sys.exit(ended.stderr)
        done += read(results)
        results.unlink()
        aside = kept.with_suffix(".aside")
        with aside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(done[0]))
            writer.writeheader()
            writer.writerows(done)
        aside.replace(kept)
        print(f"{engine} at {size}: {len(done)}", file=sys.stderr, flush=True)
    return done


def taken(row: Row) -> bool:
    """Tell whether an utterance was acted on, put to the caller or offered."""
    return row["decision"] != "reject"


def found(row: Row) -> bool:
    """Tell whether the right entry was among what it was taken for."""
    return taken(row) and row["expected"] in row["matched"].split("|")


def line(system: str, size: int, group: str, rows: list[Row], *, bare: bool = False) -> str:
    """Write one row of the table; `bare`: the best reading is always taken."""
    some = [row for row in rows if row["group"] == group]
    inside = [row for row in some if row["expected"]]
    outside = [row for row in some if not row["expected"]]
    if bare:
        right = sum(normalise(row["expected"]) in row["heard"] for row in inside)
        wrong, out = len(some) - right, sum(bool(row["heard"]) for row in outside)
    else:
        right, out = sum(map(found, inside)), sum(map(taken, outside))
        wrong = sum(row["decision"] == "accept" and not found(row) for row in some)
    low, high = wilson(right, len(inside))
    low_out, high_out = wilson(out, len(outside))
    speed = sum(float(row["decode_seconds"]) for row in some) / max(sum(float(row["audio_seconds"]) for row in some), 1)
    share = 100 * right / max(len(inside), 1)
    out_of = f"{out} of {len(outside)} ({100 * low_out:.0f} - {100 * high_out:.0f} %)"
    return (
        f"| {system} | {size:,} | {group} | {share:.1f} % of {len(inside)} ({100 * low:.1f} - {100 * high:.1f}) | "
        f"{wrong} of {len(some)} | {out_of} | {speed:.3f} |"
    )


def main() -> None:
    """Hear what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--engines", nargs="+", default=["auto"], choices=list(SYSTEMS))
    parser.add_argument("--most", type=int, default=170, help="utterances of each, spread over all")
    options = parser.parse_args()
    if not NAMES.is_dir():
        sys.exit("needs ../shared/data/text/names, which is not part of the repository")
    make(WORK / "judge", JUDGING, COUNTS, SEED)
    rows = read(WORK / "judge" / "manifest.csv")
    random.Random(SEED).shuffle(rows)  # a run cut short has heard some of everything
    step = max(1, len(rows) // options.most)
    table = []
    for size in options.sizes:
        for engine in options.engines:
            results = evaluate(size, engine, rows[::step])
            table += [line(SYSTEMS[engine], size, group, results) for group in ("recorded", "formant")]
            if engine == "vosk":
                bare = "bare closed graph"
                table += [line(bare, size, group, results, bare=True) for group in ("recorded", "formant")]
    print("| system | entries | voices | first time right (95 %) | wrong, not asked | nobody here, taken | RTF |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(table))


if __name__ == "__main__":
    main()
