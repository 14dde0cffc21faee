"""`ivr grammar`: shows, checks, exports and says, over the sample site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.cli.grammar import app
from ivr.errors import InputError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Give a runner whose site is the sample one."""
    monkeypatch.setenv("IVR_SITE", str(ROOT))
    return CliRunner()


def test_show_lists_every_grammar(run: CliRunner) -> None:
    """Without a name every grammar is shown in brief."""
    result = run.invoke(app, ["show", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["grammar"]: row for row in json.loads(result.output)}
    assert set(rows) == {"directory", "call", "yes_no", "choice", "digits", "spelling", "enquiries", "safety"}
    assert rows["call"]["values"] > 400


def test_show_one(run: CliRunner) -> None:
    """With a name its templates and sample sentences are shown."""
    shown = json.loads(run.invoke(app, ["show", "yes_no", "--samples", "5", "--json"]).output)
    assert len(shown["samples"]) == 5
    assert {"command:yes", "command:no"} <= {item["target"] for item in shown["templates"]}


def test_check_passes_on_the_sample_site(run: CliRunner) -> None:
    """The sample site has no problem and leaves 0."""
    result = run.invoke(app, ["check", "--samples", "1"])
    assert result.exit_code == 0, result.output
    assert "0 problems" in result.output


def test_export_writes_whole_files(run: CliRunner, tmp_path: Path) -> None:
    """A file is written whole and nothing is left beside it."""
    out = tmp_path / "directory.jsgf"
    assert run.invoke(app, ["export", "--format", "jsgf", "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("#JSGF V1.0;")
    assert [path.name for path in tmp_path.iterdir()] == ["directory.jsgf"]


def test_wrong_names_are_one_line(run: CliRunner, tmp_path: Path) -> None:
    """An unknown grammar and an unwritable place are named with what to do."""
    unknown = run.invoke(app, ["export", "--format", "vosk", "--grammar", "names"])
    assert isinstance(unknown.exception, InputError)
    assert "use one of: directory" in str(unknown.exception)
    nowhere = run.invoke(app, ["export", "--format", "hints", "--out", str(tmp_path / "no" / "h.txt")])
    assert isinstance(nowhere.exception, InputError)


def test_say_shows_where_it_comes_from(run: CliRunner) -> None:
    """Each word comes with its pronunciations and their source."""
    (row,) = json.loads(run.invoke(app, ["say", "Niamh", "--json"]).output)
    assert row["source"] == "reviewed"
    assert "N IY V" in row["said"]
