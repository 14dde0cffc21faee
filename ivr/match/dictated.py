"""Digits and letters, where they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.grammar.interpret import interpret
from ivr.match import values
from ivr.match.belief import pooled
from ivr.match.confidence import decide, share
from ivr.match.spelling import Speller
from ivr.model import Candidate, Decision, Target, TargetKind, Understanding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.grammar.tree import Grammar
    from ivr.match.keypad import Keypad
    from ivr.model import Entry
    from ivr.settings import MatchingSettings

_MOST_CANDIDATES: Final = 10
_LEAST: Final = 0.005
_AROUND: Final = frozenset({"extension", "number", "its", "it's", "is", "please", "and"})
"""Words said around digits."""


class Dictated:
    """Extensions and spelled surnames of one directory. Immutable."""

    def __init__(
        self, entries: Sequence[Entry], keypad: Keypad, grammar: Grammar | None, settings: MatchingSettings
    ) -> None:
        self._entries, self._keypad, self._grammar, self._settings = entries, keypad, grammar, settings
        self._numbers = {entry.id: i for i, entry in enumerate(entries)}
        self._speller = Speller(entries)

    def digits(
        self, texts: Sequence[str], trust: float, *, internal: bool, declined: frozenset[str]
    ) -> Understanding | None:
        """Understand an extension, or other digits; None: there are none in the texts."""
        value = next(filter(None, map(self._digits_of, texts)), "")
        if not value:
            return None
        entries = self._keypad.by_extension(value, internal=internal, declined=declined)
        found = tuple(
            Candidate(Target(TargetKind.ENTRY, e.id), e.name, trust / len(entries), (("extension", 1.0),))
            for e in entries
        )
        decision, kept, why = decide(found, self._settings)
        if not found:
            decision = Decision.ACCEPT if trust >= self._settings.confirm else Decision.REJECT
            why = "digits that are nobody's extension"
        return Understanding(texts[0], decision, kept, value=value, why=why)

    def _digits_of(self, text: str) -> str:
        targets = interpret(self._grammar, text) if self._grammar else ()
        exact = next((t.id for t in targets if t.kind is TargetKind.VALUE), "")
        said = text.split()
        return exact or values.digits(said) or values.digits([word for word in said if word not in _AROUND])

    def letters(
        self, readings: Mapping[str, float], earlier: Sequence[Candidate], hidden: frozenset[int]
    ) -> Understanding | None:
        """Understand a spelled surname, by all readings with their probabilities; None: the best is no spelling.

        `earlier` are candidates of the turns before, which the letters are weighed with; `hidden` are numbers of
        entries not to be offered.
        """
        spelled = pooled((_letters_of(text), belief) for text, belief in readings.items())
        if not _letters_of(next(iter(readings))):
            return None
        before = {self._numbers[c.target.id]: c.confidence for c in earlier if c.target.id in self._numbers}
        chances: dict[int, float] = {}
        for heard, belief in spelled.items():
            ranked = [row for row in self._speller.rank(heard, before) if row[0] not in hidden]
            for (i, _, _), chance in zip(ranked, share([score for _, score, _ in ranked]), strict=True):
                chances[i] = chances.get(i, 0.0) + belief * chance
        best = sorted((i for i in chances if chances[i] >= _LEAST), key=lambda i: (-chances[i], self._entries[i].id))
        found = tuple(self._candidate(i, chances[i], before.get(i, 0.0)) for i in best[:_MOST_CANDIDATES])
        decision, kept, why = decide(found, self._settings)
        heard = max(spelled, key=lambda letters: spelled[letters])
        return Understanding(next(iter(readings)), decision, kept, value=heard, why=f"letters {heard}: {why}")

    def _candidate(self, number: int, chance: float, before: float) -> Candidate:
        entry = self._entries[number]
        evidence = (("letters", chance), ("earlier", before))
        return Candidate(Target(TargetKind.ENTRY, entry.id), entry.name, min(1.0, chance), evidence)


def _letters_of(text: str) -> str:
    said = text.split()
    return values.letters(said) if values.spells(said) else ""
