"""A grammar as one network in which every long list of names and every rule stands once.

The exact network of a grammar repeats all names wherever a name may begin, in each sentence again; PocketSphinx pays
for every copy, in memory and in time. Here a slot or rule has one copy that all its uses enter and leave by arcs
without words. The price is that a sentence may begin as one template and end as another; which entry or enquiry was
meant is decided on the whole text anyway (`ivr.match`). Short lists, such as digits, are still written out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, assert_never

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.recognise.graph.network import Network
from ivr.recognise.graph.spoken import determinized

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.grammar.tree import Expression, Grammar

SLOT_COST = 0.3
"""Share of log(number of values) that a slot costs: a name is one of many, "yes" is one of few."""
SHORT = 15
"""Values up to which a slot is written out at each use."""
_MARK = "\0"
"""Begins the stand-in for a part that has its own copy; no word does."""


def shared_network(grammar: Grammar) -> Network:
    """Return the network of `grammar`, every long slot and every rule once.

    Raises GrammarError for a grammar in which nothing can be said, or a rule it does not have.
    """
    network = _Joined(grammar).network
    if not network.vocabulary():
        raise GrammarError("nothing can be said", where=f"grammar {grammar.name}", todo="add a sentence or an entry")
    return network


class _Joined:
    """Joins the parts of a grammar, each made lean by itself."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self.network = Network()
        self._parts: dict[str, tuple[int, int]] = {}
        end = self.network.state()
        self.network.end(end)
        sentences = Alternatives(tuple(sentence.expression for sentence in grammar.sentences))
        self._join(sentences, 0, end)

    def _join(self, expression: Expression, entry: int, leave: int) -> None:
        """Add the lean network of an expression between two states."""
        part = Network()
        part.end(_Part(self._grammar, part).follow(expression, 0))
        self._copy(determinized(part), entry, leave)

    def _copy(self, part: Network, entry: int, leave: int) -> None:
        """Copy a lean network without cycles, states from which the same follows as one."""
        alike: dict[tuple[bool, frozenset[tuple[str, int, float]]], int] = {(True, frozenset()): leave}
        numbers: dict[int, int] = {}
        for state in _last_first(part):
            arcs = frozenset((word, numbers[target], round(cost, 3)) for word, target, cost in part.words[state])
            kind = state in part.finals, arcs
            if kind not in alike or state == 0:
                alike[kind] = entry if state == 0 else self.network.state()
                self._fill(alike[kind], sorted(arcs), leave if kind[0] else None)
            numbers[state] = alike[kind]

    def _fill(self, state: int, arcs: list[tuple[str, int, float]], leave: int | None) -> None:
        for word, target, cost in arcs:
            if not word.startswith(_MARK):
                self.network.word(state, target, word, cost)
                continue
            enter, left = self._place(word)
            self.network.skip(state, enter, cost)
            self.network.skip(left, target)
        if leave is not None:
            self.network.skip(state, leave)

    def _place(self, name: str) -> tuple[int, int]:
        """Return where a part's one copy begins and ends, made on first use."""
        if name not in self._parts:
            self._parts[name] = enter, leave = self.network.state(), self.network.state()
            kind, own = name[1], name[2:]
            if kind == "r":
                self._join(_rule(self._grammar, own), enter, leave)
            else:
                self._slot(own, enter, leave)
        return self._parts[name]

    def _slot(self, name: str, enter: int, leave: int) -> None:
        phrases = _phrases(self._grammar, name)
        self.network.phrases(enter, leave, phrases, SLOT_COST * math.log(len(phrases)))


class _Part:
    """Builds one expression, with stand-ins for the parts that have their own copy."""

    def __init__(self, grammar: Grammar, network: Network) -> None:
        self._grammar, self._network = grammar, network

    def follow(self, expression: Expression, source: int) -> int:  # noqa: PLR0911 (one line a kind of expression)
        """Return the state to which `expression` leads from `source`."""
        match expression:
            case Words(words):
                return self._chain(words, source)
            case Sequence(items):
                for item in items:
                    source = self.follow(item, source)
                return source
            case Alternatives(items):
                return self._meet(self.follow(item, self._fork(source)) for item in items)
            case Maybe(item):
                return self._meet([self.follow(item, self._fork(source)), source])
            case Repeat(item, least, most):
                return self._repeated(item, least, most, source)
            case Rule(name):
                return self._chain((f"{_MARK}r{name}",), source)
            case Slot(name):
                return self._slot(name, source)
            case _:
                assert_never(expression)

    def _chain(self, words: Iterable[str], source: int) -> int:
        for word in words:
            target = self._network.state()
            self._network.word(source, target, word)
            source = target
        return source

    def _fork(self, source: int) -> int:
        state = self._network.state()
        self._network.skip(source, state)
        return state

    def _meet(self, ends: Iterable[int]) -> int:
        ends = list(ends)
        state = self._network.state()
        for end in dict.fromkeys(ends):
            self._network.skip(end, state)
        return state

    def _repeated(self, item: Expression, least: int, most: int, source: int) -> int:
        for _ in range(least):
            source = self.follow(item, source)
        ends = [source]
        for _ in range(most - least):
            ends.append(self.follow(item, self._fork(ends[-1])))
        return self._meet(ends)

    def _slot(self, name: str, source: int) -> int:
        phrases = _phrases(self._grammar, name)
        if len(phrases) > SHORT:
            return self._chain((f"{_MARK}s{name}",), source)
        return self._meet(self._chain(phrase, source) for phrase in phrases)


def _last_first(network: Network) -> list[int]:
    """Return the states of a network without cycles in an order in which each comes after all it leads to."""
    order: list[int] = []
    seen: set[int] = set()
    waiting = [(0, False)]
    while waiting:
        state, left = waiting.pop()
        if left:
            order.append(state)
        elif state not in seen:
            seen.add(state)
            waiting.append((state, True))
            waiting.extend((target, False) for _, target, _ in network.words[state])
    return order


def _phrases(grammar: Grammar, slot: str) -> list[tuple[str, ...]]:
    return sorted({tuple(value.text.split()) for value in grammar.slots.get(slot, ())})


def _rule(grammar: Grammar, name: str) -> Expression:
    if name not in grammar.rules:
        raise GrammarError(f"unknown rule <{name}>", where=f"grammar {grammar.name}", todo="define it")
    return grammar.rules[name]
