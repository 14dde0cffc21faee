"""A trie of counts turned into an automaton of probabilities, all nodes at once.

A node stands for a row of symbols. Its probability is that of its last symbol after the others, counts less a
discount mixed with the probability after a shorter history (interpolated Kneser-Ney). Where a row is not in the
trie, what is left over after its history, times the probability after the shorter one, is its probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Reals = NDArray[np.float64]

DISCOUNT = 0.75
"""Taken from every count and given to shorter histories (Ney, Essen and Kneser 1994 suggest about this)."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The automaton; arrays by node, the root being node 0."""

    first: Numbers
    """Each node's first child; its last is before the next node's first. One longer than the rest."""
    suffix: Numbers
    """Node of the row without its first symbol, or of the longest end of it that is in the trie."""
    after: Numbers
    """State after the row: the longest end of it that goes on."""
    chance: Reals
    """Log-probability of the row's last symbol after those before it."""
    left: Reals
    """Log of the share left over, after this row, for what was not seen after it."""


def solve(counts: Reals, symbols: Numbers, children: Numbers, kinds: int) -> Solved:
    """Solve a trie given breadth first: counts, symbols, numbers of children; `kinds` is how many symbols there are."""
    first = np.concatenate([[1], 1 + np.cumsum(children)])
    parent = np.zeros(len(counts), dtype=np.int64)
    parent[1:] = np.repeat(np.arange(len(counts)), children)
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    total = np.maximum(sums[first[1:]] - sums[first[:-1]], 1.0)
    left = np.where(children > 0, DISCOUNT * children / total, 1.0)
    own = (counts - DISCOUNT) / total[parent]
    key = parent * kinds + symbols
    key[0] = -1
    suffix, chance = np.zeros_like(parent), np.ones(len(counts))
    level = slice(1, int(first[1]))
    chance[level] = own[level] + left[0] / kinds
    while level.stop < len(counts):
        level = slice(level.stop, int(first[level.stop]))
        # Whatever the trie holds, it holds every end of: training drops a row only with all that it ends.
        suffix[level] = _find(key, suffix[parent[level]] * kinds + symbols[level])
        chance[level] = own[level] + left[parent[level]] * chance[suffix[level]]
    return Solved(first, suffix, _goes_on(suffix, children), np.log(chance), np.log(left))


def _find(key: Numbers, wanted: Numbers) -> Numbers:
    """Node of each wanted key, or 0."""
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[place] == wanted, place, 0)


def _goes_on(suffix: Numbers, children: Numbers) -> Numbers:
    """Replace each node by the longest end of its row that has children."""
    after = np.arange(len(suffix))
    while True:
        stuck = (children[after] == 0) & (after > 0)
        if not stuck.any():
            return after
        after[stuck] = suffix[after[stuck]]
