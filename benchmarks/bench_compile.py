"""Grammar compile time, interpretation time and memory by size of directory: `python benchmarks/bench_compile.py`."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

SIZES = (100, 1000, 5000, 20_000)
FOLDER = Path(__file__).parents[1] / "grammars"
ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "y",
]
MIDDLES = ["a", "ar", "e", "ea", "el", "en", "i", "in", "o", "ol", "or", "u", "un", "ay"]
ENDS = ["ton", "ley", "ford", "son", "ham", "well", "man", "ski", "wal", "kar", "ez", "er", "dale", "wood", "by", "s"]


def _name(chance: random.Random) -> str:
    return chance.choice(ONSETS) + chance.choice(MIDDLES) + chance.choice(ENDS)


def measure(size: int) -> None:
    """Print one row, in a process of its own so that its memory is its own."""
    import resource  # noqa: PLC0415 - the parent needs none of this

    from ivr.grammar.compile import compile_grammars  # noqa: PLC0415
    from ivr.grammar.enquiries import load_enquiries  # noqa: PLC0415
    from ivr.grammar.interpret import interpret  # noqa: PLC0415
    from ivr.model import Directory, Entry, Kind  # noqa: PLC0415

    chance = random.Random(size)
    entries = []
    for number in range(size):
        first, last = _name(chance), _name(chance)
        spoken = (f"{first} {last}", f"{first[0]} {last}", f"{first} {last} in parks", last)
        entries.append(Entry(id=f"p-{number}", kind=Kind.PERSON, name=spoken[0].title(), spoken=spoken))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    grammars = compile_grammars(FOLDER, Directory(tuple(entries)), load_enquiries(FOLDER))
    compiled = time.perf_counter() - began
    interpret(grammars["call"], "hello")
    began = time.perf_counter()
    for entry in entries[:100]:
        interpret(grammars["call"], f"could you put me through to {entry.spoken[0]} please")
    each = (time.perf_counter() - began) * 10
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{size:>8} {compiled:>10.2f} {each:>14.2f} {memory:>10.0f}")


def main() -> None:
    """Print the table."""
    print(f"{'entries':>8} {'compile s':>10} {'interpret ms':>14} {'MiB more':>10}")
    for size in SIZES:
        subprocess.run([sys.executable, __file__, str(size)], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
