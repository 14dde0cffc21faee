"""Transfers: whoever does not answer, the caller is told and gets the next, and never the wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable


def _asked(phone: Any, name: str = "Marjorie Featherstone") -> Any:
    return phone.say(phone.dial(), name)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", "nonsense", ""])
def test_down_the_chain(phone: Any, status: str) -> None:
    """Busy, unanswered and failed transfers go on to the department, then the operator, then a message, each said."""
    department = phone.document(phone.action(_asked(phone)), DialCallStatus=status)
    assert phone.dialled(department) == ["+441632960100"]
    assert phone.words(department)
    operator = phone.document(phone.action(department), DialCallStatus=status)
    assert phone.dialled(operator) == ["+441632960999"]
    assert phone.words(operator)
    end = phone.document(phone.action(operator), DialCallStatus=status)
    assert phone.words(end)
    assert end[-1].tag == "Hangup"
    assert phone.record().outcome is Outcome.TRANSFER_FAILED


def test_answered_by_nobody_is_no_answer(phone: Any) -> None:
    """A call picked up and not accepted (a machine, no key pressed) was not answered."""
    dial = _asked(phone)
    following = phone.document(phone.action(dial), DialCallStatus="completed", DialBridged="false")
    assert phone.dialled(following) == ["+441632960100"]


def test_a_caller_back_at_once_is_asked(phone: Any) -> None:
    """After a talk of seconds the caller is asked whether it was the right person; a no marks a wrong transfer."""
    back = phone.document(phone.action(_asked(phone)), DialCallStatus="completed", DialCallDuration="9")
    assert "Marjorie Featherstone" in phone.words(back)
    sorry = phone.say(back, "No, that was the wrong person.")
    assert not phone.dialled(sorry)
    phone.hang_up()
    assert phone.record().wrong_transfer


def test_a_caller_who_calls_again_within_two_minutes_is_asked(phone: Any) -> None:
    """A caller who rings back at once is asked about the transfer; a no marks the earlier call's transfer wrong."""
    phone.document(phone.action(_asked(phone)), DialCallStatus="completed", DialCallDuration="150")
    assert phone.record().outcome is Outcome.TRANSFERRED
    first, phone.call_id = phone.call_id, "CA0002"
    greeting = phone.dial()
    assert "Marjorie Featherstone" in phone.words(greeting)
    phone.say(greeting, "No")
    phone.hang_up()
    assert phone.service.calls.site.store.call(first).wrong_transfer
    phone.call_id, phone.caller = "CA0003", "anonymous"
    assert "Marjorie" not in phone.words(phone.dial())


def test_hanging_up_while_it_rings(phone: Any) -> None:
    """A caller who gives up while it rings is not sent on to anybody."""
    dial = _asked(phone)
    phone.document(phone.action(dial), DialCallStatus="no-answer", CallStatus="completed")
    phone.hang_up()
    assert phone.record().outcome in {Outcome.ABANDONED, Outcome.TRANSFER_FAILED}


def test_hanging_up_after_the_talk(phone: Any) -> None:
    """A short talk that ends with the caller hanging up was a transfer."""
    dial = _asked(phone)
    phone.document(phone.action(dial), DialCallStatus="completed", DialCallDuration="30", CallStatus="completed")
    phone.hang_up()
    assert phone.record().outcome is Outcome.TRANSFERRED


def test_queue_results(make_phone: Callable[..., Any]) -> None:
    """A queue that is full sends the caller on; one that connects them counts the wait as time to answer."""
    phone = make_phone()
    full = phone.document(phone.action(_asked(phone)), QueueResult="queue-full", QueueTime="0")
    assert phone.dialled(full) == ["+441632960100"]
    phone.call_id = "CA0002"
    dial = _asked(phone)
    phone.document(phone.action(dial), QueueResult="bridged", QueueTime="42", CallStatus="completed")
    assert phone.record().answer_seconds == 42.0


def test_whisper_and_key_to_accept(make_phone: Callable[..., Any]) -> None:
    """The person called hears who the call is for, and presses 1 to take it where the settings ask for that."""
    phone = make_phone(accept_key=True)
    (number,) = _asked(phone).iter("Number")
    whisper = phone.document(number.get("url"), CallSid="CAleg", ParentCallSid=phone.call_id)
    assert "Switchboard call for Marjorie Featherstone" in phone.words(whisper)
    (gather,) = whisper.iter("Gather")
    assert list(phone.document(gather.get("action"), CallSid="CAleg", Digits="1")) == []
    assert [v.tag for v in phone.document(gather.get("action"), CallSid="CAleg", Digits="2")] == ["Hangup"]
    plain = make_phone()
    assert [v.tag for v in plain.document(number.get("url"), CallSid="CAleg")] == ["Say"]


def test_caller_id_of_withheld_numbers(phone: Any) -> None:
    """A caller without a number is put through with the service's own."""
    phone.caller = "anonymous"
    (dial,) = _asked(phone).iter("Dial")
    assert dial.get("callerId") == "+441632960001"
