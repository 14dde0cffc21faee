"""A recogniser in a process of its own: what runs there, and its end of the pipe.

The process makes its recogniser once, says so (or why not), and then serves utterances, each in a thread. Messages
are small tuples: ("start", id, grammar, only), ("feed", id, samples), ("finish", id), ("drop", id) and
None (the end) come in;
("ready", capabilities), ("failed", why), ("partial", id, text), ("heard", id, recognition), ("error", id, why)
go out.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ivr.errors import IvrError, RecogniserError
from ivr.recognise.base import Capabilities, Hurried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from ivr.recognise.base import Hearing, Recogniser

    Recipe = Callable[[], Recogniser]
    """Makes a recogniser; can be pickled."""


UNKNOWN = Capabilities(
    engine="none", grammar=False, streaming=False, word_times=False, confidence=False, holds_lock=True
)
"""Of a process that has not said yet what its recogniser can do."""


CROWD = 2
"""Utterances waiting for their turn that say that a process is behind: with time to spare, each is decoded at once."""
HELD_BACK = frozenset({signal.SIGINT, signal.SIGTERM})
"""Signals that reach a new process only once it has said what they mean to it."""


def serve(connection: Connection, recipe: Recipe) -> None:
    """Make the recogniser and serve utterances until the other end closes. Runs as a process."""
    # A Ctrl-C at the terminal, or a stop sent to the server's whole group, is for the server: it lets calls finish
    # their turn, and then closes us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a server on its way out ignores it, and would pass that on to us
    os.setpgrp()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
    threading.excepthook = _die
    try:
        recogniser = recipe()
    except IvrError as error:
        connection.send(("failed", str(error)))
        return
    with suppress(BrokenPipeError):
        connection.send(("ready", recogniser.capabilities))
        _Server(connection, recogniser).run()


def _die(args: threading.ExceptHookArgs) -> None:
    """End the process after a fault nobody foresaw: a new one is sounder than one half broken."""
    sys.__excepthook__(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


class _Utterance:
    """One utterance: what is still to be heard of it, and whether its caller waits for the result."""

    def __init__(self) -> None:
        self.messages: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.awaited = False


class _Turnstile:
    """Lets one utterance decode at a time, those first whose callers wait for the result, then first come.

    A process has about one core: decoded side by side, all utterances would be late together.
    """

    def __init__(self) -> None:
        self._state = threading.Condition()
        self._waiting: list[_Utterance] = []
        self._busy = False

    def hurry(self, utterance: _Utterance) -> None:
        """Let an utterance come first from now on. Told to all who wait: the order they know has changed."""
        with self._state:
            utterance.awaited = True
            self._state.notify_all()

    def _next(self, utterance: _Utterance) -> bool:
        return not self._busy and next((u for u in self._waiting if u.awaited), self._waiting[0]) is utterance

    @property
    def crowded(self) -> bool:
        """Whether more wait than a process with time to spare has waiting."""
        with self._state:
            return len(self._waiting) >= CROWD

    @contextmanager
    def turn(self, utterance: _Utterance) -> Iterator[None]:
        """Wait for this utterance's turn, and hold it."""
        with self._state:
            self._waiting.append(utterance)
            self._state.wait_for(lambda: self._next(utterance))
            self._waiting.remove(utterance)
            self._busy = True
        try:
            yield
        finally:
            with self._state:
                self._busy = False
                self._state.notify_all()


class _Server:
    def __init__(self, connection: Connection, recogniser: Recogniser) -> None:
        self._connection, self._recogniser = connection, recogniser
        self._sending = threading.Lock()
        self._turnstile = _Turnstile()
        self._utterances: dict[int, _Utterance] = {}

    def run(self) -> None:
        with suppress(EOFError, ConnectionResetError):
            while (message := self._connection.recv()) is not None:
                self._take(message)

    def _take(self, message: tuple[Any, ...]) -> None:
        kind, number, *rest = message
        if kind == "start":
            fresh = self._utterances[number] = _Utterance()
            threading.Thread(target=self._hear, args=(number, fresh, *rest), daemon=True).start()
        elif utterance := self._utterances.get(number):
            utterance.messages.put((kind, *rest))
            if kind in {"finish", "drop"}:
                self._turnstile.hurry(utterance)
                del self._utterances[number]

    def _hear(self, number: int, utterance: _Utterance, grammar: str, only: frozenset[str]) -> None:
        try:
            hearing = self._recogniser.start(grammar, only=only)
            self._follow(number, utterance, hearing)
        except IvrError as error:
            self._send("error", number, str(error))

    def _follow(self, number: int, utterance: _Utterance, hearing: Hearing) -> None:
        before = ""
        while True:
            kind, *rest = utterance.messages.get()
            if kind == "feed":
                with self._turnstile.turn(utterance):
                    partial = hearing.feed(rest[0])
                if partial != before:
                    before = partial
                    self._send("partial", number, partial)
                continue
            with self._turnstile.turn(utterance):  # also for one dropped: it frees what the recogniser holds
                if isinstance(hearing, Hurried) and self._turnstile.crowded:
                    result = hearing.finish_soon()
                else:
                    result = hearing.finish()
            if kind == "finish":
                self._send("heard", number, result)
            return

    def _send(self, *message: Any) -> None:
        with self._sending, suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send(message)


def unexpected(why: str) -> RecogniserError:
    """Return the error for an utterance that its process could not finish."""
    return RecogniserError(f"the recogniser process {why}; the caller is asked again")
