"""`ivr report` and `ivr export`, as somebody uses them: every form, whole files only, and mistakes in one line."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ivr.cli.app import main
from ivr.records.database import Database
from ivr.records.tables import calls

if TYPE_CHECKING:
    from pathlib import Path

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a site with sixty calls in May 2026, and be in its folder."""
    (tmp_path / "ivr.toml").write_text('[site]\nname = "Testford Council"\n', encoding="utf-8")
    database = Database(f"sqlite:///{tmp_path}/var/calls.sqlite3")
    rows = [
        {"call_id": f"CA{n}", "started": MAY + timedelta(hours=n), "ended": MAY + timedelta(hours=n, minutes=1),
         "outcome": "completed" if n % 3 else "abandoned", "department": "Housing"}
        for n in range(60)
    ]  # fmt: skip
    with database.write() as connection:
        connection.execute(sa.insert(calls), rows)
    database.close()
    monkeypatch.chdir(tmp_path)
    for name in ("IVR_SITE", "IVR_DATABASE_URL", "IVR_SITES"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str) -> int:
    """Run the command, and return its exit code."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def test_the_report_is_printed_with_its_headline(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a period it is about all calls there are."""
    del site
    assert run("report") == 0
    assert "60 / 40 / 66.7 %" in capfd.readouterr().out
    assert run("report", "--month", "2026-05", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["total"]["containment"]["count"], said["reconciles"], said["published"]) == (40, True, False)


@pytest.mark.parametrize(("name", "start"), [("r.html", "<!doctype"), ("r.pdf", "%PDF"), ("r.xlsx", "PK"),
                                             ("r.csv", "section"), ("r.json", "{")])  # fmt: skip
def test_a_files_name_says_its_form(site: Path, name: str, start: str) -> None:
    """It is written whole, and nothing else is left behind."""
    assert run("report", "--out", name) == 0
    assert (site / name).read_bytes().startswith(start.encode())
    assert sorted(file.name for file in site.iterdir()) == sorted(["ivr.toml", "var", name])


def test_the_calls_behind_a_figure_are_listed(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As many as the figure says, in every form there is for lists."""
    del site
    assert run("report", "--calls", "abandoned/department=Housing", "--format", "csv") == 0
    assert len(capfd.readouterr().out.splitlines()) == 1 + 20
    assert run("report", "--calls", "abandoned", "--json") == 0
    assert json.loads(capfd.readouterr().out)["count"] == 20


def test_calls_are_exported(site: Path) -> None:
    """One row a call, in either form."""
    assert run("export", "calls", "calls.csv") == 0
    assert len(list(csv.DictReader((site / "calls.csv").read_text(encoding="utf-8").splitlines()))) == 60
    assert run("export", "calls", "calls.parquet", "--month", "2026-05") == 0
    assert (site / "calls.parquet").read_bytes().startswith(b"PAR1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "--month", "May"), "not a month"),
        (("report", "--month", "2026-05", "--from", "2026-05-01"), "exclude each other"),
        (("report", "--out", "report.doc"), "add --format"),
        (("report", "--out", "nowhere/report.pdf"), "cannot be written"),
        (("report", "--calls", "nonsense"), "no figure 'nonsense'"),
        (("report", "--calls", "offered", "--publish"), "lists no calls"),
        (("report", "--calls", "offered", "--format", "pdf"), "has no PDF"),
        (("export", "calls", "calls.txt"), "add --format"),
        (("export", "calls", "nowhere/calls.csv"), "no such folder"),
        (("export", "calls", "c.csv", "--from", "2026-05-09", "--to", "2026-05-01"), "ends"),
    ],
)
def test_a_mistake_is_one_line(
    site: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """What is wrong and what to do, exit code 2, and nothing half-written."""
    assert run(*arguments) == 2
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert sorted(file.name for file in site.iterdir()) == ["ivr.toml", "var"]
