"""Measures the recognisers side by side on utterances that the built-in model was never trained on.

`python benchmarks/bench_recognition.py ITEMS` where ITEMS is the folder that `training`'s stage `judge` makes: its
`items.csv` (file, expected, said, kind, voice, noise), `names.txt` and `surnames.txt`. Prints one table of accuracy,
false accepts and cost, one by voice and noise, and what loading costs.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Repeat, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise import builtin, builtin_ears
from ivr.recognise.audio import read_wav
from ivr.recognise.builtin_ears import builtin_recogniser
from ivr.recognise.sphinx import SphinxRecogniser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivr.model import Recognition
    from ivr.recognise.base import Recogniser

ROOT = Path(__file__).parent.parent
TAKEN = 0.5
"""Confidence, all readings together, from which an utterance counts as taken."""
BLOCK = 1600
SHOWN = frozenset((10, 100, 1000, 2500, 5000))
"""Numbers of utterances after which memory is shown."""
DIGITS = ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
COMMANDS = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]
FRAMES = """can i speak to
could i speak to
could you put me through to
put me through to
i'd like to speak to
i want
is
i'm looking for
get me
hello can i have
may i speak with
connect me to
no i said
yes
doctor
mister
missus
i need to talk to
can i talk to""".splitlines()
ANYBODY = Target(TargetKind.ENTRY, "anybody")


@dataclass(frozen=True)
class Item:
    """One utterance."""

    file: str
    expected: str
    said: str
    kind: str
    voice: str
    noise: str


@dataclass
class Tally:
    """What became of one set."""

    count: int = 0
    right: int = 0
    taken: int = 0
    wrong_taken: int = 0
    audio: float = 0.0
    decode: float = 0.0
    groups: Counter[tuple[str, bool]] = field(default_factory=Counter)


def words(text: str) -> Words:
    """Make an expression of words."""
    return Words(tuple(text.split()))


def any_of(texts: Iterable[str]) -> Alternatives:
    """Make an expression of alternatives."""
    return Alternatives(tuple(map(words, texts)))


def slot(name: str, texts: Iterable[str]) -> tuple[str, tuple[SlotValue, ...]]:
    """Make the values of a slot."""
    return name, tuple(SlotValue(text, ANYBODY) for text in texts)


def grammars(folder: Path, sizes: Iterable[int], items: list[Item]) -> dict[str, Grammar]:
    """Make the grammar of each set."""
    spelled = folder / "surnames.txt"
    surnames = spelled.read_text(encoding="utf-8").split() if spelled.exists() else ["smith"]
    wanted = sorted({item.expected for item in items if item.kind == "spelled"})
    surnames = sorted({*wanted, *random.Random(1).sample(surnames, min(600, len(surnames)))})
    enquiries = sorted({item.said for item in items if item.kind == "enquiries"})
    short = sorted({item.said for item in items if item.kind == "short"})
    names = (folder / "names.txt").read_text(encoding="utf-8").splitlines()
    framed = Sequence((Maybe(any_of(FRAMES)), Slot("name"), Maybe(any_of(("please", "thank you")))))
    made = {
        "yes_no": Grammar("yes_no", (Sentence(any_of(("yes", "no"))),)),
        "commands": Grammar("commands", (Sentence(any_of(COMMANDS)),)),
        "digits": Grammar("digits", (Sentence(Repeat(any_of(DIGITS), 4, 4)),)),
        "spelled": Grammar("spelled", (Sentence(Slot("name")),), {}, dict([slot("name", map(" ".join, surnames))])),
        "enquiries": Grammar("enquiries", (Sentence(any_of(enquiries)),)),
        "short": Grammar("short", (Sentence(any_of(short)),)),
    }
    for size in sizes:
        chosen = dict([slot("name", names[:size])])
        made[f"names {size}"] = Grammar(f"names {size}", (Sentence(framed),), {}, chosen)
    return made


def letters(text: str) -> str:
    """Run single letters together."""
    return text.replace(" ", "")


def digits(text: str) -> str:
    """Run spoken digits together."""
    values = {word: str(max(0, number - 1)) for number, word in enumerate(DIGITS)}
    return "".join(values.get(word, "?") for word in text.split())


def is_right(item: Item, text: str) -> bool:
    """Tell whether the sentence heard holds what was meant."""
    if item.kind == "digits":
        return digits(text) == item.expected
    if item.kind == "spelled":
        return letters(text) == item.expected
    return f" {item.expected} " in f" {text} "


def hear(recogniser: Recogniser, grammar: str, path: Path) -> Recognition:
    """Stream one recording."""
    samples = read_wav(path)
    hearing = recogniser.start(grammar)
    for start in range(0, samples.size, BLOCK):
        hearing.feed(samples[start : start + BLOCK])
    return hearing.finish()


def measure(recogniser: Recogniser, grammar: str, folder: Path, items: list[Item]) -> Tally:
    """Hear every item of a set."""
    tally = Tally()
    recogniser.start(grammar)
    for item in items:
        began = time.process_time()
        heard = hear(recogniser, grammar, folder / item.file)
        tally.decode += time.process_time() - began
        sure = sum(hypothesis.confidence or 0.0 for hypothesis in heard.hypotheses)
        right = bool(item.expected) and is_right(item, heard.text)
        tally.count += 1
        tally.right += right
        tally.taken += sure >= TAKEN
        tally.wrong_taken += sure >= TAKEN and not right
        tally.audio += heard.audio_seconds
        for group in (item.voice if ":" in item.voice else "", f"noise {item.noise or 'none'}"):
            tally.groups[group, right] += 1
    return tally


def sets(sizes: list[int]) -> list[tuple[str, str]]:
    """Return (grammar, kind of items) of each set."""
    fixed = ("yes_no", "commands", "digits", "spelled", "enquiries", "short")
    named = [(f"names {size}", "names") for size in sizes]
    first = f"names {min(sizes)}"
    return [*((kind, kind) for kind in fixed), ("yes_no", "sounds"), *named, (first, "strangers")]


def run(recogniser: Recogniser, engine: str, options: argparse.Namespace, items: list[Item]) -> None:
    """Measure one recogniser on every set."""
    for grammar, kind in sets(options.sizes):
        if options.only and grammar not in options.only:
            continue
        chosen = [item for item in items if item.kind == kind][: options.most]
        if kind == "names":
            listed = set((options.items / "names.txt").read_text(encoding="utf-8").splitlines()[: int(grammar[6:])])
            chosen = [item for item in chosen if item.expected in listed]
        tally = measure(recogniser, grammar, options.items, chosen)
        speed = tally.decode / max(tally.audio, 1e-9)
        if kind in {"sounds", "strangers"}:
            line = f"taken {tally.taken:3d} of {tally.count}"
        else:
            line = (
                f"right {tally.right / max(tally.count, 1):6.1%} of {tally.count}, wrong and taken {tally.wrong_taken}"
            )
        print(
            f"{engine:7s} {kind if kind in {'sounds', 'strangers'} else grammar:12s} {line:45s} rtf {speed:.3f}",
            flush=True,
        )
        if kind == "names" and grammar == f"names {min(options.sizes)}":
            for group in sorted({group for group, _ in tally.groups if group}):
                right, wrong = tally.groups[group, True], tally.groups[group, False]
                print(f"{'':20s} {group:28s} {right / (right + wrong):6.1%} of {right + wrong}")


def streams(recogniser: Recogniser, options: argparse.Namespace, items: list[Item]) -> None:
    """Hear many callers at once on this machine's cores: as many can speak at a time as seconds are heard in one."""
    files = [options.items / item.file for item in items if item.kind == "names"][:60]
    for size in sorted({min(options.sizes), max(options.sizes)}):
        for count in (1, 2, 8):
            began, used = time.perf_counter(), time.process_time()
            with ThreadPoolExecutor(count) as pool:
                heard = list(pool.map(partial(hear, recogniser, f"names {size}"), files))
            seconds, used = time.perf_counter() - began, time.process_time() - used
            audio = sum(recognition.audio_seconds for recognition in heard)
            print(
                f"names {size}, {count} at once: {audio / seconds:.0f} seconds of speech a second, "
                f"{audio / used:.0f} a second of processor time",
                flush=True,
            )


