"""Measures how close respellings come to names that a fixed vocabulary lacks.

    python benchmarks/bench_respell.py NAMES.csv [--column surname] [--names 1000]

The vocabulary is the English dictionary that PocketSphinx carries, about as large as that of an official Vosk model,
without any of the names looked for; the names are drawn from the list, evenly, with a fixed seed.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import time
from pathlib import Path

import pocketsphinx

from ivr.grammar.pronounce import Pronouncer
from ivr.recognise.respell import Respeller

ROOT = Path(__file__).parent.parent
SHOWN = 12


def dictionary_words() -> set[str]:
    """Return the plain words of the dictionary."""
    path = Path(pocketsphinx.get_model_path("en-us")) / "cmudict-en-us.dict"
    first = (line.split(" ", 1)[0] for line in path.read_text(encoding="utf-8").splitlines())
    return {word for word in first if word.isalpha() and word.isascii()}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    parser.add_argument("--column", default="surname")
    parser.add_argument("--names", type=int, default=1000)
    options = parser.parse_args()
    with options.list.open(encoding="utf-8", newline="") as lines:
        listed = sorted({row[options.column].lower() for row in csv.DictReader(lines)})
    plain = [name for name in listed if name.isalpha() and name.isascii() and len(name) > 1]
    chosen = random.Random(0).sample(plain, min(options.names, len(plain)))
    pronounce = Pronouncer(ROOT / "grammars").pronounce
    began = time.perf_counter()
    respeller = Respeller(dictionary_words() - set(chosen), pronounce)
    ready = time.perf_counter() - began
    began = time.perf_counter()
    found = [respeller.respell(name) for name in chosen]
    seconds = time.perf_counter() - began
    errors = sorted(respelling.error for respelling in found if respelling)
    print(f"{len(chosen)} names, {len(errors)} respelled, {len(chosen) - len(errors)} like nothing in the vocabulary")
    print(f"phones wrong: median {statistics.median(errors):.1%}, mean {statistics.mean(errors):.1%},", end=" ")
    print(f"nine in ten under {errors[int(0.9 * len(errors))]:.1%}")
    print(f"vocabulary ready in {ready:.1f} s, then {1000 * seconds / len(chosen):.0f} ms a name")
    for respelling in (respelling for respelling in found[:SHOWN] if respelling):
        print(f'  {respelling.name}: "{respelling.said}" {respelling.error:.0%}')


if __name__ == "__main__":
    main()
