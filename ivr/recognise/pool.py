"""Recognisers in worker processes, for servers that hear many callers at once.

A native recogniser may keep Python's lock, or crash. Here it does so in a process of its own: the server's threads
stay free, and a process that dies takes only its own utterances with it (RecogniserError; the caller is asked again)
and is replaced. `PoolRecogniser` is a Recogniser and may be shared between threads.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import signal
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from ivr.errors import RecogniserError, UnavailableError
from ivr.recognise.worker import HELD_BACK, UNKNOWN, serve, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.model import Recognition
    from ivr.recognise.base import Capabilities, Samples
    from ivr.recognise.worker import Recipe

log = logging.getLogger(__name__)
_LAST_WORDS = 2.0
"""Seconds a process has to end by itself."""
_START_AGAIN = 1.0
"""Seconds until a process is tried again after the machine refused one."""
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

    def __init__(self, worker: _Worker, number: int, limits: PoolLimits) -> None:
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


class _Worker:
    """This side of one process."""

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
        with self._sending, suppress(OSError):  # a death is told by the reader
            self._connection.send(message)

    def forget(self, number: int) -> None:
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


_MOST_DEATHS, _DEATHS_WITHIN = 10, 60.0
"""More deaths in so many seconds are hopeless: no further process is started."""


class PoolRecogniser:
    """A Recogniser whose utterances are heard in worker processes. Close it, or use it in a `with`."""

    def __init__(self, recipe: Recipe, limits: PoolLimits | None = None, *, begin: bool = True) -> None:
        """Start the workers and wait for the first. Raises UnavailableError where it cannot make its recogniser.

        `begin`: False leaves that to a call of `begin`, so that another thread may close the pool meanwhile.
        """
        self.limits = limits or PoolLimits()
        self._recipe, self._version = recipe, 0
        self._state = threading.Condition(threading.RLock())
        self._numbers = itertools.count(1)
        self._closing = False
        self._deaths: list[float] = []
        self._workers: list[_Worker] = []
        self._gone: list[_Worker] = []
        self._coming: list[_Worker] = []
        """Started, and not given utterances yet."""
        if begin:
            self.begin()

    def begin(self) -> None:
        """Start the workers, wait for the first. Raises UnavailableError, also where another thread closes the pool."""
        try:
            self._adopt(self._start_workers(self._recipe))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def capabilities(self) -> Capabilities:
        """What the workers' recogniser can do; the lock it may hold is not this process's."""
        found = next((w.capabilities for w in self._workers if w.capabilities is not UNKNOWN), UNKNOWN)
        return replace(found, holds_lock=False)

    @property
    def ready(self) -> bool:
        """At least one worker takes utterances or is busy with them."""
        return any(w.ready.is_set() and not w.dead for w in self._workers)

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> PooledHearing:
        """Begin an utterance in a free worker. Raises RecogniserError where none becomes free in time."""
        with self._state:
            self._sweep()
            found = self._state.wait_for(lambda: self._closing or self._room() > 0, self.limits.free_wait)
            if not found or self._closing:
                raise RecogniserError("the recogniser pool is " + ("closed" if self._closing else "full"))
            worker = max(self._workers, key=lambda w: w.capacity)
            number = next(self._numbers)
            hearing = worker.hearings[number] = PooledHearing(worker, number, self.limits)
        worker.send("start", number, grammar, only)
        return hearing

    def reload(self, recipe: Recipe) -> None:
        """Hear new utterances with what `recipe` makes, once that is ready; those under way finish as they began.

        Raises UnavailableError where the new recogniser cannot be made; the old one stays.
        """
        fresh = self._start_workers(recipe)
        with self._state:
            self._recipe, self._version = recipe, self._version + 1
            for worker in self._workers:
                worker.retiring = True
            self._gone.extend(self._workers)
            self._sweep()
        self._adopt(fresh)

    def close(self) -> None:
        """End all workers; utterances under way fail."""
        with self._state:
            self._closing = True
            everyone = [*self._workers, *self._gone, *self._coming]
            self._workers, self._gone, self._coming = [], [], []
            self._state.notify_all()
        for worker in everyone:
            worker.close()

    def freed(self, worker: _Worker) -> None:
        """Note that a worker has room (its reader or its utterance says so); a retired one without work ends."""
        with self._state:
            if worker.retiring and not worker.hearings:
                worker.end()
            self._state.notify_all()

    def lost(self, worker: _Worker, exit_code: int | None) -> None:
        """Note that a worker's process has ended, and replace it unless that was meant or is hopeless."""
        with self._state:
            if self._closing or worker.retiring or worker not in self._workers or worker.failure:
                return
            log.warning("a recogniser process died (exit code %s); starting another", exit_code)
            now = time.monotonic()
            self._deaths = [*(t for t in self._deaths if now - t < _DEATHS_WITHIN), now]
            self._workers.remove(worker)
            hopeless = len(self._deaths) > _MOST_DEATHS
            self._state.notify_all()
        if not hopeless:
            self._replace()

    def _replace(self) -> None:
        """Start a worker for one that died. Not under the lock: starting a process takes a while."""
        while not self._closing:
            recipe, version = self._recipe, self._version
            try:
                fresh = _Worker(self, recipe)
            except OSError:  # out of memory, processes or file descriptors: that may pass
                log.exception("no recogniser process can be started; trying again in %g s", _START_AGAIN)
                time.sleep(_START_AGAIN)
                continue
            with self._state:
                wanted = not self._closing and version == self._version
                if wanted:
                    self._adopt([*self._workers, fresh])
            if not wanted:
                fresh.close()
            return

    def _adopt(self, workers: list[_Worker]) -> None:
        """Give utterances to these workers from now on."""
        with self._state:
            self._coming = [worker for worker in self._coming if worker not in workers]
            self._workers = workers
            self._state.notify_all()
        for worker in workers:
            if worker.dead:  # before it was ours: its reader could not tell us
                self.lost(worker, worker.process.exitcode)

    def _room(self) -> int:
        return max((worker.capacity for worker in self._workers), default=0)

    def _sweep(self) -> None:
        """Let the processes of past versions end that have no utterance left; free what was forgotten."""
        self._gone = [worker for worker in self._gone if not worker.dead]
        for worker in self._gone:
            if not worker.hearings:
                worker.end()
        patience = time.monotonic() - self.limits.longest - self.limits.finish_wait
        for worker in self._workers:
            for hearing in list(worker.hearings.values()):
                if hearing.touched < patience:
                    hearing.cancel()

    def _start_workers(self, recipe: Recipe) -> list[_Worker]:
        workers: list[_Worker] = []
        for _ in range(self.limits.workers):
            fresh = _Worker(self, recipe)  # not under the lock: starting a process takes a while
            with self._state:
                closed = self._closing
                if not closed:
                    self._coming.append(fresh)
            if closed:
                fresh.close()
                raise UnavailableError("the recogniser pool is closed")
            workers.append(fresh)
        first = workers[0]
        if not first.ready.wait(self.limits.start_wait) or first.dead:
            for worker in workers:
                worker.kill()
            for worker in workers:
                worker.close()
            with self._state:
                self._coming = [worker for worker in self._coming if worker not in workers]
            raise UnavailableError(first.failure or "a recogniser process did not start; see the log")
        return workers
