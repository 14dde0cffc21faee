"""The words a template can say, for quick rejection and for the matcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.grammar.expand import rule_of
from ivr.grammar.names import children
from ivr.grammar.tree import Rule, Slot, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.grammar.tree import Expression, Grammar

Spoken = frozenset[str] | None


class Vocabulary:
    """Words of expressions over one set of rules; rules are looked at once."""

    def __init__(self, rules: Mapping[str, Expression]) -> None:
        self._rules = rules
        self._known: dict[str, Spoken] = {}

    def of(self, expression: Expression) -> Spoken:
        """Return every word `expression` can say, or None where it holds a slot (any word may be said)."""
        if isinstance(expression, Slot):
            return None
        if isinstance(expression, Words):
            return frozenset(expression.words)
        if isinstance(expression, Rule):
            if expression.name not in self._known:
                self._known[expression.name] = self.of(rule_of(self._rules, expression.name))
            return self._known[expression.name]
        found: set[str] = set()
        for child in children(expression):
            said = self.of(child)
            if said is None:
                return None
            found |= said
        return frozenset(found)

    def said(self, expression: Expression) -> frozenset[str]:
        """Return the words written in `expression` itself, whatever its slots and rules say."""
        if isinstance(expression, Words):
            return frozenset(expression.words)
        return frozenset[str]().union(*(self.said(child) for child in children(expression)))


def content_words(grammar: Grammar) -> Mapping[str, frozenset[str]]:
    """Return the words of each target's own templates that no polite frame says: `enquiry:missed_bin` -> bin, ..."""
    vocabulary = Vocabulary(grammar.rules)
    frames = frozenset[str]().union(*(vocabulary.of(Rule(name)) or () for name in grammar.rules))
    found: dict[str, frozenset[str]] = {}
    for sentence in grammar.sentences:
        said = vocabulary.of(sentence.expression)
        if sentence.target is not None and said is not None:
            key = str(sentence.target)
            found[key] = found.get(key, frozenset()) | (said - frames)
    return found
