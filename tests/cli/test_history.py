"""`ivr history`: who callers are put through to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from ivr.cli.history import history
from ivr.match.history import read_history
from ivr.model import CallRecord, Outcome
from ivr.records.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_calls_of_a_time_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only calls an entry answered, rightly, within the days asked for; the file is what recognition reads."""
    (tmp_path / "ivr.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("IVR_SITE", str(tmp_path))
    monkeypatch.delenv("IVR_DATABASE_URL", raising=False)
    now = datetime.now(UTC)
    store = Store(f"sqlite:///{tmp_path}/var/calls.sqlite3")
    answered, asked = Outcome.TRANSFERRED, Outcome.OPERATOR_REQUESTED
    rows = (
        ("jane", 1, answered, False),
        ("jane", 2, answered, False),
        ("jane", 500, answered, False),
        ("jane", 1, answered, True),
        ("omar", 1, answered, False),
        ("omar", 1, asked, False),
        ("", 1, answered, False),
    )
    for number, (entry, days, outcome, wrong) in enumerate(rows):
        started = now - timedelta(days=days)
        store.save_call(
            CallRecord(
                call_id=str(number), channel="console", started=started, ended=started + timedelta(seconds=9),
                outcome=outcome, entry_id=entry, wrong_transfer=wrong,
            )
        )  # fmt: skip
    store.close()
    app = typer.Typer()
    app.command()(history)
    done = CliRunner().invoke(app, ["--days", "30", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"jane": 2, "omar": 1}
    assert read_history(tmp_path / "var" / "history.csv") == {"jane": 2, "omar": 1}
    assert "3 calls to 2 entries" in CliRunner().invoke(app, ["--days", "30"]).output.replace("\n", "")
