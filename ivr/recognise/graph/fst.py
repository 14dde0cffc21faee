"""Writes OpenFst's `const` files, the form in which Kaldi reads a finished decoding graph.

The layout was read from files that OpenFst's own tools wrote: a header (magic number, type names, version, flags,
properties, start, counts), then one record a state and one an arc, all little-endian and without padding.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = 2125659606
VERSION = 2
EXPANDED = 1
EPSILON = 0
_STATE = np.dtype([("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("silent_in", "<u4"), ("silent_out", "<u4")])
_ARC = np.dtype([("input", "<i4"), ("output", "<i4"), ("cost", "<f4"), ("target", "<i4")])


class FstBuilder:
    """Collects states and arcs in any order. Labels are integers above 0, 0 meaning none; costs are -log weights."""

    def __init__(self) -> None:
        self.states = 0
        self.finals: dict[int, float] = {}
        self._sources: list[int] = []
        self._arcs: list[tuple[int, int, float, int]] = []

    def state(self) -> int:
        """Add a state and return its number."""
        self.states += 1
        return self.states - 1

    def arc(self, source: int, target: int, taken: int = EPSILON, given: int = EPSILON, cost: float = 0.0) -> None:
        """Add an arc that takes one label in and gives one out."""
        self._sources.append(source)
        self._arcs.append((taken, given, cost, target))

    def final(self, state: int, cost: float = 0.0) -> None:
        """Allow a path to end in `state`."""
        self.finals[state] = cost

    def write(self, path: Path, start: int) -> None:
        """Write the file, its paths beginning in state `start`."""
        states, arcs = self._tables()
        head = struct.pack("<i", MAGIC) + _text("const") + _text("standard")
        head += struct.pack("<iiQqqq", VERSION, 0, EXPANDED, start, len(states), len(arcs))
        path.write_bytes(head + states.tobytes() + arcs.tobytes())

    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        sources = np.array(self._sources, dtype=np.int64)
        order = np.argsort(sources, kind="stable")
        arcs = np.array(self._arcs, dtype=_ARC)[order]
        counts = np.bincount(sources, minlength=self.states)
        states = np.zeros(self.states, dtype=_STATE)
        states["final"] = np.inf
        for state, cost in self.finals.items():
            states["final"][state] = cost
        states["arcs"] = counts
        states["first"] = np.cumsum(counts) - counts
        states["silent_in"] = np.bincount(sources[order][arcs["input"] == EPSILON], minlength=self.states)
        states["silent_out"] = np.bincount(sources[order][arcs["output"] == EPSILON], minlength=self.states)
        return states, arcs


def _text(word: str) -> bytes:
    return struct.pack("<i", len(word)) + word.encode()
