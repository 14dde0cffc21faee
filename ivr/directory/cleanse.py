"""Rows in, entries and problems out: pure and deterministic, and no row is lost without a word."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ivr.directory.cells import is_department_row, read_cells
from ivr.directory.corrections import Correction, corrected
from ivr.directory.departments import find_departments, key_of
from ivr.directory.drafts import CleanseRules, Draft, Notes
from ivr.directory.identity import base_id, with_ids
from ivr.directory.merge import merged, note_shared_numbers
from ivr.directory.rows import read_row
from ivr.directory.table import read_entries
from ivr.model import Audience, Entry, Kind, Problem
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.directory.sources import Export

__all__ = ["CleanseRules", "Cleansed", "cleanse"]

_LONGEST_NAME: Final = 200
"""Letters beyond which a name is something else: nobody could say it, and sounding it out would take minutes."""


@dataclass(frozen=True, slots=True)
class Cleansed:
    """What became of an export."""

    entries: tuple[Entry, ...]
    """Those whom callers may be put through to, and those kept from them (audience nobody); by kind and name."""
    problems: tuple[Problem, ...]
    """By row."""
    rows: int
    """Rows below the heading."""
    blank: int = 0
    set_aside: int = 0
    """Rows that became no entry."""
    merged: int = 0
    """Rows that became one entry with another."""
    entry_rows: frozenset[int] = frozenset()
    """Rows that became entries or part of one."""
    rows_about: Mapping[int, About] = field(default_factory=dict)
    """Row -> who or what it is about, also where it was set aside."""


@dataclass(frozen=True, slots=True)
class About:
    """Who or what a row is about, so that a correction can name it."""

    id: str
    """As corrections name it."""
    name: str
    department: str


def cleanse(export: Export, corrections: Iterable[Correction] = (), rules: CleanseRules | None = None) -> Cleansed:
    """Make entries of an export's rows, and name every problem found on the way.

    A file that `cleanse` wrote itself is read back as it is: cleansing it again changes nothing, and corrections
    it already has in it are not reported as ones that no longer apply.
    """
    rules = rules or CleanseRules()
    notes = Notes(list(export.problems))
    drafts = read_entries(export, rules, notes) if export.cleansed else _drafts(export, rules, notes)
    about = {d.row: About(d.id or base_id(d), d.name, d.department) for d in drafts}
    drafts = corrected(drafts, corrections, rules, Notes() if export.cleansed else notes)
    kept = [d for d in drafts if not d.rejected]
    single = kept if export.cleansed else merged(kept, notes)
    placed = _placed(with_ids(_grounded(single)), notes)
    if not export.cleansed:
        note_shared_numbers(placed, notes)
    blank = sum(1 for row in export.rows if not any(c.strip() for c in row.cells))
    used = frozenset({d.row for d in placed} | ({d.row for d in kept} - {d.row for d in single}))
    return Cleansed(
        entries=tuple(sorted(map(_entry, placed), key=lambda e: (e.kind, normalise(e.name), e.department, e.id))),
        problems=tuple(sorted(notes.problems, key=lambda p: (p.row, p.column, p.kind, p.found))),
        rows=len(export.rows),
        blank=blank,
        set_aside=len(export.rows) - blank - len(used),
        merged=len(kept) - len(single),
        entry_rows=used,
        rows_about=about,
    )


def _drafts(export: Export, rules: CleanseRules, notes: Notes) -> list[Draft]:
    rows = [read_cells(row, export, notes) for row in export.rows]
    departments = find_departments(
        (c.get("department") for c in rows if any(c.person)),
        (c.get("department") for c in rows if is_department_row(c)),
        rules.synonyms,
    )
    drafts = [draft for cells in rows for draft in read_row(cells, departments, rules, notes)]
    return [_canonical(d) for d in drafts]


def _canonical(draft: Draft) -> Draft:
    """Have a department belong to another only where it is not that other itself."""
    if draft.department and key_of(draft.department) == key_of(draft.name):
        return replace(draft, department="")
    return draft


def _grounded(drafts: Sequence[Draft]) -> list[Draft]:
    """Every draft can be said in at least its own name."""
    return [replace(d, spoken=tuple(dict.fromkeys(w for w in (normalise(d.name), *d.spoken) if w))) for d in drafts]


def _placed(drafts: Sequence[Draft], notes: Notes) -> list[Draft]:
    """Send callers of those without a number to their department; set aside those without either."""
    departments = {
        key_of(d.name): d
        for d in drafts
        if d.kind is Kind.DEPARTMENT and d.number and d.spoken and len(d.name) <= _LONGEST_NAME
    }
    placed = []
    for draft in drafts:
        home = departments.get(key_of(draft.department)) if draft.department else None
        if len(draft.name) > _LONGEST_NAME:
            notes.aside(draft.row, "", "name_too_long", draft.name, "write the name alone, in its own column")
        elif not draft.spoken:
            notes.aside(
                draft.row, "", "unsayable_name", draft.name, "write the name in Latin letters, or give an alias"
            )
        elif draft.number:
            placed.append(draft)
        elif home and home.id != draft.id:
            if not draft.fallback:
                notes.kept(
                    draft.row, "", "no_number", draft.name, f"callers are put through to {home.name}; add a number"
                )
            placed.append(draft if draft.fallback else replace(draft, fallback=home.id))
        else:
            notes.aside(draft.row, "", "unreachable", draft.name, "add a number, or remove the row")
    return placed


def _entry(draft: Draft) -> Entry:
    return Entry(
        id=draft.id, kind=draft.kind, name=draft.name, spoken=draft.spoken, department=draft.department,
        role=draft.role, number=draft.number, audience=Audience(draft.audience), hours=draft.hours,
        fallback=draft.fallback, prompt=draft.prompt, surname=draft.surname, forename=draft.forename,
    )  # fmt: skip
