"""A caller on a media stream, joined to the service without a network between, and a recogniser that is told."""

from __future__ import annotations

import queue
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ivr.channels.media import GoneError, MediaStream
from ivr.channels.media_codec import (
    FRAME,
    Connected,
    Event,
    Media,
    Started,
    decode,
    encode,
)
from ivr.errors import RecogniserError
from ivr.model import Hypothesis, Recognition
from ivr.recognise.audio import read_wav
from ivr.recognise.base import Capabilities
from ivr.recognise.g711 import mulaw_encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SILENCE = b"\xff" * FRAME
CAPABILITIES = Capabilities(
    engine="scripted", grammar=True, streaming=True, word_times=False, confidence=True, holds_lock=False
)


@dataclass
class Scripted:
    """A recogniser that hears what it is told to, when somebody speaks."""

    hears: list[str]
    full: bool = False
    dies: bool = False
    partial: str = ""
    confidence: float = 0.95
    ready: bool = True
    fed: int = 0
    dropped: int = 0
    capabilities: Capabilities = CAPABILITIES

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> Scripted:
        """Begin an utterance."""
        del grammar, only
        if self.full:
            raise RecogniserError("the recogniser pool is full")
        return self

    def feed(self, samples: Any) -> str:
        """Count what is heard."""
        self.fed += samples.size
        return self.partial

    def finish(self) -> Recognition:
        """Hear the next thing told."""
        if self.dies:
            raise RecogniserError("the recogniser process died")
        return Recognition((Hypothesis(self.hears.pop(0), self.confidence),), "scripted")

    def cancel(self) -> None:
        """Give the utterance up."""
        self.dropped += 1


@dataclass
class Line:
    """Twilio's end of a stream, joined to the service's without a network between."""

    inbox: queue.Queue[str | bytes | None] = field(default_factory=queue.Queue)
    sent: list[Event] = field(default_factory=list)
    behind: int = 0

    def receive(self, seconds: float) -> str | bytes | None:
        """Give the service the next message."""
        try:
            message = self.inbox.get(timeout=seconds)
        except queue.Empty:
            return None
        if message is None:
            raise GoneError
        return message

    def send(self, message: str) -> None:
        """Take a message from the service."""
        self.sent.append(decode(message))

    def put(self, *events: Event) -> None:
        """Send the service events."""
        for event in events:
            self.inbox.put(encode(event, "MZ1", 1))

    def hold(self, phone: Any) -> None:
        """Let the service hold the stream until it closes it, or the caller is gone."""
        with suppress(GoneError):
            MediaStream(self, phone.service.calls, phone.service.ears).run()

    def sound(self, sound: bytes) -> None:
        """Send the service sound, in frames."""
        self.put(*(Media(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME)))


@pytest.fixture
def scripted() -> type[Scripted]:
    """Give the recogniser that hears what it is told to."""
    return Scripted


@pytest.fixture
def speech(root: Path) -> bytes:
    """Give somebody saying something, and the silence after it."""
    return mulaw_encode(read_wav(root / "audio" / "calls" / "bare-name-1.wav")) + SILENCE * 60


@pytest.fixture
def call(make_phone: Callable[..., Any]) -> Callable[..., tuple[Any, Any, Line]]:
    """Make a call that is listened to on a stream, up to the stream's start."""

    def make(recogniser: Scripted, **telephony: object) -> tuple[Any, Any, Line]:
        phone = make_phone(recogniser, mode="stream", **telephony)
        greeting = phone.dial()
        (stream,) = greeting.iter("Stream")
        assert stream.get("url") == "wss://phone.example.org/media"
        parameters = {p.get("name"): p.get("value") for p in stream}
        line = Line()
        line.put(Connected(), Started(stream="MZ1", call=phone.call_id, parameters=parameters))
        return phone, greeting, line

    return make


@pytest.fixture
def recorded(tmp_path: Path) -> dict[str, str]:
    """Give a folder in which everything of a short conversation is recorded."""
    folder = tmp_path / "prompts"
    folder.mkdir()
    rows = ["file,text"]
    texts = (
        "Hello, you're through to",
        "Testford Council",
        "Who would you like to speak to, or what is it about?",
        (
            "I didn't hear anything. Please say a name, a department, or what you need. "
            "You can also key an extension, press star for a keypad menu, or 0 for the operator."
        ),
    )
    for n, text in enumerate(texts):
        soundfile.write(folder / f"{n}.wav", np.sin(np.arange(8000) / 8) * 0.2, 8000, "PCM_16")
        rows.append(f'{n}.wav,"{text}"')
    (folder / "prompts.csv").write_text("\n".join(rows), encoding="utf-8")
    return {"audio": str(folder)}
