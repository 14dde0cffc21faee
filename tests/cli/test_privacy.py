"""Callers' rights on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ivr.cli.privacy import app
from ivr.model import CallRecord, Decision, Outcome, TurnRecord
from ivr.records.direct import DirectCallers
from ivr.records.privacy import know
from ivr.records.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+447700900123"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a site with one call of one caller, a year and a half old."""
    (tmp_path / "ivr.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("IVR_SITE", str(tmp_path))
    monkeypatch.setenv("IVR_SECRET_KEY", "pepper")
    monkeypatch.delenv("IVR_DATABASE_URL", raising=False)
    started = datetime.now(UTC) - timedelta(days=500)
    caller = know(NUMBER, "pepper")
    turn = TurnRecord(
        turn=1, at=started, expect="call", state="listening", heard="jane smith", decision=Decision.ACCEPT
    )
    call = CallRecord(
        call_id="one", channel="console", started=started, ended=started + timedelta(seconds=30),
        outcome=Outcome.TRANSFERRED, caller_key=caller.key, caller_masked=caller.masked, turns=(turn,),
    )  # fmt: skip
    store = Store(f"sqlite:///{tmp_path}/var/calls.sqlite3")
    store.save_call(call)
    store.close()
    return tmp_path


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_caller_gets_what_is_known_and_is_then_forgotten(site: Path) -> None:
    """Export gives the caller's calls and words; after erasing there is nothing left, but the call still counts."""
    known = json.loads(_run("export", "+44 7700 900123"))
    assert known["calls"][0]["turns"][0]["heard"] == "jane smith"
    assert "1 calls" in _run("erase", NUMBER, "--yes")
    assert json.loads(_run("export", NUMBER))["calls"] == []
    store = Store(f"sqlite:///{site}/var/calls.sqlite3")
    kept = store.call("one")
    store.close()
    assert kept is not None
    assert (kept.outcome, kept.caller_key, kept.turns[0].heard) == (Outcome.TRANSFERRED, "", "")


def test_old_words_are_removed(site: Path) -> None:
    """Calls beyond `keep_days` lose their words; younger ones keep them."""
    assert "of 0 turns in 0 calls" in _run("expire", "--days", "600")
    assert "of 1 turns in 1 calls" in _run("expire")
    assert site.is_dir()


def test_what_is_kept_and_how_long(site: Path) -> None:
    """Without a command: each kind of data, how long it is kept, and when the oldest of it goes."""
    kept = {one["kind"]: one for one in json.loads(_run("--json"))}
    words = kept["words and keys"]
    assert (words["days"], words["held"], words["setting"]) == (400, 1, "records.keep_days")
    assert words["next_expiry"] < datetime.now(UTC).isoformat()
    assert kept["recordings"]["held"] == 0
    assert "callers, hashed and masked" in _run()
    _run("expire")
    assert json.loads(_run("--json"))[0]["held"] == 0
    assert site.is_dir()


def test_recordings_go_when_their_time_is_over(site: Path) -> None:
    """Old recordings are deleted, and their names forgotten, whatever becomes of the words; nothing outside is."""
    folder = site / "var" / "recordings"
    folder.mkdir()
    now = datetime.now(UTC)
    store = Store(f"sqlite:///{site}/var/calls.sqlite3")
    for name, age, file in (("old", 31, "old.wav"), ("new", 29, "new.wav"), ("odd", 31, "../calls.toml")):
        (folder / file).write_bytes(b"sound")
        at = now - timedelta(days=age)
        spoken = TurnRecord(turn=1, at=at, expect="call", state="listening", heard="housing", audio=file)
        store.save_call(
            CallRecord(call_id=name, channel="twilio", started=at, ended=at, outcome=Outcome.ABANDONED, turns=(spoken,))
        )
    _run("expire")
    assert [store.turns(name)[0].audio for name in ("old", "new", "odd")] == ["", "new.wav", ""]
    assert store.turns("old")[0].heard == "housing"
    store.close()
    assert sorted(file.name for file in folder.iterdir()) == ["new.wav"]
    assert (site / "var" / "calls.toml").is_file()


def test_erasing_says_where_else_the_caller_is(site: Path) -> None:
    """Who is put straight through is forgotten too, and records that still wait on disk are named."""
    key = know(NUMBER, "pepper").key
    store = Store(f"sqlite:///{site}/var/calls.sqlite3")
    DirectCallers(store.database).add(key, "asked for it", datetime.now(UTC))
    store.close()
    assert json.loads(_run("export", NUMBER))["straight_through"][0]["note"] == "asked for it"
    spool = site / "var" / "spool"
    spool.mkdir()
    (spool / "now.jsonl").write_text('{"op": "begun"}\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["erase", NUMBER, "--yes"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "1 records wait on disk" in done.output
    assert json.loads(_run("export", NUMBER))["straight_through"] == []
