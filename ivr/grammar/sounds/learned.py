"""Letters to sounds by a joint n-gram model learned from the CMU dictionary (`ivr.grammar.sounds.train`).

A word is read as a row of *graphones*, each one or two letters with none to two phones; the model scores rows of
graphones (interpolated Kneser-Ney smoothing; Bisani and Ney 2008, "Joint-sequence models for grapheme-to-phoneme
conversion"). The file holds a trie of counts, breadth first; everything else follows from them on loading.
"""

from __future__ import annotations

import lzma
import math
import struct
from array import array
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from ivr.grammar.sounds.trie import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"IVRL2S1\n"
BOUNDARY = 0
"""Number of the graphone that stands at both ends of a word."""
_BEAM = 10
_EXACT = 128


_HOPELESS = 7.0
"""How far, in log-probability, a reading may be behind the best one of the same letters."""
_CACHED = 30_000
"""Steps remembered; names of one directory are made of the same parts."""

_Move = tuple[float, int, str, int]
"""One step of a reading: log-probability, graphone, its phones each with a space after it, and the state after."""


@dataclass(frozen=True, slots=True)
class Graphone:
    """Letters and the phones they stand for."""

    letters: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to say a word."""

    phones: tuple[str, ...]
    share: float
    """Probability against the other readings found, 0-1."""


def pack(order: int, graphones: list[Graphone], nodes: list[tuple[int, int, int]]) -> bytes:
    """Write the model: graphones but the boundary, and trie nodes (symbol, count, children) breadth first."""
    names = "\n".join(f"{g.letters} {' '.join(g.phones)}" for g in graphones).encode()
    counts = array("B", (_code(count) for _, count, _ in nodes))
    columns = (array("H", (n[0] for n in nodes)), array("H", (n[2] for n in nodes)))
    body = struct.pack("<III", order, len(names), len(nodes)) + names + counts.tobytes()
    body += b"".join(bytes(column.tobytes()[i::2]) for column in columns for i in (0, 1))
    return MAGIC + lzma.compress(body, preset=9 | lzma.PRESET_EXTREME)


def _code(count: int) -> int:
    """Write a count in one byte: exact below 128, then in sixteenths of a doubling."""
    return count if count < _EXACT else min(255, _EXACT + round(16 * math.log2(count / _EXACT)))


def _decoded() -> list[int]:
    return [code if code < _EXACT else round(_EXACT * 2 ** ((code - _EXACT) / 16)) for code in range(256)]


class LearnedSounds:
    """The model, ready to read words. Safe to share between threads."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(MAGIC):
            raise ValueError("not a letter-to-sound model")
        body = lzma.decompress(data[len(MAGIC) :])
        _, names, size = struct.unpack_from("<III", body)
        start = 12 + names
        self._graphone = [("", ""), *map(_graphone, body[12:start].decode().split("\n"))]
        counts = np.array(_decoded(), dtype=np.float64)[np.frombuffer(body, np.uint8, size, start)]
        symbols = _joined(body, start + size, size)
        trie = solve(counts, symbols, _joined(body, start + 3 * size, size), len(self._graphone))
        self._symbol, self._first = array("H", symbols.astype(np.uint16).tobytes()), _numbers(trie.first)
        self._suffix, self._after = _numbers(trie.suffix), _numbers(trie.after)
        self._chance, self._left = _floats(trie.chance), _floats(trie.left)
        self._children: dict[int, dict[str, list[_Move]]] = {}
        self._moves: dict[tuple[int, str], list[_Move]] = {}
        self._start = self._after[next(m[3] for m in self._ways(0)[""])]

    def _ways(self, state: int) -> dict[str, list[_Move]]:
        """Return the moves seen after `state`, by the letters they read."""
        found = self._children.get(state)
        if found is None:
            found = {}
            first, last = self._first[state], self._first[state + 1]
            nodes = zip(self._chance[first:last], self._symbol[first:last], self._after[first:last], strict=True)
            for chance, symbol, after in nodes:
                letters, said = self._graphone[symbol]
                if letters in found:
                    found[letters].append((chance, symbol, said, after))
                else:
                    found[letters] = [(chance, symbol, said, after)]
            self._children[state] = found
        return found

    def _onward(self, state: int, letters: str) -> list[_Move]:
        """Ways to read `letters` after `state` that are not hopeless, likeliest first."""
        found = self._moves.get((state, letters))
        if found is None:
            found = list(self._ways(state).get(letters, ()))
            if state:
                shorter = self._suffix[state]
                onward = self._moves.get((shorter, letters)) or self._onward(shorter, letters)
                left = self._left[state]
                seen = [move[1] for move in found]
                found += [(c + left, symbol, said, after) for c, symbol, said, after in onward if symbol not in seen]
            if len(found) > 1:
                found.sort(reverse=True)
                worst = found[0][0] - _HOPELESS
                while found[-1][0] < worst:
                    found.pop()
            self._moves[state, letters] = found
        return found

    def read(self, word: str, most: int = 3) -> list[Reading]:
        """Return up to `most` ways to say `word` (letters a-z), best first; empty where it cannot be read."""
        if len(self._moves) > _CACHED:
            self._moves, self._children = {}, {}
        beams: list[dict[tuple[int, str], float]] = [{} for _ in range(len(word) + 1)]
        beams[0][self._start, ""] = 0.0
        for at in range(len(word)):
            best = sorted(beams[at].items(), key=_score, reverse=True)[:_BEAM]
            for width in (1, 2):
                if best and at + width <= len(word):
                    self._extend(best, word[at : at + width], beams[at + width])
        ends: dict[tuple[str, ...], float] = {}
        for (state, said), score in sorted(beams[-1].items(), key=_score, reverse=True)[: 2 * _BEAM]:
            phones = tuple(said.split())
            ends[phones] = ends.get(phones, 0.0) + math.exp(score + self._onward(state, "")[0][0])
        return _shares(ends, most)

    def _extend(
        self, best: list[tuple[tuple[int, str], float]], letters: str, target: dict[tuple[int, str], float]
    ) -> None:
        """Read `letters` after each of `best` (best first), but not where that is hopeless beside the best way."""
        if letters not in self._ways(0):
            return
        floor = best[0][1] + self._onward(best[0][0][0], letters)[0][0] - _HOPELESS
        for (state, said), score in best:
            if score < floor:
                return
            for chance, _, phones, after in self._moves.get((state, letters)) or self._onward(state, letters):
                value = score + chance
                if value < floor:
                    break
                key = (after, said + phones)
                if value > target.get(key, -math.inf):
                    target[key] = value


