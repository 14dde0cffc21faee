"""The command line as a whole: documented, helpful, and its errors one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from ivr.cli.app import build

ROOT = Path(__file__).parent.parent.parent


def _below(command: Any) -> dict[str, Any]:
    """Commands of a group; none where it is a command itself."""
    return dict(getattr(command, "commands", {}))


def _leaves() -> list[str]:
    found = []
    for name, command in sorted(_below(typer.main.get_command(build())).items()):
        found += [f"ivr {name} {sub}".strip() for sub in sorted(_below(command)) or [""]]
    return found


def _run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ivr", *arguments], capture_output=True, text=True, check=False, cwd=cwd, timeout=60
    )


@pytest.mark.parametrize("command", _leaves())
def test_every_command_is_documented(command: str) -> None:
    """Each command stands in the README or in docs, as a user would type it."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    assert any(command in page.read_text(encoding="utf-8") for page in pages), f"`{command}` is not documented"


@pytest.mark.parametrize("command", _leaves())
def test_every_command_explains_itself(command: str) -> None:
    """Every command and option has help."""
    node: Any = typer.main.get_command(build())
    for name in command.split()[1:]:
        node = _below(node)[name]
    assert node.help, command
    for parameter in node.params:
        assert getattr(parameter, "help", ""), f"{command}: {parameter.name}"


def test_an_empty_folder_is_answered_in_one_line(tmp_path: Path) -> None:
    """Run where there is no site, a command says so and what to do; no traceback."""
    done = _run("grammar", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert "ivr init" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_makes_a_site_that_works(tmp_path: Path) -> None:
    """`ivr init` makes a site in which commands run; it never overwrites one."""
    assert _run("init", "site", cwd=tmp_path).returncode == 0
    assert (tmp_path / "site" / "ivr.toml").is_file()
    assert _run("grammar", "check", cwd=tmp_path / "site").returncode == 0
    again = _run("init", "site", cwd=tmp_path)
    assert again.returncode == 2
    assert "not an empty folder" in again.stderr
