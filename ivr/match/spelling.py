"""Spelled surnames against the directory: letters may be misheard, missing or doubled, and still one name fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ivr.model import Kind
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.model import Entry

# Letters whose English names sound alike over a telephone; a letter may be in several groups.
_ALIKE: Final = ("bcdegptvz", "fsx", "mn", "ahjk", "iy", "quw", "lmno", "ar", "aei", "uy", "ao")
_SURE: Final = 6.0
"""Log-odds, against "nobody here", of a surname spelled just as it was heard."""
_CONFUSED: Final = 1.8
_REPLACED: Final = 4.5
_DROPPED: Final = 3.2
_DOUBLED: Final = 1.5
_UNSPOKEN: Final = 0.7
"""A letter past the end of what was spelled: "S M I ..."."""
_BELIEF: Final = 200.0
"""How strongly an earlier spoken guess counts: prior odds of one it was certain of."""
_RATHER: Final = 3.0
"""Log-odds against any other surname where letters are just those of one: rare as it may be, it was listened for."""
_MOST: Final = 150
_WORST: Final = 9.5
_PART: Final = 3


def _class(letter: str) -> str:
    return next((group[0] for group in _ALIKE if letter in group), letter)


def letter_cost(heard: str, meant: str) -> float:
    """Cost, in log-odds, of `heard` having been said as letter `meant`."""
    if heard == meant:
        return 0.0
    return _CONFUSED if any(heard in group and meant in group for group in _ALIKE) else _REPLACED


def spelling_cost(heard: str, meant: str) -> float:
    """Cost, in log-odds, of the letters `heard` for the surname `meant` (both plain a-z): weighted edit distance."""
    row = [0.0]
    for i, letter in enumerate(meant):
        row.append(row[-1] + (_DOUBLED if i and meant[i - 1] == letter else _DROPPED))
    last = []
    for i, letter in enumerate(heard):
        above = row
        again = i > 0 and heard[i - 1] == letter
        row = [above[0] + (_DOUBLED if again else _DROPPED)]
        for j, other in enumerate(meant, start=1):
            double = j > 1 and meant[j - 2] == other
            row.append(
                min(
                    above[j - 1] + letter_cost(letter, other),
                    above[j] + (_DOUBLED if again else _DROPPED),
                    row[j - 1] + (_DOUBLED if double else _DROPPED),
                )
            )
        last = row
    if len(heard) < _PART:
        return row[-1]
    begun = min((cost + _UNSPOKEN * (len(meant) - j) + _UNSPOKEN for j, cost in enumerate(last)), default=row[-1])
    return min(row[-1], begun)


class Speller:
    """Surnames (and names of departments) of one directory. Immutable."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._holders: dict[str, list[int]] = {}
        self._names_of: dict[int, list[str]] = {}
        for i, entry in enumerate(entries):
            for name in _spelled(entry):
                self._holders.setdefault(name, []).append(i)
                self._names_of.setdefault(i, []).append(name)
        self._names = sorted(self._holders)
        self._coarse = ["".join(map(_class, name)) for name in self._names]

    def rank(
        self, heard: str, earlier: Mapping[int, float] | None = None, alike: Callable[[int], float] | None = None
    ) -> list[tuple[int, float, float]]:
        """Entries whose surname may be meant, best first: (number, log-odds, cost of the letters).

        `earlier` holds probabilities of entries from what was said before; a badly heard name and badly
        heard letters together still point at one. `alike` adds what the rest of that name says for an entry.
        """
        believed = earlier or {}
        found: dict[int, tuple[float, float]] = {}
        for name in self._near(heard) | {n for i in believed for n in self._names_of.get(i, ())}:
            cost = spelling_cost(heard, name)
            if cost > _WORST:
                continue
            for i in self._holders[name]:
                belief = believed.get(i, 0.0) + (alike(i) if alike else 0.0)
                score = _SURE - cost + math.log1p(_BELIEF * belief)
                if i not in found or score > found[i][0]:
                    found[i] = (score, cost)
        if any(cost == 0 for _, cost in found.values()):
            found = {i: (score - _RATHER * (cost > 0), cost) for i, (score, cost) in found.items()}
        return sorted(((i, score, cost) for i, (score, cost) in found.items()), key=lambda f: (-f[1], f[0]))

    def _near(self, heard: str) -> set[str]:
        coarse = "".join(map(_class, heard))
        slips = 1 + len(heard) // 3
        close = process.extract(
            coarse, self._coarse, scorer=Levenshtein.distance, score_cutoff=slips, limit=_MOST, processor=None
        )
        begun = [i for i, name in enumerate(self._coarse) if len(heard) >= _PART and name.startswith(coarse)]
        return {self._names[i] for _, _, i in close} | {self._names[i] for i in begun[:_MOST]}


def _spelled(entry: Entry) -> set[str]:
    if entry.kind is not Kind.PERSON:
        return set()
    surname = entry.surname or entry.name.split()[-1]
    parts = {squash(part) for part in surname.replace("-", " ").split()}
    return {name for name in {squash(surname), *parts} if len(name) > 1}
