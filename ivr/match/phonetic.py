"""How alike two words sound: strings of CMU phones, and a weighted edit distance between them.

Substitution costs come from articulatory features (place, manner and voicing of consonants; height,
backness and length of vowels), lowered for the mergers of British speech and of the telephone band:
th/f, dropped h, r after a vowel, v/w, schwa for any short vowel, stops that differ in voicing only.
The features are those of the IPA chart; the weights are judgements, bounded to 0-1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Phones = tuple[str, ...]
Sounds = Callable[[str], tuple[Phones, ...]]
"""Gives a normalised word's pronunciations, best first: `Pronouncer.pronounce`."""

# Phone: height 0-3 (open to close), backness 0-2, length 0 or 1 (diphthongs: the quality they spend most time in).
_VOWELS: Final[dict[str, tuple[float, float, float]]] = {
    "IY": (3, 0, 1), "IH": (2.4, 0.4, 0), "EH": (1.2, 0.2, 0), "EY": (1.7, 0.1, 1), "AE": (0.3, 0.4, 0),
    "AA": (0, 1.6, 1), "AO": (0.9, 2, 1), "AH": (1, 1.1, 0), "ER": (1.3, 1, 1), "UH": (2.4, 1.6, 0),
    "UW": (3, 1.7, 1), "OW": (1.6, 1.6, 1), "AY": (0.8, 0.8, 1), "AW": (0.6, 1.3, 1), "OY": (1.3, 1.5, 1),
}  # fmt: skip
# Phone: place 0-6 (lips to glottis), manner, voiced.
_CONSONANTS: Final[dict[str, tuple[float, str, bool]]] = {
    "P": (0, "stop", False), "B": (0, "stop", True), "M": (0, "nasal", True), "W": (0.3, "glide", True),
    "F": (0.7, "fricative", False), "V": (0.7, "fricative", True), "TH": (1.5, "fricative", False),
    "DH": (1.5, "fricative", True), "T": (2, "stop", False), "D": (2, "stop", True), "N": (2, "nasal", True),
    "S": (2, "sibilant", False), "Z": (2, "sibilant", True), "L": (2, "liquid", True), "R": (2.4, "liquid", True),
    "SH": (3, "sibilant", False), "ZH": (3, "sibilant", True), "CH": (3, "affricate", False),
    "JH": (3, "affricate", True), "Y": (3.4, "glide", True), "K": (4.5, "stop", False), "G": (4.5, "stop", True),
    "NG": (4.5, "nasal", True), "HH": (6, "fricative", False),
}  # fmt: skip
_MERGERS: Final[dict[frozenset[str], float]] = {
    frozenset(pair): cost
    for *pair, cost in (
        ("TH", "F", 0.12), ("DH", "V", 0.15), ("DH", "D", 0.2), ("TH", "T", 0.25), ("V", "W", 0.3),
        ("F", "S", 0.35), ("TH", "S", 0.35), ("M", "N", 0.3), ("N", "NG", 0.25), ("S", "Z", 0.15),
        ("SH", "CH", 0.3), ("ZH", "JH", 0.1), ("S", "SH", 0.35), ("JH", "Y", 0.5), ("P", "B", 0.3),
        ("T", "D", 0.3), ("K", "G", 0.3), ("P", "T", 0.45), ("T", "K", 0.45), ("P", "K", 0.5), ("L", "W", 0.5),
        ("R", "W", 0.4), ("AA", "AO", 0.12), ("AA", "AE", 0.2), ("AA", "AH", 0.25), ("AH", "UH", 0.12),
        ("AH", "IH", 0.15), ("AH", "ER", 0.12), ("AH", "EH", 0.2), ("AH", "AE", 0.25), ("IH", "IY", 0.2),
        ("UH", "UW", 0.2), ("AO", "OW", 0.3), ("EH", "AE", 0.25), ("EH", "EY", 0.3), ("IY", "Y", 0.4),
        ("UW", "W", 0.4), ("ER", "R", 0.3),
    )
}  # fmt: skip
_DELETE: Final[dict[str, float]] = {"R": 0.35, "HH": 0.3, "AH": 0.45, "Y": 0.45, "W": 0.6, "ER": 0.6, "IH": 0.6}
_MANNER_STEP: Final = 0.55

