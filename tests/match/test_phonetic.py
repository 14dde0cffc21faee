"""Sounds compared: costs are those of a distance, and people who sound alike are near."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ivr.match.phonetic import GAP, PHONES, distances, encode, pad, sound_distance, substitution

phones = st.lists(st.sampled_from(PHONES), min_size=1, max_size=8).map(tuple)


def _slow(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Edit distance by the book."""
    gap = dict(zip(PHONES, GAP, strict=False))
    table = np.zeros((len(one) + 1, len(other) + 1))
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            ways = [0.0] if i == j == 0 else []
            if i:
                ways.append(table[i - 1, j] + gap[one[i - 1]])
            if j:
                ways.append(table[i, j - 1] + gap[other[j - 1]])
            if i and j:
                ways.append(table[i - 1, j - 1] + substitution(one[i - 1], other[j - 1]))
            table[i, j] = min(ways)
    return float(table[-1, -1])


@given(phones, phones)
def test_the_fast_distance_is_the_slow_one(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Row-wise numpy gives what the plain dynamic programme gives."""
    fast = distances(encode(one), pad([encode(other), encode(one)]))
    assert abs(float(fast[0]) - _slow(one, other)) < 1e-4
    assert abs(float(fast[1])) < 1e-5


@given(phones, phones)
def test_distance_is_symmetric_and_bounded(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """It does not matter which of two words was said, and distances are 0 to 1."""
    there, back = sound_distance([one], [other]), sound_distance([other], [one])
    assert abs(there - back) < 1e-5
    assert 0 <= there <= 1


def test_every_substitution_costs_at_most_one_and_none_is_free() -> None:
    """Different phones always cost something."""
    costs = [substitution(a, b) for a in PHONES for b in PHONES if a != b]
    assert min(costs) > 0
    assert max(costs) <= 1


def test_mergers_of_british_speech_are_near() -> None:
    """Th said as f is nearer than th said as k."""
    smith, smif, smik = ("S", "M", "IH", "TH"), ("S", "M", "IH", "F"), ("S", "M", "IH", "K")
    assert sound_distance([smith], [smif]) < 0.1 < sound_distance([smith], [smik])