def _score(item: tuple[tuple[int, str], float]) -> float:
    return item[1]


def _shares(ends: dict[tuple[str, ...], float], most: int) -> list[Reading]:
    total = sum(ends.values()) or 1.0
    ranked = sorted(ends.items(), key=lambda item: -item[1])[:most]
    return [Reading(phones, value / total) for phones, value in ranked if phones]


def _graphone(line: str) -> tuple[str, str]:
    """Return its letters, and its phones with a space after each."""
    letters, *phones = line.split()
    return letters, "".join(f"{phone} " for phone in phones)


def _joined(body: bytes, start: int, size: int) -> NDArray[np.int64]:
    """Read 16-bit numbers whose low bytes come first, then all high bytes."""
    low, high = (np.frombuffer(body, np.uint8, size, start + place * size) for place in (0, 1))
    return low.astype(np.int64) + 256 * high.astype(np.int64)


def _numbers(values: NDArray[np.int64]) -> array[int]:
    return array("i", values.astype(np.int32).tobytes())


def _floats(values: NDArray[np.float64]) -> array[float]:
    return array("f", values.astype(np.float32).tobytes())


@lru_cache(maxsize=1)
def learned_sounds() -> LearnedSounds:
    """Return the model that comes with the package, loaded once."""
    return LearnedSounds((files(__package__) / "letters.l2s").read_bytes())
