"""The engine's promises, whatever happens in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.actions import FileRequest, Finish, HangUp, Listen, Say, TakePayment, Transfer
from ivr.dialogue.events import CallStarted, Dialled, Fault, Filed, Heard, HungUp, Keyed, Paid, Silence, TextSent
from ivr.dialogue.state import Phase, State
from ivr.dialogue.transitions import TABLE
from ivr.errors import SettingsError
from ivr.model import (
    Audience,
    CallFacts,
    Candidate,
    Command,
    Decision,
    DialStatus,
    PayStatus,
    Target,
    TargetKind,
    Understanding,
)
from ivr.settings import SiteSettings

if TYPE_CHECKING:
    from tests.dialogue.conftest import Council

from datetime import UTC, datetime

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
IDS = [
    "jane",
    "john_h",
    "john_p",
    "sian_a",
    "ann",
    "tom",
    "secret",
    "mary",
    "loop_a",
    "inward",
    "planning",
    "dogs",
    "x",
]
ENDS = Listen | Transfer | TakePayment | HangUp | FileRequest
ASKS = ["missed_bin", "bin_day", "staff_leave", "street_light", "pay_rent", "x"]
TARGETS = st.one_of(
    st.builds(Target, st.just(TargetKind.ENTRY), st.sampled_from(IDS)),
    st.builds(
        Target,
        st.just(TargetKind.ENQUIRY),
        st.sampled_from(ASKS),
    ),
    st.builds(Target, st.sampled_from(TargetKind), st.text(max_size=3)),
)
HEARD = st.builds(
    Understanding,
    st.text(max_size=8),
    st.sampled_from(Decision),
    st.lists(st.builds(Candidate, TARGETS, st.just("x"), st.floats(0, 1)), max_size=5).map(tuple),
    st.one_of(st.none(), st.sampled_from(Command)),
    st.sampled_from(["", "", "", "", "", "emergency", "nonsense"]),
)
EVENTS = st.one_of(
    st.builds(Heard, st.just(AT), HEARD),
    st.builds(Heard, st.just(AT), HEARD),
    st.builds(Silence, st.just(AT)),
    st.builds(Keyed, st.just(AT), st.one_of(st.text("0123456789*#", max_size=6), st.sampled_from(["4711", "4722"]))),
    st.builds(Dialled, st.just(AT), st.sampled_from(DialStatus), st.none(), st.one_of(st.none(), st.floats(0, 300))),
    st.builds(TextSent, st.just(AT), st.booleans()),
    st.builds(Filed, st.just(AT), st.sampled_from(["", "1234566"])),
    st.builds(Paid, st.just(AT), st.sampled_from(PayStatus)),
    st.builds(Fault, st.just(AT), st.just("x"), st.booleans()),
)
FACTS = st.builds(
    CallFacts,
    call_id=st.just("c"),
    channel=st.just("test"),
    started=st.just(AT),
    caller=st.sampled_from(["", "anonymous", "+447700900123"]),
    internal=st.booleans(),
    open=st.booleans(),
    survey=st.booleans(),
    last_entry=st.sampled_from(["", "jane", "tom", "gone"]),
)


@settings(max_examples=300, deadline=None)
@given(facts=FACTS, events=st.lists(EVENTS, max_size=25), starts=st.booleans())
def test_any_call_keeps_every_promise(council: Council, facts: CallFacts, events: list[Any], starts: bool) -> None:
    """Any sequence of events ends in exactly one outcome, dials only whom the caller may reach, and never raises.

    Every step ends with a listen, a transfer or a hang-up, says nothing the prompts lack, asks of nothing that
    was declined, moves only where the table says, and survives JSON.
    """
    engine = council.engine(duty={"emergency": "Out of Hours Duty Team"})
    state, finishes = State(), 0
    for event in [*([CallStarted(AT, facts)] if starts else []), *events, HungUp(AT), HungUp(AT)]:
        before = state
        state, actions = engine.step(state, event)
        assert State.from_json(state.to_json()) == state
        assert isinstance(actions[-1], ENDS)
        assert not any(isinstance(a, ENDS) for a in actions[:-1])
        assert any(state.phase in rule.to for (phase, _), rule in TABLE.items() if phase is before.phase)
        finishes += sum(isinstance(a, Finish) for a in actions)
        for action in actions:
            if isinstance(action, Transfer):
                _may_reach(council, state, action)
            if isinstance(action, Listen):
                assert not set(action.offered) & set(state.declined)
            if isinstance(action, Say):
                assert all(isinstance(v, str) for v in action.values.values())
    assert finishes == 1
    assert state.phase is Phase.ENDED
    assert state.outcome is not None


def _may_reach(council: Council, state: State, transfer: Transfer) -> None:
    entry = transfer.entry
    assert entry.number
    if entry.id != "operator":
        assert entry is council.directory.get(entry.id)
        assert entry.audience is Audience.EVERYONE or (entry.audience is Audience.INTERNAL and state.internal)


@settings(max_examples=200, deadline=None)
@given(facts=FACTS, events=st.lists(EVENTS, max_size=8), last=EVENTS)
def test_every_move_is_the_tables(council: Council, facts: CallFacts, events: list[Any], last: Any) -> None:
    """The phase after an event is one the rule for that phase and trigger names."""
    from ivr.dialogue.moment import read

    engine = council.engine()
    state, _ = engine.step(State(), CallStarted(AT, facts))
    for event in (*events, last):
        counted = state
        if isinstance(event, Heard | Keyed | Silence):
            from dataclasses import replace

            counted = replace(state, turns=state.turns + 1)
        trigger = read(engine.desk, counted, event).trigger
        after, _ = engine.step(state, event)
        assert after.phase in TABLE[state.phase, trigger].to, (state.phase, trigger, after.phase)
        state = after


def test_a_site_without_an_operator_is_refused(council: Council) -> None:
    """An engine cannot be made without somebody to hand callers to."""
    from ivr.dialogue.engine import Engine
    from ivr.settings import DialogueSettings

    with pytest.raises(SettingsError, match="operator"):
        Engine(council.directory, council.enquiries, SiteSettings(operator=""), DialogueSettings())


def test_a_directory_that_changes_in_mid_call_loses_nobody(council: Council) -> None:
    """A state that names entries which are gone goes on."""
    engine = council.engine()
    for phase in Phase:
        state = State(
            phase=phase, about="entry:gone", offered=("entry:gone", "enquiry:gone"), dialling="gone", enquiry="gone"
        )
        for event in (Keyed(AT, "1"), Silence(AT), Dialled(AT, DialStatus.BUSY), Fault(AT, "x"), Keyed(AT, "*")):
            _, actions = engine.step(state, event)
            assert isinstance(actions[-1], ENDS)


def test_an_entry_with_unreadable_hours_follows_the_sites(council: Council) -> None:
    """Hours nobody can read neither fail a call nor shut an entry."""
    from dataclasses import replace

    from ivr.model import Directory

    entries = tuple(replace(e, hours="whenever") if e.id == "jane" else e for e in council.directory.entries)
    state = State(phase=Phase.CONFIRMING, about="entry:jane")
    _, actions = replace(council, directory=Directory(entries)).engine().step(state, Keyed(AT, "1"))
    assert isinstance(actions[-1], Transfer)
    assert actions[-1].entry.id == "jane"
