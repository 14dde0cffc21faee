"""Callers who always go straight to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from ivr.channels.runner import Conversation, Parts
from ivr.cli.callers import app
from ivr.dialogue.actions import Transfer
from ivr.dialogue.engine import Engine
from ivr.dialogue.prompts import Prompts
from ivr.errors import RecordsError
from ivr.match.understand import Understander
from ivr.model import CallFacts, Directory
from ivr.records.direct import DirectCallers
from ivr.records.privacy import know
from ivr.records.store import Store
from ivr.settings import DialogueSettings, MatchingSettings, SiteSettings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NUMBER = "+447700900123"


def _called(root: Path, parts: dict[str, object], *, is_open: bool = True) -> Conversation:
    site = SiteSettings(operator="+441632960999")
    made = Parts(
        engine=Engine(Directory(()), (), site, DialogueSettings()),
        understander=Understander(Directory(()), (), {}, MatchingSettings()),
        prompts=Prompts.load(root / "grammars", "en-GB"),
        know=lambda number: know(number, "secret"),
    )
    facts = CallFacts(call_id="c", channel="console", started=NOW, caller=NUMBER, open=is_open)
    return Conversation(replace(made, **parts), facts)  # type: ignore[arg-type]


def test_put_straight_through(root: Path, tmp_path: Path) -> None:
    """No question is asked; the person who answers is told why. Others are answered as ever."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    register = DirectCallers(store.database)
    assert register.add(know(NUMBER, "secret").key, "stammer", NOW)
    assert not register.add(know(NUMBER, "secret").key, "again", NOW)
    last = _called(root, {"straight": register.has}).start()[-1]
    assert isinstance(last, Transfer)
    assert "straight through to a person" in last.whisper
    assert register.remove(know(NUMBER, "secret").key)
    assert not isinstance(_called(root, {"straight": register.has}).start()[-1], Transfer)
    store.close()


def test_a_register_that_cannot_be_read_loses_no_call(root: Path) -> None:
    """The call is answered as any other."""

    def fails(_: str) -> bool:
        raise RecordsError("no database")

    assert not isinstance(_called(root, {"straight": fails}).start()[-1], Transfer)


def test_nobody_is_there_at_night(root: Path) -> None:
    """Out of hours there is no person to go to: the closed greeting, and what can be done without one."""
    held = _called(root, {"straight": lambda _: True}, is_open=False)
    assert not isinstance(held.start()[-1], Transfer)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter, list and remove; no number is kept, and one that is none is refused."""
    (tmp_path / "ivr.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("IVR_SITE", str(tmp_path))
    monkeypatch.setenv("IVR_SECRET_KEY", "secret")
    run = CliRunner()
    assert run.invoke(app, ["add", NUMBER, "--note", "stammer"]).output == "entered\n"
    listed = run.invoke(app, ["list", "--json"]).output
    assert "stammer" in listed
    assert "900123" not in listed
    assert run.invoke(app, ["remove", NUMBER]).exit_code == 0
    assert run.invoke(app, ["remove", NUMBER]).exit_code == 1
    assert run.invoke(app, ["add", "12"]).exception is not None
