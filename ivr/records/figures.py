"""What is counted, what each figure means, and how it is written. No figure is defined anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINED = (Outcome.COMPLETED, Outcome.SIGNPOSTED)
AUTOMATED = (*CONTAINED, Outcome.TRANSFERRED)
BAILED = (Outcome.OPERATOR_REQUESTED, Outcome.OPERATOR_FALLBACK)

REPEAT_SECONDS = 24 * 3600
"""A caller who calls again this soon after a call was not helped by it (strict containment)."""
WRONG_SECONDS = 120
"""A caller who calls again this soon after a transfer was put through wrongly."""
QUICK_SECONDS = (30, 60)
"""Times within which calls put through are to be answered."""
BEST_SCORE = 5
"""Of a survey; satisfied are those who give this or one less."""
SMALL_SAMPLE = 1000
"""Below this many calls a share is printed with its interval."""


class Unit(StrEnum):
    """What a figure is."""

    COUNT = "count"
    """A number of calls; printed with its share where it has one."""
    SHARE = "share"
    """A share in per cent, of calls or of utterances."""
    WAIT = "wait"
    """A mean time, printed as mm:ss."""
    SCORE = "score"
    """A mean score in per cent of the best."""


class Goal(StrEnum):
    """Which way is good."""

    MORE = "more"
    LESS = "less"
    NEITHER = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the report."""

    name: str
    """As `--calls` takes it."""
    label: str
    definition: str
    of: str = ""
    """What it is a share or a mean of; empty: a count alone."""
    unit: Unit = Unit.COUNT
    goal: Goal = Goal.NEITHER
    part: str = ""
    """What is counted, where that is not named as the figure."""
    unity: str = "calls"
    """What is counted one by one."""

    @property
    def counted(self) -> str:
        """Name of the measure that is counted."""
        return self.part or self.name


MORE, LESS = Goal.MORE, Goal.LESS
SHARE = Unit.SHARE

ENDINGS = (
    Figure("offered", "Calls offered", "every call that was answered and has ended"),
    Figure("completed", "Completed", "the service finished the enquiry or transaction itself", "offered"),
    Figure("signposted", "Signposted", "an answer or link was given, and the caller left with it", "offered"),
    Figure("transferred", "Transferred", "put through to the entry asked for, and answered there", "offered"),
    Figure("transfer_failed", "Transfer failed", "the number called was busy, silent or failed", "offered", goal=LESS),
    Figure("operator_requested", "Operator requested", "the caller asked for an operator", "offered"),
    Figure("operator_fallback", "Bailed to operator", "the service gave up and passed the call on", "offered"),
    Figure("escalated", "Escalated", "words of danger or distress were heard; a person took over", "offered"),
    Figure("closed", "Closed", "nobody was there to take the call, and the caller was told so", "offered"),
    Figure("abandoned", "Abandoned", "the caller hung up before anything was settled", "offered", goal=LESS),
    Figure("failed", "Technical fault", "a fault of ours ended the call", "offered", goal=LESS),
)
SERVICE = (
    Figure(
        "containment",
        "Containment",
        "completed and signposted, so without touching a person, of the calls offered",
        "offered",
        SHARE,
        MORE,
    ),
    Figure(
        "strict_containment",
        "Strict containment",
        "contained, and no further call by the same caller within 24 hours of its end, of the calls offered; "
        "callers who withhold their number cannot be recognised and count as not calling again",
        "offered",
        SHARE,
        MORE,
    ),
    Figure("automation", "Automation", "completed, signposted and transferred, of the calls offered", "offered", SHARE,
           MORE),
    Figure("bail_rate", "Bail rate", "calls bailed to operator or requesting operator, of the calls offered", "offered",
           SHARE, LESS),
    Figure("transfers", "Transfers", "calls put through to the entry asked for and answered, rightly or wrongly",
           "offered"),
    Figure(
        "wrong_transfers",
        "Wrong transfers",
        "the same caller's next call began within 2 minutes of a transfer's end, or the caller said it was wrong, "
        "or review marked it; of the transfers",
        "transfers",
        SHARE,
        LESS,
    ),
    Figure("out_of_hours", "Out of hours", "calls that began while the operators were closed", "offered"),
)  # fmt: skip
PEOPLE = (
    Figure("handed_on", "Put to a person", "calls for which an entry, a team or the operator was rung", "offered"),
    Figure("answered", "Answered by a person", "of the calls put to a person, those answered", "handed_on", goal=MORE),
    Figure("answered_30", "Answered within 30 s", "of the calls put to a person, those never answered included",
           "handed_on", SHARE, MORE),
    Figure("answered_60", "Answered within 60 s", "of the calls put to a person, those never answered included",
           "handed_on", SHARE, MORE),
    Figure("average_wait", "Average wait (mm:ss)", "mean time from ringing to the answer, of calls whose time is known",
           "waited", Unit.WAIT, LESS, "wait"),
    Figure("days_below", "Days below the floor",
           "days on which the share answered within 60 s was below the floor set, of the days with such calls",
           "days", goal=LESS, unity="days"),
)  # fmt: skip
AGAIN = (
    Figure("repeated", "Called again", "calls followed by another of the same caller within 24 hours", "offered",
           goal=LESS),
    Figure("bounced", "Bounced", "calls put through that failed, or reached the wrong person", "offered", goal=LESS),
)  # fmt: skip
VOICE = (
    Figure("texted", "Sent a text", "calls in which a text message was sent", "offered"),
    Figure("texts", "Texts sent", "text messages sent", unity="texts"),
    Figure("surveyed", "Surveys sent", "callers asked how satisfied they are", "offered"),
    Figure("survey_answered", "Surveys answered", "of those asked", "surveyed"),
    Figure("satisfied", "Satisfied", "of the answers, those who gave 4 or 5 of 5", "survey_answered", SHARE, MORE),
    Figure("satisfaction", "Satisfaction score", "mean of the answers, 5 of 5 being 100 %", "survey_answered",
           Unit.SCORE, MORE, "score"),
)  # fmt: skip
HEARD = (
    Figure("first_time_right", "First time right",
           "the caller's first request was acted on and not found wrong, confirmed or picked; of the calls in which "
           "what followed tells: a confirmation, a refusal, a review or the end", "judged", SHARE, MORE),
    Figure("in_grammar", "In grammar", "utterances understood as something that can be said, of the utterances",
           "utterances", SHARE, MORE, unity="utterances"),
    Figure("confirmation_rate", "Put to confirm", 'utterances answered with "Did you say ...?", of the utterances',
           "utterances", SHARE, LESS, "confirmed", "utterances"),
    Figure("declined_rate", "Declined", "of those put to confirm, those the caller declined", "confirmed", SHARE, LESS,
           "declined", "utterances"),
    Figure("no_match", "Not understood", "utterances not understood, of the utterances", "utterances", SHARE, LESS,
           "rejected", "utterances"),
    Figure("silence", "Silence", "turns in which nothing was said or keyed, of all turns", "turns", SHARE, LESS,
           "silent", "turns"),
)  # fmt: skip
"""Figures of recognition: all but the first count turns, not calls."""

