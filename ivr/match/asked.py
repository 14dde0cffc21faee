"""Enquiries in the caller's own words: compared, word by word, with all the ways templates ask for them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ivr.match.phrases import Exact
from ivr.match.wording import canonical_words, everyday_words
from ivr.model import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.grammar.tree import Grammar
    from ivr.model import Enquiry

_SUFFIXES: Final = ("ations", "ation", "ings", "ing", "ments", "ment", "ies", "ied", "ers", "er", "ed", "es", "s", "e",
                    "ly", "y", "al", "als")  # fmt: skip
_SHORTEST_STEM: Final = 3
_MISSPELT: Final = 5
_SLIP: Final = 0.2
_EVERYDAY: Final = 0.4
_UNKNOWN: Final = 0.8
_ENOUGH: Final = 1.3
_ALSO: Final = 0.8
"""What a concept of another way to ask the same explains, beside one of this way."""
_TELLING: Final = frozenset({"when", "where", "how", "not", "no", "day", "dont", "councillor"})
"""Words that only wrap a name, but tell one enquiry from another."""
_OFTEN: Final = 4.0
"""A concept in a quarter of the ways to ask something belongs to it entirely."""
_MOST_OWN: Final = 2.5
_IN_FULL: Final = {"fit": 1.0, "covered": 1.0, "explained": 1.0, "told": 1.0, "exact": 1.0, "own": 1.0}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Cut the commonest endings off a canonical word, so that "renewing" and "renewal" meet "renew".

    >>> stem("renewals"), stem("paying"), stem("collected"), stem("collection")
    ('renew', 'pay', 'collect', 'collect')
    """
    for suffix in ("ions", "ion", *_SUFFIXES):
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word[: -len(suffix)]
    return word


