"""Calls judged and words changed on the command line, as on the pages."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ivr.cli.app import build
from ivr.directory.load import active_wording
from ivr.directory.wording import read_wording
from ivr.errors import InputError
from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord
from ivr.records.database import Database
from ivr.records.store import Store
from ivr.records.trail import read_trail
from ivr.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Make a small site with two calls of yesterday."""
    import shutil

    from ivr.assembly import sample_site

    root = tmp_path / "site"
    shutil.copytree(sample_site() / "grammars", root / "grammars")
    (root / "directory").mkdir()
    (root / "directory" / "staff.csv").write_text(
        "Surname,Forename,Department,Telephone\n,,Housing,01632 960100\nFeatherstone,Marjorie,Housing,01632 960123\n",
        encoding="utf-8",
    )
    (root / "ivr.toml").write_text('[site]\noperator = "+441632960000"\nhours = "24/7"\n', encoding="utf-8")
    monkeypatch.setenv("IVR_SITE", str(root))
    monkeypatch.chdir(root)
    settings = load_settings(root, {})
    at = datetime.now(UTC) - timedelta(days=1)
    some = (Candidate(Target(TargetKind.ENTRY, "p-1"), "Marjorie", 0.2),)
    turn = TurnRecord(turn=1, at=at, expect="call", state="listening", heard="marge please", decision=Decision.REJECT,
                      candidates=some, engine="typed")  # fmt: skip
    call = CallRecord(call_id="CA1", channel="twilio", started=at, ended=at, outcome=Outcome.OPERATOR_FALLBACK,
                      caller_masked="+44 7700 900***", turns=(turn,))  # fmt: skip
    store = Store(settings.database_url)
    store.save_calls([call, replace(call, call_id="CA2", turns=(replace(turn, heard="the tip"),))])
    store.close()
    return settings


@pytest.fixture
def ivr(site: Settings) -> Callable[..., Result]:
    """Run a command in that site."""
    del site
    runner = CliRunner()
    return lambda *arguments: runner.invoke(build(), list(arguments), catch_exceptions=False)


def test_calls_are_found_told_and_judged(ivr: Callable[..., Result], site: Settings, tmp_path: Path) -> None:
    """Found by words, told turn by turn, judged; the judgement is what tuning reads; all of it in the audit log."""
    found = ivr("calls", "find", "--words", "marge")
    assert (found.exit_code, "CA1" in found.stdout, "CA2" in found.stdout) == (0, True, False)
    assert ivr("calls", "find", "--words", "zebra").exit_code == 1
    assert "“marge please”: reject" in ivr("calls", "show", "CA1").stdout
    assert ivr("calls", "judge", "CA1", "--turn", "1", "--wrong", "--meant", "Marjorie Featherstone").exit_code == 0
    assert ivr("calls", "judge", "CA2", "--turn", "1", "--right").exit_code == 0
    out = tmp_path / "judged.csv"
    assert "2 judged turns" in ivr("calls", "judged", "--out", str(out)).stdout
    with out.open(encoding="utf-8", newline="") as file:
        rows = {row["text"]: row["expected"] for row in csv.DictReader(file)}
    assert rows == {"marge please": "Marjorie Featherstone", "the tip": ""}
    why = [gap["why"] for gap in json.loads(ivr("gaps", "--json").stdout)]
    assert any("wanted in 1 of 1" in reason for reason in why)
    with pytest.raises(InputError, match="2 recordings are too few"):
        ivr("tune", "--judged")
    with pytest.raises(InputError, match="nothing to tune on"):
        ivr("tune")
    database = Database(site.database_url)
    actions = {row.action for row in read_trail(database)}
    database.close()
    assert {"calls.search", "calls.read", "calls.review", "calls.export"} <= actions


def test_operators_lists_are_learned_from(ivr: Callable[..., Result], tmp_path: Path) -> None:
    """Each row says whom an operator put a caller to; rows that say nothing are named, and the status says so."""
    file = tmp_path / "transfers.csv"
    file.write_text("call,put_to\nCA1,01632 960123\n", encoding="utf-8")
    assert "1 turns of 1 calls" in ivr("calls", "operators", str(file)).stdout
    file.write_text("call,put_to\nCA7,01632 960123\n", encoding="utf-8")
    assert ivr("calls", "operators", str(file)).exit_code == 1


def test_words_and_closures_go_live_with_a_version(ivr: Callable[..., Result], site: Settings) -> None:
    """Changed, previewed, listed, staged and made live; and a gap is closed with a way to ask."""
    folder = site.path(site.directory.versions)
    assert "Housing" not in ivr("wording", "closures").stdout
    assert "Wed 24 Dec 2031" in ivr("wording", "close", "2031-12-24", "--preview").stdout
    assert read_wording(folder).nothing
    for arguments in (
        ("close", "2031-12-24", "--who", "Housing", "--reason", "moving"), ("prompt", "greeting", "Hello from {site}."),
        ("enquiry", "missed_bin", "answer", "We come tomorrow."), ("say", "featherstone", "fanshaw"),
    ):  # fmt: skip
        assert ivr("wording", *arguments).exit_code == 0, arguments
    assert "moving" in ivr("wording", "closures").stdout
    shown = ivr("wording", "show").stdout
    assert "closure 2031-12-24 Housing" in shown
    assert "how featherstone is said" in shown
    assert ivr("gaps", "--accept", "the tip", "--as", "recycling_centre").exit_code == 0
    assert ivr("gaps", "--accept", "marge", "--as", "Marjorie Featherstone").exit_code == 0
    assert ivr("wording", "stage").exit_code == 0
    assert ivr("directory", "activate").exit_code == 0
    live = active_wording(site)
    assert live.prompts == {"greeting": "Hello from {site}."}
    assert live.enquiries["recycling_centre"]["phrases"] == "the tip"
    assert [row["who"] for row in live.closures.values()] == ["Housing"]
    assert ivr("wording", "reopen", next(iter(live.closures))).exit_code == 0
    assert read_wording(folder).closures == {}
    tried = json.loads(ivr("recognise", "--text", "marjorie featherstone please", "--grammar", "call", "--json").stdout)
    assert tried[0]["candidates"][0]["label"] == "Marjorie Featherstone"
