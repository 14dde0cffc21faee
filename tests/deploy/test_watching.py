"""What watches a running service: alerts and dashboard name figures that exist, and many processes add up."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.channels.metrics import Metrics
from ivr.model import Decision, Outcome
from ivr.records.database import Database

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of all samples that `/metrics` can give."""
    metrics = Metrics()
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('metrics')}/calls.sqlite3")
    metrics.backlog.watch("", database)
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    found = {family.name + ending for family in metrics.registry.collect() for ending in endings[family.type]}
    database.close()
    return found | {"up"}


def queries() -> list[tuple[str, str]]:
    """Every query of the alert rules and of the dashboard, with its name."""
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    found = [(rule["alert"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]
    board: dict[str, Any] = json.loads((DEPLOY / "grafana" / "switchboard.json").read_text(encoding="utf-8"))
    return found + [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize(("name", "query"), queries())
def test_every_query_asks_for_figures_that_exist(known: set[str], name: str, query: str) -> None:
    """Names of samples, outcomes and decisions are those of the service, and brackets close."""
    asked = set(re.findall(r"\b(?:ivr_[a-z_]+|up)\b", query))
    assert asked, name
    assert asked <= known, name
    for label, values in (("outcome", set(Outcome)), ("decision", {*Decision, "none"})):
        for text in re.findall(label + r'[!=~]+"([^"]+)"', query):
            assert set(text.split("|")) <= values, name
    for pair in ("()", "[]", "{}"):
        assert query.count(pair[0]) == query.count(pair[1]), name


def test_every_alert_says_what_to_do() -> None:
    """A summary, an action and a severity each, and no name twice."""
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_the_dashboard_is_the_one_its_script_writes() -> None:
    """Whoever changes one changes the other."""
    script = DEPLOY / "grafana" / "make_dashboard.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == (DEPLOY / "grafana" / "switchboard.json").read_text(encoding="utf-8")


def test_processes_add_up_and_a_dead_ones_gauges_go(tmp_path: Path) -> None:
    """Whichever process answers `/metrics`, it gives the sum of all; calls of one that ended stay counted."""
    count = (
        "import sys, os\nfrom ivr.channels.metrics import Metrics, forget_process\n"
        "m = Metrics(); m.calls.inc(int(sys.argv[1])); m.streams.inc(2)\n"
        "m.turn_seconds.labels('/voice').observe(0.01)\n"
        "print(m.page().decode())\n"
        "forget_process(os.getpid()) if sys.argv[2] == 'ends' else None\n"
    )
    environment = dict(os.environ) | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    page = ""
    for number, then in (("3", "stays"), ("4", "ends"), ("5", "stays")):
        done = subprocess.run(
            [sys.executable, "-c", count, number, then], env=environment, capture_output=True, text=True, check=True
        )
        page = done.stdout
    assert "ivr_calls_total 12.0" in page
    assert "ivr_streams 4.0" in page
    assert 'ivr_turn_seconds_count{route="/voice"} 3.0' in page
