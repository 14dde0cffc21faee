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
from rapidfuzz.distance import OSA

from ivr.match.phonetic import coarse
from ivr.match.wording import frame_words
from ivr.model import Decision, Outcome
from ivr.recognise.respell import phone_error
from ivr.records.tables import calls, reviews, turns
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ivr.match.phonetic import Phones
    from ivr.model import Candidate
    from ivr.records.database import Database
    from ivr.records.period import Period

_Name = TypeVar("_Name", bound=str)

CLOSE = 0.1
"""Confidence (0-1) from which a runner-up is worth suggesting."""
_MOST_INSTEAD = 3
_SLIP = 2
"""Letters that may differ for a name to be misspelt."""
_STILL_LIKE = 0.65
"""Share of a word's sounds that may differ for it to be the same word said otherwise."""
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
    meant: str = ""
    """`entry:ID` or `enquiry:ID` that a person said was wanted (a reviewer, an operator); empty: nobody did."""
    turn: int = 0
    audio: str = ""
    """Name of its recording, where recordings are kept."""


@dataclass(frozen=True, slots=True)
class Respelt:
    """How callers seem to say one word of a name."""

    word: str
    said: str
    """The words they were heard as."""


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
    recordings: tuple[tuple[str, int, str], ...] = ()
    """(call, turn, name) of those whose sound is kept."""

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


def read_misses(database: Database, period: Period, most: int | None = None) -> list[Miss]:
    """Read the rejected turns with words in them of the finished calls of a period, the latest `most` of them.

    Raises RecordsError.
    """
    conditions = [turns.c.decision == Decision.REJECT, turns.c.heard != "", calls.c.outcome.is_not(None)]
    # A turn is never before its call: said of the turn too, its index finds the period.
    conditions += [calls.c.started >= period.start, turns.c.at >= period.start] if period.start else []
    conditions += [calls.c.started < period.end] if period.end else []
    reviewed = sa.and_(reviews.c.call_id == turns.c.call_id, reviews.c.turn == turns.c.turn)
    columns = (turns.c.call_id, turns.c.turn, turns.c.at, turns.c.heard, turns.c.candidates, turns.c.audio)
    of_call = (calls.c.started, calls.c.outcome, calls.c.entry_name, calls.c.enquiry_id, calls.c.wrong_transfer)
    found = sa.select(*columns, *of_call, reviews.c.meant).join_from(turns, calls).outerjoin(reviews, reviewed)
    latest = found.where(*conditions).order_by(turns.c.at.desc(), turns.c.call_id.desc(), turns.c.turn.desc())
    with database.read() as connection:
        rows = connection.execute(latest.limit(most)).all()
    return [
        Miss(r.call_id, r.heard, r.candidates, r.outcome, r.entry_name or r.enquiry_id, r.wrong_transfer,
             r.meant or "", r.turn, r.audio)
        for r in sorted(rows, key=lambda r: (r.started, r.call_id, r.turn))
    ]  # fmt: skip


def find_gaps(
    misses: Iterable[Miss], sound: Callable[[str], str], least: int = 1, names: Mapping[str, str] | None = None
) -> tuple[Gap, ...]:
    """Gather misses whose words sound the same (`sound` gives them the same key), most frequent first.

    Those with fewer than `least` turns are left out. An empty key says nothing was asked for: polite words only.
    `names`: `entry:ID` and `enquiry:ID` to names, for what people said was wanted.
    """
    groups: dict[str, list[Miss]] = {}
    for miss in misses:
        key = sound(normalise(miss.heard))
        if key:
            groups.setdefault(key, []).append(miss)
    gaps = (_gap(group, names or {}) for group in groups.values() if len(group) >= least)
    return tuple(sorted(gaps, key=lambda gap: (-gap.turns, gap.said)))


def _gap(misses: list[Miss], names: Mapping[str, str]) -> Gap:
    wordings = _ranked(Counter(normalise(miss.heard) for miss in misses))
    ended = {miss.call_id: miss for miss in misses}
    suggestion, why = _told(misses, names) or _suggest(misses, list(ended.values()))
    return Gap(
        said=wordings[0][0],
        wordings=wordings,
        turns=len(misses),
        calls=tuple(ended),
        outcomes=_ranked(Counter(miss.outcome for miss in ended.values())),
        suggestion=suggestion,
        why=why,
        recordings=tuple((miss.call_id, miss.turn, miss.audio) for miss in misses if miss.audio),
    )


def _told(misses: list[Miss], names: Mapping[str, str]) -> tuple[str, str] | None:
    """Suggest what people said was wanted: reviewers, or the operators these callers were put to."""
    told = Counter(names[miss.meant] for miss in misses if miss.meant in names)
    if not told:
        return None
    name, number = _ranked(told)[0]
    return name, f"wanted in {number} of {len(misses)}, as an operator or a reviewer says"


def respelt(said: str, name: str, pronounce: Callable[[str], Sequence[Phones]]) -> Respelt | None:
    """Return which word of a name callers seem to say otherwise than we do, and how; None: it is not that.

    "shiv awn newcombe" for Siobhan Newcombe: all words but one are as written, and what stands for that one sounds
    somewhat like it. What sounds just like it was heard well, and needs no other pronunciation.
    """
    heard, wanted = [w for w in normalise(said).split() if w not in frame_words()], normalise(name).split()
    before = _shared(heard, wanted)
    after = _shared(heard[before:][::-1], wanted[before:][::-1])
    odd, instead = wanted[before : len(wanted) - after], heard[before : len(heard) - after]
    if len(odd) != 1 or not instead or len(instead) > _MOST_INSTEAD:
        return None
    sounds = tuple(phone for word in instead for phone in pronounce(word)[0])
    error = min(phone_error(way, sounds) for way in pronounce(odd[0]))
    return Respelt(odd[0], " ".join(instead)) if 0 < error <= _STILL_LIKE else None


def misspelt(said: str, name: str) -> bool:
    """Tell whether what was said is nearly the name as it is written: then the directory may have a slip in it."""
    heard = " ".join(w for w in normalise(said).split() if w not in frame_words())
    wanted = normalise(name)
    return heard != wanted and bool(heard) and OSA.distance(heard, wanted, score_cutoff=_SLIP) <= _SLIP


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the words that both begin with."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