PHONES: Final[tuple[str, ...]] = (*_VOWELS, *_CONSONANTS)
_NUMBER: Final[dict[str, int]] = {phone: number for number, phone in enumerate(PHONES)}
_PAD: Final = len(PHONES)
# One letter a group of easily confused phones: the alphabet of the coarse index.
_GROUPS: Final = ("IY IH EY EH Y", "AE AA AO AH ER AY AW", "UH UW OW OY W", "P B", "T D TH DH", "K G", "F V",
                  "S Z SH ZH CH JH", "M N NG", "L", "R", "HH")  # fmt: skip
_GROUP_OF: Final[dict[str, str]] = {p: chr(97 + i) for i, group in enumerate(_GROUPS) for p in group.split()}


def substitution(one: str, other: str) -> float:
    """Cost, 0-1, of hearing phone `one` as `other`; symmetric."""
    if one == other:
        return 0.0
    merged = _MERGERS.get(frozenset((one, other)))
    if merged is not None:
        return merged
    if one in _VOWELS and other in _VOWELS:
        (h1, b1, l1), (h2, b2, l2) = _VOWELS[one], _VOWELS[other]
        return min(0.7, 0.12 + 0.16 * abs(h1 - h2) + 0.14 * abs(b1 - b2) + 0.06 * abs(l1 - l2))
    if one in _CONSONANTS and other in _CONSONANTS:
        (p1, m1, v1), (p2, m2, v2) = _CONSONANTS[one], _CONSONANTS[other]
        return min(1.0, 0.2 + 0.12 * abs(p1 - p2) + (_MANNER_STEP if m1 != m2 else 0) + (0.15 if v1 != v2 else 0))
    return 1.0


def _matrix() -> NDArray[np.float32]:
    costs = np.ones((_PAD + 1, _PAD + 1), dtype=np.float32)
    for one, i in _NUMBER.items():
        costs[i, :_PAD] = [substitution(one, other) for other in PHONES]
    return costs


SUBSTITUTION: Final = _matrix()
GAP: Final = np.array([*(_DELETE.get(phone, 0.75) for phone in PHONES), 0.0], dtype=np.float32)
"""Cost of a phone heard where none is, or the other way about; the padding costs nothing."""


def encode(phones: Sequence[str]) -> NDArray[np.uint8]:
    """Encode the phones as numbers; ones that are not CMU phones (stress digits are dropped) are left out."""
    bare = (phone.rstrip("012") for phone in phones)
    return np.array([_NUMBER[p] for p in bare if p in _NUMBER], dtype=np.uint8)


def coarse(phones: Sequence[str]) -> str:
    """Give the letters of the coarse alphabet: phones easily taken for each other share one."""
    return "".join(_GROUP_OF.get(phone.rstrip("012"), "") for phone in phones)


def pad(codes: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Stack encoded words into one array, the short ones filled up."""
    width = max((len(c) for c in codes), default=0)
    table = np.full((len(codes), width), _PAD, dtype=np.uint8)
    for row, code in zip(table, codes, strict=True):
        row[: len(code)] = code
    return table


def distances(heard: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Weighted edit distance of `heard` to every row of `table` (from `pad`), one row of the dynamic programme a step.

    Gaps along a row are resolved by a running minimum over the distance less the gaps so far, so the
    inner loop is numpy's.
    """
    gaps = np.concatenate([np.zeros((len(table), 1), np.float32), np.cumsum(GAP[table], axis=1)], axis=1)
    row = gaps
    for phone in heard:
        best = row + GAP[phone]
        np.minimum(best[:, 1:], row[:, :-1] + SUBSTITUTION[phone][table], out=best[:, 1:])
        row = np.minimum.accumulate(best - gaps, axis=1) + gaps
    last: NDArray[np.float32] = row[:, -1]
    return last


def sound_distance(one: Sequence[Phones], other: Sequence[Phones]) -> float:
    """Least distance, 0 (the same sounds) to 1 (nothing in common), between any two pronunciations of two words."""
    table = pad([encode(phones) for phones in other])
    if not one or not len(table):
        return 1.0
    lengths = (table != _PAD).sum(axis=1)
    best = 1.0
    for phones in one:
        heard = encode(phones)
        relative = distances(heard, table) / np.maximum(np.maximum(lengths, len(heard)), SHORTEST)
        best = min(best, float(relative.min()))
    return best


SHORTEST: Final = 3
"""Distances are relative to the longer word, counted as at least this many phones."""
