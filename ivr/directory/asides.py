"""What people write beside a name: absences, departments, job titles, how it is pronounced."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.directory import words
from ivr.directory.casing import needs_case, proper_name

if TYPE_CHECKING:
    from ivr.directory.departments import Departments
    from ivr.directory.drafts import Notes
    from ivr.directory.names import PersonName


@dataclass(frozen=True, slots=True)
class Asides:
    """What was made of the words beside a name."""

    department: str = ""
    role: str = ""
    preferred: str = ""
    maiden: str = ""
    pronounced: str = ""
    number: str = ""
    left: bool = False


def read_asides(row: int, name: PersonName, departments: Departments, notes: Notes) -> Asides:
    """Make sense of each aside of a name, and note what was done about it."""
    asides = Asides()
    for text in name.aside:
        asides = _one(row, text, asides, departments, notes)
    return asides


def _one(row: int, text: str, asides: Asides, departments: Departments, notes: Notes) -> Asides:  # noqa: PLR0911 - one return a case reads best
    for pattern, field, kind in (
        (words.PRONOUNCED, "pronounced", "pronunciation_hint"),
        (words.MAIDEN, "maiden", "former_name"),
        (words.KNOWN_AS, "preferred", "preferred_in_name"),
    ):
        found = pattern.match(text)
        if found:
            notes.fixed(row, "", kind, text, "made a way to say the name")
            return _with(asides, field, _cased(found.group(1).strip(" '\"")))
    if words.LEFT.search(text):
        notes.aside(row, "", "leaver", text, "give a leaving date or remove the row; correct it with `keep` if not so")
        return replace(asides, left=True)
    if words.ABSENCE.search(text):
        notes.kept(row, "", "absence_note", text, "callers can still ask for them: who takes their calls?")
        return asides
    if words.PRONOUNS.match(text):
        notes.fixed(row, "", "note_in_name", text)
        return asides
    if re.search(r"\d{3}", text):
        notes.fixed(row, "", "number_in_name", text, "put numbers in their own column")
        return replace(asides, number=text)
    known = departments.find(text)
    if known:
        notes.fixed(row, "", "department_in_name", text, f"read as {known!r}")
        return replace(asides, department=asides.department or known)
    return _otherwise(row, text, asides, notes)


def _with(asides: Asides, field: str, value: str) -> Asides:
    if field == "pronounced":
        return replace(asides, pronounced=value)
    return replace(asides, maiden=value) if field == "maiden" else replace(asides, preferred=value)


def _otherwise(row: int, text: str, asides: Asides, notes: Notes) -> Asides:
    if words.ROLE.search(text):
        notes.fixed(row, "", "role_in_name", text, "put job titles in their own column")
        return replace(asides, role=asides.role or text)
    if words.HOURS_NOTE.search(text):
        notes.fixed(row, "", "note_in_name", text)
        return asides
    if re.fullmatch(r"[^\W\d_][^\W\d_']+", text) and not text.isupper():
        notes.guessed(row, "", "preferred_in_name", text, "taken for what the person is called; correct it if not so")
        return replace(asides, preferred=asides.preferred or _cased(text))
    notes.kept(row, "", "note_in_name", text, "taken out of the name; put it in its own column")
    return asides


def _cased(text: str) -> str:
    return proper_name(text) if needs_case(text) else text