CHAPTERS: Mapping[str, tuple[Figure, ...]] = {
    "How calls ended": ENDINGS,
    "What the service did": SERVICE,
    "Put to a person": PEOPLE,
    "Avoidable contact": AGAIN,
    "Texts and surveys": VOICE,
    "Recognition": HEARD,
}
FIGURES = tuple(figure for chapter in CHAPTERS.values() for figure in chapter)
BY_NAME = {figure.name: figure for figure in FIGURES}

_FLAGS = (
    "strict_containment", "transfers", "wrong_transfers", "out_of_hours", "handed_on", "answered", "answered_30",
    "answered_60", "waited", "repeated", "bounced", "texted", "surveyed", "survey_answered", "satisfied", "judged",
    "first_time_right",
)  # fmt: skip
FLAGS = (*(outcome.value for outcome in Outcome), *_FLAGS)
"""What a call counts for, or does not: a bit each."""
SUMS = (
    "wait", "wait_squared", "line_seconds", "talk_seconds", "texts", "score", "utterances", "accepted", "confirmed",
    "offered_choice", "rejected", "declined", "silent", "keyed",
)  # fmt: skip
"""What adds up over calls. `wait`: hundredths of a second; `score`: points of surveys."""
MEASURES = (*FLAGS, *SUMS, "days", "days_below")
"""Everything counted of a group of calls, in this order. `days` have calls put to a person."""
_PLACE = {name: at for at, name in enumerate(MEASURES)}
_DERIVED: Mapping[str, tuple[str, ...]] = {
    "offered": tuple(outcome.value for outcome in Outcome),
    "containment": CONTAINED,
    "automation": AUTOMATED,
    "bail_rate": BAILED,
    "in_grammar": ("accepted", "confirmed", "offered_choice"),
    "turns": ("utterances", "silent", "keyed"),
}
"""Sums of measures."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of one group, counted. Tallies add up."""

    counts: tuple[int, ...] = (0,) * len(MEASURES)
    """As `MEASURES` names them."""

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Tally:
        """Make a tally of counts by name; the others are 0."""
        return cls(tuple(counts.get(name, 0) for name in MEASURES))

    def __add__(self, other: Tally) -> Tally:
        return Tally(tuple(map(int.__add__, self.counts, other.counts)))

    def with_days(self, days: int, below: int) -> Tally:
        """Return the tally with its days counted."""
        return Tally((*self.counts[:-2], days, below))

    @property
    def offered(self) -> int:
        """All calls: the outcomes add up to it, since every call has exactly one."""
        return count(self, "offered")


def count(tally: Tally, name: str) -> int:
    """Return a measure, or what a figure counts. Raises KeyError for an unknown one."""
    if name in BY_NAME:
        name = BY_NAME[name].counted
    parts = _DERIVED.get(name)
    if parts:
        return sum(tally.counts[_PLACE[part]] for part in parts)
    return tally.counts[_PLACE[name]]


def tenths(part: int, whole: int) -> int | None:
    """Return the share in tenths of a per cent, halves rounded up; 1000 only where all are; None of nothing."""
    if whole == 0:
        return None
    rounded = (2000 * part + whole) // (2 * whole)
    return min(rounded, 999) if part < whole else rounded


def percent(part: int, whole: int) -> str:
    """Write a share with one decimal: "22.3 %"; "-" of nothing.

    >>> percent(2461, 11013)
    '22.3 %'
    """
    share = tenths(part, whole)
    return "-" if share is None else f"{share // 10}.{share % 10} %"


def mean_seconds(hundredths: int, number: int) -> int | None:
    """Return the mean of waits in whole seconds, halves rounded up; None of none."""
    return (2 * hundredths + 100 * number) // (200 * number) if number else None


def clock(seconds: int | None) -> str:
    """Write a time as mm:ss; "-" where there is none.

    >>> clock(76)
    '01:16'
    """
    return "-" if seconds is None else f"{seconds // 60:02}:{seconds % 60:02}"
