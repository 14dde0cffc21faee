"""What callers said that was not understood, gathered by sound and wording, with what became of those calls.

A gap that many callers share is a missing alias, a missing enquiry, or a recogniser's blind spot; where the same
callers ended up tells which.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from ivr.match.phonetic import coarse
from ivr.match.wording import frame_words
from ivr.model import Decision, Outcome
from ivr.records.tables import calls, turns
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ivr.match.phonetic import Phones
    from ivr.model import Candidate
    from ivr.records.database import Database
    from ivr.records.period import Period

_Name = TypeVar("_Name", bound=str)

CLOSE = 0.1
"""Confidence (0-1) from which a runner-up is worth suggesting."""
_SETTLED = frozenset({Outcome.COMPLETED, Outcome.SIGNPOSTED, Outcome.TRANSFERRED})


@dataclass(frozen=True, slots=True)
class Miss:
    """One rejected turn, and how its call ended."""

    call_id: str
    heard: str
    candidates: tuple[Candidate, ...]
    """Those that were not sure enough, best first."""
    outcome: Outcome
    ended_at: str
    """Entry or enquiry that the call ended with; empty: none."""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Things said that sound the same and were not understood."""

    said: str
    """The commonest wording."""
    wordings: tuple[tuple[str, int], ...]
    """Every wording with its count, commonest first."""
    turns: int
    calls: tuple[str, ...]
    """Ids of the calls, in order."""
    outcomes: tuple[tuple[Outcome, int], ...]
    """How those calls ended, commonest first."""
    suggestion: str = ""
    """What it may mean: an entry's name or an enquiry's id or title; empty: nothing is close."""
    why: str = ""
    """The reason for the suggestion."""

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        return {
            "said": self.said,
            "wordings": dict(self.wordings),
            "turns": self.turns,
            "calls": list(self.calls),
            "outcomes": {str(outcome): number for outcome, number in self.outcomes},
            "suggestion": self.suggestion,
            "why": self.why,
        }


def read_misses(database: Database, period: Period) -> list[Miss]:
    """Read the rejected turns with words in them of the finished calls of a period. Raises RecordsError."""
    conditions = [turns.c.decision == Decision.REJECT, turns.c.heard != "", calls.c.outcome.is_not(None)]
    conditions += [calls.c.started >= period.start] if period.start else []
    conditions += [calls.c.started < period.end] if period.end else []
    found = sa.select(
        calls.c.call_id, turns.c.heard, turns.c.candidates, calls.c.outcome,
        calls.c.entry_name, calls.c.enquiry_id, calls.c.wrong_transfer,
    ).join_from(turns, calls).where(*conditions).order_by(calls.c.started, calls.c.call_id, turns.c.turn)  # fmt: skip
    with database.read() as connection:
        return [
            Miss(r.call_id, r.heard, r.candidates, r.outcome, r.entry_name or r.enquiry_id, r.wrong_transfer)
            for r in connection.execute(found)
        ]


def find_gaps(misses: Iterable[Miss], sound: Callable[[str], str], least: int = 1) -> tuple[Gap, ...]:
    """Gather misses whose words sound the same (`sound` gives them the same key), most frequent first.

    Those with fewer than `least` turns are left out. An empty key says nothing was asked for: polite words only.
    """
    groups: dict[str, list[Miss]] = {}
    for miss in misses:
        key = sound(normalise(miss.heard))
        if key:
            groups.setdefault(key, []).append(miss)
    gaps = (_gap(group) for group in groups.values() if len(group) >= least)
    return tuple(sorted(gaps, key=lambda gap: (-gap.turns, gap.said)))


def _gap(misses: list[Miss]) -> Gap:
    wordings = _ranked(Counter(normalise(miss.heard) for miss in misses))
    ended = {miss.call_id: miss for miss in misses}
    suggestion, why = _suggest(misses, list(ended.values()))
    return Gap(
        said=wordings[0][0],
        wordings=wordings,
        turns=len(misses),
        calls=tuple(ended),
        outcomes=_ranked(Counter(miss.outcome for miss in ended.values())),
        suggestion=suggestion,
        why=why,
    )


def _suggest(misses: list[Miss], last: list[Miss]) -> tuple[str, str]:
    """Suggest what most of these callers ended up with, else the runner-up that came closest most often."""
    settled = Counter(miss.ended_at for miss in last if miss.outcome in _SETTLED and miss.ended_at and not miss.wrong)
    if settled:
        name, number = _ranked(settled)[0]
        return name, f"{number} of {len(last)} of these calls ended there"
    close = Counter(
        miss.candidates[0].label for miss in misses if miss.candidates and miss.candidates[0].confidence >= CLOSE
    )
    if close:
        name, number = _ranked(close)[0]
        return name, f"the closest in {number} of {len(misses)}"
    return "", ""


def _ranked(counter: Counter[_Name]) -> tuple[tuple[_Name, int], ...]:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def sound_key(pronounce: Callable[[str], Sequence[Phones]]) -> Callable[[str], str]:
    """Return what gives words that sound alike the same key, polite words left out."""
    polite = frame_words()

    @cache
    def of_word(word: str) -> str:
        return coarse(pronounce(word)[0])

    return lambda text: " ".join(of_word(word) for word in text.split() if word not in polite)
