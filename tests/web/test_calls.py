"""Whole calls through the webhooks: what callers say becomes transfers, answers and records."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels import calls
from ivr.model import Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_name_is_put_through(phone: Any) -> None:
    """A caller who says a name is put through to that person; the record says how long it rang and was talked."""
    greeting = phone.dial()
    assert "Testford Council" in phone.words(greeting)
    assert phone.action(greeting).endswith("/voice/turn/1")
    dial = phone.say(greeting, "Marjorie Featherstone, please.")
    assert phone.dialled(dial) == ["+441632960123"]
    assert "Marjorie Featherstone" in phone.words(dial)
    assert phone.post("/voice/status", CallStatus="in-progress", CallSid="CAleg", ParentCallSid=phone.call_id)
    phone.document(phone.action(dial), DialCallStatus="completed", DialCallDuration="150")
    record = phone.record()
    assert (record.outcome, record.entry_name, record.talk_seconds) == (
        Outcome.TRANSFERRED,
        "Marjorie Featherstone",
        150.0,
    )
    assert record.answer_seconds is not None
    assert [(t.turn, t.heard, t.engine, t.decision) for t in record.turns] == [
        (1, "marjorie featherstone please", "twilio", Decision.ACCEPT)
    ]
    assert phone.caller not in str(record)


def test_an_enquiry_is_answered_and_texted_of(phone: Any) -> None:
    """A caller with a mobile is offered the link; a text that cannot be sent is said, and the call goes on."""
    answer = phone.say(phone.dial(), "You missed my bin!")
    if "Is this about a missed bin collection?" in phone.words(answer):
        answer = phone.say(answer, "Yes.")
    assert "two working days" in phone.words(answer)
    assert "text you the link" in phone.words(answer)
    sorry = phone.say(answer, "Yes, please.")
    assert "could not be sent" in phone.words(sorry)
    phone.say(sorry, "No, goodbye.")
    assert phone.record().outcome is Outcome.SIGNPOSTED


def test_keys_are_as_good_as_words(phone: Any) -> None:
    """An extension keyed is put through behind the switchboard; 0 is the operator."""
    dial = phone.press(phone.dial(), "4711")
    assert [(n.text, n.get("sendDigits")) for n in dial.iter("Number")] == [("+441632960000", "ww4711")]
    phone.call_id = "CA0002"
    assert phone.dialled(phone.press(phone.dial(), "0")) == ["+441632960999"]


def test_silence_twice_then_operator(phone: Any) -> None:
    """A silent caller is asked again in other words, and then gets a person."""
    greeting = phone.dial()
    again = phone.document(phone.action(greeting))
    assert phone.words(again) != phone.words(greeting)
    seen = again
    for _ in range(3):
        if not phone.dialled(seen):
            seen = phone.document(phone.action(seen))
    assert phone.dialled(seen) == ["+441632960999"]


def test_absent_confidence(phone: Any) -> None:
    """A result without a confidence is understood as well."""
    dial = phone.say(phone.dial(), "Marjorie Featherstone", Confidence="(absent)")
    assert phone.dialled(dial) or "Marjorie" in phone.words(dial)


def test_hang_up_is_recorded(phone: Any) -> None:
    """A caller who hangs up before asking for anything has abandoned the call; late news changes nothing."""
    phone.dial()
    phone.hang_up()
    assert phone.record().outcome is Outcome.ABANDONED
    phone.hang_up()
    assert phone.record().outcome is Outcome.ABANDONED


def test_status_of_unknown_calls_and_legs(phone: Any) -> None:
    """News of calls that are not over, of other calls of the account and of nonsense is taken quietly."""
    out = {"CallStatus": "completed", "Direction": "outbound-api"}
    for form in (out, {"CallStatus": "in-progress"}, {"CallSid": "(absent)"}, {}):
        assert phone.post("/voice/status", **form).status_code == 204
    assert phone.service.calls.site.store.call(phone.call_id) is None


def test_a_call_that_nobody_here_answered_is_counted(phone: Any) -> None:
    """Where Twilio had to ask the fallback address, the caller got an operator, and the records say so."""
    phone.post("/voice/status", CallStatus="completed", CallDuration="42")
    record = phone.record()
    assert (record.outcome, record.reason) == (Outcome.OPERATOR_FALLBACK, "not answered by the service")
    assert (record.ended - record.started).total_seconds() == 42
    assert record.caller_masked
    phone.post("/voice/status", CallStatus="completed", CallDuration="43")
    assert phone.record() == record


def test_colleagues_reach_internal_entries(phone: Any) -> None:
    """A caller from an internal number or SIP domain reaches internal entries; others never hear of them."""
    assert "Desmond" not in phone.words(phone.say(phone.dial(), "Desmond Quigley"))
    for n, caller in enumerate(("+441632960801", "sip:anna@pbx.testford.example")):
        phone.call_id, phone.caller = f"CA10{n}", caller
        assert phone.dialled(phone.say(phone.dial(), "Desmond Quigley")) == ["+441632960124"]


@pytest.mark.parametrize("caller", ["+447700900123", "+441632960801"])
def test_ex_directory_names_are_never_spoken(phone: Any, caller: str) -> None:
    """Nobody hears or reaches an ex-directory name, nor is it a hint for the recogniser."""
    phone.caller = caller
    greeting = phone.dial()
    assert "Hidden" not in str([g.get("hints") for g in greeting.iter("Gather")])
    found = phone.say(greeting, "Harriet Hidden")
    assert "Hidden" not in phone.words(found)
    assert "+441632960125" not in phone.dialled(found)


def test_hints_follow_the_audience(phone: Any) -> None:
    """Hints name who can be asked for, masking is off, and timeouts are whole seconds."""
    (gather,) = phone.dial().iter("Gather")
    hints = gather.get("hints", "").split(",")
    assert {"Housing", "Marjorie Featherstone", "a missed bin collection"} <= set(hints)
    assert "Desmond Quigley" not in hints
    assert gather.get("profanityFilter") == "false"
    assert gather.get("timeout", "").isdigit()


def test_two_servers_share_a_call(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> None:
    """Requests of one call may go to different servers: nothing depends on which."""
    site = make_site()
    one, other = make_phone(site=site), make_phone(site=site)
    greeting = one.dial()
    asked = other.say(greeting, "Featherstone")
    if not other.dialled(asked):
        asked = one.say(asked, "Yes")
    assert one.dialled(asked) == ["+441632960123"]


def test_a_server_that_is_stopped(phone: Any) -> None:
    """It goes on with who is in conversation, tells the balancer, and puts new callers through to an operator."""
    assert not phone.service.talking()
    greeting = phone.dial()
    assert phone.service.talking()
    phone.service.closing = True
    health = phone.app.test_client().get("/healthz")
    assert (health.status_code, health.text) == (503, "stopping\n")
    first, phone.call_id = phone.call_id, "CA0002"
    assert phone.dialled(phone.dial()) == ["+441632960999"]
    phone.call_id = first
    assert phone.dialled(phone.say(greeting, "Marjorie Featherstone")) == ["+441632960123"]
    assert not phone.service.talking()


def test_a_silent_caller_is_not_waited_for(phone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not heard of for long after a question is gone, or was answered elsewhere."""
    phone.dial()
    monkeypatch.setattr(calls, "monotonic", lambda: time.monotonic() + 31)
    assert not phone.service.talking()
    phone.call_id = "CA0002"
    phone.dial()
    assert len(phone.service.calls._waited_for) == 1
