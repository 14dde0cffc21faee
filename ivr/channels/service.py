"""A running telephone service: the calls, who may send them, who listens, and how many at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ivr.channels.keeping import Keeper
from ivr.channels.load import Lag, Load, Threads
from ivr.channels.media import Ears, MediaStream
from ivr.channels.metrics import Metrics

if TYPE_CHECKING:
    from ivr.channels.calls import Calls
    from ivr.channels.live_socket import LiveSocket
    from ivr.channels.signatures import Signatures
    from ivr.recognise.base import Recogniser

SLOW = 0.8
"""Seconds that answers on streams may take; beyond, Twilio listens to the next turns, so that ours catches up."""
LEGS = 5_000
"""Transfers whose times are remembered at once."""


@dataclass
class Service:
    """What the webhooks work with."""

    calls: Calls
    signatures: Signatures | None
    """None: requests are not checked, which `ivr serve` allows on loopback only."""
    ears: Ears | None = None
    """None: Twilio listens to every call, or does until our own recogniser is warm."""
    load: Load = field(default_factory=lambda: Load(Threads(64), count=int))
    most_streams: int = 48
    metrics: Metrics = field(default_factory=Metrics)
    answered: dict[str, float] = field(default_factory=dict)
    """When the transfer of a call was answered, as far as this process was told."""
    draining: bool = False
    """This process is about to stop: new turns are listened to by Twilio."""
    closing: bool = False
    """The whole server is: calls go on, new callers get the static answer."""
    note: str = ""
    """Why the active directory version is not the one in use; empty: it is."""
    host: str = ""
    """Where the last webhook was sent to: the origin of a service tried out without a public address."""
    _lag: Lag = field(default_factory=Lag)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[LiveSocket] = field(default_factory=set)

    def talking(self) -> bool:
        """Whether anybody is in conversation with this process, as far as it knows."""
        return self.load.threads.busy or self.calls.talking()

    def close(self) -> None:
        """Take no new calls: the server ends as soon as those in conversation have."""
        self.closing = True
        self.calls.style = replace(self.calls.style, announce=False)

    def stop_streams(self) -> None:
        """Close the media streams: Twilio goes on with what comes after each, at whichever server is there."""
        for socket in tuple(self._open):
            socket.drop()

    def stream_url(self) -> str:
        """Return where streams are to connect; '': nobody is there to listen, or too many are listened to."""
        ready = getattr(self.ears and self.ears.recogniser, "ready", True)
        busy = self.load.threads.streams >= self.most_streams or self.lag() > SLOW
        if self.ears is None or self.draining or not ready or busy:
            return ""
        origin = self.calls.style.origin
        origin = origin if origin.startswith("http") else self.host + origin
        return "ws" + origin.removeprefix("http") + "/media"

    def listen_with(self, recogniser: Recogniser) -> None:
        """Listen with our own recogniser from the next turn of every call on."""
        settings = self.calls.site.settings
        self.ears = Ears(
            recogniser=recogniser,
            settings=settings.recognition,
            answered=self.note_answer,
            lost=self.note_lag,
            keeper=Keeper.of(settings),
            leaving=lambda: self.draining,
        )

    def note_answer(self, seconds: float) -> None:
        """Take in how long an utterance on a stream took to be answered."""
        self.metrics.answer_seconds.observe(seconds)
        self.note_lag(seconds)

    def note_lag(self, seconds: float) -> None:
        """Take in how long an utterance was waited for, whether an answer came or not."""
        self._lag.note(seconds)

    def lag(self) -> float:
        """Return how long answers on streams have taken lately, seconds; forgotten while none are given."""
        return self._lag.seconds

    def stream(self, socket: LiveSocket) -> None:
        """Hold one media stream, if there is room for it."""
        with self.load.threads.stream(self.most_streams) as room:
            if not room or self.ears is None:
                return
            self.metrics.streams.inc()
            self._open.add(socket)
            try:
                MediaStream(socket, self.calls, self.ears).run()
            finally:
                self._open.discard(socket)
                self.metrics.streams.dec()

    def note_answered(self, call_id: str) -> None:
        """Remember that the transfer of a call was answered just now."""
        with self._lock:
            while len(self.answered) >= LEGS:
                self.answered.pop(next(iter(self.answered)))
            self.answered.setdefault(call_id, self.calls.tools.clock().timestamp())
