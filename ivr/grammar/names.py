"""Which rules and slots templates mention, and that each of them exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.grammar.source import Sources
    from ivr.grammar.tree import Expression, Sentence


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly inside this one."""
    match expression:
        case Sequence(items) | Alternatives(items):
            return items
        case Maybe(item) | Repeat(item, _, _):
            return (item,)
        case _:
            return ()


def mentioned(expression: Expression) -> frozenset[Rule | Slot]:
    """Return the rules and slots written in this expression (rules not followed)."""
    found: set[Rule | Slot] = set()
    waiting = [expression]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Rule | Slot):
            found.add(item)
        else:
            waiting.extend(children(item))
    return frozenset(found)


class Names:
    """The rules of a site and what they mention, however deep; knows unknown names and endless rules."""

    def __init__(self, sources: Sources, slots: Iterable[str]) -> None:
        self._sources = sources
        self._slots = frozenset((*sources.slots, *slots))
        self._direct: dict[int, frozenset[Rule | Slot]] = {}
        self._deep: dict[str, frozenset[Rule | Slot]] = {}

    def used(self, sentences: Iterable[Sentence], also: Iterable[str] = ()) -> tuple[set[str], set[str]]:
        """Names of the rules and slots the sentences (and the rules in `also`) need.

        Raises GrammarError for an unknown name, or a rule that contains itself.
        """
        found: set[Rule | Slot] = set()
        for sentence in sentences:
            for item in self._of(sentence.expression):
                found |= self._reach(item, sentence.source, ())
        for name in also:
            found |= self._reach(Rule(name), "", ())
        rules = {item.name for item in found if isinstance(item, Rule)}
        return rules, {item.name for item in found if isinstance(item, Slot)}

    def _of(self, expression: Expression) -> frozenset[Rule | Slot]:
        key = id(expression)
        if key not in self._direct:
            self._direct[key] = mentioned(expression)
        return self._direct[key]

    def _reach(self, item: Rule | Slot, source: str, inside: tuple[str, ...]) -> frozenset[Rule | Slot]:
        if isinstance(item, Slot):
            if item.name not in self._slots:
                raise GrammarError(f"unknown slot {{{item.name}}}", where=source, todo=_known(self._slots, "slots"))
            return frozenset((item,))
        name = item.name
        if name in self._deep:
            return self._deep[name]
        rules: Mapping[str, Expression] = self._sources.rules
        place = self._sources.places.get(f"<{name}>", source)
        if name in inside:
            raise GrammarError(f"rule <{name}> contains itself", where=place, todo="write repeats as (...)<1-5>")
        if name not in rules:
            raise GrammarError(f"unknown rule <{name}>", where=source, todo=_known(rules, "rules"))
        below = [self._reach(part, place, (*inside, name)) for part in self._of(rules[name])]
        self._deep[name] = frozenset((item,)).union(*below)
        return self._deep[name]


def _known(names: Iterable[str], what: str) -> str:
    return f"{what} known: {', '.join(sorted(names)) or 'none'}"
