"""Media streams: nothing that goes wrong on one loses the call."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels import media
from ivr.channels.media_codec import FRAME, Event, Media, Started, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SILENCE = b"\xff" * FRAME


def _next(phone: Any, greeting: Any) -> Any:
    """Return what Twilio is answered when the stream has closed."""
    return phone.document(phone.action(greeting))


@pytest.mark.parametrize("recogniser", [{"full": True}, {"dies": True}])
def test_full_or_dead_recogniser(
    call: Callable[..., Any], scripted: Any, speech: bytes, recogniser: dict[str, bool]
) -> None:
    """A recogniser without room, or that dies in mid-utterance, costs one turn: Twilio asks the caller again."""
    phone, greeting, line = call(scripted([], **recogniser))
    line.sound(speech + SILENCE * 100)
    line.hold(phone)
    again = _next(phone, greeting)
    assert list(again.iter("Gather"))
    assert not list(again.iter("Stream"))
    assert phone.dialled(phone.say(again, "Marjorie Featherstone")) == ["+441632960123"]


def test_recogniser_down_or_streams_used_up(scripted: Any, make_phone: Callable[..., Any]) -> None:
    """With the recogniser down, or all streams taken, Twilio listens from the start."""
    for recogniser, most in ((scripted([], ready=False), 48), (scripted([]), 0)):
        phone = make_phone(recogniser, mode="stream")
        phone.service.most_streams = most
        assert list(phone.dial().iter("Gather"))


def test_slow_recogniser(make_phone: Callable[..., Any], scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our own answers have become slow, Twilio listens until ours has caught up."""
    monkeypatch.setattr("ivr.channels.service.SLOW", 0.8)
    phone = make_phone(scripted([]), mode="stream")
    phone.service.note_answer(0.2)
    assert list(phone.dial().iter("Stream"))
    phone.service.note_answer(5.0)
    phone.call_id = "CA0002"
    assert list(phone.dial().iter("Gather"))
    monkeypatch.setattr("ivr.channels.load.monotonic", lambda: time.monotonic() + 30)
    phone.call_id = "CA0003"
    assert list(phone.dial().iter("Stream"))


def test_stream_that_breaks(scripted: Any, call: Callable[..., Any], speech: bytes) -> None:
    """A socket that closes in mid-utterance leaves the turn open; Twilio's next request asks the caller again."""
    phone, greeting, line = call(scripted(["marjorie featherstone"]))
    line.sound(speech[:8000])
    line.inbox.put(None)
    line.hold(phone)
    assert list(_next(phone, greeting).iter("Gather"))


def test_stream_that_goes_quiet(scripted: Any, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream on which nothing comes any more is given up, and Twilio listens."""
    monkeypatch.setattr(media, "SILENT", 0.05)
    phone, greeting, line = call(scripted([]))
    line.hold(phone)
    assert list(_next(phone, greeting).iter("Gather"))


def test_too_slow_to_listen(scripted: Any, call: Callable[..., Any]) -> None:
    """A machine that falls behind with reading stops listening to that call itself."""
    phone, greeting, line = call(scripted([]))
    line.behind = 1000
    line.sound(SILENCE)
    line.hold(phone)
    assert list(_next(phone, greeting).iter("Gather"))


def _odd(*messages: str | bytes) -> Iterable[str | bytes]:
    return messages


@pytest.mark.parametrize(
    "messages",
    [
        _odd(b"\x00\x01\x02"),
        _odd("", "{", "null", "[]", '{"event": 7}'),
        _odd('{"event":"media","media":{"payload":"!!!"}}'),
        _odd('{"event":"media","media":{"payload":""}}'),
        _odd('{"event":"dtmf","dtmf":{"digit":"99"}}'),
        _odd('{"event":"mark","mark":{"name":"never sent"}}'),
        _odd("x" * 100_000),
    ],
)
def test_garbage_between_frames(
    scripted: Any, call: Callable[..., Any], speech: bytes, messages: Iterable[str | bytes]
) -> None:
    """Binary frames, half messages and nonsense between the frames change nothing."""
    phone, greeting, line = call(scripted(["marjorie featherstone"]))
    for message in messages:
        line.inbox.put(message)
    line.sound(speech)
    line.hold(phone)
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]


def test_nothing_but_garbage(scripted: Any, call: Callable[..., Any]) -> None:
    """A stream of garbage is given up, and Twilio listens."""
    phone, greeting, line = call(scripted([]))
    for _ in range(200):
        line.inbox.put(b"\x00")
    line.hold(phone)
    assert list(_next(phone, greeting).iter("Gather"))


def test_wrong_format(scripted: Any, call: Callable[..., Any]) -> None:
    """A stream in a format we cannot hear is given up, and Twilio listens."""
    phone, greeting, line = call(scripted([]))
    line = type(line)()
    line.put(Started(stream="MZ1", call=phone.call_id, parameters={"turn": "1"}, encoding="audio/l16", rate=16_000))
    line.hold(phone)
    assert list(_next(phone, greeting).iter("Gather"))


@pytest.mark.parametrize(
    "started",
    [
        Started(stream="MZ1", call="CAsomebodyelse", parameters={"turn": "1"}),
        Started(stream="MZ1", call="CA0001", parameters={"turn": "7"}),
        Started(stream="MZ1", call="CA0001"),
        Started(stream="MZ1", call=""),
        Media(b"\xff"),
        Stopped(),
    ],
)
def test_streams_nobody_waits_for(scripted: Any, call: Callable[..., Any], started: Event) -> None:
    """A stream for another call or turn, or that never says for which, is closed and changes nothing."""
    phone, greeting, line = call(scripted([]))
    line = type(line)()
    line.put(started)
    line.hold(phone)
    assert line.sent == []
    assert phone.service.calls.awaited(phone.call_id)[0] == 1
    assert list(greeting.iter("Stream"))


def test_a_socket_that_says_nothing(scripted: Any, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that opens and says nothing is closed after a while."""
    monkeypatch.setattr(media, "OPENING", 0.05)
    phone, _, line = call(scripted([]))
    type(line)().hold(phone)
    assert phone.service.calls.awaited(phone.call_id)[0] == 1


def test_two_streams_for_one_turn(scripted: Any, call: Callable[..., Any], speech: bytes) -> None:
    """Two sockets for the same turn hear one answer between them: it is taken once."""
    phone, greeting, line = call(scripted(["marjorie featherstone", "chidi okonkwo"]))
    second = type(line)()
    second.inbox.queue.extend(line.inbox.queue)
    line.sound(speech)
    second.sound(speech)
    threads = [threading.Thread(target=each.hold, args=(phone,)) for each in (line, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(phone.service.calls.site.store.turns(phone.call_id)) == 1
    assert len(phone.dialled(_next(phone, greeting))) == 1


def test_sockets_must_be_signed(scripted: Any, call: Callable[..., Any]) -> None:
    """A web socket that Twilio did not sign is refused before it opens."""
    phone, _, _ = call(scripted([]))
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x"}
    client = phone.app.test_client()
    for headers in ({}, {"X-Twilio-Signature": "x"}):
        answer = client.get("/media", headers=upgrade | headers, base_url="ws://localhost")
        assert answer.status_code == 403
