"""Figures of a running service, for Prometheus: `GET /metrics`."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from ivr.channels.backlog import Backlog

SHORT = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)
"""Seconds; finest around the goals (50 ms a request, 150 ms an utterance)."""


class Metrics:
    """The figures of one process; several processes add up where `PROMETHEUS_MULTIPROC_DIR` is set."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("ivr_requests", "Requests answered", ["route", "status"], registry=registry)
        self.refused = Counter("ivr_refused", "Requests refused", ["why"], registry=registry)
        self.faults = Counter("ivr_faults", "Requests that ended in an apology", ["kind"], registry=registry)
        self.shortened = Counter(
            "ivr_shortened", "New callers sent straight to an operator", ["why"], registry=registry
        )
        self.transfers_refused = Counter("ivr_transfers_refused", "Transfers not made", ["why"], registry=registry)
        self.conversations = Gauge(
            "ivr_conversations", "Callers in conversation", registry=registry, multiprocess_mode="max"
        )
        self.lag = Gauge(
            "ivr_lag_seconds", "Time that webhooks have taken lately", registry=registry, multiprocess_mode="livemax"
        )
        self.calls = Counter("ivr_calls", "Calls answered", registry=registry)
        self.ended = Counter("ivr_calls_ended", "Calls that ended, by outcome", ["outcome"], registry=registry)
        self.utterances = Counter(
            "ivr_turns", "Turns of callers by what was decided; none: silence or a key", ["decision"], registry=registry
        )
        self.site_calls = Counter(
            "ivr_site_calls", "Calls that came in to each site of an installation", ["site"], registry=registry
        )
        self.streams = Gauge("ivr_streams", "Media streams open", registry=registry, multiprocess_mode="livesum")
        self.refused_versions = Counter(
            "ivr_directory_refused", "Activated directory versions that could not be used", registry=registry
        )
        self.turn_seconds = Histogram(
            "ivr_turn_seconds", "Time to answer a request", ["route"], buckets=SHORT, registry=registry
        )
        self.answer_seconds = Histogram(
            "ivr_answer_seconds",
            "Time from the end of an utterance on a media stream until its answer is ready",
            buckets=SHORT,
            registry=registry,
        )
        self.backlog = Backlog()
        registry.register(self.backlog)

    def page(self) -> bytes:
        """Return all figures in Prometheus's text form."""
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            registry.register(self.backlog)
            return generate_latest(registry)
        return generate_latest(self.registry)


def forget_process(number: int) -> None:
    """Leave a process that has ended out of the figures that are about now; what it counted stays counted."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(number)  # type: ignore[no-untyped-call]
