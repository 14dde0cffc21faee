"""What was not understood is gathered by sound, with what became of the callers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from made_calls import NOON, call, turn

from ivr.model import Candidate, Decision, Outcome, Target
from ivr.records.gaps import Miss, find_gaps, read_misses
from ivr.records.period import Period, month_of

if TYPE_CHECKING:
    from ivr.records.store import Store

LONDON = ZoneInfo("Europe/London")
TIP = Candidate(Target.parse("enquiry:recycling_centre"), "the recycling centre", 0.15)
FAR = Candidate(Target.parse("entry:p-1"), "Tim Price", 0.02)


def _sound(text: str) -> str:
    """Sound alike whatever the vowels."""
    return "".join(c for c in text if c not in "aeiou ")


def _miss(call_id: str, heard: str, outcome: Outcome = Outcome.OPERATOR_REQUESTED, **more: object) -> Miss:
    values: dict[str, object] = {"candidates": (), "ended_at": ""}
    return Miss(call_id=call_id, heard=heard, outcome=outcome, **(values | more))  # type: ignore[arg-type]


def test_what_sounds_the_same_is_one_gap() -> None:
    """Wordings are counted within their sound, the most frequent first, and each call is counted once."""
    gaps = find_gaps(
        [_miss("CA1", "The tip!"), _miss("CA1", "the top"), _miss("CA2", "the tip"), _miss("CA3", "x")], _sound
    )
    assert [(gap.said, gap.turns, gap.calls) for gap in gaps] == [("the tip", 3, ("CA1", "CA2")), ("x", 1, ("CA3",))]
    assert gaps[0].wordings == (("the tip", 2), ("the top", 1))
    assert gaps[0].outcomes == ((Outcome.OPERATOR_REQUESTED, 2),)


def test_where_callers_ended_up_is_suggested_first() -> None:
    """What the callers themselves settled on beats the closest runner-up; a wrong transfer suggests nothing."""
    helped = _miss("CA1", "the tip", Outcome.TRANSFERRED, ended_at="Recycling Centre", candidates=(TIP,))
    wrong = _miss("CA2", "the tip", Outcome.TRANSFERRED, ended_at="Tim Price", wrong=True)
    (gap,) = find_gaps([wrong, helped], _sound)
    assert (gap.suggestion, gap.why) == ("Recycling Centre", "1 of 2 of these calls ended there")
    (gap,) = find_gaps([_miss("CA1", "the tip", candidates=(TIP,)), _miss("CA2", "the tip", candidates=(FAR,))], _sound)
    assert (gap.suggestion, gap.why) == ("the recycling centre", "the closest in 1 of 2")
    (gap,) = find_gaps([_miss("CA2", "the tip", candidates=(FAR,))], _sound)
    assert gap.suggestion == ""


def test_polite_words_alone_are_no_gap() -> None:
    """What leaves no key when politeness is dropped asked for nothing."""
    assert find_gaps([_miss("CA1", "a e")], _sound) == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("abxy ", max_size=4)), max_size=12), st.integers(1, 3))
def test_no_miss_is_lost(said: list[tuple[str, str]], least: int) -> None:
    """Every miss with a sound is in exactly one gap, unless it is too rare."""
    misses = [_miss(call_id, heard) for call_id, heard in said]
    everything = find_gaps(misses, _sound)
    assert sum(gap.turns for gap in everything) == sum(bool(_sound(heard)) for _, heard in said)
    assert find_gaps(misses, _sound, least) == tuple(gap for gap in everything if gap.turns >= least)


def test_only_rejected_words_of_the_period_are_read(store: Store) -> None:
    """Accepted turns, silences and other months are no gaps; what the call ended with comes along."""
    turns = (
        turn(1, heard="the tip", decision=Decision.REJECT, candidates=(TIP,)),
        turn(2, heard="", decision=Decision.REJECT),
        turn(3, heard="recycling", decision=Decision.ACCEPT),
    )
    store.save_call(call(outcome=Outcome.TRANSFERRED, entry_name="Recycling Centre", turns=turns))
    expected = Miss("CA1", "the tip", (TIP,), Outcome.TRANSFERRED, "Recycling Centre", turn=1)
    assert read_misses(store.database, Period(LONDON)) == [expected]
    assert read_misses(store.database, month_of(f"{NOON:%Y-%m}", LONDON)) == [expected]
    assert read_misses(store.database, month_of("2026-07", LONDON)) == []
