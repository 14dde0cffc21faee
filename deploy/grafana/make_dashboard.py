"""Writes the Grafana dashboard: python deploy/grafana/make_dashboard.py > deploy/grafana/switchboard.json."""

from __future__ import annotations

import json
import sys
from typing import Any

_RATE = "[$__rate_interval]"
_ENDED = "sum(increase(ivr_calls_ended_total[1h]))"
_CONTAINED = 'sum(increase(ivr_calls_ended_total{outcome=~"completed|signposted"}[1h]))'
_BAILED = 'sum(increase(ivr_calls_ended_total{outcome=~"operator_requested|operator_fallback"}[1h]))'
_WAITING = 'sum by (status) (ivr_kept_requests{status!="delivered"})'


def _rate(counter: str, label: str) -> str:
    return f"60 * sum by ({label}) (rate({counter}{_RATE}))"


def _quantiles(histogram: str, *shares: int) -> tuple[tuple[str, str], ...]:
    rates = f"sum by (le) (rate({histogram}_bucket{_RATE}))"
    return tuple((f"p{share}", f"histogram_quantile(0.{share}, {rates})") for share in shares)


PANELS = (
    ("Calls in conversation", "stat", "short", (("", "sum(ivr_conversations)"),)),
    ("Media streams open", "stat", "short", (("", "sum(ivr_streams)"),)),
    ("Requests waiting or dead", "stat", "short", (("{{status}}", _WAITING),)),
    ("Requests late", "stat", "short", (("", "sum(ivr_late_requests)"),)),
    ("Calls a minute, by outcome", "timeseries", "short",
     (("{{outcome}}", _rate("ivr_calls_ended_total", "outcome")),)),
    ("Containment and bail rate, last hour", "timeseries", "percentunit",
     (("containment", f"{_CONTAINED} / {_ENDED}"), ("bail rate", f"{_BAILED} / {_ENDED}"))),
    ("Turns a minute, by decision", "timeseries", "short", (("{{decision}}", _rate("ivr_turns_total", "decision")),)),
    ("Time to answer a request", "timeseries", "s", _quantiles("ivr_turn_seconds", 50, 95, 99)),
    ("Time from utterance to answer, our recogniser", "timeseries", "s", _quantiles("ivr_answer_seconds", 50, 95)),
    ("Faults, refusals, callers sent straight to an operator, a minute", "timeseries", "short", (
        ("fault: {{kind}}", _rate("ivr_faults_total", "kind")),
        ("refused: {{why}}", _rate("ivr_refused_total", "why")),
        ("shortened: {{why}}", _rate("ivr_shortened_total", "why")),
    )),
)  # fmt: skip
"""(title, kind, unit, ((legend, query), ...)) of each panel, the small ones first."""


def panel(at: int, title: str, kind: str, unit: str, queries: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return a panel: four small ones in the first row, two to a row below."""
    small = kind == "stat"
    place = (
        {"x": at * 6, "y": 0, "w": 6, "h": 4}
        if small
        else {"x": at % 2 * 12, "y": 4 + (at - 4) // 2 * 8, "w": 12, "h": 8}
    )
    targets = [{"refId": chr(65 + n), "expr": expr, "legendFormat": legend} for n, (legend, expr) in enumerate(queries)]
    return {
        "id": at + 1, "title": title, "type": kind, "gridPos": place, "targets": targets,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
    }  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Data source"}
    return {
        "title": "Switchboard", "uid": "ivr-switchboard", "schemaVersion": 39, "version": 1, "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"}, "templating": {"list": [source]},
        "panels": [panel(at, *one) for at, one in enumerate(PANELS)],
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=1) + "\n")