def resident() -> float:
    """Return how much memory this process holds, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def ready(engine: str, make: Callable[[], Recogniser], sizes: list[int]) -> Recogniser:
    """Make a recogniser and ready it for names, twice: the second time from what the first left in the cache."""
    for stage in ("first", "again"):
        recogniser = make()
        for size in sizes:
            before, began = resident(), time.perf_counter()
            recogniser.start(f"names {size}")
            seconds, more = time.perf_counter() - began, resident() - before
            print(f"{engine:7s} names {size}: ready {stage} in {seconds:.2f} s, {more:.0f} MB", flush=True)
        if engine != "vosk":
            break
    return recogniser


def steadiness(recogniser: Recogniser, options: argparse.Namespace, items: list[Item]) -> None:
    """Hear short utterances over and over, and say how much memory the process holds."""
    files = [options.items / item.file for item in items if item.kind == "yes_no"][:100]
    for number in range(1, options.steady + 1):
        hear(recogniser, "yes_no", files[number % len(files)])
        if number in SHOWN or number == options.steady:
            print(f"after {number} utterances: {resident():.1f} MB", flush=True)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=Path)
    parser.add_argument("--engines", nargs="+", default=["vosk", "sphinx"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[300, 1000, 5000, 20000])
    parser.add_argument("--most", type=int, default=1000, help="utterances of a set")
    parser.add_argument("--only", nargs="+", default=[], help="grammars to measure")
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "cache" / "bench")
    parser.add_argument("--steady", type=int, default=0, help="utterances to hear in a row, for memory")
    parser.add_argument("--no-streams", dest="streams", action="store_false", help="leave callers at once out")
    parser.add_argument("--weights", type=Path, help="folder of another telephone model than the built-in one")
    options = parser.parse_args()
    if options.weights:
        builtin.WEIGHTS_FOLDER = builtin_ears.WEIGHTS_FOLDER = options.weights
    with (options.items / "items.csv").open(encoding="utf-8", newline="") as lines:
        items = [Item(**row) for row in csv.DictReader(lines)]
    made = grammars(options.items, options.sizes, items)
    pronounce = Pronouncer(ROOT / "grammars").pronounce
    makers: dict[str, Callable[[], Recogniser]] = {
        "vosk": lambda: builtin_recogniser(made, pronounce, options.cache),
        "sphinx": lambda: SphinxRecogniser(made, pronounce),
    }
    for engine in options.engines:
        recogniser = ready(engine, makers[engine], options.sizes)
        run(recogniser, engine, options, items)
        print(f"{engine:7s} most memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        if engine == "vosk":
            if options.streams:
                streams(recogniser, options, items)
            steadiness(recogniser, options, items)


if __name__ == "__main__":
    main()
