"""Recognisers in worker processes, for servers that hear many callers at once.

A native recogniser may keep Python's lock, or crash. Here it does so in a process of its own: the server's threads
stay free, and a process that dies takes only its own utterances with it (RecogniserError; the caller is asked again)
and is replaced. `PoolRecogniser` is a Recogniser and may be shared between threads.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from ivr.errors import RecogniserError, UnavailableError
from ivr.recognise.process import PooledHearing, PoolLimits, WorkerProcess
from ivr.recognise.worker import UNKNOWN

if TYPE_CHECKING:
    from ivr.recognise.base import Capabilities
    from ivr.recognise.worker import Recipe

log = logging.getLogger(__name__)
_START_AGAIN = 1.0
"""Seconds until a process is tried again after the machine refused one."""
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
        self._workers: list[WorkerProcess] = []
        self._gone: list[WorkerProcess] = []
        self._coming: list[WorkerProcess] = []
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

    def freed(self, worker: WorkerProcess) -> None:
        """Note that a worker has room (its reader or its utterance says so); a retired one without work ends."""
        with self._state:
            if worker.retiring and not worker.hearings:
                worker.end()
            self._state.notify_all()

    def lost(self, worker: WorkerProcess, exit_code: int | None) -> None:
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
                fresh = WorkerProcess(self, recipe)
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

    def _adopt(self, workers: list[WorkerProcess]) -> None:
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

    def _start_workers(self, recipe: Recipe) -> list[WorkerProcess]:
        workers: list[WorkerProcess] = []
        for _ in range(self.limits.workers):
            fresh = WorkerProcess(self, recipe)  # not under the lock: starting a process takes a while
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
