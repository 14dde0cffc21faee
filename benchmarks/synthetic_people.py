"""Frequency-true British directories, and callers who ask for people in them (or not), for the benchmarks.

Names come from lists of first names and surnames with their frequencies (`firstname_uk.csv`, `lastname_uk.csv`),
which are not part of the repository; give their folder with `--names`.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ivr.model import Directory, Entry, Kind
from ivr.text import normalise

NAMES = Path(__file__).resolve().parents[2] / "shared" / "data" / "text" / "names"
DEPARTMENTS = (
    "Housing Benefits", "Council Tax", "Planning", "Building Control", "Environmental Health", "Electoral Services",
    "Parking Services", "Highways", "Street Lighting", "Waste and Recycling", "Libraries", "Parks and Open Spaces",
    "Adult Social Care", "Children's Services", "School Admissions", "Licensing", "Trading Standards", "Legal Services",
    "Human Resources", "Finance", "Revenues", "Procurement", "Communications", "Customer Services", "Registrars",
    "Cemeteries and Crematorium", "Homelessness Prevention", "Housing Repairs", "Leasehold Management", "Youth Justice",
)  # fmt: skip
FRAMES = (
    "{}", "{} please", "can i speak to {}", "can i speak to {} please", "could you put me through to {}",
    "id like to speak to {} please", "is {} there", "hello can i have {}", "{} in {d}", "get me {}",
    "i need to talk to {} if thats possible", "good morning {} please", "hi its for {} thanks",
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Names and how common they are."""

    first: tuple[str, ...]
    first_weights: tuple[float, ...]
    last: tuple[str, ...]
    last_weights: tuple[float, ...]

    def draw(self, chance: random.Random) -> tuple[str, str]:
        """Draw a first name and a surname."""
        return (
            chance.choices(self.first, self.first_weights)[0],
            chance.choices(self.last, self.last_weights)[0],
        )


def read_names(folder: Path = NAMES) -> Names:
    """Read the two lists; a first name of several years has their frequencies added up."""
    first: dict[str, float] = {}
    for row in csv.DictReader((folder / "firstname_uk.csv").open(encoding="utf-8")):
        first[row["firstname"]] = first.get(row["firstname"], 0.0) + float(row["freq"])
    last = {row["surname"]: float(row["freq"]) for row in csv.DictReader((folder / "lastname_uk.csv").open())}
    return Names(tuple(first), tuple(first.values()), tuple(last), tuple(last.values()))


def directory(names: Names, size: int, seed: int = 1) -> Directory:
    """Make a directory of `size` entries, about one in fifty of them a department."""
    chance = random.Random(seed)
    drawn = [names.draw(chance) for _ in range(size - min(len(DEPARTMENTS), size // 10))]
    surnames = [last for _, last in drawn]
    alone = {last for last, count in Counter(surnames).items() if count == 1}
    people = tuple(_person(i, first, last, chance, last in alone) for i, (first, last) in enumerate(drawn))
    departments = tuple(
        Entry(id=f"d-{i}", kind=Kind.DEPARTMENT, name=name, spoken=(normalise(name),), number=f"+4416329600{i:02d}")
        for i, name in enumerate(DEPARTMENTS[: size // 10])
    )
    return Directory(people + departments)


def _person(i: int, first: str, last: str, chance: random.Random, alone: bool) -> Entry:
    name = f"{first.title()} {last.title()}"
    said = (normalise(name), *((normalise(last),) if alone else ()))
    return Entry(
        id=f"p-{i}", kind=Kind.PERSON, name=name, spoken=said, department=chance.choice(DEPARTMENTS),
        number=f"{10000 + i}", surname=last.title(), forename=first.title(),
    )  # fmt: skip
