"""What the synthetic callers say: names in polite frames, departments, enquiries, digits, letters and stray words.

A fifth of all surnames is never spoken in training, so that names can be judged on words the model has not met.
"""

import csv
import hashlib
import itertools
import math
import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def phrases(kind: str) -> list[str]:
    """Return the phrases of one kind in `phrases.toml`."""
    content = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
    return str(content[kind]).removesuffix("\n").split("\n")


def held_out(surname: str) -> bool:
    """Tell whether `surname` is kept for judging: one in five, chosen by its digest."""
    return hashlib.md5(surname.encode(), usedforsecurity=False).digest()[0] % 5 == 0


class Weighted:
    """Names with weights, drawn at random."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.names = list(weights)
        self._sums = list(itertools.accumulate(weights.values()))

    def draw(self, chance: random.Random) -> str:
        """Draw one name."""
        return chance.choices(self.names, cum_weights=self._sums)[0]


@dataclass(frozen=True)
class Names:
    """Forenames and surnames of England and Wales."""

    forenames: Weighted
    surnames: Weighted
    kept_surnames: Weighted

    @classmethod
    def read(cls, folder: Path) -> "Names":
        """Read the frequency lists; weights are square roots, so that rarer names are heard as well."""
        forenames = _column(folder / "firstname_uk.csv", "firstname")
        surnames = _column(folder / "lastname_uk.csv", "surname")
        kept = {name: weight for name, weight in surnames.items() if held_out(name)}
        spoken = {name: weight for name, weight in surnames.items() if name not in kept}
        return cls(Weighted(forenames), Weighted(spoken), Weighted(kept))

    def full(self, chance: random.Random, *, judged: bool = False) -> str:
        """Draw a full name; `judged` draws its surname from those never spoken in training."""
        surnames = self.kept_surnames if judged else self.surnames
        return f"{self.forenames.draw(chance)} {surnames.draw(chance)}"


def _column(path: Path, heading: str) -> dict[str, float]:
    found: dict[str, float] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            name = row[heading].lower()
            if name.replace("'", "").isalpha() and name.isascii() and len(name) > 1:
                found[name] = max(found.get(name, 0.0), math.sqrt(float(row["freq"] or 0)))
    return found


def training_texts(names: Names, dictionary: list[str], scale: float, seed: int = 1) -> list[str]:
    """Return shuffled lower-case phrases, about 14,400 at scale 1. Spelled letters are upper case: `S M I T H`.

    `dictionary` gives the stray words that put every sound beside every other.
    """
    chance = random.Random(seed)

    def several(kind: str, least: int, most: int) -> str:
        return " ".join(chance.choice(phrases(kind)) for _ in range(chance.randint(least, most)))

    def some(words: Sequence[str], most: int) -> str:
        return " ".join(chance.choice(words) for _ in range(chance.randint(1, most)))

    def named() -> str:
        person = names.full(chance) if chance.random() < 0.8 else chance.choice(names.full(chance).split())
        return around(person, chance)

    def asked() -> str:
        service = chance.choice(phrases("departments"))
        if chance.random() < 0.4:
            return around(service, chance)
        return chance.choice(phrases("enquiries")).format(verb=several("verbs", 1, 1), service=service)

    kinds: list[tuple[Callable[[], str], int]] = [
        (named, 5000),
        (asked, 1600),
        (lambda: several("digits", 1, 8), 2600),
        (lambda: some(LETTERS.upper(), 7), 1300),
        (lambda: several("nato" if chance.random() < 0.6 else "spelling_words", 1, 4), 300),
        (lambda: several("numbers", 1, 2) + " " + several("digits", 1, 2), 400),
        (lambda: several("dates", 1, 3), 300),
        (lambda: several("commands", 1, 1), 600),
        (lambda: some(dictionary, 4), 2300),
    ]
    texts = [make() for make, count in kinds for _ in range(int(count * scale))]
    chance.shuffle(texts)
    return texts


def around(name: str, chance: random.Random) -> str:
    """Put a polite frame around a name, or none."""
    return " ".join(f"{chance.choice(phrases('frames'))} {name} {chance.choice(phrases('endings'))}".split())
