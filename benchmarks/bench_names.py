"""Names at scale: how often the right entry is found, wrongly taken, or a stranger let in, at 1,000 to 20,000 entries.

    .venv/bin/python benchmarks/bench_names.py [--sizes 1000 20000] [--systems auto vosk] [--most 510]

The callers of `asked_names`, in voices that neither the telephone model nor the confidences were fitted to, are heard
against directories of each size. Systems: Vosk and PocketSphinx together (`auto`, the product as it comes), Vosk alone
and with it the bare closed graph, whose best reading is taken whatever it is, all with `ivr evaluate`; and what is
measured beside them, at the smallest size alone unless `--peers-at` says otherwise, as they slow down with the
directory: PocketSphinx on the product's grammar with a pronunciation for every name (`sphinx`), PocketSphinx with a
plain list of names, and dictation compared with the names. Voices built from recorded people and formant voices are
reported apart, and the product's figures by line and noise. Intervals are Wilson's, 95 %. Results are kept in
`var/bench/names`, by the weights of model and confidences, and gone on with where a run was cut short.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from asked_names import SIZES, directory_file, everybody, make
from peers import PEERS
from spoken_calls import JUDGING
from synthetic_people import NAMES

from ivr.recognise.audio import read_wav
from ivr.recognise.builtin import WEIGHTS_FOLDER, Decoding, weights_digest
from ivr.recognise.endpoint import RATE
from ivr.records.chance import wilson
from ivr.text import normalise

ROOT = Path(__file__).parent.parent
WORK = ROOT / "var" / "bench" / "names"
COUNTS, SEED = (300, 150, 60), 2
AT_ONCE = 170
"""Utterances of one run of `ivr evaluate`."""
SYSTEMS = {
    "auto": "Vosk, PocketSphinx compares", "vosk": "Vosk alone", "sphinx": "PocketSphinx, product's grammar",
    **{name: title for name, (title, _) in PEERS.items()},
}  # fmt: skip
SLOW = ("sphinx", *PEERS)
GROUPS = ("recorded", "formant")

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    """Read a CSV file that may not be there."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def evaluate(size: int, engine: str, rows: list[Row]) -> list[Row]:
    """Hear what is missing with the product, a stretch at a time, and return all results kept."""
    kept = results_file(engine, size)
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
        keep(kept, done)
        print(f"{engine} at {size}: {len(done)}", file=sys.stderr, flush=True)
    return done


def results_file(system: str, size: int) -> Path:
    """Return where a system's results are kept; the product's, by its weights and settings."""
    if system in PEERS:
        return WORK / f"results-{system}-{size}.csv"
    weights = [(WEIGHTS_FOLDER / name).read_text(encoding="utf-8") for name in ("sureness.json", "opinion.json")]
    made_of = "".join([weights_digest(), Decoding().text(), *weights])
    return WORK / f"results-{system}-{hashlib.sha256(made_of.encode()).hexdigest()[:8]}-{size}.csv"


def keep(path: Path, rows: list[Row]) -> None:
    """Write results aside and put them in place whole."""
    aside = path.with_suffix(".aside")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    aside.replace(path)


def hear_peer(name: str, size: int, rows: list[Row]) -> list[Row]:
    """Hear everything with a peer, or return what was kept."""
    kept = results_file(name, size)
    done = read(kept)
    if {row["file"] for row in rows} <= {row["file"] for row in done}:
        return done
    hear = PEERS[name][1]([f"{first} {last}" for first, last in everybody(size)])
    found = []
    for row in rows:
        samples = read_wav(WORK / "judge" / row["file"])
        began = time.process_time()
        heard = hear(samples)
        spent = {"audio_seconds": f"{samples.size / RATE}", "decode_seconds": f"{time.process_time() - began}"}
        found.append({**row, "heard": heard, "decision": "accept" if heard else "reject", **spent})
    keep(kept, found)
    print(f"{name} at {size}: {len(found)}", file=sys.stderr, flush=True)
    return found


