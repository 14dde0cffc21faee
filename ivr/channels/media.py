"""A caller on a media stream: our own ears on a call whose voice is Twilio's.

Twilio cannot speak inside a stream, so each listening is a stream of its own: what is not recorded is said
before it, recordings are played in it and can be talked over, and when the caller has answered, the socket
closes and Twilio fetches the next document, which was ready before it asked. While replies are recordings
only, the conversation goes on in the same stream. A recogniser that is full, slow or dead, and a stream that
breaks, cost one turn: the caller is asked again, and Twilio listens for the rest of the call.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from ivr.channels.callers import Contact, number
from ivr.channels.ear import Ear
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
from ivr.channels.phrases import Recorded
from ivr.dialogue.actions import Listen, Say
from ivr.dialogue.events import Fault
from ivr.errors import AudioError, RecogniserError
from ivr.model import Recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ivr.channels.calls import Answer, Calls
    from ivr.channels.keeping import Keeper
    from ivr.channels.runner import Actions, Conversation
    from ivr.recognise.base import Recogniser
    from ivr.settings import RecognitionSettings

    Observe = Callable[[float], None]

OPENING = 5.0
"""Seconds a new socket has to say which call it is."""
SILENT = 4.0
"""Seconds without any message after which a stream is taken for broken; Twilio sends 50 a second."""
MOST_GARBAGE = 100
MOST_BEHIND = 500
"""Messages waiting to be read (10 s of sound) at which this machine is too slow to listen."""
CHUNK = FRAME * 10
"""Bytes of recording in a message: 200 ms."""

log = logging.getLogger(__name__)


class Socket(Protocol):
    """One web socket."""

    def receive(self, seconds: float) -> str | bytes | None:
        """Return the next message; None: none came in time. Raises GoneError when the other side has closed."""
        ...

    def send(self, message: str) -> None:
        """Send a text message. Raises GoneError."""
        ...

    @property
    def behind(self) -> int:
        """Messages received and not yet read."""
        ...


class GoneError(Exception):
    """The other side closed the socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What streams listen with."""

    recogniser: Recogniser
    """Safe to share between threads: `ivr.recognise.pool`."""
    settings: RecognitionSettings
    answered: Observe
    """Told the seconds from the end of an utterance to its answer, for the figures."""
    lost: Observe
    """Told the seconds that an answer was waited for in vain."""
    keeper: Keeper | None = None
    """Keeps what callers say; None: nothing is kept."""
    leaving: Callable[[], bool] = bool
    """Whether this process is about to stop, so that no stream is to last longer than its turn."""


class MediaStream:
    """One stream, from its start to its end. Runs in a thread of its own."""

    def __init__(self, socket: Socket, calls: Calls, ears: Ears) -> None:
        self._socket, self._calls, self._ears = socket, calls, ears
        self._stream = ""
        self._garbage = 0
        self._said: list[bytes] = []
        """The sound of this turn, where it is kept."""

    def run(self) -> None:
        """Hold the stream until the call needs Twilio's voice again, or the caller is gone. Raises GoneError."""
        try:
            started = self._opening()
        except RecogniserError as error:
            log.warning("a socket that sent no stream: %s", error)
            return
        if started is None:
            return
        contact = Contact(call_id=started.call, caller=number(started.parameters.get("from", "")))
        waiting = self._awaited(started, contact)
        if waiting is None:
            return
        turn: int = waiting[0]
        listen: Listen | None = waiting[1]
        files = [file for file in started.parameters.get("play", "").split("|") if file]
        try:
            while listen is not None:
                answer = self._turn(contact, turn, listen, files)
                listen, files = self._goes_on(answer)
                turn = answer.turn + 1
        except RecogniserError as error:
            log.warning("call %s: turn %d lost: %s", contact.call_id, turn, error)
            self._lose(contact, turn, str(error))
        self._calls.note(contact.call_id, waits=True)  # Twilio fetches what comes next

    # --- the parts of a stream ---

    def _opening(self) -> Started | None:
        """Wait for the stream's particulars; None: it is none of ours."""
        until = monotonic() + OPENING
        while (left := until - monotonic()) > 0:
            event = self._next(left)
            if isinstance(event, Started):
                self._stream = event.stream
                if event.usable and event.call:
                    return event
                log.warning("a stream of %s at %d Hz: not one we can hear", event.encoding[:40], event.rate)
                self._lose_start(event)
                return None
            if not isinstance(event, Connected | Garbage | None):
                break
        log.warning("a socket that did not say which call it is")
        return None

    def _awaited(self, started: Started, contact: Contact) -> tuple[int, Listen] | None:
        """Return what the call waits for, if it waits for this stream."""
        waiting = self._calls.awaited(contact.call_id)
        if waiting is None or str(waiting[0]) != started.parameters.get("turn"):
            log.warning("a stream for a call or turn that is not waited for")
            return None
        listen = self._calls.listening(waiting[1])
        return None if listen is None else (waiting[0], listen)

    def _turn(self, contact: Contact, turn: int, listen: Listen, files: Sequence[str]) -> Answer:
        """Play, hear one answer, and take the step it brings. Raises GoneError, RecogniserError."""
        ear = Ear(self._ears.recogniser, listen, self._ears.settings)
        self._said = []
        try:
            ear.playing = self._play(files, turn)
            while not ear.done:
                self._hear(ear)
            ended = monotonic()
            try:
                heard = ear.result()
            except RecogniserError:
                self._ears.lost(monotonic() - ended)
                raise
        finally:
            ear.cancel()
        keeper, kept = self._ears.keeper, ""
        if keeper and isinstance(heard, Recognition) and heard.speech:
            kept = keeper.keep(contact.call_id, turn, listen.expect, b"".join(self._said), heard.text)
        answer = self._calls.take(contact, turn, partial(_happened, heard, kept))
        self._ears.answered(monotonic() - ended)
        return answer

    def _hear(self, ear: Ear) -> None:
        match self._next(SILENT):
            case None:
                raise RecogniserError("no sound came from the network")
            case Media(sound):
                ear.sound(sound)
                if self._ears.keeper:
                    self._said.append(sound)
            case Key(digit):
                ear.press(digit)
            case Mark():
                ear.played()
            case Stopped():
                raise GoneError
        if ear.playing and ear.interrupts:
            self._send(Clear())
            ear.played()
        if self._socket.behind > MOST_BEHIND:
            raise RecogniserError("this machine is too busy to listen")

    def _goes_on(self, answer: Answer) -> tuple[Listen | None, list[str]]:
        """Return what to listen for in this same stream, and what to play first; None: Twilio goes on."""
        last = answer.actions[-1] if answer.actions else None
        if not isinstance(last, Listen) or last.free or last.language or answer.ended or self._ears.leaving():
            return None, []
        pieces = [piece for action in answer.actions if isinstance(action, Say) for piece in self._calls.pieces(action)]
        files = [piece.file for piece in pieces if isinstance(piece, Recorded)]
        return (last, files) if len(files) == len(pieces) else (None, [])

    def _play(self, files: Sequence[str], turn: int) -> bool:
        """Send recordings, with a mark at their end; False: there is nothing to play."""
        try:
            sound = self._calls.tools.voiceover.sound(files)
        except AudioError as error:
            log.warning("turn %d: not played: %s", turn, error)
            return False
        for at in range(0, len(sound), CHUNK):
            self._send(Media(sound[at : at + CHUNK]))
        if sound:
            self._send(Mark(f"played {turn}"))
        return bool(sound)

    def _lose(self, contact: Contact, turn: int, why: str) -> None:
        """Ask the caller again, with Twilio's ears from here on."""
        self._calls.take(contact, turn, partial(_lost, why), deaf=True)

    def _lose_start(self, started: Started) -> None:
        contact = Contact(call_id=started.call, caller=number(started.parameters.get("from", "")))
        waiting = self._awaited(started, contact)
        if waiting is not None:
            self._lose(contact, waiting[0], "a stream of a wrong format")

    # --- messages ---

    def _next(self, seconds: float) -> object:
        message = self._socket.receive(seconds)
        if message is None:
            return None
        event = decode(message)
        if isinstance(event, Garbage):
            self._garbage += 1
            if self._garbage > MOST_GARBAGE:
                raise RecogniserError("the stream is garbage")
        return event

    def _send(self, event: Media | Mark | Clear) -> None:
        self._socket.send(encode(event, self._stream))


def _happened(heard: Recognition | str, audio: str, conversation: Conversation, now: datetime) -> Actions:
    return conversation.hear(heard, now, audio) if isinstance(heard, Recognition) else conversation.press(heard, now)


def _lost(why: str, conversation: Conversation, now: datetime) -> Actions:
    return conversation.handle(Fault(now, why, recoverable=True))
