"""Exact parsing: what a sentence means, if the grammar allows it word for word.

A memoised descent over the tree; slots are looked up whole, so the time does not grow with the directory.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ivr.grammar.expand import rule_of
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.grammar.vocabulary import Vocabulary
from ivr.model import Target, TargetKind
from ivr.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.grammar.tree import Expression, Grammar
    from ivr.grammar.vocabulary import Spoken

    Reading = tuple[Target, ...]
    Ends = dict[int, tuple[Reading, ...]]

_MOST_READINGS = 64
"""Readings kept of one stretch of words: "forty seven" may be 47 or 40 7, and such choices multiply."""
_MOST_WORDS = 200
"""Longer utterances are in no grammar of ours."""


def interpret(grammar: Grammar, text: str) -> tuple[Target, ...]:
    """Return everything that `text`, whole, can mean in `grammar`; empty: not a sentence of it.

    Several targets where two entries are said alike or two templates allow the sentence. Values read in the
    fewest pieces come first ("forty seven" is 47 before 407).
    """
    said = words(text)
    if not said or len(said) > _MOST_WORDS:
        return ()
    parser = _Parser(grammar, said)
    found: dict[Target, None] = {}
    distinct = frozenset(said)
    for sentence, vocabulary in zip(grammar.sentences, _vocabularies(grammar), strict=True):
        if vocabulary is not None and not distinct <= vocabulary:
            continue
        readings = parser.ends(sentence.expression, 0).get(len(said), ())
        if readings and sentence.target is not None:
            found[sentence.target] = None
        elif readings:
            found.update(dict.fromkeys(parser.targets(readings)))
    return tuple(found)


def _vocabularies(grammar: Grammar) -> tuple[Spoken, ...]:
    """Return the words each sentence can say, worked out once and kept with the grammar."""
    known: tuple[Spoken, ...] | None = grammar.__dict__.get("_vocabularies")
    if known is None:
        vocabulary = Vocabulary(grammar.rules)
        known = tuple(vocabulary.of(sentence.expression) for sentence in grammar.sentences)
        grammar.__dict__["_vocabularies"] = known
    return known


class _Parser:
    """One utterance against one grammar."""

    def __init__(self, grammar: Grammar, said: tuple[str, ...]) -> None:
        self._grammar, self._said = grammar, said
        self._memo: dict[tuple[int | str, int], Ends] = {}
        self._open: set[tuple[int | str, int]] = set()

    @cached_property
    def _slot_texts(self) -> dict[int, list[tuple[int, str]]]:
        """Every stretch of words, joined once, by where it begins."""
        return {
            i: [(j, " ".join(self._said[i:j])) for j in range(i + 1, len(self._said) + 1)]
            for i in range(len(self._said))
        }

    def ends(self, expression: Expression, start: int) -> Ends:
        """Return where `expression` said from word `start` can end, and what its slots then said."""
        if isinstance(expression, Words):
            end = start + len(expression.words)
            return {end: ((),)} if self._said[start:end] == expression.words else {}
        key = (expression.name if isinstance(expression, Rule) else id(expression), start)
        if key not in self._memo:
            if key in self._open:  # a rule that begins with itself says nothing new
                return {}
            self._open.add(key)
            self._memo[key] = self._fresh(expression, start)
            self._open.discard(key)
        return self._memo[key]

    def _fresh(self, expression: Expression, start: int) -> Ends:  # noqa: PLR0911 - one answer for each kind of expression
        match expression:
            case Slot(name):
                return self._slot(name, start)
            case Rule(name):
                return self.ends(rule_of(self._grammar.rules, name), start)
            case Maybe(item):
                return _merge([{start: ((),)}, self.ends(item, start)])
            case Alternatives(items):
                return _merge(self.ends(item, start) for item in items)
            case Sequence(items):
                reached: Ends = {start: ((),)}
                for item in items:
                    reached = self._then(reached, item)
                return reached
            case Repeat(item, least, most):
                return self._repeat(item, least, most, start)
            case _:  # pragma: no cover - Words was answered by `ends`
                return {}

    def _repeat(self, item: Expression, least: int, most: int, start: int) -> Ends:
        reached: Ends = {start: ((),)}
        done: list[Ends] = [reached] if least == 0 else []
        for count in range(1, most + 1):
            reached = self._then(reached, item)
            if not reached:
                break
            if count >= least:
                done.append(reached)
        return _merge(done)

    def _then(self, reached: Ends, item: Expression) -> Ends:
        """Follow every end reached so far with `item`."""
        return _merge(
            {end: tuple(before + after for before in readings for after in following)}
            for middle, readings in reached.items()
            for end, following in self.ends(item, middle).items()
        )

    def _slot(self, name: str, start: int) -> Ends:
        values = self._grammar.lookup.get(name, {})
        found: Ends = {}
        for end, text in self._slot_texts.get(start, ()):
            if text in values:
                found[end] = tuple((target,) for target in values[text])
        return found

    def targets(self, readings: tuple[Reading, ...]) -> list[Target]:
        """Return what readings without a fixed target mean."""
        values = [r for r in readings if r and all(t.kind is TargetKind.VALUE for t in r)]
        joined = [Target(TargetKind.VALUE, "".join(t.id for t in r)) for r in sorted(values, key=len)]
        others = [r for r in readings if r and r not in values]
        within = self._grammar.within
        at_home = [r for r in others if any(within.get(r[0].id) == t.id for t in r[1:])]
        return joined + [r[0] for r in at_home or others]


def _merge(parts: Iterable[Ends]) -> Ends:
    found: dict[int, dict[Reading, None]] = {}
    for part in parts:
        for end, readings in part.items():
            found.setdefault(end, {}).update(dict.fromkeys(readings))
    return {
        end: tuple(readings) if len(readings) <= _MOST_READINGS else tuple(sorted(readings, key=len)[:_MOST_READINGS])
        for end, readings in found.items()
    }
