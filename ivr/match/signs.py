"""Signs of danger: words of certain meanings met together, in whatever order and with whatever between them.

A phrase of the safety floor is found as it is written; a sign is found in sentences nobody has written down. It is
a template that begins with `together`: all of its parts (rules of words of one meaning, or words) must be said near
each other, and nothing of what follows `unless`.

    together <smell> <gas> unless <gas_trade>
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final

from ivr.grammar.expand import texts
from ivr.grammar.tree import Rule, Words
from ivr.grammar.tree import Sequence as InOrder
from ivr.match.spoken import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ivr.grammar.tree import Expression, Grammar, Sentence

TOGETHER, UNLESS = "together", "unless"
_MOST_WAYS: Final = 20_000
_NEAR: Final = 14
"""Most words from the first of a sign's parts to the end of the last."""
_MOST_PLACES: Final = 6
"""Places of one part that are looked at, the first ones."""
_SHORT, _SHORTEST_PAST, _SHORTEST_GOING = 4, 5, 6
_KEPT_DOUBLE: Final = frozenset({"ll", "ss", "zz"})

Said = tuple[str, ...]
Place = tuple[int, int]


@lru_cache(maxsize=20_000)
def family(word: str) -> str:
    """Give the form that the tenses and numbers of a word share.

    >>> family("leaking"), family("leaks"), family("stabbed"), family("choking"), family("choke")
    ('leak', 'leak', 'stab', 'chok', 'chok')
    """
    if len(word) >= _SHORT and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") else word[:-1]
    if len(word) >= _SHORTEST_GOING and word.endswith("ing"):
        word = _single(word[:-3])
    elif len(word) >= _SHORTEST_PAST and word.endswith("ed") and not word.endswith("eed"):
        word = _single(word[:-2])
    return word[:-1] if len(word) > _SHORT and word.endswith("e") else word


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """Give the form that one and many of a thing share; unlike `family`, what is done about it stays apart.

    >>> singular("bins"), singular("parking"), singular("park"), singular("policies")
    ('bin', 'parking', 'park', 'policy')
    """
    if len(word) >= _SHORT and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word


def _single(word: str) -> str:
    doubled = len(word) > _SHORT - 1 and word[-1] == word[-2] and word[-2:] not in _KEPT_DOUBLE
    return word[:-1] if doubled else word


@dataclass(frozen=True, slots=True)
class _Sign:
    meaning: str
    parts: tuple[int, ...]
    spoilers: tuple[int, ...]


class Signs:
    """The signs of a grammar. Immutable."""

    def __init__(self, grammar: Grammar | None, sentences: Iterable[Sentence]) -> None:
        """Take the sentences that are signs, most telling first."""
        self._rules: Mapping[str, Expression] = grammar.rules if grammar else {}
        self._parts: dict[tuple[Expression, bool], int] = {}
        self._telling: dict[Said, set[int]] = defaultdict(set)
        self._spoiling: dict[Said, set[int]] = defaultdict(set)
        self._signs = tuple(self._sign(s.target.id, s.expression) for s in sentences if s.target)
        self._longest = max(map(len, (*self._telling, *self._spoiling)), default=0)
        self._names = {number: item.name for (item, _), number in self._parts.items() if isinstance(item, Rule)}

    def inside(self, said: Said) -> Iterator[tuple[str, int, int]]:
        """Give meaning and place (first word, word after the last) of each sign in `said`."""
        found = self._found(said)
        for sign in self._signs:
            if any(part in found for part in sign.spoilers):
                continue
            if all(part in found for part in sign.parts):
                place = _together([found[part] for part in sign.parts])
                if place:
                    yield sign.meaning, *place

    def meanings(self, said: Said) -> frozenset[str]:
        """Give the names of the rules of which something is in `said`."""
        return frozenset(self._names[part] for part in self._found(said) if part in self._names)

    def _found(self, said: Said) -> Mapping[int, Sequence[Place]]:
        found: dict[int, list[Place]] = defaultdict(list)
        kin, things = tuple(map(family, said)), tuple(map(singular, said))
        for start in range(len(kin)):
            for end in range(start + 1, min(start + self._longest, len(kin)) + 1):
                for part in self._telling.get(kin[start:end], ()):
                    found[part].append((start, end))
                for part in self._spoiling.get(things[start:end], ()):
                    found[part].append((start, end))
        return found

    def _sign(self, meaning: str, expression: Expression) -> _Sign:
        parts: list[int] = []
        spoilers: list[int] = []
        into = parts
        for item in _items(expression):
            if item == Words((UNLESS,)):
                into = spoilers
            else:
                into.append(self._part(item, spoils=into is spoilers))
        return _Sign(meaning, tuple(parts), tuple(spoilers))

    def _part(self, item: Expression, *, spoils: bool) -> int:
        """Return the number of a part of a sign; what spoils one does so in its own words ("parking", not "park")."""
        known = (item, spoils)
        if known not in self._parts:
            number = self._parts[known] = len(self._parts)
            ways, form = (self._spoiling, singular) if spoils else (self._telling, family)
            for text in texts(item, self._rules, limit=_MOST_WAYS):
                if phrase := tuple(map(form, plain_words(text))):
                    ways[phrase].add(number)
        return self._parts[known]


def is_sign(expression: Expression) -> bool:
    """Whether a template of the safety floor is a sign rather than a phrase."""
    first = expression.items[0] if isinstance(expression, InOrder) else expression
    return isinstance(first, Words) and first.words[0] == TOGETHER


def _items(expression: Expression) -> Iterator[Expression]:
    """Give the parts after `together`, with `unless` on its own."""
    for item in expression.items if isinstance(expression, InOrder) else (expression,):
        if not isinstance(item, Words):
            yield item
            continue
        phrase: list[str] = []
        for word in item.words:
            if word not in {TOGETHER, UNLESS}:
                phrase.append(word)
                continue
            if phrase:
                yield Words(tuple(phrase))
                phrase = []
            if word == UNLESS:
                yield Words((UNLESS,))
        if phrase:
            yield Words(tuple(phrase))


def _together(places: Sequence[Sequence[Place]]) -> Place | None:
    """Give the first place where all parts stand near each other, no two on the same words."""
    for chosen in product(*(some[:_MOST_PLACES] for some in places)):
        ordered = sorted(chosen)
        start, end = ordered[0][0], max(last for _, last in ordered)
        if end - start <= _NEAR and all(a[1] <= b[0] for a, b in pairwise(ordered)):
            return start, end
    return None
