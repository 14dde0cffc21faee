"""How many requests wait, are delivered or are dead, read from the database when the figures are asked for."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ivr.errors import RecordsError
from ivr.records.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from ivr.records.database import Database

log = logging.getLogger(__name__)


class Backlog(Collector):
    """The requests of every site of a process, for Prometheus. The same whichever process or host is asked."""

    def __init__(self) -> None:
        self._books: dict[str, Requests] = {}

    def watch(self, site: str, database: Database) -> None:
        """Count the requests of a site, too."""
        self._books[site] = Requests(database)

    def collect(self) -> Iterable[Metric]:
        """Count them."""
        kept = GaugeMetricFamily("ivr_kept_requests", "Requests that callers left", labels=["site", "status"])
        late = GaugeMetricFamily("ivr_late_requests", "Requests promised for a time that is past", labels=["site"])
        for site, book in self._books.items():
            try:
                counts, owed = book.counts(), len(book.owed(datetime.now(UTC)))
            except RecordsError as error:
                log.warning("requests not counted: %s", error)
                continue
            for status, number in counts.items():
                kept.add_metric([site, status], number)
            late.add_metric([site], owed)
        return (kept, late)

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: that would ask the database."""
        return ()
