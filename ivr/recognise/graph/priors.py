"""How likely each sentence of a grammar is before anything is heard.

What callers say is shared out in three steps: among classes by the state of the dialogue (the tables below), in a
class equally among what may be meant, and there equally among the templates that mean it; only of a command's templates
the first written, the plainest ("yes", "no"), has most. Names share the part of their class by the weights of their
slot's values. The tables are judgements about a council's callers, not fitted to recordings: at the greeting two in
three ask for a person or a department, and after a yes-or-no question three in four answer it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot
from ivr.model import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Sequence as Listed

    from ivr.grammar.tree import Expression, Grammar, Sentence

_GREETING: Final[Mapping[str, float]] = {
    "person": 0.42, "department": 0.22, "enquiry": 0.20, "operator": 0.05, "safety": 0.04, "help": 0.015,
    "repeat": 0.015, "goodbye": 0.015, "cancel": 0.005,
}  # fmt: skip
_ANSWERING: Final[Mapping[str, float]] = {"yes": 0.45, "no": 0.27, "correction": 0.09}
_CHOOSING: Final[Mapping[str, float]] = {
    "first": 0.18, "second": 0.18, "third": 0.10, "neither": 0.08, "yes": 0.06, "no": 0.06, "correction": 0.02,
    "person": 0.16, "department": 0.06, "part": 0.06,
}  # fmt: skip
_DIALLING: Final[Mapping[str, float]] = {"extension": 0.25, "figure": 0.35, "digit": 0.40}
_SPELLING: Final[Mapping[str, float]] = {"surname_letters": 0.65, "letter": 0.25}
_OTHERWISE: Final = 0.005
"""Share of a class in no table."""
_PLAINEST: Final = 0.7
"""Share of a command's first template among all of its own."""


def _within(table: Mapping[str, float], rest: Mapping[str, float]) -> dict[str, float]:
    """Let what a table leaves be shared as in another state."""
    left = 1.0 - sum(table.values())
    return {**{name: share * left for name, share in rest.items() if name not in table}, **table}


SHARES: Final[Mapping[str, Mapping[str, float]]] = {
    "call": _GREETING,
    "yes_no": _within(_ANSWERING, _GREETING),
    "choice": _within(_CHOOSING, _GREETING),
    "digits": _DIALLING,
    "spelling": _within(_SPELLING, _GREETING),
}
"""State of the dialogue -> class -> share. Grammars in no table have all their sentences alike."""


def shares(grammar: Grammar) -> list[float]:
    """Return the probability of each sentence of `grammar`; they add up to one."""
    table = SHARES.get(grammar.name)
    if table is None:
        return [1.0 / len(grammar.sentences)] * len(grammar.sentences)
    classes = [class_of(sentence) for sentence in grammar.sentences]
    meant = [(name, str(s.target)) for name, s in zip(classes, grammar.sentences, strict=True)]
    templates = Counter(meant)
    meanings = Counter(name for name, _ in templates)
    raw = [
        table.get(name, _OTHERWISE) / meanings[name] * part
        for (name, target), part in zip(meant, _among_templates(grammar.sentences, meant, templates), strict=True)
    ]
    whole = sum(raw)
    return [share / whole for share in raw]


def _among_templates(
    sentences: Listed[Sentence], meant: Listed[tuple[str, str]], templates: Mapping[tuple[str, str], int]
) -> Iterator[float]:
    """Give the share of each template among those that mean the same."""
    seen: set[tuple[str, str]] = set()
    for sentence, meaning in zip(sentences, meant, strict=True):
        count, first = templates[meaning], meaning not in seen
        seen.add(meaning)
        if count == 1 or sentence.target is None or sentence.target.kind is not TargetKind.COMMAND:
            yield 1 / count
        else:
            yield _PLAINEST if first else (1 - _PLAINEST) / (count - 1)


def class_of(sentence: Sentence) -> str:
    """Return what sort of thing a sentence is: the id of a command, `person`, `enquiry`, `correction` and so on."""
    if sentence.target is not None:
        return sentence.target.id if sentence.target.kind is TargetKind.COMMAND else sentence.target.kind.value
    found = list(parts(sentence.expression))
    if Rule("correction") in found:
        return "correction"
    return next((part.name for part in found if isinstance(part, Slot)), "")


def parts(expression: Expression) -> Iterator[Expression]:
    """Give an expression and all it is made of; what its rules say is left out."""
    yield expression
    match expression:
        case Sequence(items) | Alternatives(items):
            for item in items:
                yield from parts(item)
        case Maybe(item) | Repeat(item):
            yield from parts(item)
