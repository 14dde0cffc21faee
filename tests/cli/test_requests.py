"""`ivr requests`: what was left, what is owed, what is done; each mistake in one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ivr.cli.requests import app
from ivr.errors import InputError, SettingsError
from ivr.records.requests import Requests
from ivr.records.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_AGO = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    """Give the requests of a site of its own."""
    (tmp_path / "ivr.toml").write_text('[site]\noperator = "1"\n', encoding="utf-8")
    monkeypatch.setenv("IVR_SITE", str(tmp_path))
    monkeypatch.delenv("IVR_DATABASE_URL", raising=False)
    (tmp_path / "var").mkdir()
    store = Store(f"sqlite:///{tmp_path}/var/calls.sqlite3")
    yield Requests(store.database)
    store.close()


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_owed_until_it_is_done(book: Requests) -> None:
    """Exit code 1 while something is late, 0 once it is done."""
    reference = book.file("c1", "call_back", "callback", "a call back", {"number": "1"}, LONG_AGO, promised=LONG_AGO)
    late = _run("list", "--owed")
    assert late.exit_code == 1
    assert "late" in late.output
    assert _run("done", reference).exit_code == 0
    assert _run("list", "--owed").exit_code == 0
    (row,) = json.loads(_run("list", "--json").output)
    assert (row["reference"], row["promised"], bool(row["done"])) == (reference, LONG_AGO.isoformat(), True)


def test_mistakes_are_said(book: Requests) -> None:
    """A reference nobody has, and delivery to nowhere."""
    del book
    assert isinstance(_run("done", "0000000").exception, InputError)
    assert isinstance(_run("show", "0000000").exception, InputError)
    assert isinstance(_run("deliver").exception, SettingsError)


def test_delivered_and_sent_again(book: Requests, tmp_path: Path) -> None:
    """A file each, in the folder named."""
    with (tmp_path / "ivr.toml").open("a", encoding="utf-8") as file:
        file.write('[requests]\ndeliver = "csv"\nfolder = "out"\n')
    reference = book.file("c1", "missed_bin", "missed_bin", "a bin", {"house": "12"}, LONG_AGO)
    done = _run("deliver", "--json")
    assert json.loads(done.output) == {"delivered": 1, "failed": 0, "dead": 0}
    assert (tmp_path / "out" / f"{reference}.csv").is_file()
    assert "house: 12" in _run("show", reference).output
    assert _run("retry").output.startswith("0 wait")
