"""Repeats: a request sent twice gets the first answer, word for word, and is logged once; state outlives the server."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "Marjorie Featherstone"


def _turns(phone: Any) -> int:
    return len(phone.service.calls.site.store.turns(phone.call_id))


def test_same_call_and_turn(phone: Any) -> None:
    """The same call and turn again, with or without other words: the first answer stands."""
    first = phone.post("/voice").data
    assert phone.post("/voice").data == first
    dial = phone.post("/voice/turn/1", SpeechResult=NAME).data
    assert phone.post("/voice/turn/1", SpeechResult=NAME).data == dial
    assert phone.post("/voice/turn/1", SpeechResult="the operator").data == dial
    assert phone.post("/voice").data == first
    assert _turns(phone) == 1


def test_idempotency_token(phone: Any) -> None:
    """A retry marked by Twilio's token gets the answer of its first try, even at another address."""
    phone.dial()
    dial = phone.post("/voice/turn/1", SpeechResult=NAME, key="token-1").data
    assert phone.post("/voice/turn/1", SpeechResult=NAME, key="token-1").data == dial
    assert phone.post("/voice/turn/2", SpeechResult=NAME, key="token-1").data == dial
    assert _turns(phone) == 1


def test_at_the_same_moment(phone: Any) -> None:
    """Of many at once, all get one answer, and the turn is logged once."""
    phone.dial()
    answers: list[bytes] = []

    def post() -> None:
        answers.append(phone.post("/voice/turn/1", SpeechResult=NAME).data)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert _turns(phone) == 1


def test_out_of_order(phone: Any) -> None:
    """A turn that is not waited for gets the answer the call is at, and moves nothing."""
    greeting = phone.post("/voice").data
    assert phone.post("/voice/turn/7", SpeechResult=NAME).data == greeting
    assert phone.post("/voice/transfer/3", DialCallStatus="busy").data == greeting
    assert _turns(phone) == 0
    assert phone.dialled(phone.checked(phone.post("/voice/turn/1", SpeechResult=NAME)))


def test_unknown_call(phone: Any) -> None:
    """A call nobody knows (its state was lost) begins afresh instead of ending."""
    lost = phone.document("/voice/turn/4", SpeechResult=NAME)
    assert "Testford Council" in phone.words(lost)
    assert phone.dialled(phone.say(lost, NAME))


def test_state_survives_the_server(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> None:
    """Another server, opened on the same records later, goes on where the first one was."""
    first = make_phone(site=make_site())
    greeting = first.dial()
    first.service.calls.site.store.close()
    second = make_phone(site=make_site())
    assert second.dialled(second.say(greeting, NAME)) == ["+441632960123"]


def test_replay_window(phone: Any) -> None:
    """A signed request is answered again for a while, and refused when it is sent again long after."""
    phone.dial()
    phone.document("/voice/turn/1", SpeechResult=NAME)
    tools = phone.service.calls.tools
    later = datetime.now(UTC) + timedelta(seconds=301)
    object.__setattr__(tools, "clock", lambda: later)
    for target in ("/voice", "/voice/turn/1"):
        refused = phone.post(target, SpeechResult=NAME)
        assert refused.status_code == 403
    # The call itself may take as long as it likes.
    assert phone.post("/voice/transfer/2", DialCallStatus="busy").status_code == 200