def taken(row: Row) -> bool:
    """Tell whether an utterance was acted on, put to the caller or offered."""
    return row["decision"] != "reject"


def found(row: Row) -> bool:
    """Tell whether the right entry was among what it was taken for."""
    return taken(row) and row["expected"] in row["matched"].split("|")


def share(count: int, total: int) -> str:
    """Write a share with its interval."""
    low, high = wilson(count, total)
    return f"{count} of {total} ({100 * low:.1f} - {100 * high:.1f} %)"


def right_of(rows: list[Row]) -> str:
    """Write how many of those who asked for somebody here were understood."""
    inside = [row for row in rows if row["expected"]]
    right = sum(map(found, inside))
    low, high = wilson(right, len(inside))
    return f"{100 * right / max(len(inside), 1):.1f} % of {len(inside)} ({100 * low:.1f} - {100 * high:.1f})"


def line(system: str, size: int, group: str, rows: list[Row], *, bare: bool = False) -> str:
    """Write one row of the table; `bare`: the best reading is always taken."""
    some = [as_bare(row) if bare else row for row in rows if row["group"] == group]
    outside = [row for row in some if not row["expected"]]
    wrong = sum(row["decision"] == "accept" and not found(row) for row in some)
    speed = sum(float(row["decode_seconds"]) for row in some) / max(sum(float(row["audio_seconds"]) for row in some), 1)
    return (
        f"| {system} | {size:,} | {group} | {right_of(some)} | {share(wrong, len(some))} | "
        f"{share(sum(map(taken, outside)), len(outside))} | {speed:.3f} |"
    )


def as_bare(row: Row) -> Row:
    """Return a result as if whatever was heard had been acted on."""
    heard = row["heard"]
    right = row["expected"] and normalise(row["expected"]) in heard
    return {**row, "decision": "accept" if heard else "reject", "matched": row["expected"] if right else heard}


def by_line(size: int, rows: list[Row]) -> list[str]:
    """Write the product's share right on each sort of line, all voices."""
    noises = sorted({row["noise"] for row in rows})
    kinds = [("line", name) for name in ("gentle", "brick")] + [("noise", name) for name in noises]
    return [
        f"| {size:,} | {name or 'no noise'} | {right_of([row for row in rows if row[kind] == name])} |"
        for kind, name in kinds
    ]


def heard_by(system: str, size: int, rows: list[Row]) -> list[Row]:
    """Return the results of a system for these utterances."""
    wanted = {row["file"]: row for row in rows}
    found = hear_peer(system, size, rows) if system in PEERS else evaluate(size, system, rows)
    return [{**wanted[row["file"]], **row} for row in found if row["file"] in wanted]


def main() -> None:
    """Hear what is missing and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    parser.add_argument("--peers-at", type=int, nargs="*", default=[min(SIZES)], choices=SIZES)
    parser.add_argument("--most", type=int, default=170, help="utterances of each, spread over all")
    options = parser.parse_args()
    if not NAMES.is_dir():
        sys.exit("needs ../shared/data/text/names, which is not part of the repository")
    make(WORK / "judge", JUDGING, COUNTS, SEED)
    rows = read(WORK / "judge" / "manifest.csv")
    random.Random(SEED).shuffle(rows)  # a run cut short has heard some of everything
    rows = rows[:: max(1, len(rows) // options.most)]
    table, lines = [], []
    for size in options.sizes:
        for system in options.systems:
            if system in SLOW and size not in options.peers_at:
                continue
            results = heard_by(system, size, rows)
            table += [line(SYSTEMS[system], size, group, results, bare=system in PEERS) for group in GROUPS]
            if system == "vosk":
                table += [line("bare closed graph", size, group, results, bare=True) for group in GROUPS]
            if system == "auto":
                lines += by_line(size, results)
    print("| system | entries | voices | first time right | wrong, not asked | nobody here, taken | RTF |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(table))
    print("\n| entries | line | first time right |\n|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
