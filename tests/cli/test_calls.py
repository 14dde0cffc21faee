"""`ivr chat` and `ivr call` on the sample site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from ivr import assembly
from ivr.cli.call import call
from ivr.cli.chat import chat
from ivr.errors import AudioError, InputError
from ivr.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.assembly import Site


@pytest.fixture(scope="module")
def sample(root: Path) -> Site:
    """Build the sample site once for all these tests."""
    return assembly.open_site(load_settings(root))


@pytest.fixture
def app(root: Path, sample: Site, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """Give the two commands, in the sample site."""
    monkeypatch.setenv("IVR_SITE", str(root))
    monkeypatch.setattr(assembly, "open_site", lambda *_: sample)
    made = typer.Typer()
    made.command("chat")(chat)
    made.command("call")(call)
    return made


def test_a_typed_call(app: typer.Typer) -> None:
    """Typing nought gives the operator, and the outcome is shown last."""
    done = CliRunner().invoke(app, ["chat", "--at", "2026-03-04T10:30", "--why"], input="0\n")
    assert done.exit_code == 0
    assert "Hello, you're through to Wexbourne Council." in done.output
    assert done.output.strip().endswith("[outcome: operator_requested (the operator; a person answered)]")


def test_a_call_as_json(app: typer.Typer) -> None:
    """A machine reads the outcome, every turn, and what was said."""
    done = CliRunner().invoke(app, ["call", "silence", "keys:0", "--json"])
    assert done.exit_code == 0
    (found,) = json.loads(done.output)
    assert (found["outcome"], found["dialled"]) == ("operator_requested", ["the operator"])
    assert [turn["keyed"] for turn in found["turns"]] == ["", "0"]
    assert len(found["said"]) == 3


def test_calls_that_end_otherwise_are_a_problem(app: typer.Typer, tmp_path: Path) -> None:
    """A file of calls exits with 1 where one did not end as expected, and says which."""
    file = tmp_path / "calls.yaml"
    file.write_text('- {id: nought, turns: ["keys:0"], expect: {outcome: transferred}}\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["call", "--calls", str(file)])
    assert done.exit_code == 1
    assert "nought: 0 -> the operator, operator_requested" in done.output
    assert "0 of 1 calls ended as expected; 0 in a wrong transfer" in done.output


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["chat", "--at", "soon"], InputError, "`soon` is no date and time"),
        (["call"], InputError, "name the recordings of one call"),
        (["call", "none.wav"], AudioError, "none.wav: no such recording"),
        (["call", "--calls", "none.yaml"], InputError, "none.yaml: cannot be read"),
    ],
)
def test_bad_usage_is_named(app: typer.Typer, arguments: list[str], error: type[Exception], message: str) -> None:
    """A wrong option or file is one line, before anything is built."""
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, error)
    assert message in str(done.exception)
