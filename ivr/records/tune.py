"""Thresholds solved from a target: how sure the service must be before it acts without asking, on a site's own calls.

The thresholds are tried from the strictest down, on a grid fixed beforehand, and the search stops at the first whose
wrong transfers might, at 95 % confidence, be more than the target. Testing in a fixed order keeps that confidence
although many thresholds are tried on one set of recordings (Angelopoulos and others 2021, "Learn then Test", 2.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.errors import InputError
from ivr.match.confidence import decide
from ivr.model import Decision
from ivr.settings import MatchingSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.model import Candidate, Target, Understanding
    from ivr.records.evaluate import Evaluation
    from ivr.records.judge import Judge

CONFIDENCE: Final = 0.95
UNDECIDED: Final = MatchingSettings(accept=1.0, confirm=1.0, choose=1.0)
"""Settings under which understanding keeps every candidate and leaves the decision to us."""
_ACCEPT: Final = (
    *(1 - n / 1000 for n in range(1, 10)), *(1 - n / 200 for n in range(2, 20)), *(0.9 - n / 100 for n in range(41)),
)  # fmt: skip
_ASK: Final = tuple(n / 20 for n in range(1, 20))
_CONFIRM: Final = 1.0
"""Questions that a caller answers: one to confirm, ..."""
_CHOOSE: Final = 1.5
"""... a longer one to choose, ..."""
_FAILED: Final = 2.0
"""... and two more where that was not it, or nothing was taken: say it again, then spell it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance before any threshold."""

    candidates: tuple[Candidate, ...]
    right: frozenset[Target]
    """Those of the candidates that the caller meant."""
    inside: bool
    """Somebody or something that is there was asked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all utterances at some thresholds."""

    settings: MatchingSettings
    utterances: int
    accepted: int
    wrong: int
    """Accepted without asking, and wrong."""
    confirmed: int
    chosen: int
    rejected: int
    right: int
    """Accepted, put to the caller or among those read out, and right."""
    effort: float
    """Questions a caller answers before being understood, on average."""

    @property
    def wrong_upper(self) -> float:
        """Upper end, at 95 % confidence, of the share of utterances wrongly accepted."""
        return upper_bound(self.wrong, self.utterances)

    @property
    def questions(self) -> float:
        """Utterances of a hundred that are answered by a question."""
        return 100 * (self.confirmed + self.chosen) / self.utterances


@dataclass(frozen=True, slots=True)
class Tuned:
    """The answer."""

    target: float
    before: Outcome
    after: Outcome
    curve: tuple[Outcome, ...]
    """The outcome at every `accept` of the grid, the strictest first."""
    strangers: int
    """Utterances that should not have been taken."""


def upper_bound(wrong: int, of: int, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper limit of a share (Clopper and Pearson 1934): `wrong` of `of` utterances, 0-1."""
    if wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, of, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(wrong: int, of: int, share: float) -> float:
    """Probability of `wrong` or fewer of `of`, each with probability `share`."""
    whole = math.lgamma(of + 1)
    logs = (
        whole - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(share) + (of - k) * math.log1p(-share)
        for k in range(wrong + 1)
    )  # fmt: skip
    return sum(map(math.exp, logs)) if share < 1 else 0.0


def needed(target: float, confidence: float = CONFIDENCE) -> int:
    """Return how many recordings, without one mistake among them, show that a target holds."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-target))


def require_enough(recordings: int, target: float) -> None:
    """Raise InputError, saying how many are needed, where a target could not be shown whatever was heard."""
    least = needed(target)
    if recordings < least:
        what = f"{recordings} recordings are too few: {100 * target:g} % cannot be shown with fewer than {least}"
        raise InputError(what, where="--recordings", todo=f"add {least - recordings} more, or allow more mistakes")


def heard(evaluation: Evaluation, judge: Judge) -> tuple[Heard, ...]:
    """Take the utterances of an evaluation made under `UNDECIDED`."""
    found = []
    for result in evaluation.results:
        expected, understood = result.utterance.expected, result.listened.understanding
        right = {c.target for c in understood.candidates if expected and _right(judge, expected, understood, c)}
        found.append(Heard(understood.candidates, frozenset(right), bool(expected)))
    return tuple(found)


def _right(judge: Judge, expected: str, understood: Understanding, candidate: Candidate) -> bool:
    alone = replace(understood, decision=Decision.CONFIRM, candidates=(candidate,))
    return judge.right(expected, judge.taken(alone))


def outcome(utterances: Sequence[Heard], settings: MatchingSettings) -> Outcome:
    """Decide every utterance at these thresholds."""
    accepted = wrong = confirmed = chosen = rejected = right = 0
    effort = 0.0
    for utterance in utterances:
        decision, kept, _ = decide(utterance.candidates, settings)
        held = decision is not Decision.REJECT and any(c.target in utterance.right for c in kept)
        right += held
        accepted += decision is Decision.ACCEPT
        wrong += decision is Decision.ACCEPT and not held
        confirmed += decision is Decision.CONFIRM
        chosen += decision is Decision.CHOOSE
        rejected += decision is Decision.REJECT
        effort += {Decision.CONFIRM: _CONFIRM, Decision.CHOOSE: _CHOOSE}.get(decision, 0.0)
        effort += 0.0 if held else _FAILED
    count = len(utterances)
    return Outcome(settings, count, accepted, wrong, confirmed, chosen, rejected, right, effort / count)


def tune(utterances: Sequence[Heard], now: MatchingSettings, target: float) -> Tuned:
    """Solve the thresholds so that wrong transfers stay at or under `target` (0-1) with 95 % confidence.

    `accept` is the lowest that holds, 1 (always ask) where none does; `confirm` and `choose` are those that leave
    callers the fewest questions. Raises InputError where there are too few recordings to show anything.
    """
    require_enough(len(utterances), target)
    curve = tuple(outcome(utterances, _with(now, accept, now.confirm, now.choose)) for accept in _ACCEPT)
    accept = 1.0
    for at in curve:
        if at.wrong_upper > target:
            break
        accept = at.settings.accept
    after = min(_asking(utterances, now, accept), key=lambda o: (round(o.effort, 6), _moved(o.settings, now)))
    strangers = sum(not utterance.inside for utterance in utterances)
    return Tuned(target, outcome(utterances, now), after, curve, strangers)


def _with(now: MatchingSettings, accept: float, confirm: float, choose: float) -> MatchingSettings:
    values = {"accept": round(accept, 3), "confirm": min(confirm, accept), "choose": min(choose, confirm, accept)}
    return now.model_copy(update=values)


def _asking(utterances: Sequence[Heard], now: MatchingSettings, accept: float) -> Iterable[Outcome]:
    pairs = ((confirm, choose) for confirm in _ASK for choose in _ASK if choose <= confirm <= accept)
    return (outcome(utterances, _with(now, accept, confirm, choose)) for confirm, choose in pairs)


def _moved(settings: MatchingSettings, now: MatchingSettings) -> float:
    return abs(settings.confirm - now.confirm) + abs(settings.choose - now.choose)
