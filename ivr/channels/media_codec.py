"""Twilio's media-stream messages as frozen events, both ways. Pure: text in, event out, and back.

Nothing that arrives raises: what cannot be read becomes `Garbage` with a reason. Both directions are
here because the service speaks one side and the simulator the other.

Source: twilio.com/docs/voice/media-streams/websocket-messages. Sound is mu-law, 8,000 samples a second,
mono, base64 in JSON text frames, without a header; numbers such as `timestamp` travel as strings.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENCODING = "audio/x-mulaw"
RATE = 8000
FRAME = 160
"""Bytes (and samples) of one 20 ms frame."""
LONGEST_MESSAGE = 65_536
"""Characters beyond which a message is not read."""
KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is up; `Started` follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The stream's particulars."""

    stream: str
    call: str
    account: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the TwiML passed as `<Parameter>`s."""
    encoding: str = ENCODING
    rate: int = RATE
    channels: int = 1

    @property
    def usable(self) -> bool:
        """Whether the sound is in the one format the service reads."""
        return (self.encoding, self.rate, self.channels) == (ENCODING, RATE, 1)


@dataclass(frozen=True, slots=True)
class Media:
    """Sound, either way."""

    sound: bytes
    """Mu-law, 8,000 a second."""
    timestamp: int = 0
    """Milliseconds from the stream's start; 0 towards Twilio."""


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed one key."""

    digit: str
    """0-9, * or #."""


@dataclass(frozen=True, slots=True)
class Mark:
    """To Twilio: tell me when you have played this far. From Twilio: played (or cleared) this far."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """To Twilio: stop playing and forget what is queued; its marks come back at once."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream ended: the caller hung up, or the call went on without it."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A message that cannot be read."""

    reason: str
    """For the log, without the message's content."""


Event = Connected | Started | Media | Key | Mark | Clear | Stopped | Garbage


class _UnreadableError(Exception):
    """Carries the reason up to `decode`."""


def decode(message: str | bytes | None) -> Event:
    """Read one web socket message. Never raises: what cannot be read is `Garbage`.

    Event names nobody has published yet are `Garbage` too, and harmless to skip.
    """
    try:
        data = _object(message)
        name = data.get("event")
        reader = _READERS.get(name) if isinstance(name, str) else None
        if reader is None:
            return Garbage("unknown event")
        return reader(data)
    except _UnreadableError as error:
        return Garbage(str(error))


def encode(event: Event, stream: str = "", sequence: int = 0) -> str:
    """Write an event as the message Twilio sends, or takes, for it.

    `sequence` numbers messages from Twilio, from 1; messages to Twilio have none (0). Raises ValueError
    for `Garbage`, which is nobody's message.
    """
    body = _written(event, stream)
    if stream:
        body["streamSid"] = stream
    if sequence:
        body["sequenceNumber"] = str(sequence)
    return json.dumps(body, separators=(",", ":"))


def _object(message: str | bytes | None) -> dict[str, Any]:
    if not isinstance(message, str):
        raise _UnreadableError("not a text frame")
    if len(message) > LONGEST_MESSAGE:
        raise _UnreadableError("message too long")
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        raise _UnreadableError("not JSON") from None
    if not isinstance(data, dict):
        raise _UnreadableError("not a JSON object")
    return data


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if not isinstance(part, dict):
        raise _UnreadableError(f"no `{name}` object")
    return part


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise _UnreadableError(f"`{name}` is not text")
    return value


def _number(data: Mapping[str, Any], name: str, default: int) -> int:
    """Read a count that travels as a string or a number."""
    value = data.get(name, default)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 (keeps it within 64 bits)
        raise _UnreadableError(f"`{name}` is not a count")
    return int(text)


def _started(data: Mapping[str, Any]) -> Started:
    start = _part(data, "start")
    sound = start.get("mediaFormat", {})
    parameters = start.get("customParameters") or {}
    if not isinstance(sound, dict) or not isinstance(parameters, dict):
        raise _UnreadableError("start without a readable format")
    stream = _text(start, "streamSid") or _text(data, "streamSid")
    if not stream:
        raise _UnreadableError("start without a stream id")
    return Started(
        stream=stream,
        call=_text(start, "callSid"),
        account=_text(start, "accountSid"),
        parameters={str(key): str(value) for key, value in parameters.items()},
        encoding=_text(sound, "encoding") or ENCODING,
        rate=_number(sound, "sampleRate", RATE),
        channels=_number(sound, "channels", 1),
    )


def _media(data: Mapping[str, Any]) -> Media:
    media = _part(data, "media")
    try:
        sound = base64.b64decode(_text(media, "payload"), validate=True)
    except (binascii.Error, ValueError):
        raise _UnreadableError("sound is not base64") from None
    return Media(sound, _number(media, "timestamp", 0))


def _key(data: Mapping[str, Any]) -> Key:
    digit = _text(_part(data, "dtmf"), "digit")
    if digit not in KEYS:
        raise _UnreadableError("not a key")
    return Key(digit)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "connected": lambda _: Connected(),
    "start": _started,
    "media": _media,
    "dtmf": _key,
    "mark": lambda data: Mark(_text(_part(data, "mark"), "name")),
    "clear": lambda _: Clear(),
    "stop": lambda _: Stopped(),
}


def _written(event: Event, stream: str) -> dict[str, Any]:
    match event:
        case Started():
            return {"event": "start", "start": _start_body(event, stream)}
        case Media():
            return {"event": "media", "media": _media_body(event)}
        case Key(digit):
            return {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}}
        case Mark(name):
            return {"event": "mark", "mark": {"name": name}}
        case Garbage():
            raise ValueError("garbage cannot be sent")
        case _:
            return dict(_FIXED[type(event)])


_FIXED: Mapping[type[Event], Mapping[str, Any]] = {
    Connected: {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    Clear: {"event": "clear"},
    Stopped: {"event": "stop", "stop": {}},
}


def _media_body(event: Media) -> dict[str, str]:
    body = {"payload": base64.b64encode(event.sound).decode("ascii")}
    return body | {"timestamp": str(event.timestamp)} if event.timestamp else body


def _start_body(event: Started, stream: str) -> dict[str, Any]:
    return {
        "streamSid": event.stream or stream,
        "accountSid": event.account,
        "callSid": event.call,
        "tracks": ["inbound"],
        "customParameters": dict(event.parameters),
        "mediaFormat": {"encoding": event.encoding, "sampleRate": event.rate, "channels": event.channels},
    }
