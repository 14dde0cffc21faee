"""Delivering requests while the service runs: a thread that looks every few seconds for what is due.

Every process of every host may run one: a request is claimed before it is delivered, so no two deliver it at once.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ivr.errors import RecordsError
from ivr.records.outbox import deliver_due
from ivr.records.requests import Requests
from ivr.records.sinks import make_sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.database import Database
    from ivr.records.outbox import Run, Sink
    from ivr.settings import Settings

EVERY: Final = 5.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Courier:
    """Delivers one site's requests until it is stopped."""

    def __init__(
        self, book: Requests, sink: Sink, *, every: float = EVERY, clock: Callable[[], datetime] = _now
    ) -> None:
        self._book, self._sink, self._every, self._clock = book, sink, every, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivr-courier", daemon=True)

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Courier | None:
        """Make the one that `[requests]` describes; None: it says that requests wait. Raises SettingsError."""
        return cls(Requests(database), make_sink(settings)) if settings.requests.deliver else None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery in hand, and end."""
        self._stop.set()
        self._thread.join()

    def look(self) -> Run | None:
        """Deliver what is due now; None: the database failed, which the next look tries again."""
        try:
            done = deliver_due(self._book, self._sink, self._clock)
        except RecordsError as error:
            log.warning("requests not delivered: %s", error)
            return None
        if done.failed:
            log.warning("%d requests could not be delivered, %d of them for good", done.failed, done.dead)
        return done

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.look()
            except Exception:  # one bad look must not end all deliveries
                log.exception("requests not delivered")
