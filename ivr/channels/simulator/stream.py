"""Twilio's side of a media stream: sends a caller's sound in 20 ms frames, plays what comes back, returns marks."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simple_websocket import Client, ConnectionClosed
from simple_websocket.errors import SimpleWebsocketError
from wsproto.utilities import LocalProtocolError

from ivr.channels.media_codec import (
    FRAME,
    Clear,
    Connected,
    Garbage,
    Key,
    Mark,
    Media,
    Started,
    Stopped,
    decode,
    encode,
)
from ivr.errors import UnavailableError
from ivr.recognise.audio import read_wav
from ivr.recognise.g711 import mulaw_encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.channels.media_codec import Event
    from ivr.channels.script import Turn

SILENCE = b"\xff" * FRAME
FRAME_SECONDS = 0.02
SETTLE = 15
"""Frames that a caller waits before speaking, in case a prompt begins."""
PATIENCE = 1_500
"""Frames (30 s) that a caller waits for an answer."""
KEY_FRAMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How time passes."""

    speed: float = 1.0
    """1: real time; 10: ten times as fast."""
    barge_in: bool = False
    """The caller talks over prompts."""


@dataclass
class Streamed:
    """What happened on one stream."""

    turns: int = 0
    """Turns of the script that were used."""
    hung_up: bool = False
    played: float = 0.0
    """Seconds of sound that the server played."""
    cleared: int = 0
    """Times that the server stopped what it was playing."""
    answers: list[float] = field(default_factory=list)
    """Seconds, by this machine's clock, from the last sound of each utterance to the answer."""
    problems: list[str] = field(default_factory=list)


class StreamClient:
    """One stream of one call."""

    def __init__(self, url: str, headers: Mapping[str, str], pace: Pace) -> None:
        """Connect. Raises UnavailableError where the server refuses."""
        try:
            self._socket: Any = Client.connect(url, headers=dict(headers))
        except (SimpleWebsocketError, OSError) as error:
            raise UnavailableError(f"{url}: the media stream was refused") from error
        self._pace, self._frames = pace, 0
        self._stream, self._sequence = "", 1
        self._queued: list[tuple[int, str]] = []
        """(frame at which it has been played, mark)."""
        self._until = 0
        """Frame at which everything queued has been played."""
        self._spoke_at = 0.0
        self._open = True
        self.result = Streamed()

    def run(self, started: Started, next_turn: Callable[[], Turn | None]) -> Streamed:
        """Hold the stream until the server closes it, or the script's caller hangs up."""
        self._began = time.monotonic()
        self._stream = started.stream
        try:
            self._send(Connected())
            self._send(started)
            self._converse(next_turn)
        finally:
            with suppress(ConnectionClosed, OSError, LocalProtocolError):
                self._socket.close()
        return self.result

    def _converse(self, next_turn: Callable[[], Turn | None]) -> None:
        while self._alive():
            self._wait_for_my_turn()
            if not self._alive():
                return
            turn = next_turn()
            if turn is None or turn.only_hangs_up:
                self._hang_up()
                return
            self.result.turns += 1
            self._answer(turn)
            if turn.hangup:
                self._hang_up()
                return
            self._wait_for_reply()

    def _wait_for_my_turn(self) -> None:
        """Let the prompt finish, unless this caller talks over prompts."""
        for _ in range(SETTLE):
            self._frame(SILENCE)
        while self._open and self._frames < self._until and not self._pace.barge_in:
            self._frame(SILENCE)

    def _answer(self, turn: Turn) -> None:
        if turn.keys:
            for digit in turn.keys:
                self._send(Key(digit))
                for _ in range(KEY_FRAMES):
                    self._frame(SILENCE)
        elif turn.wav is not None:
            sound = mulaw_encode(read_wav(turn.wav))
            sound += SILENCE[: -len(sound) % FRAME]
            for at in range(0, len(sound), FRAME):
                self._frame(sound[at : at + FRAME])
        elif turn.says:
            self.result.problems.append(f"{turn.says!r} has no recording to play on a stream")
        self._spoke_at = time.monotonic()

    def _wait_for_reply(self) -> None:
        """Say nothing until the server plays something new or closes the stream."""
        before = self.result.played
        for _ in range(PATIENCE):
            if not self._open or self.result.played > before:
                self.result.answers.append(time.monotonic() - self._spoke_at)
                return
            self._frame(SILENCE)
        self.result.problems.append("no answer within 30 s on the stream")
        self._hang_up()

    def _hang_up(self) -> None:
        self.result.hung_up = True
        with suppress(ConnectionClosed, OSError):
            self._send(Stopped())
        self._open = False

    # --- frames and messages ---

    def _alive(self) -> bool:
        return self._open

    def _frame(self, sound: bytes) -> None:
        """Send 20 ms of sound when they are due, and take what has come meanwhile."""
        if not self._open:
            return
        due = self._began + self._frames * FRAME_SECONDS / self._pace.speed
        while (left := due - time.monotonic()) > 0 and self._open:
            self._take(left)
        while self._open and self._socket.input_buffer:
            self._take(0.0)
        if not self._socket.connected:
            self._open = False
        self._frames += 1
        self._send(Media(sound, self._frames * 20))
        self._return_marks()

    def _take(self, seconds: float) -> None:
        """Take one message, waiting at most so long."""
        try:
            message = self._socket.receive(timeout=seconds)
        except ConnectionClosed:
            self._open = False
            return
        if message is None:
            if not self._socket.connected:
                self._open = False
            return
        event = decode(message if isinstance(message, str | bytes) else bytes(message))
        match event:
            case Media(sound):
                self.result.played += len(sound) / 8000
                self._until = max(self._until, self._frames) + -(-len(sound) // FRAME)
            case Mark(name):
                self._queued.append((max(self._until, self._frames), name))
            case Clear():
                self.result.cleared += 1
                self._queued = [(self._frames, name) for _, name in self._queued]
                self._until = self._frames
            case _:
                what = event.reason if isinstance(event, Garbage) else type(event).__name__
                self.result.problems.append(f"the server sent a message that Twilio refuses: {what}")

    def _return_marks(self) -> None:
        due = [name for at, name in self._queued if at <= self._frames]
        self._queued = [(at, name) for at, name in self._queued if at > self._frames]
        for name in due:
            self._send(Mark(name))

    def _send(self, event: Event) -> None:
        try:
            self._socket.send(encode(event, self._stream, self._sequence))
            self._sequence += 1
        except (ConnectionClosed, OSError, LocalProtocolError):  # the last: closed by the other side just now
            self._open = False
