"""Entries and problems as CSV, and a cleansed directory read back without loss."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.directory.drafts import CleanseRules, Draft, Notes
from ivr.directory.headings import ENTRY_COLUMNS
from ivr.directory.names import split_name
from ivr.directory.numbers import Line, read_number
from ivr.directory.tidy import tidy
from ivr.errors import DirectoryError
from ivr.model import Audience, Entry, Kind, Problem
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.directory.sources import Export

PROBLEM_COLUMNS: Final = ("row", "column", "kind", "severity", "found", "done", "suggestion")
_SPLIT: Final = ("forename", "surname")
_FORMULA: Final = re.compile(r"^'*[=+\-@\t\r]")
_PLAIN_NUMBER: Final = re.compile(r"^\+\d+$")


def guarded(text: str) -> str:
    """Keep a spreadsheet from running a cell as a formula: an apostrophe before it, taken off by `unguarded`.

    A telephone number is left alone: digits behind a plus can do nothing.
    """
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.match(text) else text


def unguarded(text: str) -> str:
    """Undo `guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def write_entries(entries: Iterable[Entry], path: Path) -> None:
    """Write entries as CSV with the columns of `ENTRY_COLUMNS`. Raises DirectoryError where `path` cannot be written.

    Where somebody's surname could not be told from the rest, two more columns say which part of the name it is.
    """
    entries = tuple(entries)
    columns = ENTRY_COLUMNS if all(map(_can_be_split, entries)) else (*ENTRY_COLUMNS, *_SPLIT)
    _write(path, columns, ([_cell(entry, column) for column in columns] for entry in entries))


def _can_be_split(entry: Entry) -> bool:
    """Tell whether reading an entry back finds the same surname."""
    return entry.kind is not Kind.PERSON or _split(entry.name, entry.spoken) == (entry.forename, entry.surname)


def write_problems(problems: Iterable[Problem], path: Path) -> None:
    """Write problems as CSV with the columns of `PROBLEM_COLUMNS`. Raises DirectoryError likewise."""
    _write(path, PROBLEM_COLUMNS, ([str(getattr(p, column)) for column in PROBLEM_COLUMNS] for p in problems))


def _cell(entry: Entry, column: str) -> str:
    return "|".join(entry.spoken) if column == "spoken" else str(getattr(entry, column))


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise DirectoryError(
            f"cannot be written: {error.strerror}", where=str(path), todo="name a folder that exists and may be written"
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([guarded(cell) for cell in row] for row in rows)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise DirectoryError(f"cannot be written: {error.strerror}", where=str(path)) from error


def read_entries(export: Export, rules: CleanseRules, notes: Notes) -> list[Draft]:
    """Read rows that `write_entries` wrote, perhaps edited since; what cannot be right is set aside."""
    columns = {h.strip().casefold(): i for i, h in enumerate(export.headings)}
    known = (*ENTRY_COLUMNS, *(name for name in _SPLIT if name in columns))
    drafts: list[Draft] = []
    seen: set[str] = set()
    for row in export.rows:
        cells = {c: unguarded(row.cells[columns[c]].strip()) for c in known}
        if not any(cells.values()):
            continue
        draft = _draft(row.number, cells, rules, notes)
        if draft and draft.id in seen:
            notes.aside(row.number, "id", "duplicate_id", draft.id, "each entry needs an id of its own; clear this one")
            draft = None
        if draft:
            seen.update({draft.id} - {""})
            drafts.append(draft)
    return drafts


def _draft(row: int, cells: dict[str, str], rules: CleanseRules, notes: Notes) -> Draft | None:
    name = tidy(cells["name"])
    if not name:
        notes.aside(row, "name", "nameless", cells["id"], "give the entry a name that can be said")
        return None
    for column, allowed in (("kind", set(Kind)), ("audience", set(Audience))):
        if cells[column] and cells[column] not in allowed:
            notes.aside(row, column, f"unknown_{column}", cells[column], f"write one of {', '.join(sorted(allowed))}")
            return None
    number = read_number(cells["number"], rules.plan) if cells["number"] else None
    if number and not number.dial:
        notes.kept(row, "number", number.problem, cells["number"], f"not used: {number.advice}")
    spoken = tuple(dict.fromkeys(w for way in cells["spoken"].split("|") if (w := normalise(way))))
    draft = Draft(
        row=row, id=cells["id"], kind=Kind(cells["kind"] or "person"), name=name, formal=name,
        department=tidy(cells["department"]), role=tidy(cells["role"]), number=number.dial if number else "",
        line=number.line if number else Line.DIRECT, audience=Audience(cells["audience"] or "everyone"),
        hours=cells["hours"], fallback=cells["fallback"], prompt=cells["prompt"], spoken=spoken,
    )  # fmt: skip
    if draft.kind is not Kind.PERSON:
        return draft
    forename, surname = cells.get("forename", ""), cells.get("surname", "")
    if name not in {f"{forename} {surname}".strip(), f"{surname} {forename}"}:  # not written, or edited since
        forename, surname = _split(name, spoken)
    return replace(draft, forename=forename, surname=surname)


def _split(name: str, spoken: Sequence[str]) -> tuple[str, str]:
    """Split a person's name where "J Garcia Lopez" among its ways says the surname begins."""
    tokens = name.split(" ")
    for at in range(len(tokens) - 1, 0, -1):
        given = normalise(" ".join(tokens[:at]))
        if given and f"{given[0]} {normalise(' '.join(tokens[at:]))}" in spoken:
            return " ".join(tokens[:at]), " ".join(tokens[at:])
    return split_name(name)