@cache
def _thesaurus() -> Mapping[str, str]:
    text = resources.files("ivr.match").joinpath("synonyms.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {stem(word): stem(group[0]) for group in lines for word in group}


def concepts(words: Iterable[str]) -> tuple[str, ...]:
    """Stems of words, synonyms as one."""
    same = _thesaurus()
    return tuple(same.get(s, s) for s in map(stem, words))


class Asked:
    """Ranks enquiries for a text. Immutable."""

    def __init__(self, grammar: Grammar | None, enquiries: Iterable[Enquiry], frame: frozenset[str]) -> None:
        self._frame = frame - _TELLING
        self._exact = Exact(grammar, TargetKind.ENQUIRY)
        ways: dict[str, set[frozenset[str]]] = defaultdict(set)
        for enquiry in enquiries:
            ways[enquiry.id].add(self._content(canonical_words(enquiry.title)))
            ways[enquiry.id] |= self._exact.contents(enquiry.id, self._content)
            ways[enquiry.id].discard(frozenset())
        self._ways = {name: tuple(sorted(found, key=sorted)) for name, found in ways.items()}
        self._rare, self._belongs = self._weigh()
        everyday = {stem(word) for word in everyday_words()}
        self._tells = {c: rare * (_EVERYDAY if c in everyday else 1.0) for c, rare in self._rare.items()}
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for concept in sorted(c for c in self._tells if len(c) >= _MISSPELT):
            self._by_letter[concept[:1]].append(concept)
        self._names = tuple(sorted(self._ways))
        self._index()

    def _index(self) -> None:
        """Give every way to ask a number, an enquiry's together, and list for each concept the ways that hold it."""
        owners, whole, held = list[int](), list[float](), defaultdict[str, list[int]](list)
        starts = list[int]()
        for number, name in enumerate(self._names):
            starts.append(len(owners))
            for way in self._ways[name]:
                for concept in way:
                    held[concept].append(len(owners))
                owners.append(number)
                whole.append(sum(self._rare[c] for c in way))
        self._owners, self._starts = np.array(owners, dtype=np.intp), np.array(starts, dtype=np.intp)
        self._whole = np.array(whole)
        self._holding = {concept: np.array(ways, dtype=np.intp) for concept, ways in held.items()}
        self._usual = {
            concept: np.array([min(1.0, _OFTEN * self._belongs[self._names[n], concept]) for n in owners])
            for concept, owners in ((c, np.unique(self._owners[ways])) for c, ways in self._holding.items())
        }
        self._related = {concept: np.unique(self._owners[ways]) for concept, ways in self._holding.items()}

    def _content(self, words: Sequence[str]) -> frozenset[str]:
        said = (word for text in words for word in canonical_words(text))
        return frozenset(concepts(word for word in said if word not in self._frame))

    def _weigh(self) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
        """Inverse document frequency of each concept over enquiries, and its share in each enquiry's ways."""
        count: Counter[str] = Counter()
        belongs: dict[tuple[str, str], float] = {}
        for name, found in self._ways.items():
            held = Counter(concept for way in found for concept in way)
            count.update(held.keys())
            for concept, number in held.items():
                belongs[name, concept] = number / len(found)
        total = 1 + len(self._ways)
        top = math.log(total) or 1.0
        rare = {concept: max(0.1, math.log(total / number) / top) for concept, number in count.items()}
        return rare, belongs

    def rank(self, text: str, words: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
        """Enquiries that share words with `text` (canonical `words`), and how well each fits.

        One that a template asks for word for word fits in full.
        """
        exact = [name for name in self._exact.ids(text) if name in self._ways]
        if exact:
            return [(name, dict(_IN_FULL)) for name in exact]
        said = self._heard(words)
        return self._fits(said) if any(concept in self._holding for concept in said) else []

    def _heard(self, words: Sequence[str]) -> dict[str, float]:
        """Concepts said, with what each tells; a misspelt one is taken for the nearest known."""
        said: dict[str, float] = {}
        for concept in self._content(self._joined(words)):
            known = concept if concept in self._tells else self._nearest(concept)
            said[known] = self._tells.get(known, _EVERYDAY if concept in everyday_words() else _UNKNOWN)
        return said

    def _nearest(self, concept: str) -> str:
        """Take a misspelt concept for the known one that begins as it does and is a slip away."""
        if len(concept) < _MISSPELT:
            return concept
        alike = self._by_letter.get(concept[:1], ())
        found = process.extractOne(concept, alike, scorer=OSA.normalized_distance, score_cutoff=_SLIP)
        return str(found[0]) if found else concept

    def _joined(self, words: Sequence[str]) -> Sequence[str]:
        """Run together words that are one concept so ("pot hole")."""
        out: list[str] = []
        for word in words:
            if out and self._one(out[-1] + word) and not (self._one(out[-1]) and self._one(word)):
                out[-1] += word
            else:
                out.append(word)
        return out

    def _one(self, word: str) -> bool:
        return concepts((word,))[0] in self._tells

    def _fits(self, said: Mapping[str, float]) -> list[tuple[str, dict[str, float]]]:
        """For each enquiry the best of its ways to ask: how much of it was said, how much of that it explains."""
        held, shared = np.zeros(len(self._owners)), np.zeros(len(self._owners))
        related, own = np.zeros(len(self._names)), np.zeros(len(self._names))
        for concept, tells in said.items():
            if concept in self._holding:
                held[self._holding[concept]] += self._rare[concept]
                shared[self._holding[concept]] += tells
                related[self._related[concept]] += tells
                own[self._related[concept]] += tells * self._usual[concept]
        asked = sum(said.values())
        covered = held / self._whole
        explained = (shared + _ALSO * (related[self._owners] - shared)) / asked
        value = np.where(shared > 0, covered * 0.5 + explained * 0.5, 0.0)
        best = np.maximum.reduceat(value, self._starts)
        found = []
        for number in np.flatnonzero(best > 0):
            start = self._starts[number]
            way = start + int(np.argmax(value[start : self._end(int(number))]))
            fit = {
                "fit": float(value[way]), "covered": float(covered[way]), "explained": float(explained[way]),
                "told": min(1.0, float(shared[way]) / _ENOUGH), "own": min(_MOST_OWN, float(own[number])),
            }  # fmt: skip
            found.append((self._names[number], fit))
        return found

    def _end(self, number: int) -> int:
        return int(self._starts[number + 1]) if number + 1 < len(self._starts) else len(self._owners)
