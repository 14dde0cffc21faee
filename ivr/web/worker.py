"""gunicorn's threaded worker, made to outlive what a machine can run out of, and to leave callers in good order."""

from __future__ import annotations

import errno
import os
import select
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import _DEFER, DEFAULT_WORKER_DATA_TIMEOUT, ThreadWorker

if TYPE_CHECKING:
    import socket

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What the system says when it has no more descriptors or memory."""
_PAUSE = 0.05
_SPARE = 16
"""Descriptors kept for when there are no more: enough for a few callers to be answered one after the other."""
_QUIET = 10.0
"""Seconds without a shortage until spare ones are taken again."""


def _readable(sock: socket.socket, seconds: float) -> bool:
    """Wait for something to read, without a descriptor to wait with."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class SteadyArbiter(Arbiter):  # type: ignore[misc] # gunicorn is untyped
    """The parent of the processes that answer calls: it tells them when it goes, too."""

    def stop(self, graceful: bool = True) -> None:
        """Stop the server: the calls in conversation have their time, and requests under way theirs after it."""
        if graceful:
            self.app.stopping = True
            self.cfg.set("graceful_timeout", int(self.cfg.graceful_timeout + self.app.drain_seconds))
        super().stop(graceful)


class SteadyWorker(ThreadWorker):  # type: ignore[misc] # gunicorn is untyped
    """A process that answers calls."""

    _short = False
    """Descriptors have run out."""
    _spare: tuple[int, ...] = ()
    """Descriptors kept for that."""
    _since = -1e9
    """When they were given up."""
    _until: float | None = None
    """When a server that is stopped goes, whoever is in conversation; None: it is not stopped."""

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection; where there is no descriptor for it, it waits in the kernel until there is one."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in _SHORT:
                raise
            self._short, self._since = True, time.monotonic()
            spare, self._spare = self._spare, ()
            for handle in spare:
                os.close(handle)
            time.sleep(0.0 if spare else _PAUSE)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close idle connections whose time is up; when descriptors are short, all on which nothing is coming in."""
        super().murder_keepalived(force=force)
        if not self._short:
            self._keep_spare()
            return
        self._short = False
        for conn in [conn for conn in self.keepalived_conns if not _readable(conn.sock, 0)]:
            self.keepalived_conns.remove(conn)
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()

    def _keep_spare(self) -> None:
        """Take spare descriptors, at the start and again once there have been enough for a while."""
        if self._spare or time.monotonic() - self._since < _QUIET:
            return
        self._since = time.monotonic()
        with suppress(OSError):
            for _ in range(_SPARE):
                self._spare = (*self._spare, os.open(os.devnull, os.O_RDONLY))

    def handle(self, conn: Any) -> Any:
        """Handle a request. Waits for its first bytes without a descriptor of its own, unlike gunicorn's."""
        if not conn.initialized and not conn.data_ready:
            conn.data_ready = _readable(conn.sock, DEFAULT_WORKER_DATA_TIMEOUT)
            if not conn.data_ready:
                return _DEFER
        return super().handle(conn)

    def run(self) -> None:
        """Answer requests until told to stop; then leave nobody waiting."""
        super().run()
        # Python waits for its threads before it ends. A stream would hold one for as long as its caller speaks.
        for service in self.app.services:
            service.stop_streams()
        for ears in self.app.ears:
            ears.close()

    def notify(self) -> None:
        """Say that this process lives; also the moment to see whether it may go."""
        super().notify()
        if self._until is None:
            return
        talking = any(service.talking() for service in self.app.services)
        if not talking or time.monotonic() > self._until:
            self.alive = False

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop gracefully.

        No media stream is begun any more. Where other processes take over (a reload), no connection is accepted
        either; where none will, requests are answered until the calls in conversation are over, or their time is.
        """
        for service in self.app.services:
            service.draining = True
        if not self.app.stopping:
            super().handle_exit(sig, frame)
        elif self._until is None:
            for service in self.app.services:
                service.close()
            self._until = time.monotonic() + self.app.drain_seconds
            self.method_queue.defer(lambda: None)  # wakes the loop

    def handle_quit(self, sig: int, frame: object) -> None:
        """Stop at once: requests under way are not waited for.

        Only asked for here, and done by the loop. gunicorn's own ends its threads in the signal handler, which waits
        for ever where the signal came while the loop was starting one.
        """
        self.cfg.set("graceful_timeout", 0)
        for service in self.app.services:
            service.draining = True
        super().handle_exit(sig, frame)
