"""Learning letters to sounds from a CMU-style dictionary: `python -m ivr.grammar.sounds.train OUT [DICTIONARY]`.

Words are aligned to their phones by EM over graphones of one or two letters and none to two phones (Jiampojamarn and
others 2007, "Applying many-to-many alignments"), then rows of graphones are counted. A tenth of the words is left out
(`held_out`), so that `benchmarks/bench_sounds.py` measures the file as it is shipped.
"""

from __future__ import annotations

import math
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.grammar.sounds.learned import Graphone, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Pair = tuple[str, tuple[str, ...]]
    Unit = tuple[str, tuple[str, ...]]

ORDER = 6
_SHAPES = ((1, 0), (1, 1), (1, 2), (2, 1))
_ROUNDS = 5
_SAMPLE = 4
"""One word in so many is enough to learn the alignment from."""
CUTOFFS = (0, 1, 1, 1, 1, 2, 2)
"""Fewest sightings of a row of n graphones worth keeping, by n."""


def held_out(word: str) -> bool:
    """Tell whether a word is kept from training: one in ten, always the same ones."""
    return zlib.crc32(word.encode()) % 10 == 0


def read_dictionary(path: Path) -> Iterator[Pair]:
    """Yield words of letters alone, with their phones (every pronunciation)."""
    for line in path.read_text(encoding="utf-8").splitlines():
        name, *phones = line.split()
        word = name.partition("(")[0]
        if word.isascii() and word.isalpha() and len(word) > 1:
            yield word, tuple(phones)


def align(pairs: list[Pair]) -> Iterator[list[Unit]]:
    """Yield each pair as its most likely row of units; pairs that cannot be aligned are left out."""
    weights: dict[Unit, float] = {}
    for _ in range(_ROUNDS):
        counts: Counter[Unit] = Counter()
        for pair in pairs[::_SAMPLE]:
            counts.update(_best(pair, weights))
        weights = _weigh(counts)
    for pair in pairs:
        row = _best(pair, weights)
        if row:
            yield row


def _weigh(counts: Counter[Unit]) -> dict[Unit, float]:
    total = sum(counts.values())
    return {unit: math.log(count / total) for unit, count in counts.items()}


def _best(pair: Pair, weights: dict[Unit, float]) -> list[Unit]:
    """Viterbi alignment of one word; before anything is learned, near the diagonal."""
    word, phones = pair
    table: dict[tuple[int, int], tuple[float, Unit | None, tuple[int, int]]] = {(0, 0): (0.0, None, (0, 0))}
    for i in range(len(word)):
        for j in range(len(phones) + 1):
            here = table.get((i, j))
            if here is None:
                continue
            for wide, deep in _SHAPES:
                place = (i + wide, j + deep)
                if place[0] > len(word) or place[1] > len(phones):
                    continue
                unit = (word[i : place[0]], phones[j : place[1]])
                value = here[0] + (weights.get(unit, -18.0) if weights else _first_guess(unit, place, pair))
                if place not in table or value > table[place][0]:
                    table[place] = (value, unit, (i, j))
    return _trace(table, (len(word), len(phones)))


_LIKELY = dict(zip("abcdefghijklmnopqrstuvwxyz", (
    "AE AA EY AH AO", "B", "K S CH", "D", "EH IY AH IH", "F", "G JH", "HH", "IH AY IY", "JH", "K", "L", "M", "N NG",
    "AA OW AO AH UW", "P", "K", "R ER", "S Z SH", "T TH DH SH", "AH UW Y ER", "V", "W", "K Z", "Y IY AY IH", "Z",
), strict=True))  # fmt: skip


def _first_guess(unit: Unit, place: tuple[int, int], pair: Pair) -> float:
    """Where nothing is known yet: letters near their commonest sounds, and near the diagonal."""
    letters, phones = unit
    fits = sum(phone in _LIKELY[letter].split() for phone in phones for letter in letters)
    stray = abs(place[0] / len(pair[0]) - place[1] / max(1, len(pair[1])))
    return 3.0 * fits - 4.0 * stray - (2.0 if len(phones) != 1 else 0.0) - 1.5 * (len(letters) - 1)


def _trace(
    table: dict[tuple[int, int], tuple[float, Unit | None, tuple[int, int]]], end: tuple[int, int]
) -> list[Unit]:
    row: list[Unit] = []
    while end in table:
        _, unit, before = table[end]
        if unit is None:
            return row[::-1]
        row.append(unit)
        end = before
    return []


def count(rows: Iterable[list[Unit]], order: int = ORDER) -> tuple[list[Graphone], list[tuple[int, int, int]]]:
    """Count rows of up to `order` graphones: the graphones, and the trie's nodes breadth first."""
    rows = list(rows)
    common = Counter(unit for row in rows for unit in row)
    units = sorted(unit for unit, seen in common.items() if seen > 2)  # noqa: PLR2004 - rarer ones are misprints
    number = {unit: i for i, unit in enumerate(units, start=1)}
    seen: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
    for row in rows:
        if all(unit in number for unit in row):
            symbols = [0, *(number[unit] for unit in row), 0]
            for size in range(1, order + 1):
                seen[size].update(tuple(symbols[i : i + size]) for i in range(len(symbols) - size + 1))
    kept = _kneser_ney(seen, order)
    return [Graphone(*unit) for unit in units], _trie(kept)


def _kneser_ney(seen: list[Counter[tuple[int, ...]]], order: int) -> list[dict[tuple[int, ...], int]]:
    """Replace counts below the longest rows by the number of different graphones before them."""
    before: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
    for size in range(2, order + 1):
        before[size - 1].update(row[1:] for row in seen[size])
    kept: list[dict[tuple[int, ...], int]] = [{} for _ in range(order + 1)]
    for size in range(order, 0, -1):
        for row, count_ in seen[size].items():
            starts_word = row[0] == 0 and size > 1
            value = count_ if size == order or starts_word else before[size][row]
            needed = row in kept[size] or count_ >= CUTOFFS[size]
            if needed and value:
                kept[size][row] = value
                if size > 1:
                    kept[size - 1].setdefault(row[:-1], 0)
    for size in range(1, order):
        for row, value in kept[size].items():
            if not value:
                kept[size][row] = max(1, before[size][row])
    return kept


def _trie(kept: list[dict[tuple[int, ...], int]]) -> list[tuple[int, int, int]]:
    """Write rows as nodes (symbol, count, number of children), breadth first, children sorted by symbol."""
    children: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for rows in kept[1:]:
        for row in rows:
            children[row[:-1]].append(row[-1])
    nodes = [(0, 0, len(children[()]))]
    level: list[tuple[int, ...]] = [()]
    while level:
        following = [(*row, symbol) for row in level for symbol in sorted(children.get(row, ()))]
        nodes += [(row[-1], kept[len(row)][row], len(children.get(row, ()))) for row in following]
        level = following
    return nodes


def main() -> None:
    """Learn from the dictionary and write the model."""
    from ivr.grammar.pronounce import dictionary_path  # noqa: PLC0415 - only when run as a script

    source = Path(sys.argv[2]) if len(sys.argv) > 2 else dictionary_path()  # noqa: PLR2004 - the second argument
    pairs = [pair for pair in read_dictionary(source) if not held_out(pair[0])]
    graphones, nodes = count(align(pairs))
    data = pack(ORDER, graphones, nodes)
    Path(sys.argv[1]).write_bytes(data)
    sys.stdout.write(f"{len(pairs)} words, {len(graphones)} graphones, {len(nodes)} rows, {len(data)} bytes\n")


if __name__ == "__main__":
    main()
