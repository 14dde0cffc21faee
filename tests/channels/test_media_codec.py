"""The media-stream codec: everything sent can be read back, and nothing read can break it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.media_codec import (
    LONGEST_MESSAGE,
    Clear,
    Connected,
    Event,
    Garbage,
    Key,
    Mark,
    Media,
    Started,
    Stopped,
    decode,
    encode,
)

names = st.text(min_size=1, max_size=20)
events: st.SearchStrategy[Event] = st.one_of(
    st.just(Connected()),
    st.builds(
        Started,
        stream=names,
        call=names,
        account=names,
        parameters=st.dictionaries(names, st.text(max_size=20), max_size=3),
        rate=st.integers(1, 96_000),
        channels=st.integers(1, 8),
    ),
    st.builds(Media, st.binary(max_size=400), st.integers(0, 10**9)),
    st.builds(Key, st.sampled_from("0123456789*#")),
    st.builds(Mark, st.text(max_size=20)),
    st.just(Clear()),
    st.just(Stopped()),
)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(event=events, stream=names, sequence=st.integers(0, 1000))
def test_round_trip(event: Event, stream: str, sequence: int) -> None:
    """Every event reads back as itself, whichever way it travelled."""
    assert decode(encode(event, stream, sequence)) == event


@given(message=st.text(max_size=200) | st.binary(max_size=200) | st.none())
def test_noise_never_raises(message: str | bytes | None) -> None:
    """Text, bytes or nothing at all: an event comes back, never an exception."""
    assert isinstance(decode(message), Event)


@given(
    event=st.sampled_from(["start", "media", "dtmf", "mark", "stop", "connected", "clear", "else"]),
    body=anything,
    inner=st.dictionaries(
        st.sampled_from(["payload", "timestamp", "digit", "name", "mediaFormat", "customParameters", "streamSid"]),
        anything,
    ),
)
def test_wrongly_shaped_messages_never_raise(event: str, body: Any, inner: dict[str, Any]) -> None:
    """Messages of the right name and the wrong shape are garbage, never an exception."""
    for part in (body, inner):
        assert isinstance(decode(json.dumps({"event": event, event: part})), Event)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"\x00\x01", "not a text frame"),
        ("x" * (LONGEST_MESSAGE + 1), "message too long"),
        ("[" * 60_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"event": "video"}', "unknown event"),
        ('{"event": ["media"]}', "unknown event"),
        ('{"event": "media"}', "no `media` object"),
        ('{"event": "media", "media": {"payload": "!"}}', "sound is not base64"),
        ('{"event": "media", "media": {"payload": "AA==", "timestamp": "soon"}}', "`timestamp` is not a count"),
        ('{"event": "dtmf", "dtmf": {"digit": "12"}}', "not a key"),
        ('{"event": "start", "start": {}}', "start without a stream id"),
    ],
)
def test_garbage_says_why(message: str | bytes, reason: str) -> None:
    """What cannot be read says why, without repeating what was sent."""
    assert decode(message) == Garbage(reason)


def test_start_as_twilio_sends_it() -> None:
    """A start message in Twilio's documented form gives ids, parameters and a usable format."""
    message = {
        "event": "start",
        "sequenceNumber": "1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"turn": "3"},
        },
        "streamSid": "MZ1",
    }
    started = decode(json.dumps(message))
    assert isinstance(started, Started)
    assert (started.stream, started.call, started.parameters["turn"]) == ("MZ1", "CA1", "3")
    assert started.usable


def test_wrong_format_is_seen() -> None:
    """A stream of another encoding or rate is recognised as one we cannot read."""
    assert not Started(stream="MZ1", call="CA1", rate=16_000).usable
    assert not Started(stream="MZ1", call="CA1", encoding="audio/l16").usable


def test_garbage_cannot_be_sent() -> None:
    """Nobody sends garbage on purpose."""
    with pytest.raises(ValueError, match="garbage"):
        encode(Garbage("x"))
