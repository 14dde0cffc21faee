"""`ivr admin`: accounts and the audit log from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ivr.cli.app import build, main

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "plum-orbit-lantern-42"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a site that is all defaults."""
    (tmp_path / "ivr.toml").write_text("", encoding="utf-8")
    for name in ("IVR_DATABASE_URL", "IVR_SITE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(build(), ["admin", *arguments], input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("site")
def test_accounts_from_the_command_line() -> None:
    """The first account is made here, with a password made up or given; each change is in the audit log."""
    assert "no accounts yet" in _run("users", "list")
    assert "first password: " in _run("users", "add", "Ada", "--role", "administrator", "--shown", "Ada Okafor")
    assert PASSWORD not in _run("users", "add", "Ben", "--password-stdin", typed=f"{PASSWORD}\n")
    assert "publisher" in _run("users", "role", "ben", "publisher")
    assert "first password: " in _run("users", "password", "ben")
    assert "no longer" in _run("users", "disable", "ben")
    found = {a["name"]: a for a in json.loads(_run("users", "list", "--json"))}
    assert (found["ada"]["role"], found["ben"]["role"], found["ben"]["disabled"]) == (
        "administrator",
        "publisher",
        True,
    )
    assert "again" in _run("users", "enable", "ben")
    actions = [row["action"] for row in json.loads(_run("log", "--json"))]
    assert actions[::-1] == ["account.add", "account.add", "account.role", "account.password", "account.disable",
                             "account.enable"]  # fmt: skip
    assert "account.role ben publisher" in _run("log", "role")
    assert PASSWORD not in _run("log")


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["users", "role", "nobody", "viewer"], "no account 'nobody'"),
        (["users", "add", " ", "--role", "viewer"], "needs a name"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input ends with status 2 and one line."""
    with pytest.raises(SystemExit) as ended:
        main(["admin", *arguments])
    assert ended.value.code == 2
    assert part in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Short ones, and those that hold the name."""
    import io

    for weak in ("short", "administrator-ada", "aaaaaaaaaaaaaaaa"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{weak}\n".encode())))
        with pytest.raises(SystemExit) as ended:
            main(["admin", "users", "add", "ada", "--password-stdin"])
        assert ended.value.code == 2
    assert "easily guessed" in capsys.readouterr().err


def test_an_urgent_message(site: Path, root: Path) -> None:
    """Said before the greeting, in the log, and taken back; too long a one is refused."""
    import shutil

    from ivr.directory.load import active_wording
    from ivr.settings import load_settings

    shutil.copytree(root / "grammars", site / "grammars")
    (site / "directory").mkdir()
    (site / "directory" / "staff.csv").write_text("Surname,Forename,Tel\nSmith,Jane,4711\n", encoding="utf-8")
    assert "hears it first" in _run("notice", "All our telephones are down.")
    assert active_wording(load_settings(site, {})).notice == "All our telephones are down."
    assert "is not said" in _run("notice")
    assert active_wording(load_settings(site, {})).nothing
    assert "wording.notice" in _run("log")
    with pytest.raises(SystemExit) as ended:
        main(["admin", "notice", "x" * 301])
    assert ended.value.code == 2
