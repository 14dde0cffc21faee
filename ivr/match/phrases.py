"""What templates let callers say: whole, as phrases inside a longer sentence, or as what they tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.grammar.expand import texts
from ivr.grammar.interpret import interpret
from ivr.grammar.names import children
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Words
from ivr.match.wording import canonical_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.grammar.tree import Expression, Grammar
    from ivr.model import TargetKind

_MOST_WAYS: Final = 1500
_MOST_CONTENTS: Final = 120
_FRAMES: Final = frozenset({"opening", "closing", "before", "after"})

Said = tuple[str, ...]
Content = frozenset[str]
Telling = Callable[[Said], Content]
_NOTHING: Final = frozenset({0})


def core(expression: Expression) -> Expression:
    """Give a sentence without the optional greeting and thanks around it."""
    if not isinstance(expression, Sequence):
        return expression
    kept = tuple(
        item
        for item in expression.items
        if not (isinstance(item, Maybe) and isinstance(item.item, Rule) and item.item.name in _FRAMES)
    )
    return Sequence(kept) if kept else expression


class Phrases:
    """Phrases of one kind of target, found inside longer sentences."""

    def __init__(self, grammar: Grammar | None, kind: TargetKind) -> None:
        self._meaning: dict[Said, str] = {}
        for sentence in grammar.sentences if grammar else ():
            if sentence.target is None or sentence.target.kind is not kind:
                continue
            for text in texts(core(sentence.expression), grammar.rules if grammar else {}, limit=_MOST_WAYS):
                said = canonical_words(text)
                if said:
                    self._meaning.setdefault(said, sentence.target.id)
        self._longest = max(map(len, self._meaning), default=0)

    def inside(self, said: Said) -> Iterable[tuple[str, int, int]]:
        """Meaning and place of each phrase anywhere in `said`, the longest first."""
        for size in range(min(self._longest, len(said)), 0, -1):
            for start in range(len(said) - size + 1):
                if said[start : start + size] in self._meaning:
                    yield self._meaning[said[start : start + size]], start, start + size


class Contents:
    """What the ways to say expressions tell, as sets of concepts: at most a hundred or so, the shortest kept.

    `telling` gives the concepts in some words. Ways that differ in wrapping only are one, so even a template
    with dozens of optional words has few. Inside, a set is a number with a bit for each concept.
    """

    def __init__(self, rules: Mapping[str, Expression], telling: Telling) -> None:
        self._rules = rules
        self._telling = telling
        self._concepts: list[str] = []
        self._bits: dict[str, int] = {}
        # Not `functools.cache`, which would refer back to this object and keep it from going away when it is done.
        self._words: dict[Said, frozenset[int]] = {}
        self._rule: dict[str, frozenset[int]] = {}

    def of(self, expression: Expression) -> frozenset[Content]:
        """Give what the ways to say this expression tell."""
        return frozenset(self._content(bits) for bits in self._of(expression))

    def _of(self, expression: Expression) -> frozenset[int]:
        found: frozenset[int] = _NOTHING
        match expression:
            case Words(said):
                found = self._words.get(said) or self._words.setdefault(said, self._told(said))
            case Rule(name):
                found = self._rule.get(name) or self._rule.setdefault(name, self._of(self._rules[name]))
            case Maybe(item):
                found = self._of(item) | _NOTHING
            case Repeat(item, _, _):
                found = self._of(item)
            case Alternatives(items):
                found = frozenset().union(*map(self._of, items))
            case Sequence(items):
                for item in items:
                    more = self._of(item)
                    if more != _NOTHING:
                        found = _fewest({one | other for one in found for other in more})
        return found

    def _told(self, said: Said) -> frozenset[int]:
        bits = 0
        for concept in sorted(self._telling(said)):
            if concept not in self._bits:
                self._bits[concept] = 1 << len(self._concepts)
                self._concepts.append(concept)
            bits |= self._bits[concept]
        return frozenset({bits})

    def _content(self, bits: int) -> Content:
        found = []
        while bits:
            found.append(self._concepts[bits.bit_length() - 1])
            bits ^= 1 << (bits.bit_length() - 1)
        return frozenset(found)


def _fewest(every: set[int]) -> frozenset[int]:
    if len(every) <= _MOST_CONTENTS:
        return frozenset(every)
    ranked = sorted(zip(map(int.bit_count, every), every, strict=True))
    return frozenset(bits for _, bits in ranked[:_MOST_CONTENTS])


def frame_vocabulary(grammars: Mapping[str, Grammar]) -> frozenset[str]:
    """All words of the polite frames (rules `before` and `after`) of the grammars."""
    found: set[str] = set()
    for grammar in grammars.values():
        frames = [Rule(name) for name in ("before", "after") if name in grammar.rules]
        found.update(canonical_words(" ".join(_all_words(frames, grammar))))
    return frozenset(found)


def _all_words(expressions: Iterable[Expression], grammar: Grammar) -> Iterable[str]:
    """Every word written in these expressions and the rules they use; slots left out."""
    waiting = list(expressions)
    seen: set[str] = set()
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Words):
            yield from expression.words
        elif isinstance(expression, Rule) and expression.name not in seen:
            seen.add(expression.name)
            waiting.append(grammar.rules[expression.name])
        waiting.extend(children(expression))


class Exact:
    """Word-for-word parsing for one kind of target, tried only where every word said is one of the grammar's."""

    def __init__(self, grammar: Grammar | None, kind: TargetKind, only: frozenset[str] = frozenset()) -> None:
        """Keep the sentences of this kind; `only` narrows them to targets with these ids."""
        every = grammar.sentences if grammar else ()
        kept = [s for s in every if s.target and s.target.kind is kind and (not only or s.target.id in only)]
        self._kind = kind
        self._walks: dict[Telling, Contents] = {}
        self._grammar = replace(grammar, sentences=tuple(kept)) if grammar else None
        self._words = frozenset(_all_words([s.expression for s in kept], grammar) if grammar else ())

    def ids(self, text: str) -> tuple[str, ...]:
        """Ids of the targets that normalised `text` has, whole."""
        if self._grammar is None or not self._words.issuperset(text.split()):
            return ()
        return tuple(t.id for t in interpret(self._grammar, text) if t.kind is self._kind)

    def contents(self, target: str, telling: Telling) -> frozenset[Content]:
        """Give what the ways to say this target tell."""
        grammar = self._grammar
        sentences = [s for s in grammar.sentences if s.target and s.target.id == target] if grammar else []
        walk = self._walks.setdefault(telling, Contents(grammar.rules if grammar else {}, telling))
        return frozenset().union(*(walk.of(core(s.expression)) for s in sentences))
