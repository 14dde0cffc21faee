"""Sound-alike respellings: a name that a fixed vocabulary lacks, said with words it has ("siobhan": "shiv on").

The vocabulary's pronunciations form a tree of phones; the cheapest way through it, word after word, that matches the
name's own phones is found best first (Dijkstra). Cost: how unlike the phones are, plus something for every word.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    Phones = tuple[str, ...]
    Pronounce = Callable[[str], tuple[Phones, ...]]

WORD_COST = 0.3
"""What each word costs: one long word is surer to be heard than three short ones."""
MISSED, ADDED = 0.9, 0.9
LONGEST_WORD = 9
"""Letters of the vocabulary words used; longer ones hardly ever sound like part of a name."""
SHORTEST_WORD = 2
MOST_WORDS = 3
MOST_STEPS = 60_000
"""Search steps after which a name is given up."""
MOST_ERROR = 0.5
"""A respelling less like the name than this would only be mistaken for something else."""
_ALIKE: tuple[tuple[float, str], ...] = (
    (0.25, "AH IH,AH EH,AA AO,AA AH,UH UW,IH IY,AE EH,AO OW,AH UH,ER AH,S Z,SH ZH,T D,K G,P B,F V,TH DH,CH JH,N NG"),
    (0.4, "EH IH,EY EH,AE AH,AE AA,AW AA,AY AA,OY AO,AO AH,UH AH,ER EH,AY IY,M N,CH SH,JH ZH,TH F,DH V,DH D,W V,TH T"),
    (0.6, "EY IY,AY EY,OW UH,OW AH,OW UW,UW AH,R L,L W,Y IY,HH K,S SH,Z ZH,TH S,DH Z,W UW,CH T,JH D,R ER,AY AH,S TH"),
)


def _table() -> dict[str, list[tuple[str, float]]]:
    found: dict[str, dict[str, float]] = {}
    for cost, pairs in _ALIKE:
        for pair in pairs.split(","):
            one, two = pair.split()
            found.setdefault(one, {}).setdefault(two, cost)
            found.setdefault(two, {}).setdefault(one, cost)
    return {phone: [(phone, 0.0), *others.items()] for phone, others in found.items()}


@dataclass(frozen=True, slots=True)
class Respelling:
    """How to say a name in a vocabulary's words."""

    name: str
    said: str
    """Words of the vocabulary."""
    error: float
    """Phones missed, added or changed, as a share of the name's: 0 is a perfect likeness."""


class Respeller:
    """Finds respellings in one vocabulary."""

    def __init__(self, vocabulary: Collection[str], pronounce: Pronounce) -> None:
        self._pronounce = pronounce
        self._alike = _table()
        self._children: list[dict[str, int]] = [{}]
        self._words: list[str] = [""]
        for word in sorted(vocabulary):
            if SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalpha() and word.isascii():
                self._add(word)

    def _add(self, word: str) -> None:
        for phones in self._pronounce(word)[:1]:
            at = 0
            for phone in phones:
                following = self._children[at].get(phone)
                if following is None:
                    following = self._children[at][phone] = len(self._children)
                    self._children.append({})
                    self._words.append("")
                at = following
            self._words[at] = self._words[at] or word

    def respell(self, name: str) -> Respelling | None:
        """Return the closest respelling of one word in all its pronunciations, or None where nothing comes near."""
        found = (self._closest(name, phones) for phones in self._pronounce(name) if phones)
        near = (respelling for respelling in found if respelling and respelling.error <= MOST_ERROR)
        return min(near, key=lambda respelling: respelling.error, default=None)

    def _closest(self, name: str, wanted: Phones) -> Respelling | None:
        order = itertools.count()
        waiting: list[tuple[float, int, int, int, tuple[str, ...]]] = [(0.0, next(order), 0, 0, ())]
        done: set[tuple[int, int, int]] = set()
        for _ in range(MOST_STEPS):
            if not waiting:
                return None
            cost, _, at, node, words = heapq.heappop(waiting)
            if at == len(wanted) and node == 0:
                return self._made(name, wanted, words)
            if (at, node, len(words)) in done:
                continue
            done.add((at, node, len(words)))
            for extra, place, following, more in self._moves(wanted, at, node, words):
                heapq.heappush(waiting, (cost + extra, next(order), place, following, more))
        return None

    def _moves(
        self, wanted: Phones, at: int, node: int, words: tuple[str, ...]
    ) -> Iterator[tuple[float, int, int, tuple[str, ...]]]:
        """Yield each next step: its cost, the phones then matched, the node and the words so far."""
        children = self._children[node]
        word = self._words[node]
        if word and len(words) < MOST_WORDS:
            yield WORD_COST, at, 0, (*words, word)
        if len(words) == MOST_WORDS:
            return
        if at < len(wanted):
            for phone, cost in self._alike.get(wanted[at], [(wanted[at], 0.0)]):
                if phone in children:
                    yield cost, at + 1, children[phone], words
            yield MISSED, at + 1, node, words
        if node:
            for following in children.values():
                yield ADDED, at, following, words

    def _made(self, name: str, wanted: Phones, words: tuple[str, ...]) -> Respelling:
        said = tuple(phone for word in words for phone in self._pronounce(word)[0])
        return Respelling(name, " ".join(words), round(phone_error(wanted, said), 3))


def phone_error(wanted: Phones, said: Phones) -> float:
    """Return the share of `wanted`'s phones that are missed, added or changed in `said` (Levenshtein)."""
    row = list(range(len(said) + 1))
    for number, phone in enumerate(wanted, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(said, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (phone != other))
    return row[-1] / max(len(wanted), 1)
