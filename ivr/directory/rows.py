"""One row of a raw export made into drafts: a person or two, a department, a desk among people, or nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.directory import words
from ivr.directory.asides import Asides, read_asides
from ivr.directory.casing import needs_case, proper_title
from ivr.directory.cells import Cells, is_department_row
from ivr.directory.common import Common, read_common
from ivr.directory.drafts import CleanseRules, Draft, Notes
from ivr.directory.headings import field_of
from ivr.directory.names import PersonName, read_name, split_name
from ivr.directory.numbers import read_number
from ivr.model import Kind
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.directory.departments import Departments

_MAILBOXES: Final = frozenset(squash(m) for m in words.MAILBOXES)
_DESKS: Final = _MAILBOXES | {"receptiondesk", "frontdesk", "mainoffice", "frontcounter"}
"""Desks that every department may have one of, so that its name is put before them."""
_TWO_PEOPLE: Final = re.compile(r"\s+(?:&|and|/|\+)\s+", re.IGNORECASE)

_LONGEST_HEADING: Final = 40


def read_row(cells: Cells, departments: Departments, rules: CleanseRules, notes: Notes) -> list[Draft]:
    """Make drafts of a row: none where it is blank, two where two people share it, else one."""
    row = cells.row
    if not any(c.strip() for c in row.cells):
        return []
    if sum(1 for c in row.cells if c and len(c) < _LONGEST_HEADING and field_of(c)) > 1 and not re.search(
        r"\d", "".join(row.cells)
    ):
        notes.dropped(row.number, "", "repeated_heading", cells.label)
        return []
    if not any(cells.person) and not cells.get("department"):
        notes.aside(row.number, "", "nameless", cells.label, "say who or what this is, or remove the row")
        return []
    common = read_common(cells, departments, rules, notes)
    if is_department_row(cells):
        return [_department(cells, departments, common)]
    service = _service(cells, departments, common, notes)
    if service:
        return [service]
    return [_person(cells, names, common, departments, notes) for names in _people(cells, notes)]


def _department(cells: Cells, departments: Departments, common: Common) -> Draft:
    parent = next((t for _, t in cells.by_field["department"][1:]), "")
    canonical = departments.canonical(parent).name if parent else ""
    return _draft(
        cells, common, Kind.DEPARTMENT, common.department, canonical if canonical != common.department else ""
    )


def _draft(cells: Cells, common: Common, kind: Kind, name: str, department: str) -> Draft:
    return Draft(
        row=cells.row.number, kind=kind, name=name, formal=name, department=department, role=common.role,
        number=common.number.dial, line=common.line, audience=common.audience, email=common.email,
        spoken=common.spoken, rejected=common.rejected, hours=cells.get("hours"),
    )  # fmt: skip


def _service(cells: Cells, departments: Departments, common: Common, notes: Notes) -> Draft | None:
    """Make of a row a test row, a vacant post, a desk or mailbox among people; None where the row names a person."""
    whole, given, family, _ = cells.person
    text = " ".join(t for t in (whole or given, "" if whole else family) if t)
    text = re.sub(r"\s*\([^)]*\)?", "", text).strip() or text
    if re.fullmatch(r"[^,]+,[^,]+", text) and words.NOT_A_PERSON.search(turned := " ".join(reversed(text.split(",")))):
        text = " ".join(turned.split())
    row = cells.row.number
    if words.TEST_ROW.search(text):
        notes.aside(row, "", "test_row", text, "remove it, or correct it with `keep` if it is real")
        return _rejected(cells, common, text, "test_row")
    if words.VACANT.search(text):
        notes.aside(
            row, "", "vacant_post", text, "nothing until the post is filled; callers can ask for the department"
        )
        return _rejected(cells, common, text, "vacant_post")
    if departments.by_key and not (given and family):
        known = departments.find(text)
        if known and (not common.department or known == common.department or " " in text):
            notes.fixed(row, "", "department_among_people", text, f"made a way to reach {known!r}")
            return _draft(
                cells, common, Kind.DEPARTMENT, known, "" if known == common.department else common.department
            )
    if "@" in text or words.NOT_A_PERSON.search(text) or _is_mailbox(text, common.email, family):
        name = _service_name(text, common)
        notes.guessed(row, "", "not_a_person", text, f"made the service {name!r}; correct it if it is a person")
        return _draft(cells, common, Kind.SERVICE, name, common.department)
    return None


def _is_mailbox(text: str, email: str, family: str) -> bool:
    return not family and squash(text) in _MAILBOXES and "@" in (email or "@")


def _rejected(cells: Cells, common: Common, text: str, why: str) -> Draft:
    """Make a draft kept only so that the row is accounted for, and so that a correction can bring it back."""
    draft = _draft(cells, common, Kind.PERSON, text, common.department)
    forename, _, surname = text.rpartition(" ")
    return replace(draft, rejected=common.rejected or why, forename=forename, surname=surname)


def _service_name(text: str, common: Common) -> str:
    """Give a desk's name: shouting undone, and an address's local part in words."""
    text = re.sub(r"@.*$", "", text)
    text = re.sub(r"[._]+", " ", text) if "." in text or "_" in text else text
    name = proper_title(text.strip(" -*,")) if needs_case(text) else text.strip(" -*,")
    if common.department and squash(name) in _DESKS:
        return f"{common.department} {name}"
    return name or common.department or "Service"


def _people(cells: Cells, notes: Notes) -> list[tuple[str, str, str, str]]:
    """Names of the people a row is about: two where a job is shared."""
    whole, given, family, preferred = cells.person
    text = whole or (given if not family else family if not given else "")
    parts = _TWO_PEOPLE.split(re.sub(r"\(.*?\)", "", text)) if text else []
    if len(parts) == 2 and all(len(p.split()) > 1 and "," not in p and not words.ROLE.search(p) for p in parts):  # noqa: PLR2004
        notes.guessed(cells.row.number, "", "two_people", text, "made an entry for each; give each their own row")
        return [(part, "", "", "") for part in parts]
    return [(whole, given, family, preferred)]


def _person(cells: Cells, names: Sequence[str], common: Common, departments: Departments, notes: Notes) -> Draft:
    name = _sayable(read_name(*names))
    row = cells.row.number
    if not (name.forename or name.surname):
        text = " ".join(t for t in names if t)
        notes.aside(row, "", "unreadable_name", text, "type the name in letters")
        return _rejected(cells, common, text, "unreadable_name")
    name = _swapped_by_address(name, common.email)
    for kind in name.fixed:
        note = notes.guessed if kind == "swapped_names" else notes.fixed
        note(row, "", kind, " | ".join(t for t in names if t), f"read as {name.forename} {name.surname}".strip())
    asides = read_asides(row, name, departments, notes)
    title = name.title or words.TITLES.get(cells.get("courtesy").rstrip(".").casefold(), "")
    return _made(cells, name, asides, title, common, notes)


def _sayable(name: PersonName) -> PersonName:
    """Prefer a name in brackets that can be said to one in letters the normaliser cannot spell: 王芳 (Fang Wang)."""
    if normalise(f"{name.forename} {name.surname}"):
        return name
    written = next((aside for aside in name.aside if " " in normalise(aside)), "")
    return read_name(written) if written else name


def _swapped_by_address(name: PersonName, email: str) -> PersonName:
    """Swap names where an address such as john.smith@ tells which name is which."""
    left, _, right = re.sub(r"\d", "", email.partition("@")[0]).replace("_", ".").partition(".")
    left, right = squash(left), squash(right)
    given, family = squash(name.forename), squash(name.surname)
    if left and right and given and family and given != family and (left, right) == (family, given):
        fixed = (*(f for f in name.fixed if f != "swapped_names"), "swapped_names")
        return PersonName(name.surname, name.forename, name.preferred, name.title, name.aside, fixed)
    return name


def _made(cells: Cells, name: PersonName, asides: Asides, title: str, common: Common, notes: Notes) -> Draft:
    row = cells.row.number
    preferred = name.preferred or asides.preferred
    formal = f"{name.forename} {name.surname}".strip()
    called = preferred or name.forename
    full = f"{called} {name.surname}".strip()
    forename, surname = (called, name.surname) if called and name.surname else split_name(full)
    if " " not in full and not title:
        notes.kept(row, "", "incomplete_name", full, "give both names, so that callers can tell people apart")
    number = common.number
    if asides.number and not number.dial:
        number = read_number(asides.number, common.rules.plan)
    return Draft(
        row=row, kind=Kind.PERSON, name=full, forename=forename, surname=surname, formal=formal, title=title,
        department=common.department or asides.department,
        role=common.role or asides.role or ("Councillor" if title == "councillor" else ""),
        number=number.dial, line=number.line, audience=common.audience, email=common.email,
        spoken=_given_ways(name, asides, title, formal, full, common.spoken),
        rejected=common.rejected or ("leaver" if asides.left else ""), hours=cells.get("hours"),
    )  # fmt: skip


def _given_ways(
    name: PersonName, asides: Asides, title: str, formal: str, full: str, aliases: tuple[str, ...]
) -> tuple[str, ...]:
    """Ways to say a name that only the export knows; `with_aliases` adds those that follow from the name itself."""
    ways = [full, formal, *aliases]
    if title:
        ways += [f"{title} {name.surname}", f"{title} {full}"]
    if asides.maiden:
        ways.append(f"{name.preferred or name.forename} {asides.maiden}")
    if asides.pronounced:
        ways.append(f"{asides.pronounced} {name.surname}")
    return tuple(dict.fromkeys(n for way in ways if (n := normalise(way))))
