"""How busy a process is: requests in hand, how long answers take, and how many callers are in conversation."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HALF_LIFE = 5.0
"""Seconds after which past answers count half."""
COUNT_SECONDS = 1.0
"""Seconds a count of conversations is good for."""
MOST_HELD = 0.85
"""Share of the threads for webhooks beyond which none is left to spare: new callers get the static answer."""


@dataclass
class Lag:
    """How long answers have taken lately, forgotten while none are given. Safe to share between threads."""

    _seconds: float = 0.0
    _at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float) -> None:
        """Take in how long an answer took, or was waited for in vain."""
        with self._lock:
            self._seconds, self._at = 0.7 * self.seconds + 0.3 * seconds, monotonic()

    @property
    def seconds(self) -> float:
        """How long answers take."""
        return float(self._seconds * 0.5 ** ((monotonic() - self._at) / HALF_LIFE))


@dataclass
class Threads:
    """The threads of one process, and what holds them. Safe to share between threads, and between sites."""

    total: int
    webhooks: int = 0
    streams: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def webhook(self) -> Iterator[None]:
        """Hold a thread for a webhook."""
        with self._lock:
            self.webhooks += 1
        try:
            yield
        finally:
            with self._lock:
                self.webhooks -= 1

    @contextmanager
    def stream(self, most: int) -> Iterator[bool]:
        """Hold a thread for a media stream; gives False, and holds none, where `most` are held."""
        with self._lock:
            room = self.streams < most
            self.streams += room
        try:
            yield room
        finally:
            with self._lock:
                self.streams -= room

    @property
    def busy(self) -> bool:
        """Whether any is held."""
        return bool(self.webhooks or self.streams)

    @property
    def full(self) -> bool:
        """Whether they are all but used up: what comes now may not wait for anything."""
        return self.webhooks > max(1.0, MOST_HELD * (self.total - self.streams))


@dataclass
class Load:
    """How much a site has to do. Safe to share between threads."""

    threads: Threads
    count: Callable[[], int]
    """Counts the callers in conversation, on all machines."""
    lag: Lag = field(default_factory=Lag)
    """How long webhooks take."""
    _counted: int = 0
    _counted_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def conversations(self) -> int:
        """Return how many callers are in conversation, at most a second old. Raises RecordsError."""
        with self._lock:
            if monotonic() - self._counted_at < COUNT_SECONDS:
                return self._counted
            self._counted_at = monotonic()  # the others go on with the old count meanwhile
        self._counted = self.count()
        return self._counted
