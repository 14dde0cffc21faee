"""Golden utterances: what a caller says, what is meant, and what may be done about it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.model import Decision, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable

with (Path(__file__).parent / "golden_utterances.csv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file))


def _case(row: dict[str, str]) -> object:
    marks = [pytest.mark.xfail(reason="known failure", strict=True)] if row["fails"] else []
    return pytest.param(row, id=f"{row['kind']}: {row['say']}", marks=marks)


def _meant(understanding: Understanding) -> set[str]:
    """Targets acted on or put to the caller, entries by their id alone."""
    if understanding.safety:
        return {f"safety:{understanding.safety}"}
    if understanding.command:
        return {f"command:{understanding.command}"}
    if understanding.decision is Decision.REJECT:
        return set()
    return {str(c.target).removeprefix("entry:") for c in understanding.candidates}


@pytest.mark.parametrize("row", [_case(row) for row in CASES])
def test_golden_utterance(row: dict[str, str], ask: Callable[..., Understanding]) -> None:
    """The decision is one of those allowed, and it concerns just what was meant (or holds it, for a choice)."""
    understanding = ask(row["say"])
    assert understanding.decision.value in row["decision"].split(), understanding
    wanted = set(row["means"].split())
    if wanted and understanding.decision is Decision.CHOOSE:
        assert wanted <= _meant(understanding), understanding
    elif wanted:
        assert _meant(understanding) <= wanted, understanding
        assert _meant(understanding)


def test_there_are_enough_golden_utterances() -> None:
    """The golden file covers every kind of trouble, 250 utterances or more."""
    assert len(CASES) >= 250
    assert len({row["kind"] for row in CASES}) >= 18
