"""All words of a directory, searchable by spelling and by sound without looking at each one."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ivr.match.phonetic import SHORTEST, Phones, Sounds, coarse, distances, encode, pad

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FARTHEST: Final = 0.36
"""Distance beyond which two words are simply different ones."""
SPELT_APART: Final = 0.005
"""Distance of two words that sound the same and are written differently."""
SAME_SOUND: Final = 0.03
"""Up to here two words are one to the ear."""
_SHORTLIST: Final = 48
_MOST_SOUNDS: Final = 3
_CACHED: Final = 8192


@dataclass(frozen=True, slots=True)
class Near:
    """A word of the directory like the one heard."""

    word: int
    """Its number."""
    distance: float
    """0 (the same word) to `FARTHEST`."""
    sound: float
    """Distance of their sounds, 0-1."""


def _pairs(text: str) -> list[str]:
    marked = f"^{text}$"
    return [marked[i : i + 2] for i in range(len(marked) - 1)]


class _Grams:
    """Letter pairs of many strings, for Dice's coefficient with one more string."""

    def __init__(self, texts: Sequence[str]) -> None:
        lists: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            for pair in set(_pairs(text)):
                lists[pair].append(number)
        self._lists = {pair: np.array(found, dtype=np.int32) for pair, found in lists.items()}
        self._sizes = np.array([len(set(_pairs(text))) for text in texts], dtype=np.float32)

    def closest(self, text: str, most: int) -> NDArray[np.intp]:
        """Numbers of the `most` strings that share the largest part of their pairs with `text`."""
        mine = set(_pairs(text))
        found = [self._lists[pair] for pair in mine if pair in self._lists]
        if not found:
            return np.zeros(0, dtype=np.intp)
        shared = np.bincount(np.concatenate(found), minlength=len(self._sizes))
        some = np.flatnonzero(shared > 1 if len(mine) > SHORTEST else shared)
        if len(some) <= most:
            return some
        dice = shared[some] / (self._sizes[some] + len(mine))
        near = dice >= np.partition(dice, -most)[-most]
        some, dice = some[near], dice[near]
        # Stable: equal scores keep the order of the directory, so the same words always come back.
        closest: NDArray[np.intp] = some[np.argsort(-dice, kind="stable")[:most]]
        return closest


class Vocabulary:
    """An immutable set of canonical words with their pronunciations; safe to share between threads."""

    def __init__(self, words: Iterable[str], sounds: Sounds) -> None:
        self.words: tuple[str, ...] = tuple(sorted(set(words)))
        self.number: dict[str, int] = {word: i for i, word in enumerate(self.words)}
        self._sounds = sounds
        phones: list[Phones] = []
        owners: list[int] = []
        for i, word in enumerate(self.words):
            for way in sounds(word)[:_MOST_SOUNDS]:
                phones.append(way)
                owners.append(i)
        self._owners = np.array(owners, dtype=np.int32)
        self._codes = pad([encode(way) for way in phones])
        self._lengths = np.array([len(encode(way)) for way in phones], dtype=np.int32)
        self._by_letters = _Grams(self.words)
        self._by_sound = _Grams([coarse(way) for way in phones])
        self._rows: dict[int, list[int]] = defaultdict(list)
        for row, owner in enumerate(owners):
            self._rows[owner].append(row)
        self._found: OrderedDict[str, tuple[Near, ...]] = OrderedDict()

    def __contains__(self, word: str) -> bool:
        return word in self.number

    def near(self, word: str) -> tuple[Near, ...]:
        """Words like canonical `word`, nearest first; the word itself at distance 0."""
        # Not `lru_cache` around a method, which would refer back to this object and outlive a directory replaced.
        found = self._found.get(word)
        if found is None:
            found = self._found[word] = self._near(word)
            if len(self._found) > _CACHED:
                with suppress(KeyError):  # another thread has emptied it
                    self._found.popitem(last=False)
        return found

    def _near(self, word: str) -> tuple[Near, ...]:
        if not self.words or not word:
            return ()
        ways = self._sounds(word)[:_MOST_SOUNDS]
        by_sound = [self._by_sound.closest(coarse(way), _SHORTLIST) for way in ways]
        numbers = {int(i) for i in self._by_letters.closest(word, _SHORTLIST)}
        numbers |= {int(self._owners[row]) for rows in by_sound for row in rows}
        if word in self.number:
            numbers.add(self.number[word])
        listed = sorted(numbers)
        apart = self._sound_distances(ways, listed)
        spelt = process.cdist([word], [self.words[n] for n in listed], scorer=OSA.normalized_distance, dtype=np.float64)
        # All at once: nearly all of them are too far away to be worth an object.
        near = word_distances(apart, spelt[0])
        near[[number == self.number.get(word) for number in listed]] = 0.0
        kept = np.flatnonzero(near <= FARTHEST)
        found = (self._judge(word, listed[place], float(apart[place]), float(near[place])) for place in kept)
        return tuple(sorted(found, key=lambda n: (n.distance, n.word)))

    def _sound_distances(self, ways: Sequence[Phones], numbers: Sequence[int]) -> NDArray[np.float64]:
        rows = [(place, row) for place, number in enumerate(numbers) for row in self._rows[number]]
        best = np.ones(len(numbers), dtype=np.float64)
        if not rows:
            return best
        places, picked = (np.array(column) for column in zip(*rows, strict=True))
        for way in ways:
            heard = encode(way)
            length = np.maximum(np.maximum(self._lengths[picked], len(heard)), SHORTEST)
            np.minimum.at(best, places, distances(heard, self._codes[picked]) / length)
        return best

    def _judge(self, word: str, number: int, sound: float, distance: float) -> Near:
        return Near(number, 0.0, 0.0) if self.words[number] == word else Near(number, distance, sound)


def word_distance(sound: float, spelling: float) -> float:
    """Distance of two different words from those of their sounds and of their spellings, all 0-1.

    A word that sounds the same may be written anyhow; one that is written nearly the same is a slip of
    the keyboard or of a letter-to-sound rule even where it sounds different.
    """
    return float(word_distances(np.array([sound]), np.array([spelling]))[0])


def word_distances(sound: NDArray[np.float64], spelling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give `word_distance` of many words at once."""
    heard = sound + SPELT_APART + 0.1 * spelling * np.minimum(1.0, sound * 10)
    written = 0.04 + 0.9 * spelling
    near: NDArray[np.float64] = np.minimum(heard, 0.6 * written + 0.4 * heard)
    return near
