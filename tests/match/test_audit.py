"""The audit of a directory: what is hard, and what a person should look at."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from ivr.assembly import sample_site
from ivr.grammar.pronounce import Pronouncer
from ivr.match.audit import Audited, audit, summary
from ivr.match.audit_table import COLUMNS, as_row, write_audit
from ivr.model import Audience, Directory, Entry, Kind

if TYPE_CHECKING:
    from pathlib import Path


def _person(name: str, department: str, role: str = "", audience: Audience = Audience.EVERYONE) -> Entry:
    forename, _, surname = name.partition(" ")
    return Entry(
        id=f"{name}-{department}-{role}".lower().replace(" ", "_"), kind=Kind.PERSON, name=name, spoken=(name.lower(),),
        department=department, role=role, number="4711", audience=audience, surname=surname, forename=forename,
    )  # fmt: skip


PEOPLE = (
    _person("Jane Smith", "Housing", "Officer"),
    _person("Jane Smith", "Planning", "Officer"),
    _person("Jon Reid", "Housing", "Officer"),
    _person("John Reed", "Finance", "Officer"),
    _person("Ann Lee", "Housing", "Clerk"),
    _person("Ann Lee", "Housing", "Clerk"),
    _person("Xqz Grmpf", "Housing"),
    _person("Bartholomew Featherstonehaugh", "Legal"),
    _person("Secret Person", "Legal", audience=Audience.NOBODY),
)


@pytest.fixture(scope="module")
def found() -> tuple[Audited, ...]:
    """Audit a small directory."""
    return audit(Directory(PEOPLE), Pronouncer(sample_site() / "grammars"))


def _of(found: tuple[Audited, ...], name: str, department: str = "") -> Audited:
    return next(a for a in found if a.entry.name == name and department in a.entry.department)


def test_namesakes_are_told_apart_by_what_differs(found: tuple[Audited, ...]) -> None:
    """Two of one name are told apart by department; where nothing differs a person should look."""
    assert _of(found, "Jane Smith", "Housing").asked_by == "department"
    assert not _of(found, "Jane Smith", "Housing").needs
    assert "indistinguishable" in _of(found, "Ann Lee").needs


def test_names_that_sound_the_same_are_named_with_their_distance(found: tuple[Audited, ...]) -> None:
    """Jon Reid and John Reed are nearest each other, at no distance at all; others are not listed."""
    nearest = _of(found, "Jon Reid").nearest
    assert [near.name for near in nearest] == ["John Reed"]
    assert nearest[0].distance < 0.03
    assert not _of(found, "Bartholomew Featherstonehaugh").nearest


def test_a_name_nobody_can_say_comes_first(found: tuple[Audited, ...]) -> None:
    """Words without a vowel that no dictionary has are unsayable, and head the list with the others to look at."""
    assert _of(found, "Xqz Grmpf").unsayable
    assert found[0].entry.name == "Xqz Grmpf"
    looked = [bool(a.needs) for a in found]
    assert looked == sorted(looked, reverse=True)


def test_every_word_says_where_its_sound_is_from(found: tuple[Audited, ...]) -> None:
    """Sources are reviewed, dictionary or rules; difficulties are shares; entries for nobody are left out."""
    assert {word.source for a in found for word in a.said} <= {"reviewed", "dictionary", "rules"}
    assert all(0 <= a.difficulty <= 1 for a in found)
    assert len(found) == len(PEOPLE) - 1
    assert summary(found)["needs_a_person"] == 3


def test_the_table_has_a_row_an_entry(found: tuple[Audited, ...], tmp_path: Path) -> None:
    """The CSV file has the columns promised and as many rows as entries; JSON rows name every list."""
    write_audit(found, tmp_path / "audit.csv")
    with (tmp_path / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [a.entry.id for a in found]
    assert as_row(found[0])["unsayable"]
    assert not list(tmp_path.glob("*.partial"))
