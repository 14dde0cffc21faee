"""Which calls a figure counts, as conditions of the database; counting and listing use the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.model import DialStatus, Outcome
from ivr.records.columns import SECOND
from ivr.records.figures import (
    AUTOMATED,
    BAILED,
    BEST_SCORE,
    BY_NAME,
    CONTAINED,
    FLAGS,
    QUICK_SECONDS,
    REPEAT_SECONDS,
    WRONG_SECONDS,
)
from ivr.records.hearing import RIGHT
from ivr.records.tables import calls, reviews

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.records.period import Period

Condition = sa.ColumnElement[bool]

STARTED: sa.ColumnElement[int] = sa.type_coerce(calls.c.started, sa.BigInteger)
ENDED: sa.ColumnElement[int] = sa.type_coerce(calls.c.ended, sa.BigInteger)
_AFTER: sa.ColumnElement[int] = sa.type_coerce(calls.c.next_started, sa.BigInteger) - ENDED
"""Microseconds from a call's end to the same caller's next; NULL: there was none."""

_TRANSFERRED = calls.c.outcome == Outcome.TRANSFERRED
_CONTAINED = calls.c.outcome.in_(CONTAINED)
_AGAIN = calls.c.next_started.is_not(None)  # asked first: what is not known is not false, and "not" leaves it so
_REPEATED = sa.and_(_AGAIN, _AFTER <= REPEAT_SECONDS * SECOND)
_AT_ONCE = sa.and_(_AGAIN, _AFTER.between(0, WRONG_SECONDS * SECOND))
_WRONG = sa.or_(calls.c.wrong_transfer, sa.and_(_TRANSFERRED, _AT_ONCE))
_HANDED_ON = calls.c.dial_status != ""
_ANSWERED = calls.c.dial_status == DialStatus.ANSWERED.value
_DISPUTED = sa.exists().where(reviews.c.call_id == calls.c.call_id, sa.not_(reviews.c.right))

_CONDITIONS: Mapping[str, Condition] = {
    "strict_containment": sa.and_(_CONTAINED, sa.not_(_REPEATED)),
    "transfers": sa.or_(_TRANSFERRED, calls.c.wrong_transfer),
    "wrong_transfers": _WRONG,
    "out_of_hours": sa.not_(calls.c.in_hours),
    "handed_on": _HANDED_ON,
    "answered": _ANSWERED,
    "answered_30": sa.and_(_ANSWERED, calls.c.answer_seconds <= QUICK_SECONDS[0]),
    "answered_60": sa.and_(_ANSWERED, calls.c.answer_seconds <= QUICK_SECONDS[1]),
    "waited": sa.and_(_ANSWERED, calls.c.answer_seconds.is_not(None)),
    "repeated": _REPEATED,
    "bounced": sa.or_(calls.c.outcome == Outcome.TRANSFER_FAILED, _WRONG),
    "texted": calls.c.texts > 0,
    "surveyed": calls.c.surveyed,
    "survey_answered": sa.and_(calls.c.surveyed, calls.c.satisfaction.is_not(None)),
    "satisfied": sa.and_(calls.c.surveyed, calls.c.satisfaction >= BEST_SCORE - 1),
    "judged": calls.c.first_try != "",
    "first_time_right": sa.and_(
        calls.c.first_try == RIGHT,
        sa.not_(_WRONG),
        sa.not_(_DISPUTED),
    ),
}
"""A call's flags beside its outcome."""

_ALSO: Mapping[str, Condition] = {
    "offered": sa.true(),
    "containment": _CONTAINED,
    "automation": calls.c.outcome.in_(AUTOMATED),
    "bail_rate": calls.c.outcome.in_(BAILED),
    "wait": _CONDITIONS["waited"],
    "score": _CONDITIONS["survey_answered"],
    "in_grammar": calls.c.utterances > calls.c.rejected,
    "days_below": _HANDED_ON,
}
"""What lies behind figures that count no calls, or several outcomes of them."""


def behind(figure: str) -> Condition:
    """Return which calls lie behind a figure: those it counts, or those in which something it counts happened.

    Raises KeyError for an unknown one.
    """
    counted = BY_NAME[figure].counted
    for known in (_CONDITIONS, _ALSO):
        if figure in known or counted in known:
            return known.get(figure, known.get(counted, sa.true()))
    if counted in tuple(Outcome):
        return calls.c.outcome == Outcome(counted)
    return calls.c[counted] > 0


def flags() -> sa.ColumnElement[int]:
    """Return the flags of a call as the bits of one number, `FLAGS[0]` being the lowest."""
    outcomes = {outcome.value: 1 << FLAGS.index(outcome.value) for outcome in Outcome}
    ended: sa.ColumnElement[int] = sa.case(outcomes, value=sa.type_coerce(calls.c.outcome, sa.Text), else_=0)
    bits = [sa.case((condition, 1 << FLAGS.index(name)), else_=0) for name, condition in _CONDITIONS.items()]
    return sum((sa.cast(bit, sa.BigInteger) for bit in bits), sa.cast(ended, sa.BigInteger))


def within(period: Period) -> tuple[Condition, ...]:
    """Return that a call has ended, and began in the period, whose ends are set."""
    return calls.c.outcome.is_not(None), calls.c.started >= period.start, calls.c.started < period.end
