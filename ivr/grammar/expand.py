"""Writing out what a grammar lets callers say: all of a small one, a fair sample of a large one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.model import Target, TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.grammar.tree import Expression, Grammar, SlotValue


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence a grammar allows."""

    text: str
    target: Target
    source: str = ""
    """Where its template stands."""


def texts(expression: Expression, rules: Mapping[str, Expression] | None = None, *, limit: int = 1000) -> list[str]:
    """Every way to say `expression` (slots as `{name}`), distinct, at most `limit` of them, plainest first."""
    said = (" ".join(words) for words in _all(expression, rules or {}))
    return list(islice(dict.fromkeys(islice(said, 50 * limit)), limit))


def _all(expression: Expression, rules: Mapping[str, Expression]) -> Iterator[tuple[str, ...]]:
    match expression:
        case Words(said):
            yield said
        case Slot(name):
            yield (f"{{{name}}}",)
        case Rule(name):
            yield from _all(rule_of(rules, name), rules)
        case Maybe(item):
            yield ()
            yield from _all(item, rules)
        case Alternatives(items):
            for item in items:
                yield from _all(item, rules)
        case Sequence(items):
            yield from _in_order(items, rules)
        case Repeat(item, least, most):
            for count in range(least, most + 1):
                yield from _in_order((item,) * count, rules)


def _in_order(items: tuple[Expression, ...], rules: Mapping[str, Expression]) -> Iterator[tuple[str, ...]]:
    if not items:
        yield ()
        return
    for first in _all(items[0], rules):
        for rest in _in_order(items[1:], rules):
            yield first + rest


def rule_of(rules: Mapping[str, Expression], name: str) -> Expression:
    """Return the rule of this name. Raises GrammarError where there is none."""
    try:
        return rules[name]
    except KeyError:
        raise GrammarError(f"unknown rule <{name}>", todo="define it in a .grammar file") from None


def generate(grammar: Grammar, *, limit: int = 100, seed: int = 0) -> Iterator[Said]:
    """Yield `limit` sentences drawn from `grammar`, each template in turn; the same seed draws the same ones."""
    chance = random.Random(seed)
    made = 0
    while made < limit and grammar.sentences:
        for sentence in grammar.sentences[: limit - made]:
            draw = _Draw(grammar, chance)
            text = " ".join(draw.words(sentence.expression))
            target = sentence.target or draw.target()
            made += 1
            if text and target is not None:
                yield Said(text, target, sentence.source)


class _Draw:
    """One sentence being drawn; remembers the slot values it said."""

    def __init__(self, grammar: Grammar, chance: random.Random) -> None:
        self._grammar, self._chance = grammar, chance
        self._values: list[SlotValue] = []

    def target(self) -> Target | None:
        """Return what the slots said mean together."""
        return meaning([value.target for value in self._values])

    def words(self, expression: Expression) -> list[str]:  # noqa: PLR0911 - one answer for each kind of expression
        match expression:
            case Words(said):
                return list(said)
            case Rule(name):
                return self.words(rule_of(self._grammar.rules, name))
            case Maybe(item):
                return self.words(item) if self._chance.random() < 0.5 else []  # noqa: PLR2004 - a fair coin
            case Alternatives(items):
                return self.words(self._chance.choice(items))
            case Sequence(items):
                return [word for item in items for word in self.words(item)]
            case Repeat(item, least, most):
                return [word for _ in range(self._chance.randint(least, most)) for word in self.words(item)]
            case Slot(name):
                return self._slot(name)

    def _slot(self, name: str) -> list[str]:
        values = self._grammar.slots.get(name, ())
        before = self.target()
        if before is not None and before.kind is TargetKind.ENTRY:
            # "Jane Smith in Housing": only the department she works in makes sense.
            home = self._grammar.within.get(before.id)
            values = tuple(v for v in values if v.target.id == home)
        if not values:
            self._values = []
            return []
        value = self._chance.choice(values)
        self._values.append(value)
        return value.text.split()


def meaning(targets: list[Target]) -> Target | None:
    """Return what slot values said one after the other mean: values run together, otherwise the first one."""
    if not targets:
        return None
    if all(target.kind is TargetKind.VALUE for target in targets):
        return Target(TargetKind.VALUE, "".join(target.id for target in targets))
    return targets[0]
