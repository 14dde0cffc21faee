"""Digits and letters, where they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from ivr.grammar.interpret import interpret
from ivr.match import values
from ivr.match.belief import pooled
from ivr.match.confidence import decide, share
from ivr.match.keypad import keyed
from ivr.match.spelling import Speller
from ivr.model import MOST_ALIKE, Candidate, Decision, Target, TargetKind, Understanding
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.grammar.tree import Grammar
    from ivr.match.keypad import Keypad
    from ivr.model import Entry
    from ivr.settings import MatchingSettings

_MOST_CANDIDATES: Final = 10
_LEAST: Final = 0.005
_ASKED_FOR: Final = 8.0
"""Odds that a caller asked to spell does, beside those of somebody who may say anything."""
_FORENAME: Final = 0.3
"""Belief in somebody of the first name that was said, where that was taken for somebody else."""
_CLOSE: Final = 0.6
"""Share of the best one's probability from which another is no worse."""
_IN_FULL: Final = 20.0
"""Odds of a surname keyed in full against one that only begins so."""
_KEYED: Final = 200.0
"""How strongly an earlier spoken guess counts beside the keys: prior odds of one it was certain of."""
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
        spelled = pooled((_letters_of(text), belief) for text, belief in _asked_for(readings).items())
        if not _letters_of(next(iter(readings))):
            return None
        before = {self._numbers[c.target.id]: c.confidence for c in earlier if c.target.id in self._numbers}
        alike = self._forenames(before)
        chances: dict[int, float] = {}
        for heard, belief in spelled.items():
            ranked = [row for row in self._speller.rank(heard, before, alike) if row[0] not in hidden]
            for (i, _, _), chance in zip(ranked, share([score for _, score, _ in ranked]), strict=True):
                chances[i] = chances.get(i, 0.0) + belief * chance
        unheard = max(0.0, 1.0 - sum(spelled.values()))
        for i, chance in before.items():  # letters that were not heard leave what was said before
            if i not in hidden:
                chances[i] = chances.get(i, 0.0) + unheard * chance
        heard = max(spelled, key=lambda letters: spelled[letters])
        decision, found, why = self._among(chances, before)
        if decision is Decision.ACCEPT and before and self._numbers[found[0].target.id] not in before:
            decision = Decision.CONFIRM  # the letters are a surname's, and somebody else was asked for by first name
        return Understanding(next(iter(readings)), decision, found, value=heard, why=f"letters {heard}: {why}")

    def keys(self, keys: str, found: Sequence[Entry], earlier: Sequence[Candidate]) -> Understanding:
        """Understand a name keyed, which those `found` have or begin with, weighed with the `earlier` candidates."""
        before = {self._numbers[c.target.id]: c.confidence for c in earlier if c.target.id in self._numbers}
        alike = self._forenames(before)
        numbers = [self._numbers[entry.id] for entry in found]
        whole = {i for i in numbers if keyed(self._entries[i].surname) == keys.strip("*#")}
        odds = {
            i: (_IN_FULL if i in whole else 1.0) * (1.0 + _KEYED * (before.get(i, 0.0) + alike(i))) for i in numbers
        }
        decision, kept, why = self._among({i: value / sum(odds.values()) for i, value in odds.items()}, before)
        decision = Decision.CONFIRM if decision is Decision.ACCEPT else decision
        return Understanding("", decision, kept, why=f"keyed name: {why}")

    def _among(
        self, chances: Mapping[int, float], before: Mapping[int, float]
    ) -> tuple[Decision, tuple[Candidate, ...], str]:
        """Decide among entries of these probabilities; where a surname is clear and who of that name is not, ask."""
        best = sorted(chances, key=lambda i: (-chances[i], self._entries[i].id))
        kept = [i for i in best if chances[i] >= _LEAST]
        found = tuple(self._candidate(i, chances[i], before.get(i, 0.0)) for i in kept[:_MOST_CANDIDATES])
        decision, offered, why = decide(found, self._settings)
        several = self._alike(best, chances, undecided=decision is Decision.REJECT)
        if decision is Decision.ACCEPT or not several:
            return decision, offered, why
        asked = tuple(self._candidate(i, chances[i], before.get(i, 0.0)) for i in several[: MOST_ALIKE - 1])
        return Decision.CHOOSE, asked, f"one of {len(several)}: {why}"

    def _alike(self, best: Sequence[int], chances: Mapping[int, float], *, undecided: bool) -> Sequence[int]:
        """Return entries that together are likely enough for one question; empty: there are none.

        Those as likely as the best; where it is `undecided`, the best few, or all of the likeliest surnames.
        """
        most = self._settings.most_choices

        def enough(some: Sequence[int]) -> bool:
            return len(some) > 1 and sum(chances[i] for i in some) >= self._settings.confirm

        close = [i for i in best if chances[i] > _CLOSE * chances[best[0]]]
        if len(close) > most and enough(close):
            return close
        if not undecided or enough(best[:most]):
            return best[:most] if undecided else ()
        bearers: dict[str, float] = {}
        for i in best:
            surname = squash(self._entries[i].surname)
            bearers[surname] = bearers.get(surname, 0.0) + chances[i]
        ranked = sorted(bearers, key=lambda name: -bearers[name])
        tries = ([i for i in best if squash(self._entries[i].surname) in ranked[:count]] for count in (1, most))
        return next(filter(enough, tries), ())

    def _forenames(self, before: Mapping[int, float]) -> Callable[[int], float]:
        """Return how far what was said before names an entry's first name: of its surname the letters tell."""
        said: dict[str, float] = {}
        for i, chance in before.items():
            forename = squash(self._entries[i].forename)
            said[forename] = said.get(forename, 0.0) + chance
        said.pop("", None)
        known: dict[str, float] = {}

        def alike(number: int) -> float:
            forename = squash(self._entries[number].forename)
            if forename not in known:
                near = (
                    chance * max(0.0, 2 * OSA.normalized_similarity(forename, other) - 1)
                    for other, chance in said.items()
                )
                known[forename] = _FORENAME * sum(near)
            return known[forename]

        return alike

    def _candidate(self, number: int, chance: float, before: float) -> Candidate:
        entry = self._entries[number]
        evidence = (("letters", chance), ("earlier", before))
        return Candidate(Target(TargetKind.ENTRY, entry.id), entry.name, min(1.0, chance), evidence)


def _asked_for(readings: Mapping[str, float]) -> dict[str, float]:
    """Believe readings more than the recogniser does, who does not know that just these were asked for."""
    whole = min(1.0, sum(readings.values()))
    if not whole:
        return dict(readings)
    believed = _ASKED_FOR * whole / (_ASKED_FOR * whole + 1.0 - whole)
    return {text: belief * believed / whole for text, belief in readings.items()}


def _letters_of(text: str) -> str:
    said = text.split()
    return values.letters(said) if values.spells(said) else ""
