"""Surveys are counted from the calls, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from made_calls import NOON, call, turn

from ivr.records.period import Period
from ivr.records.surveys import count_surveys, survey_comments

if TYPE_CHECKING:
    from ivr.records.store import Store

EVER = Period(ZoneInfo("Europe/London"))


def test_who_was_asked_who_answered_who_was_satisfied(store: Store) -> None:
    """A caller who was asked and did not answer counts as asked; one who was not asked counts as nothing."""
    scores = {"CA1": 5, "CA2": 4, "CA3": 1, "CA4": None}
    store.save_calls([call(name, surveyed=True, satisfaction=score) for name, score in scores.items()])
    store.save_call(call("CA5"))
    found = count_surveys(store.database, EVER)
    assert (found.asked, found.answered, found.satisfied) == (4, 3, 2)
    assert found.scores == {1: 1, 2: 0, 3: 0, 4: 1, 5: 1}


def test_only_calls_of_the_period(store: Store) -> None:
    """The period takes in its first moment and not its last; with no calls in it everything is nought."""
    store.save_call(call("CA1", surveyed=True, satisfaction=3, started=NOON))
    later = NOON + timedelta(hours=1)
    assert count_surveys(store.database, Period(EVER.zone, NOON, later)).asked == 1
    assert count_surveys(store.database, Period(EVER.zone, later, None)).asked == 0


def test_comments_are_the_words_of_their_turn(store: Store) -> None:
    """The score stands beside them; other words of the call are none of theirs."""
    said = turn(2, state="commenting", heard="very quick")
    store.save_call(call("CA1", surveyed=True, satisfaction=5, turns=(turn(1), said)))
    (comment,) = survey_comments(store.database, EVER)
    assert (comment.call_id, comment.score, comment.words) == ("CA1", 5, "very quick")
