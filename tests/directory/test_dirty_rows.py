"""Dirty rows, one by one, and what becomes of each: `dirty_rows.yaml`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ivr.directory.aliases import Aliases, with_aliases
from ivr.directory.cleanse import CleanseRules, cleanse
from ivr.directory.numbers import DialPlan
from ivr.directory.sources import make_export
from ivr.text import squash

if TYPE_CHECKING:
    from ivr.model import Entry

CASES = yaml.safe_load((Path(__file__).parent / "dirty_rows.yaml").read_text(encoding="utf-8"))
HEADINGS = {
    "surname": "Surname", "forename": "Forename", "name": "Full name", "preferred": "Known as",
    "department": "Department", "role": "Title", "telephone": "Tel.", "extension": "Ext", "mobile": "Mobile",
    "email": "E-Mail", "aliases": "Also known as", "visibility": "Directory", "leaving": "Leaving date",
}  # fmt: skip
OFFICES = ("Housing", "Planning", "Housing Benefits", "Environmental Health", "Waste and Recycling")
RULES = CleanseRules(dt.date(2026, 6, 1), DialPlan("GB", "01632", (4,)), {"Waste and Recycling": ("bins", "refuse")})


def _table(row: dict[str, str]) -> list[list[str]]:
    cells = {"department": "Housing", "telephone": "01632 960123"} | row
    offices = [{"department": name, "telephone": f"01632 9609{i:02d}"} for i, name in enumerate(OFFICES)]
    return [list(HEADINGS.values()), *([r.get(f, "") for f in HEADINGS] for r in (cells, *offices))]


def _value(entry: Entry, field: str, entries: tuple[Entry, ...]) -> Any:
    if field == "surname_squashed":
        return squash(entry.surname)
    if field == "fallback":
        return next((e.name for e in entries if e.id == entry.fallback), "")
    return getattr(entry, field)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["what"]).replace(" ", "-"))
def test_dirty_row(case: dict[str, Any]) -> None:
    """A dirty row becomes the entry it means, or is set aside, and its problems are named."""
    cleansed = cleanse(make_export("test", _table(case["row"])), (), RULES)
    entries = with_aliases(cleansed.entries, Aliases())
    own = [e for e in entries if e.name not in OFFICES]
    found = [p.kind for p in cleansed.problems if p.row == 2]
    assert sorted(found) == sorted(case["problems"])
    if case.get("none"):
        assert own == []
        return
    entry = own[0]
    for field, expected in case["entry"].items():
        if field == "spoken":
            assert set(expected) <= set(entry.spoken)
        else:
            assert _value(entry, field, entries) == expected, field


def test_there_are_enough_cases() -> None:
    """The file of dirty rows covers at least eighty kinds of dirt."""
    assert len(CASES) >= 80
