"""Whole calls for people asked for by half a name, through the typed channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr import assembly
from ivr.channels.recording import run_calls
from ivr.channels.script import load_calls
from ivr.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_every_call_ends_as_it_should(root: Path) -> None:
    """Each is asked what tells the namesakes apart, and reaches the one meant."""
    scripts = load_calls(root / "tests" / "calls" / "namesakes.yaml")
    results = run_calls(assembly.open_site(load_settings(root)), None, scripts)
    assert [(result.script.id, result) for result in results if not result.as_expected] == []
