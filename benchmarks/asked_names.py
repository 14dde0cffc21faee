"""Callers who ask for people by name, recorded: one set of recordings for directories of every size.

    from asked_names import make, directory_file

The directory of 20,000 holds that of 5,000, which holds that of 1,000: those who are asked for are in all of them, and
strangers in none, so the same recordings are heard against each. Names are drawn by their true British frequency
(`../shared/data/text/names`), so half of a stranger's name is usually somebody's here; some callers talk of
other things (`../shared/data/text/out_of_scope`). Half the lines fall off gently at the band's edges, half like a
brick wall. Seeded: the same call makes the same audio. Needs Debian's flite, festival and espeak-ng.
"""

from __future__ import annotations

import csv
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from spoken_calls import FRAMES, RECORDED, speak, voiced
from synthetic_people import NAMES, read_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZES = (1_000, 5_000, 20_000)
ASIDES = NAMES.parent / "out_of_scope" / "oos.txt"
LOW, HIGH = 300.0, 3400.0
NOISES = (None, None, ("hiss", 20.0), ("street", 15.0), ("babble", 18.0), ("hum", 15.0), ("street", 8.0))
TEAMS = 40


@dataclass(frozen=True)
class Asked:
    """One utterance."""

    file: str
    expected: str
    """Name of the entry asked for; empty: nobody of the directory."""
    said: str
    voice: str
    group: str
    """`recorded`: a voice built from a recorded person; `formant`: not."""
    noise: str
    line: str
    """`gentle` or `brick`."""
    sort: str
    """`caller`, `stranger` or `aside`."""


def everybody(count: int, seed: int = 20_000) -> list[tuple[str, str]]:
    """Draw `count` different people, first name and surname; the same ones first, however many."""
    names, dice = read_names(), random.Random(seed)
    people: dict[tuple[str, str], None] = {}
    while len(people) < count:
        first, last = names.draw(dice)
        if all(part.replace("'", "").replace("-", "").isalpha() for part in (first, last)):
            people[first.title(), last.title()] = None
    return list(people)


def directory_file(folder: Path, size: int) -> Path:
    """Write the export of the first `size` people, each in one of forty teams, and return it."""
    path = folder / f"directory-{size}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Forename", "Surname", "Department", "Telephone"])
            for number, (first, last) in enumerate(everybody(size)):
                writer.writerow([first, last, f"Team {number % TEAMS}", f"01632 960{number % 1000:03d}"])
    return path


def make(folder: Path, voices: Sequence[str], counts: tuple[int, int, int], seed: int) -> list[Asked]:
    """Make, or read where made, the recordings of so many callers, strangers and people talking of other things."""
    manifest = folder / "manifest.csv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as file:
            return [Asked(**row) for row in csv.DictReader(file)]
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    callers, strangers, asides = counts
    known = everybody(max(SIZES) + 2_000)
    inside = [" ".join(name) for name in dice.sample(known[: min(SIZES)], min(callers, *SIZES))]
    outside = [" ".join(name) for name in dice.sample(known[max(SIZES) :], strangers)]
    other = dice.sample(ASIDES.read_text(encoding="utf-8").split("\n")[:-1], asides)
    wanted = [("caller", name, dice.choice(FRAMES).format(name)) for name in inside]
    wanted += [("stranger", "", dice.choice(FRAMES).format(name)) for name in outside]
    wanted += [("aside", "", text) for text in other]
    rows, jobs = [], []
    for number, (sort, expected, said) in enumerate(wanted):
        voice, noise, line = voices[number % len(voices)], dice.choice(NOISES), dice.choice(("gentle", "brick"))
        group = "recorded" if voice.partition(":")[0] in RECORDED else "formant"
        label = f"{noise[0]} {noise[1]:g}" if noise else ""
        rows.append(Asked(f"{number:04d}.wav", expected, said, voice, group, label, line, sort))
        jobs.append((said, voice, noise, line, seed * 100_000 + number, folder / rows[-1].file))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(record, jobs, chunksize=4))
    write(manifest, rows)
    return rows


def write(manifest: Path, rows: Sequence[Asked]) -> None:
    """Write a manifest as `ivr evaluate` takes it."""
    aside = manifest.with_suffix(".partial")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Asked)])
        writer.writerows(map(astuple, rows))
    aside.replace(manifest)


def record(job: tuple[str, str, tuple[str, float] | None, str, int, Path]) -> None:
    """Make one recording: text, voice, noise, line, seed, file."""
    text, voice, noise, line, seed, path = job
    spoken = speak.pad(voiced(text, voice, random.Random(seed)))
    if line == "gentle":
        speak.write(path, speak.line(spoken, seed=seed, extra=noise))
        return
    loud = spoken[np.abs(spoken) > 0.02]
    power = np.sqrt(np.mean(loud**2)) if len(loud) else 0.1
    out = spoken + speak.noise("hiss", len(spoken), seed) * power * 10 ** (-38.0 / 20)
    if noise:
        out = out + speak.noise(noise[0], len(spoken), seed + 1) * power * 10 ** (-noise[1] / 20)
    spectrum = np.fft.rfft(out)
    hertz = np.fft.rfftfreq(len(out), 1 / speak.RATE)
    spectrum[(hertz < LOW) | (hertz > HIGH)] = 0
    speak.write(path, np.clip(np.fft.irfft(spectrum, len(out)), -1, 1))
