"""Matching on text: time beside rapidfuzz, who is found, who is taken that should not be, names that are the same.

python benchmarks/bench_match.py [--names FOLDER] [--size 20000] [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import time
from pathlib import Path

from corrupt import misheard
from rapidfuzz import fuzz, process
from synthetic_people import FRAMES, NAMES, directory, read_names

from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.pronounce import Pronouncer
from ivr.match.understand import Understander
from ivr.model import Decision, Directory, Expect, Hypothesis, Recognition
from ivr.settings import MatchingSettings

ROOT = Path(__file__).resolve().parents[1]
WARM = 100
"""Other utterances understood first: a service is measured as it runs, not as it starts."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=Path, default=NAMES)
    parser.add_argument("--size", type=int, default=20000)
    parser.add_argument("--utterances", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.names, options.size, options.utterances)
    print(json.dumps(figures, indent=2) if options.json else _table(figures))


def measure(folder: Path, size: int, count: int) -> dict[str, float]:
    """Figures at one size of directory: times of one core in ms, shares 0-1."""
    names = read_names(folder)
    people = directory(names, size)
    start = time.perf_counter()
    enquiries = load_enquiries(ROOT / "grammars")
    grammars = compile_grammars(ROOT / "grammars", people, enquiries)
    pronouncer = Pronouncer(ROOT / "grammars")
    compiled = time.perf_counter()
    understander = Understander(people, enquiries, grammars, MatchingSettings(), pronouncer.pronounce)
    built = time.perf_counter()
    for _, text, _ in utterances(people, names.draw, WARM, seed=9):
        understander.understand(Recognition((Hypothesis(text),), "typed"), expect=Expect.CALL)
    gc.freeze()  # as a server does once its site is ready
    asked = utterances(people, names.draw, count)
    figures = {"entries": len(people.entries), "compile_s": compiled - start, "build_s": built - compiled}
    figures |= _ours(understander, asked) | _rapidfuzz(people, asked)
    return figures | {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def utterances(people: Directory, draw, count: int, seed: int = 2) -> list[tuple[str, str, str]]:  # noqa: ANN001
    """(kind, text, name expected or "") of callers: exact, misheard, and for somebody who is not there."""
    chance = random.Random(seed)
    known = {entry.name.lower() for entry in people.entries}
    asked = []
    for i in range(count):
        entry = chance.choice(people.entries)
        frame = chance.choice(FRAMES)
        kind = ("exact", "misheard", "stranger")[i % 3]
        name = entry.name
        if kind == "stranger":
            name = next(n for n in iter(lambda: " ".join(draw(chance)).title(), "") if n.lower() not in known)
        said = misheard(name.lower(), chance) if kind == "misheard" else name
        asked.append((kind, frame.format(said, d=entry.department), "" if kind == "stranger" else name))
    return asked


def _ours(understander: Understander, asked: list[tuple[str, str, str]]) -> dict[str, float]:
    times = []
    tally: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for kind, text, expected in asked:
        recognition = Recognition((Hypothesis(text),), "typed")
        start = time.thread_time()
        found = understander.understand(recognition, expect=Expect.CALL)
        times.append(1000 * (time.thread_time() - start))
        totals[kind] = totals.get(kind, 0) + 1
        labels = {c.label for c in found.candidates} if found.decision is not Decision.REJECT else set()
        right = expected in labels if expected else not labels
        tally[kind, "right"] = tally.get((kind, "right"), 0) + right
        wrong = found.decision is Decision.ACCEPT and expected not in labels and bool(labels)
        tally[kind, "wrong_accepted"] = tally.get((kind, "wrong_accepted"), 0) + wrong
    cuts = statistics.quantiles(times, n=20)
    shares = {f"{kind}_{what}": n / totals[kind] for (kind, what), n in sorted(tally.items())}
    return {"match_ms_p50": cuts[9], "match_ms_p95": cuts[18], "match_ms_max": max(times)} | shares


def _rapidfuzz(people: Directory, asked: list[tuple[str, str, str]]) -> dict[str, float]:
    """Measure the usual way: `process.extractOne` with WRatio over the names, accepted at 80."""
    listed = [entry.name.lower() for entry in people.entries]
    times, right, wrong = [], 0, 0
    some = asked[:150]
    for _, text, expected in some:
        start = time.thread_time()
        found = process.extractOne(text, listed, scorer=fuzz.WRatio, score_cutoff=80)
        times.append(1000 * (time.thread_time() - start))
        name = found[0] if found else ""
        right += name == expected.lower()
        wrong += bool(name) and name != expected.lower()
    cuts = statistics.quantiles(times, n=20)
    shares = {"rapidfuzz_right": right / len(some), "rapidfuzz_wrong": wrong / len(some)}
    return {"rapidfuzz_ms_p50": cuts[9], "rapidfuzz_ms_p95": cuts[18]} | shares


def _table(figures: dict[str, float]) -> str:
    return "\n".join(f"{name:28} {value:10.3f}" for name, value in figures.items())


if __name__ == "__main__":
    main()
