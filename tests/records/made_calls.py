"""Made-up calls for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def call(call_id: str = "CA1", **changes: Any) -> CallRecord:
    """Return a completed call of one minute at noon, with these changes."""
    values: dict[str, Any] = {
        "call_id": call_id, "channel": "recording", "started": NOON, "ended": NOON + timedelta(minutes=1),
        "outcome": Outcome.COMPLETED,
    }  # fmt: skip
    values |= changes
    if "started" in changes and "ended" not in changes:
        values["ended"] = changes["started"] + timedelta(minutes=1)
    return CallRecord(**values)


def turn(number: int = 1, **changes: Any) -> TurnRecord:
    """Return a turn in which a caller said "jane smith", with these changes."""
    values: dict[str, Any] = {"turn": number, "at": NOON, "expect": "call", "state": "listening", "heard": "jane smith"}
    return TurnRecord(**values | changes)


kept_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
"""Text that a database can hold."""
share = st.floats(0, 1)
zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001 - zones are drawn
seconds = st.none() | st.floats(0, 1e6)

candidates = st.builds(
    Candidate,
    st.builds(Target, st.sampled_from(TargetKind), kept_text),
    kept_text,
    share,
    st.lists(st.tuples(kept_text, st.floats(allow_nan=False)), max_size=3).map(tuple),
)
turn_records = st.builds(
    TurnRecord,
    turn=st.integers(0, 1000), at=moments, expect=kept_text, state=kept_text, heard=kept_text, keyed=kept_text,
    confidence=st.none() | share, decision=st.none() | st.sampled_from(Decision),
    candidates=st.lists(candidates, max_size=3).map(tuple), why=kept_text, engine=kept_text,
    audio_seconds=st.floats(0, 1e6), decode_seconds=st.floats(0, 1e6), audio=kept_text,
)  # fmt: skip
call_records = st.builds(
    CallRecord,
    call_id=kept_text, channel=kept_text, started=moments, ended=moments, outcome=st.sampled_from(Outcome),
    caller_key=kept_text, caller_masked=kept_text, entry_id=kept_text, entry_name=kept_text, department=kept_text,
    enquiry_id=kept_text, reason=kept_text, directory_version=kept_text, engine=kept_text, language=kept_text,
    dial_status=kept_text, answer_seconds=seconds, talk_seconds=seconds, wrong_transfer=st.booleans(),
    skill=kept_text, texts=st.integers(0, 100), surveyed=st.booleans(), satisfaction=st.none() | st.integers(1, 5),
    handed_from=kept_text,
    turns=st.lists(turn_records, max_size=4, unique_by=lambda t: t.turn).map(
        lambda turns: tuple(sorted(turns, key=lambda t: t.turn))
    ),
)  # fmt: skip
