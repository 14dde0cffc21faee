"""Media streams: what a caller says or keys on one is heard, and prompts stop for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ivr.channels.media_codec import FRAME, Clear, Key, Mark, Media, Stopped
from ivr.model import Outcome
from ivr.recognise.g711 import mulaw_encode

if TYPE_CHECKING:
    from collections.abc import Callable

SILENCE = b"\xff" * FRAME


def _next(phone: Any, greeting: Any) -> Any:
    """Return what Twilio is answered when the stream has closed."""
    return phone.document(phone.action(greeting))


def test_speech_is_heard_and_acted_on(scripted: Any, call: Callable[..., Any], speech: bytes) -> None:
    """A name said on a stream is put through; the answer is ready before Twilio asks, however often it asks."""
    heard = scripted(["marjorie featherstone"])
    phone, greeting, line = call(heard)
    line.sound(speech)
    line.hold(phone)
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]
    assert 4_000 < heard.fed < len(speech)
    (turn,) = phone.service.calls.site.store.turns(phone.call_id)
    assert (turn.heard, turn.engine) == ("marjorie featherstone", "scripted")


def test_silence_is_asked_again(scripted: Any, call: Callable[..., Any]) -> None:
    """A caller who says nothing in the time given is asked again; the recogniser is not troubled."""
    phone, greeting, line = call(scripted([], dies=True))
    line.sound(SILENCE * 260)
    line.hold(phone)
    again = _next(phone, greeting)
    assert phone.words(again) != phone.words(greeting)
    assert list(again.iter("Stream"))


def test_keys_on_a_stream(scripted: Any, call: Callable[..., Any]) -> None:
    """Keys are collected until enough, a hash, or a pause."""
    phone, greeting, line = call(scripted([]))
    for digit in "4711":
        line.put(Key(digit), Media(SILENCE))
    line.put(Key("#"))
    line.hold(phone)
    assert [n.get("sendDigits") for n in _next(phone, greeting).iter("Number")] == ["ww4711"]


def test_a_key_and_a_pause(scripted: Any, call: Callable[..., Any]) -> None:
    """A single 0, with nothing after it, is the operator."""
    phone, greeting, line = call(scripted([]))
    line.put(Key("0"))
    line.sound(SILENCE * 150)
    line.hold(phone)
    assert phone.dialled(_next(phone, greeting)) == ["+441632960999"]


def test_hanging_up_in_mid_sentence(scripted: Any, call: Callable[..., Any], speech: bytes) -> None:
    """A caller who hangs up while speaking frees the recogniser; sound after the stop is not listened to."""
    heard = scripted([])
    phone, _, line = call(heard)
    line.sound(speech[:8000])
    line.put(Stopped())
    fed = len(speech[:8000])
    line.sound(speech)
    line.hold(phone)
    assert heard.dropped == 1
    assert heard.fed <= fed
    phone.hang_up()
    assert phone.record().outcome is Outcome.ABANDONED


def test_recordings_play_inside_the_stream(
    scripted: Any, call: Callable[..., Any], recorded: dict[str, str], speech: bytes
) -> None:
    """A recorded prompt is played in the stream; talking over it stops it, and what was said is heard."""
    phone, greeting, line = call(scripted(["marjorie featherstone"]), **recorded)
    assert [v.tag for v in greeting] == ["Connect", "Redirect"]
    line.sound(speech)
    line.hold(phone)
    played = sum(len(e.sound) for e in line.sent if isinstance(e, Media))
    assert played > 3 * 8000
    marks = [e for e in line.sent if isinstance(e, Mark)]
    assert len(marks) == 1
    assert line.sent.index(marks[0]) < line.sent.index(Clear())
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]


COUGH = mulaw_encode((np.sin(np.arange(2400) * 2 * np.pi * 150 / 8000) * 8000).astype(np.int16))
"""Three tenths of a second, voiced."""


def test_a_cough_does_not_stop_a_prompt(scripted: Any, call: Callable[..., Any], recorded: dict[str, str]) -> None:
    """A short sound that is no words leaves the prompt playing and is no answer; what is said next is heard."""
    heard = scripted(["marjorie featherstone"], confidence=0.02)
    phone, _, line = call(heard, **recorded)
    line.sound(SILENCE * 20 + COUGH + SILENCE * 60)
    line.put(Mark("played 1"))
    line.sound(SILENCE * 5)
    line.inbox.put(None)
    line.hold(phone)
    assert Clear() not in line.sent
    assert heard.fed
    assert not phone.service.calls.site.store.turns(phone.call_id)


def test_a_short_word_over_a_prompt_is_an_answer(
    scripted: Any, call: Callable[..., Any], recorded: dict[str, str]
) -> None:
    """A word as short as a cough is one, where the recogniser makes words of it at the end."""
    phone, greeting, line = call(scripted(["marjorie featherstone"]), **recorded)
    line.sound(SILENCE * 20 + COUGH + SILENCE * 60)
    line.hold(phone)
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]


def test_first_words_stop_a_prompt(scripted: Any, call: Callable[..., Any], recorded: dict[str, str]) -> None:
    """A partial result stops the prompt before the utterance has ended."""
    phone, _, line = call(scripted(["marjorie featherstone"], partial="marjorie"), **recorded)
    line.sound(SILENCE * 20 + COUGH + SILENCE * 5)
    line.inbox.put(None)
    line.hold(phone)
    assert Clear() in line.sent


def test_keys_stop_a_prompt(scripted: Any, call: Callable[..., Any], recorded: dict[str, str]) -> None:
    """A key pressed over a recorded prompt stops it."""
    phone, _, line = call(scripted([]), **recorded)
    line.put(Key("0"))
    line.sound(SILENCE * 150)
    line.hold(phone)
    assert Clear() in line.sent


def test_time_to_answer_begins_after_the_prompt(
    scripted: Any, call: Callable[..., Any], recorded: dict[str, str]
) -> None:
    """While a prompt plays nobody has to speak; the time to answer begins when its mark comes back."""
    phone, _, line = call(scripted([]), **recorded)
    line.sound(SILENCE * 400)
    line.put(Mark("played 1"))
    line.sound(SILENCE * 200)
    line.inbox.put(None)
    line.hold(phone)
    assert not phone.service.calls.site.store.turns(phone.call_id)


def test_a_conversation_goes_on_in_one_stream(
    scripted: Any, call: Callable[..., Any], recorded: dict[str, str], speech: bytes
) -> None:
    """While all that is said is recorded, the stream stays open from turn to turn."""
    phone, greeting, line = call(scripted(["marjorie featherstone"]), **recorded)
    line.put(Mark("played 1"))
    line.sound(SILENCE * 260)
    line.put(Mark("played 2"))
    line.sound(speech)
    line.hold(phone)
    assert [e.name for e in line.sent if isinstance(e, Mark)] == ["played 1", "played 2"]
    assert [t.turn for t in phone.service.calls.site.store.turns(phone.call_id)] == [1, 2]
    assert phone.dialled(_next(phone, greeting)) == ["+441632960123"]
