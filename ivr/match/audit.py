"""Which entries will be hard: how each is said, who it may be taken for, and what a caller would be asked.

Nothing is heard here. The difficulty is a prediction from the words alone, checked against recordings by
`benchmarks/bench_audit.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from ivr.match.forms import visible
from ivr.match.keypad import keyed
from ivr.match.vocabulary import SAME_SOUND, Vocabulary
from ivr.match.wording import canonical_words
from ivr.model import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.match.phonetic import Phones
    from ivr.model import Directory

CONFUSABLE: Final = 0.2
"""Distance of two names (0: the same sounds, 1: nothing in common) from which they are hardly taken for each other."""
_MOST: Final = 3
"""Confusable entries, and names of the same keys, listed for each entry."""
_HARD: Final = 0.5
_GROUP: Final = 3
"""Namesakes that can be read out at once."""
_SHORT: Final = 9
"""Phones of a name that is long enough not to be drowned."""
_SOURCES: Final = {"reviewed": "reviewed", "dictionary": "dictionary"}
_LETTERS: Final = re.compile(r"[aeiouy]")

Words = tuple[str, ...]
Spread = Callable[[Callable[[Any], Any], Sequence[Any]], Sequence[Any]]
"""Does a piece of work for each of many words or names, and returns what came of them, in order."""


def each(work: Callable[[Any], Any], items: Sequence[Any]) -> Sequence[Any]:
    """Do a piece of work for each, here, one after the other."""
    return [work(item) for item in items]


class Speaker(Protocol):
    """Says words: `ivr.grammar.pronounce.Pronouncer`."""

    def pronounce(self, word: str) -> tuple[Phones, ...]:
        """Return the ways to say one word."""
        ...

    def source(self, word: str) -> str:
        """Tell where they come from."""
        ...


@dataclass(frozen=True, slots=True)
class SaidWord:
    """One word of a name."""

    word: str
    phones: tuple[str, ...]
    """Each way to say it, phones in one string."""
    source: str
    """`reviewed`, `dictionary` or `rules`."""


@dataclass(frozen=True, slots=True)
class Confusable:
    """Another entry that sounds much the same."""

    id: str
    name: str
    distance: float
    """Share of the sounds that differ, 0-1, weighted by how easily they are taken for each other."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One entry."""

    entry: Entry
    said: tuple[SaidWord, ...]
    nearest: tuple[Confusable, ...]
    """Nearest first; only those that may be taken for it."""
    namesakes: tuple[str, ...]
    """Ids of other entries of the very same name."""
    asked_by: str
    """What tells it from its namesakes when the caller is asked: `department`, `role`; empty: nothing does, or none."""
    keypad: tuple[str, ...]
    """Other names that are keyed the same."""
    unsayable: tuple[str, ...]
    """Words that nobody can know how to say."""
    difficulty: float
    """Predicted chance, 0-1, of trouble in getting through to it by name."""
    needs: tuple[str, ...]
    """Why a person should look: `unsayable`, `indistinguishable`, `many_namesakes`, `sounds_the_same`."""


def audit(directory: Directory, speaker: Speaker, spread: Spread = each) -> tuple[Audited, ...]:
    """Audit every entry that a caller may be told about, the hardest first.

    `spread`: does a piece of work for each of many words; with 20,000 entries it is worth several processes.
    """
    entries = visible(directory.entries, internal=True)
    names = [canonical_words(entry.name) for entry in entries]
    crowd = _Crowd(names, speaker.pronounce, spread)
    same, keys = _groups(map(_spelling, names)), _groups(map(_key, entries))
    found = (_audited(i, entries, names, crowd, (same, keys), speaker) for i in range(len(entries)))
    return tuple(sorted(found, key=lambda a: (-bool(a.needs), -a.difficulty, a.entry.name, a.entry.id)))


def _spelling(name: Words) -> str:
    return " ".join(name)


def _key(entry: Entry) -> str:
    return keyed(entry.surname + entry.forename) if entry.surname else keyed(entry.name)


