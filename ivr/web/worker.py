"""gunicorn's threaded worker, made to outlive what a machine can run out of, and to leave callers in good order."""

from __future__ import annotations

import errno
import os
import select
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

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


class SteadyWorker(ThreadWorker):  # type: ignore[misc] # gunicorn is untyped
    """A process that answers calls."""

    _short = False
    """Descriptors have run out."""
    _spare: tuple[int, ...] = ()
    """Descriptors kept for that."""
    _since = -1e9
    """When they were given up."""

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

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop gracefully: no more connections, and no new media streams on those there are."""
        for service in self.app.services:
            service.draining = True
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: object) -> None:
        """Stop at once: requests under way are not waited for.

        Only asked for here, and done by the loop. gunicorn's own ends its threads in the signal handler, which waits
        for ever where the signal came while the loop was starting one.
        """
        self.cfg.set("graceful_timeout", 0)
        self.handle_exit(sig, frame)
