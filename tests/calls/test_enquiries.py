"""Whole calls about every enquiry and skill of the sample council, good and bad paths, through the typed channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.channels.recording import run_calls
from ivr.channels.script import load_calls

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.assembly import Site


FILES = ("enquiries.yaml", "skills.yaml")


def test_every_call_ends_as_it_should(root: Path, sample: Site) -> None:
    """At least 120 calls, every enquiry among them, each with its outcome and what must have been said."""
    scripts = [script for file in FILES for script in load_calls(root / "tests" / "calls" / file)]
    assert len(scripts) >= 120
    assert {script.expect.enquiry for script in scripts} >= {enquiry.id for enquiry in sample.enquiries}
    results = run_calls(sample, None, scripts)
    assert [(r.script.id, r.problems, r.said) for r in results if not r.as_expected] == []


def test_a_call_needs_no_word(root: Path, sample: Site) -> None:
    """Departments, enquiries, extensions and names are reached from the greeting by keys alone."""
    results = run_calls(sample, None, load_calls(root / "tests" / "calls" / "keypad.yaml"))
    assert [(r.script.id, r.problems, r.said) for r in results if not r.as_expected] == []