def _groups(keys: Iterable[str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        found[key].append(number)
    return found


def _audited(
    number: int, entries: Sequence[Entry], names: Sequence[Words], crowd: _Crowd,
    groups: tuple[Mapping[str, list[int]], Mapping[str, list[int]]], speaker: Speaker,
) -> Audited:  # fmt: skip
    entry, name = entries[number], names[number]
    same, keys = groups
    namesakes = [entries[i] for i in same[_spelling(name)] if i != number]
    said = tuple(_said(word, speaker) for word in name)
    near = crowd.near(name)
    nearest = tuple(
        Confusable(entries[i].id, entries[i].name, round(distance, 3))
        for other, distance in near[:_MOST]
        for i in same[_spelling(other)][:1]
    )
    clashes = (entries[i].name for i in keys[_key(entry)] if names[i] != name)
    unsayable = tuple(word for word in name if not _sayable(word, speaker))
    asked_by = _told_apart(entry, namesakes)
    needs = _needs(entry, near, namesakes, asked_by, unsayable)
    difficulty = round(predict(_features(said, near, namesakes, unsayable)), 3)
    keypad = tuple(dict.fromkeys(clashes))[:_MOST]
    ids = tuple(other.id for other in namesakes)
    return Audited(entry, said, nearest, ids, asked_by, keypad, unsayable, difficulty, needs)


def _said(word: str, speaker: Speaker) -> SaidWord:
    phones = tuple(" ".join(way) for way in speaker.pronounce(word))
    return SaidWord(word, phones, _SOURCES.get(speaker.source(word), "rules"))


def _sayable(word: str, speaker: Speaker) -> bool:
    """Tell whether people can read the word: it is known, or has a vowel to say."""
    return _SOURCES.get(speaker.source(word)) is not None or bool(_LETTERS.search(word))


def _told_apart(entry: Entry, namesakes: Sequence[Entry]) -> str:
    """Say what the question about namesakes would name."""
    if not namesakes:
        return ""
    if all(other.department != entry.department for other in namesakes):
        return "department"
    alike = [other for other in namesakes if other.department == entry.department]
    return "role" if entry.role and all(other.role != entry.role for other in alike) else ""


def _needs(
    entry: Entry,
    near: Sequence[tuple[Words, float]],
    namesakes: Sequence[Entry],
    asked_by: str,
    unsayable: Sequence[str],
) -> tuple[str, ...]:
    found = []
    if unsayable:
        found.append("unsayable")
    if namesakes and not asked_by:
        found.append("indistinguishable")
    if len(namesakes) >= _GROUP:
        found.append("many_namesakes")
    if entry.kind is not Kind.PERSON and near and near[0][1] <= SAME_SOUND:
        found.append("sounds_the_same")
    return tuple(found)


def _features(
    said: Sequence[SaidWord], near: Sequence[tuple[Words, float]], namesakes: Sequence[Entry], unsayable: Sequence[str]
) -> dict[str, float]:
    phones = [len(word.phones[0].split()) for word in said]
    total = sum(phones) or 1
    ruled = sum(n for n, word in zip(phones, said, strict=True) if word.source == "rules")
    return {
        "rules": ruled / total,
        "near": max((1 - distance / CONFUSABLE for _, distance in near), default=0.0),
        "crowd": math.log1p(len(near)),
        "short": max(0.0, 1 - total / _SHORT),
        "namesakes": float(len(namesakes) >= _GROUP),
        "unsayable": float(bool(unsayable)),
    }


WEIGHTS: Final = {"rules": 2.5, "near": 0.6, "crowd": 0.2, "short": 1.0, "namesakes": 1.5, "unsayable": 4.0}
BIAS: Final = -3.0
"""Weights of the prediction, in log-odds: judgements, adjusted once to 480 synthetic callers (docs/directory.md)."""


def predict(features: Mapping[str, float]) -> float:
    """Predicted chance of trouble, 0-1."""
    return 1 / (1 + math.exp(-BIAS - sum(WEIGHTS[name] * value for name, value in features.items())))


class _Crowd:
    """All names, to find those that sound like one."""

    def __init__(self, names: Sequence[Words], sounds: Callable[[str], tuple[Phones, ...]], spread: Spread) -> None:
        different = sorted(set(names) - {()})
        self._vocabulary = Vocabulary((word for name in different for word in name), sounds)
        self._holding: dict[int, list[tuple[Words, tuple[int, ...]]]] = defaultdict(list)
        number = self._vocabulary.number
        for name in different:
            row = (name, tuple(number[word] for word in name))
            for word in set(row[1]):
                self._holding[word].append(row)
        words = tuple(number)
        self._sounds = dict(zip((number[word] for word in words), spread(self._alike, words), strict=True))
        self._length = [len(sounds(word)[0]) for word in self._vocabulary.words]
        self._known: dict[Words, list[tuple[Words, float]]] = dict(
            zip(different, spread(self._near, different), strict=True)
        )

    def _alike(self, word: str) -> dict[int, float]:
        return {near.word: near.sound for near in self._vocabulary.near(word)}

    def near(self, name: Words) -> list[tuple[Words, float]]:
        """Other names within `CONFUSABLE`, nearest first, by phone distance."""
        return self._known.get(name, [])

    def _near(self, name: Words) -> list[tuple[Words, float]]:
        words = [self._vocabulary.number[word] for word in name]
        total = sum(self._length[word] for word in words)
        # A name that shares nothing with one of the larger words differs in too much; the rarest has fewest others.
        large = [word for word in words if self._length[word] >= CONFUSABLE * total]
        anchor = min(large, key=lambda word: sum(len(self._holding[other]) for other in self._sounds[word]))
        found = []
        for word in self._sounds[anchor]:
            for other, held in self._holding[word]:
                distance = self._distance(words, held)
                if distance < CONFUSABLE and other != name:
                    found.append((other, distance))
        return sorted(set(found), key=lambda pair: (pair[1], pair[0]))

    def _distance(self, one: Sequence[int], other: Sequence[int]) -> float:
        """Sounds that differ, as a share of all of the longer name's; words pair with their likest."""
        left = list(other)
        apart = mine = 0.0
        for word in one:
            alike = self._sounds[word]
            best, which = 1.0, -1
            for held in left:
                distance = alike.get(held, 1.0)
                if distance < best:
                    best, which = distance, held
            if which >= 0:
                left.remove(which)
            apart += best * self._length[word]
            mine += self._length[word]
        theirs = sum(self._length[word] for word in other)
        return (apart + max(0.0, theirs - mine)) / (max(mine, theirs) or 1.0)


def summary(found: Sequence[Audited]) -> dict[str, int]:
    """Count the entries by what a person should look at, and those that are hard."""
    needs = Counter(need for audited in found for need in audited.needs)
    hard = sum(audited.difficulty >= _HARD for audited in found)
    looked = sum(bool(audited.needs) for audited in found)
    return {"entries": len(found), "needs_a_person": looked, "hard": hard, **dict(sorted(needs.items()))}
