"""Phrases of a grammar found anywhere in what was said, however many ways its templates allow.

Templates become one automaton over words (Thompson's construction), made deterministic only where callers' words
lead, so the time is that of walking the words, and the memory that of what people say.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ivr.grammar.tree import Expression, Grammar, Sentence

ANY, END = "anyword", "endofwords"
"""What templates call any word at all, and the end of what was said."""

Said = tuple[str, ...]
States = frozenset[int]
_MOST_KNOWN = 50_000


class Spotter:
    """Finds phrases. What it remembers never changes an answer, so it can be shared between threads."""

    def __init__(self, grammar: Grammar | None, sentences: Iterable[Sentence], spell: Callable[[str], Said]) -> None:
        """Compile `sentences` of `grammar`; `spell` gives the words of a template as they are looked for."""
        self._rules = grammar.rules if grammar else {}
        self._spell = cache(spell)
        self._by_word: list[dict[str, set[int]]] = []
        self._free: list[set[int]] = []
        self._means: dict[int, str] = {}
        self._rank: dict[str, int] = {}
        start = self._new()
        for sentence in sentences:
            if sentence.target is None:
                continue
            end = self._build(sentence.expression, self._link(start))
            self._means[end] = sentence.target.id
            self._rank.setdefault(sentence.target.id, len(self._rank))
        self._reached: dict[int, States] = {}
        self._start = self._closure({start})
        self._steps: dict[tuple[States, str], States] = {}
        # A phrase may begin anywhere with any template, so the first step has thousands of states: sorted by word.
        self._first: dict[str, set[int]] = defaultdict(set)
        for state in self._start:
            for word, following in self._by_word[state].items():
                self._first[word] |= following

    def inside(self, said: Said) -> Iterator[tuple[str, int, int]]:
        """Give meaning and place (first word, word after the last) of each phrase in `said`, the longest first.

        `said` ends with `END` where templates may ask for that.
        Of phrases as long that begin at the same word, the one compiled first comes first.
        """
        found = [hit for start in range(len(said)) for hit in self._from(said, start)]
        yield from sorted(found, key=lambda hit: (hit[1] - hit[2], hit[1], self._rank[hit[0]]))

    def _from(self, said: Said, start: int) -> Iterator[tuple[str, int, int]]:
        states = self._start
        for place in range(start, len(said)):
            states = self._step(states, said[place])
            if not states:
                return
            for meaning in {self._means[s] for s in states if s in self._means}:
                yield meaning, start, place + 1

    def _step(self, states: States, word: str) -> States:
        key = (states, word)
        known = self._steps.get(key)
        if known is None:
            kinds = (word,) if word == END else (word, ANY)
            if states is self._start:
                reached = set().union(*(self._first.get(kind, ()) for kind in kinds))
            else:
                reached = {to for s in states for kind in kinds for to in self._by_word[s].get(kind, ())}
            known = self._closure(reached)
            if len(self._steps) < _MOST_KNOWN:
                self._steps[key] = known
        return known

    def _closure(self, states: set[int]) -> States:
        """Give the states that matter (those that read a word, or mean something) reached without a word."""
        return frozenset().union(*(self._free_of(state) for state in states))

    def _free_of(self, state: int) -> States:
        known = self._reached.get(state)
        if known is None:
            waiting, seen = [state], {state}
            while waiting:
                for free in self._free[waiting.pop()] - seen:
                    seen.add(free)
                    waiting.append(free)
            known = frozenset(s for s in seen if self._by_word[s] or s in self._means)
            self._reached[state] = known
        return known

    # --- building ---

    def _new(self) -> int:
        self._by_word.append(defaultdict(set))
        self._free.append(set())
        return len(self._free) - 1

    def _link(self, start: int) -> int:
        after = self._new()
        self._free[start].add(after)
        return after

    def _build(self, expression: Expression, start: int) -> int:  # noqa: C901, PLR0911 (a case and a return a kind)
        """Add an expression after state `start`; returns the state after it."""
        match expression:
            case Words(words):
                return self._words(self._spell(" ".join(words)), start)
            case Rule(name):
                return self._build(self._rules[name], start)
            case Maybe(item):
                end = self._build(item, self._link(start))
                self._free[start].add(end)
                return end
            case Alternatives(items):
                end = self._new()
                for item in items:
                    self._free[self._build(item, self._link(start))].add(end)
                return end
            case Sequence(items):
                for item in items:
                    start = self._build(item, start)
                return start
            case Repeat(item, least, most):
                end = self._new()
                for count in range(most + 1):
                    if count >= least:
                        self._free[start].add(end)
                    start = self._build(item, self._link(start))
                return end
            case _:  # a slot: no phrase of ours has one
                return self._new()

    def _words(self, words: Said, start: int) -> int:
        for word in words:
            after = self._new()
            self._by_word[start][word].add(after)
            start = after
        return self._link(start)
