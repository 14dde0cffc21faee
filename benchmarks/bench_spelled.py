"""Real letters and digits: surnames spelled against a large directory, and four-digit extensions.

    python benchmarks/bench_spelled.py [--size 20000 --most 100] [--development]

Surnames are strung together from single letters as a studio voice says them (`../shared/data/speech/letters`: an
Australian one that the telephone model never met; `--development`: the American one it did), drawn as the directory's
people are, so that common ones come often. Extensions are strung from the digits of four real speakers
(`../shared/data/speech/digits`, never met): those of 2,000 people of the directory, and strings of any four digits.
Three lines in five have noise. A surname is right where everybody accepted, put to the caller or asked about bears it
or one of at most two others.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr
from asked_names import directory_file
from spoken_calls import speak

from ivr.assembly import open_site
from ivr.model import Decision, Expect
from ivr.recognise.listen import hear
from ivr.records.chance import wilson
from ivr.settings import load_settings
from ivr.text import squash

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.model import Understanding
    from ivr.recognise.base import Recogniser

ROOT = Path(__file__).parent.parent
SPEECH = ROOT.parent / "shared" / "data" / "speech"
WORK = ROOT / "var" / "bench"
GAPS = (0.05, 0.35)
"""Silence between letters, in seconds."""
NOISES = (None, None, ("hiss", 20.0), ("babble", 18.0), ("street", 15.0))
OFFERED, SHORTEST = 3, 3


def letters(locale: str) -> dict[str, list[np.ndarray]]:
    """Read the letters of a studio voice, at 8 kHz."""
    found = defaultdict(list)
    with (SPEECH / "letters" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["locale"] == locale and row["set"] == "letters" and len(row["says"]) == 1:
                found[row["says"].lower()].append(read(SPEECH / "letters" / row["file"]))
    return found


def digits() -> dict[str, dict[str, list[np.ndarray]]]:
    """Read the digits of each real speaker."""
    found: dict[str, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    with (SPEECH / "digits" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["speaker"]][row["expected"]].append(read(SPEECH / "digits" / row["file"]))
    return found


def read(path: Path) -> np.ndarray:
    """Read a recording of one letter or digit, as loud as the others, without the silence around it."""
    sound, rate = soundfile.read(path, dtype="float64")
    sound = soxr.resample(sound, rate, speak.RATE) if rate != speak.RATE else sound
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    sound = sound[max(loud[0] - 400, 0) : loud[-1] + 400]
    return sound * (0.5 / max(float(np.abs(sound).max()), 1e-6))


def strung(parts: list[np.ndarray], dice: random.Random) -> np.ndarray:
    """Say parts one after the other, over a line."""
    pieces = [p for part in parts for p in (part, np.zeros(int(dice.uniform(*GAPS) * speak.RATE)))]
    line = speak.line(speak.pad(np.concatenate(pieces)), seed=dice.randrange(10**6), extra=dice.choice(NOISES))
    return np.asarray(np.clip(line * 32767, -32768, 32767), np.int16)


def offered(meant: Understanding) -> list[str]:
    """Ids of the entries that the caller would be put through to or asked about."""
    if meant.decision is Decision.REJECT:
        return []
    found = meant.candidates if meant.decision is Decision.CHOOSE else meant.candidates[:1]
    return [candidate.target.id for candidate in found]


def spell(site: Site, recogniser: Recogniser, most: int, locale: str, *, verbose: bool) -> None:
    """Print how many spelled surnames are found."""
    voice, dice = letters(locale), random.Random(7)
    people = [
        e for e in site.directory.entries if len(squash(e.surname)) >= OFFERED and {*squash(e.surname)} <= voice.keys()
    ]
    became: Counter[str] = Counter()
    began = time.process_time()
    for entry in dice.sample(people, most):
        wanted = squash(entry.surname)
        heard = hear(recogniser, "spelling", strung([dice.choice(voice[letter]) for letter in wanted], dice))
        meant = site.understander.understand(heard, expect=Expect.SPELLING)
        surnames = {squash(site.directory.get(name).surname) for name in offered(meant)}
        right = wanted in surnames and len(surnames) <= OFFERED
        became["right" if right else "asked again" if not surnames else "another name"] += 1
        became["heard exactly"] += meant.value == wanted
        became["accepted wrongly"] += meant.decision is Decision.ACCEPT and not right
        if not right and verbose:
            print(wanted, "|", meant.text, "|", meant.decision, "|", meant.why, "|",
                  [(h.text, h.confidence) for h in heard.hypotheses[:4]], flush=True)  # fmt: skip
    report("surnames spelled", became, most, time.process_time() - began)


def dial(site: Site, recogniser: Recogniser, most: int, kind: str) -> None:
    """Print how many extensions, or digits that are nobody's, are heard right."""
    voices, dice = digits(), random.Random(8)
    known = sorted({e.number for e in site.directory.entries if e.number.isdigit()})
    became: Counter[str] = Counter()
    began = time.process_time()
    for number in range(most):
        wanted = dice.choice(known) if kind == "extensions" else f"{dice.randrange(10000):04d}"
        speaker = voices[sorted(voices)[number % len(voices)]]
        heard = hear(recogniser, "digits", strung([dice.choice(speaker[digit]) for digit in wanted], dice))
        meant = site.understander.understand(heard, expect=Expect.DIGITS)
        taken = meant.value if meant.decision is not Decision.REJECT else ""
        became["right" if taken == wanted else "asked again" if not taken else "another number"] += 1
        became["heard exactly"] += meant.value == wanted
        became["accepted wrongly"] += meant.decision is Decision.ACCEPT and taken != wanted
    report(kind, became, most, time.process_time() - began)


def report(kind: str, became: Counter[str], count: int, spent: float) -> None:
    """Print one line."""
    low, high = wilson(became["right"], count)
    print(f"{kind:22} {count:4d}: right {became['right'] / count:.1%} ({low:.1%} - {high:.1%}), {dict(became)}, "
          f"{spent / count:.2f} s each", flush=True)  # fmt: skip


def extensions_file(size: int) -> Path:
    """Write the directory again with an extension of four digits for one in three, up to 2,000 of them."""
    path = WORK / "names" / f"extensions-{size}.csv"
    with directory_file(WORK / "names", size).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = random.Random(3).sample(range(1000, 9999), 2_000)
    for row, number in zip(rows[::3], numbers, strict=False):
        row["Telephone"] = str(number)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=20_000, choices=[1_000, 5_000, 20_000])
    parser.add_argument("--most", type=int, default=100)
    parser.add_argument("--only", default="", help="surnames, extensions or digits")
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="show the surnames that were not found")
    options = parser.parse_args()
    site = open_site(load_settings(ROOT), export=extensions_file(options.size))
    recogniser = site.recogniser()
    if options.only in {"", "surnames"}:
        spell(site, recogniser, options.most, "en" if options.development else "en_AU", verbose=options.verbose)
    for kind in ("extensions", "digits"):
        if options.only in {"", kind}:
            dial(site, recogniser, options.most, kind)


if __name__ == "__main__":
    main()
