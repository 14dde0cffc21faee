"""A conversation records what happens, goes on where it was, and loses no caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels.line import CallerGoneError
from ivr.channels.offline import call_parts
from ivr.channels.runner import Conversation
from ivr.dialogue.actions import HangUp, Listen, Say, SendText, Transfer
from ivr.dialogue.events import Dialled, Fault, HungUp
from ivr.dialogue.state import Phase, State
from ivr.errors import RecogniserError, RecordsError
from ivr.model import CallFacts, CallRecord, Decision, DialStatus, Outcome, Recognition, TurnRecord
from ivr.recognise.typed import recognise_typed
from ivr.records.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.channels.runner import Actions

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FACTS = CallFacts(call_id="c1", channel="test", started=AT, caller="+447700900123")


def hear(call: Conversation, text: str, seconds: int = 5) -> Actions:
    """Say something in the call."""
    return call.hear(recognise_typed(text), AT + timedelta(seconds=seconds))


def prompts_of(actions: Actions) -> list[str]:
    """Give the ids of what is said."""
    return [a.prompt for a in actions if isinstance(a, Say)]


def test_a_call_is_recorded_turn_by_turn(small_site: Any, tmp_path: Path) -> None:
    """The store has the call with its turns, what was heard and decided, and the masked number."""
    store = Store(f"sqlite:///{tmp_path / 'calls.sqlite3'}")
    call = Conversation(call_parts(small_site, store), FACTS)
    call.start()
    actions = hear(call, "margaret holloway")
    assert isinstance(actions[-1], Transfer)
    assert [t.heard for t in store.turns("c1")] == ["margaret holloway"]
    call.handle(Dialled(AT + timedelta(seconds=20), DialStatus.ANSWERED, 4.5, None))
    record = store.call("c1")
    assert record == call.record
    assert record is not None
    assert record.outcome is Outcome.TRANSFERRED
    assert (record.entry_name, record.department, record.answer_seconds) == ("Margaret Holloway", "Housing", 4.5)
    assert record.caller_masked == "+44 7700 900***"
    assert record.turns[0].decision is Decision.ACCEPT
    assert (record.turns[0].expect, record.turns[0].state) == ("call", "listening")
    assert record.seconds == 20
    store.close()


def test_a_call_goes_on_from_its_saved_state(small_site: Any) -> None:
    """A conversation made again from JSON at every turn does what one kept in memory does."""
    parts = call_parts(small_site)
    kept = Conversation(parts, FACTS)
    expected, found = [kept.start()], [Conversation(parts, FACTS).start()]
    state, turn = kept.state.to_json(), 0
    for text in ("priya patel", "the second one"):
        expected.append(hear(kept, text))
        again = Conversation(parts, FACTS, state=State.from_json(state), turn=turn)
        found.append(hear(again, text))
        state, turn = again.state.to_json(), again.turn
    assert found == expected
    assert turn == 2
    assert isinstance(found[-1][-1], Transfer)
    assert found[-1][-1].entry.id == "priya-two"


def test_the_whisper_arrives_in_words(small_site: Any) -> None:
    """A channel is given what to say to the person who answers, not a prompt's id."""
    call = Conversation(call_parts(small_site), FACTS)
    call.start()
    transfer = hear(call, "housing")[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.whisper == "Switchboard call for Housing."


@pytest.mark.parametrize(("works", "said"), [(True, "text_sent"), (False, "text_failed")])
def test_a_text_is_sent_and_its_fate_said(small_site: Any, works: bool, said: str) -> None:
    """The channel sends; the caller hears whether that worked, once."""
    sent: list[SendText] = []

    def send(_facts: CallFacts, text: SendText) -> bool:
        sent.append(text)
        return works

    call = Conversation(call_parts(small_site, send_text=send), FACTS)
    call.start()
    assert prompts_of(hear(call, "my bin was missed"))[-1] == "offer_text"
    assert prompts_of(hear(call, "yes")) == [said, "anything_else"]
    assert [(s.enquiry, s.body) for s in sent] == [("missed_bin", "https://council.example/bins")]


def test_outsiders_never_reach_inside(small_site: Any) -> None:
    """An internal entry is found by a colleague and by nobody else, by name and by extension."""
    for internal in (False, True):
        facts = replace(FACTS, internal=internal)
        for do in (lambda c: hear(c, "tobias underwood"), lambda c: c.press("4722", AT)):
            call = Conversation(call_parts(small_site), facts)
            call.start()
            reached = [a.entry.id for a in do(call) if isinstance(a, Transfer)]
            assert ("tobias-underwood" in reached) is internal


def test_a_name_can_be_keyed_where_it_is_to_be_spelt(small_site: Any) -> None:
    """Letters on the keypad find a name, which is confirmed."""
    spelling = State(phase=Phase.SPELLING, spelt=True)
    call = Conversation(call_parts(small_site), FACTS, state=spelling)
    actions = call.press("46556929#", AT)
    assert prompts_of(actions) == ["confirm_person"]
    assert call.state.about == "entry:margaret-holloway"
    assert call.turns[0].keyed == "46556929#"


def test_words_that_could_be_a_card_are_masked(small_site: Any) -> None:
    """Long numbers are not kept in the transcript."""
    call = Conversation(call_parts(small_site), FACTS)
    call.start()
    hear(call, "my card is 4929 1234 5678 9012")
    assert "4929" not in call.turns[0].heard


def test_records_that_fail_do_not_cost_the_call(small_site: Any) -> None:
    """A broken database is logged, and the call goes on to its end."""

    class Broken:
        def _fail(self, *_: Any, **__: Any) -> bool:
            raise RecordsError("database is gone")

        begin = turn = finish = mark_wrong = _fail

    call = Conversation(call_parts(small_site, Broken()), FACTS)
    assert isinstance(call.start()[-1], Listen)
    assert isinstance(hear(call, "goodbye")[-1], HangUp)
    assert call.record is not None
    assert call.record.outcome is Outcome.ABANDONED


def test_the_call_before_is_marked_wrong(small_site: Any) -> None:
    """A caller who comes back and says so marks the transfer of the call before."""
    marked: list[str] = []

    class Kept:
        def begin(self, *_: Any, **__: Any) -> bool:
            return True

        def turn(self, _call_id: str, _turn: TurnRecord) -> bool:
            return True

        def finish(self, _call: CallRecord) -> None:
            pass

        def mark_wrong(self, call_id: str) -> bool:
            marked.append(call_id)
            return True

    facts = replace(FACTS, last_entry="housing", last_call="c0")
    call = Conversation(call_parts(small_site, Kept()), facts)
    assert prompts_of(call.start()) == ["returning"]
    hear(call, "no")
    call.handle(HungUp(AT))
    assert marked == ["c0"]


def test_what_fails_in_a_step_ends_at_the_operator(small_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`safely` turns a fault of ours into an apology and the operator."""
    call = Conversation(call_parts(small_site), FACTS)
    call.start()

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(call, "handle", fail)
    actions = call.safely(HungUp(AT))
    assert prompts_of(actions)[0] == "fault"
    assert isinstance(actions[-1], Transfer)
    assert actions[-1].entry.number == "+441632960999"


class ScriptedLine:
    """A line whose turns are given; an exception is raised in its place."""

    def __init__(self, turns: list[Any]) -> None:
        self.turns, self.said, self.dialled = turns, [], []

    def now(self) -> datetime:
        """Return the time."""
        return AT

    def say(self, text: str) -> None:
        """Keep what is said."""
        self.said.append(text)

    def listen(self, listen: Listen) -> Recognition | str:
        """Give the next turn."""
        del listen
        turn = self.turns.pop(0) if self.turns else CallerGoneError()
        if isinstance(turn, Exception):
            raise turn
        return turn if isinstance(turn, Recognition) else recognise_typed(turn)

    def transfer(self, transfer: Transfer) -> Dialled:
        """Answer."""
        self.dialled.append(transfer.entry.id)
        return Dialled(AT, DialStatus.ANSWERED)

    def hang_up(self) -> None:
        """End."""


@pytest.mark.parametrize(
    ("turns", "outcome", "dialled"),
    [
        (["housing"], Outcome.TRANSFERRED, ["housing"]),
        ([], Outcome.ABANDONED, []),
        ([RecogniserError("worker died"), "housing"], Outcome.TRANSFERRED, ["housing"]),
        ([RecogniserError("a"), RecogniserError("b"), RecogniserError("c")], Outcome.FAILED, ["operator"]),
        ([ValueError("a bug")], Outcome.FAILED, ["operator"]),
        ([OSError("the line is gone")], Outcome.FAILED, ["operator"]),
        (["", ""], Outcome.OPERATOR_FALLBACK, ["operator"]),
    ],
)
def test_a_line_is_held_to_its_end(small_site: Any, turns: list[Any], outcome: Outcome, dialled: list[str]) -> None:
    """A whole call on a line ends in one outcome, whatever the line does."""
    line = ScriptedLine(list(turns))
    record = Conversation(call_parts(small_site), FACTS).run(line)
    assert record.outcome is outcome
    assert line.dialled == dialled
    assert line.said


def test_a_line_that_always_fails_is_given_up(small_site: Any) -> None:
    """A line on which nothing works ends the call instead of going round for ever."""

    class Dead(ScriptedLine):
        def say(self, text: str) -> None:
            raise OSError(text)

    record = Conversation(call_parts(small_site), FACTS).run(Dead([]))
    assert record.outcome is Outcome.FAILED


def test_a_fault_is_recorded_as_the_reason(small_site: Any) -> None:
    """The record says what failed, and nobody hears it."""
    call = Conversation(call_parts(small_site), replace(FACTS, open=False))
    call.start()
    call.handle(Fault(AT, "ZeroDivisionError in the dialogue"))
    assert call.record is not None
    assert "ZeroDivisionError" in call.record.reason
