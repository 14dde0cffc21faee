"""The neutral Grammar: a small tree of what may be said, and what each sentence means.

Templates (`ivr.grammar.template`) are parsed to these records once; recognisers, exports and the
matcher walk them. Nothing here knows a file format or a recogniser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.model import Target


@dataclass(frozen=True, slots=True)
class Words:
    """Normalised words said one after the other."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items said one after the other."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of several items."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """An item that may be left out."""

    item: Expression


@dataclass(frozen=True, slots=True)
class Repeat:
    """An item said `least` to `most` times."""

    item: Expression
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Rule:
    """The expression of this name in `Grammar.rules`."""

    name: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the values of this name in `Grammar.slots`; the value said gives the sentence its target."""

    name: str


Expression = Words | Sequence | Alternatives | Maybe | Repeat | Rule | Slot


@dataclass(frozen=True, slots=True)
class SlotValue:
    """One way to say one thing."""

    text: str
    """Normalised words."""
    target: Target
    weight: float = 1.0
    """Relative prior, positive; 1 is ordinary."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole thing a caller may say, and what it means."""

    expression: Expression
    target: Target | None = None
    """None: the slot said decides."""
    source: str = ""
    """File and line of the template, for messages."""


@dataclass(frozen=True)
class Grammar:
    """All that may be said in one dialogue state."""

    name: str
    sentences: tuple[Sentence, ...]
    rules: Mapping[str, Expression] = field(default_factory=dict)
    slots: Mapping[str, tuple[SlotValue, ...]] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)
    """Id of a person's entry -> id of their department's entry: what "in {department}" after a name narrows by."""
    language: str = "en-GB"

    @cached_property
    def lookup(self) -> Mapping[str, Mapping[str, tuple[Target, ...]]]:
        """Slot name -> text of a value -> all targets said so."""
        return {name: _by_text(values) for name, values in self.slots.items()}


def _by_text(values: tuple[SlotValue, ...]) -> dict[str, tuple[Target, ...]]:
    found: dict[str, tuple[Target, ...]] = {}
    for value in values:
        targets = found.get(value.text, ())
        if value.target not in targets:
            found[value.text] = (*targets, value.target)
    return found
