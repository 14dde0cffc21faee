"""The server's side of a recogniser process: its start and end, and the utterances it hears."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivr.errors import RecogniserError
from ivr.recognise.worker import HELD_BACK, UNKNOWN, serve, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.model import Recognition
    from ivr.recognise.base import Capabilities, Samples
    from ivr.recognise.pool import PoolRecogniser
    from ivr.recognise.worker import Recipe

_LAST_WORDS = 2.0
"""Seconds a process has to end by itself."""
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How large a pool is and how long it waits. Times in seconds."""

    workers: int = 2
    streams: int = 8
    """Utterances a worker hears at once; a recogniser that keeps the lock hears one whatever this says."""
    start_wait: float = 300.0
    """For a process to make its recogniser and compile its grammars."""
    free_wait: float = 1.0
    """For a free worker at the start of an utterance; then the pool is full."""
    finish_wait: float = 10.0
    """For the result after the last sample; then the worker is taken for hung and killed."""
    longest: float = 30.0
    """Sound an utterance may have; what comes after is not listened to."""


class PooledHearing:
    """One utterance being heard in another process."""

    def __init__(self, worker: WorkerProcess, number: int, limits: PoolLimits) -> None:
        self._worker, self._number, self._limits = worker, number, limits
        self.result: Future[Recognition] = Future()
        self.partial = ""
        self.touched = time.monotonic()
        """When it was last fed."""
        self._room = round(limits.longest * worker.capabilities.sample_rate)

    def feed(self, samples: Samples) -> str:
        """Pass samples on; return the latest partial text, without waiting. Raises RecogniserError on a death."""
        if self.result.done():
            self.result.result()  # raises what the process told
        self.touched = time.monotonic()
        taken = samples[: self._room]
        self._room -= taken.size
        if taken.size:
            self._worker.send("feed", self._number, taken)
        return self.partial

    def finish(self) -> Recognition:
        """Return what was heard. Raises RecogniserError where the process died, failed or took too long."""
        self._worker.send("finish", self._number)
        try:
            return self.result.result(timeout=self._limits.finish_wait)
        except FutureTimeoutError:
            self._worker.kill()
            raise unexpected(f"did not answer in {self._limits.finish_wait:g} s") from None
        finally:
            self._worker.forget(self._number)

    def cancel(self) -> None:
        """Give the utterance up: the caller hung up, or pressed a key. No result will be asked for."""
        self._worker.send("drop", self._number)
        self._worker.forget(self._number)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep a stop that is meant for the server from a process that starts here, until that has arranged for it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerProcess:
    """One process, and what it is hearing. The pool is told of its end and of places that become free."""

    def __init__(self, pool: PoolRecogniser, recipe: Recipe) -> None:
        self._pool = pool
        self.capabilities: Capabilities = UNKNOWN
        self.failure = ""
        self.ready = threading.Event()
        self.retiring = self.dead = self._killed = False
        self.hearings: dict[int, PooledHearing] = {}
        self._sending = threading.Lock()
        self._connection, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=serve, args=(theirs, recipe), daemon=True, name="ivr-recogniser")
        with _undisturbed():
            self.process.start()
        theirs.close()
        self._reader = threading.Thread(target=self._read, daemon=True, name="ivr-recogniser-reader")
        self._reader.start()

    @property
    def capacity(self) -> int:
        """Utterances it can still take."""
        if not self.ready.is_set() or self.dead or self.retiring or self._killed:
            return 0
        return (1 if self.capabilities.holds_lock else self._pool.limits.streams) - len(self.hearings)

    def send(self, *message: Any) -> None:
        """Pass a message on, if there is somebody to take it."""
        with self._sending, suppress(OSError):  # a death is told by the reader
            self._connection.send(message)

    def forget(self, number: int) -> None:
        """Give an utterance's place to another."""
        self.hearings.pop(number, None)
        self._pool.freed(self)

    def kill(self) -> None:
        """End a process that hangs; nothing more is given to it."""
        self._killed = True
        self.process.kill()

    def end(self) -> None:
        """Ask the process to end when it gets to it, or kill one that no longer takes messages."""
        if not self._sending.acquire(timeout=_LAST_WORDS):
            self.kill()
            return
        try:
            with suppress(OSError):
                self._connection.send(None)
        finally:
            self._sending.release()

    def close(self) -> None:
        """End the process, gently at first if it listens yet, and wait until it has gone."""
        if not self.ready.is_set():
            self.kill()  # it may be compiling for minutes
        self.end()
        self._reader.join(timeout=_LAST_WORDS)
        if self._reader.is_alive():
            self.kill()
            self._reader.join()

    def _read(self) -> None:
        """Take the process's messages until it ends, and clear up after it."""
        with suppress(EOFError, OSError):
            while True:
                self._take(*self._connection.recv())
        self.dead = True
        self.process.join(_LAST_WORDS)  # it closed its end: it has gone, or hangs on its way out
        self.process.kill()
        self.process.join()
        exit_code = self.process.exitcode
        with self._sending:
            self._connection.close()
        for hearing in list(self.hearings.values()):
            if not hearing.result.done():
                hearing.result.set_exception(unexpected("died"))
        self.ready.set()
        self._pool.lost(self, exit_code)

    def _take(self, kind: str, *rest: Any) -> None:
        if kind == "ready":
            self.capabilities = rest[0]
            self.ready.set()
            self._pool.freed(self)
        elif kind == "failed":
            self.failure = rest[0]
        elif hearing := self.hearings.get(rest[0]):
            if kind == "partial":
                hearing.partial = rest[1]
                return
            if kind == "heard":
                hearing.result.set_result(rest[1])
            else:
                hearing.result.set_exception(RecogniserError(rest[1]))
            self.forget(rest[0])  # the process is done with it, whether or not anybody asks for the result
