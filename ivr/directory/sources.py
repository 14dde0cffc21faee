"""A raw export read into rows: CSV in whatever encoding and delimiter, or a workbook; the heading row found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.directory.delimited import read_delimited
from ivr.directory.headings import SUBJECT, field_of, find_heading, is_cleansed, nearest_known
from ivr.directory.workbook import read_workbook
from ivr.errors import DirectoryError
from ivr.model import Done, Problem, Severity
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_BYTES: Final = 100_000_000
"""Largest export read; a directory of 100,000 people is about 20 MB."""
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_FOREIGN: Final = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a Word document",
    b"RIFF": "a sound or video file",
    b"\x1f\x8b": "a compressed file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One record of an export."""

    number: int
    """Row as a spreadsheet shows it; the heading is usually row 1."""
    cells: tuple[str, ...]
    """As wide as the headings; what was beyond them is in the last one."""


@dataclass(frozen=True, slots=True)
class Export:
    """A raw export: headings, what each column is, and the rows below them."""

    source: str
    headings: tuple[str, ...]
    fields: tuple[str, ...]
    """Field of each column (`ivr.directory.headings.FIELDS`), "" where it is unknown and kept aside."""
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    """What is wrong with the file as a whole."""

    @property
    def cleansed(self) -> bool:
        """The file is one that `cleanse --out` wrote."""
        return is_cleansed(self.headings)


def read_export(path: Path, mapping: Mapping[str, str] | None = None) -> Export:
    """Read a CSV or Excel export; `mapping` gives the field of headings (squashed) that a person has decided about.

    Raises DirectoryError where the file is missing, empty, too large, neither CSV nor a workbook, or
    where no row of it can be recognised as headings.
    """
    table, notes = read_table(path)
    return make_export(path.name, table, notes, mapping)


def read_table(path: Path) -> tuple[list[list[str]], tuple[Problem, ...]]:
    """Read the cells of a CSV or Excel file, headings among them, and what is wrong with the file as a whole.

    Raises DirectoryError where the file is missing, empty, too large, or neither CSV nor a workbook.
    """
    start = _first_bytes(path)
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            raise DirectoryError(f"this is {what}, not a directory export", where=path.name, todo="export CSV or XLSX")
    if start.startswith((_ZIP, _OLE)):
        return read_workbook(path)
    return read_delimited(path)


def make_export(
    source: str,
    table: list[list[str]],
    notes: tuple[Problem, ...] = (),
    mapping: Mapping[str, str] | None = None,
) -> Export:
    """Find the headings in a table of cells. Raises DirectoryError where there are none."""
    if not any(cell.strip() for row in table for cell in row):
        raise DirectoryError("the file is empty", where=source, todo="export it again")
    at = heading_row(table, mapping)
    if at is None:
        raise DirectoryError(_no_headings(table), where=source, todo="put headings above the columns")
    headings = tuple(" ".join(cell.split()) for cell in table[at])
    while headings and not headings[-1]:
        headings = headings[:-1]
    rows, wide = [], []
    for number, cells in enumerate(table[at + 1 :], start=at + 2):
        if any(cell.strip() for cell in cells[len(headings) :]):
            wide.append(number)
        rows.append(Row(number, tuple(cells[: len(headings)]) + ("",) * (len(headings) - len(cells))))
    fields = tuple(mapped_field(h, mapping) for h in headings)
    problems = (*notes, *_heading_problems(headings, fields, at), *_wide_problems(wide, table, len(headings)))
    return Export(source, headings, fields, tuple(rows), problems)


def mapped_field(heading: str, mapping: Mapping[str, str] | None) -> str:
    """Return the field a heading names, as a person decided or else as it is recognised; "": kept aside."""
    return (mapping or {}).get(squash(heading), field_of(heading))


def heading_row(table: Sequence[Sequence[str]], mapping: Mapping[str, str] | None = None) -> int | None:
    """Return the index of the heading row, or None: the one recognised, else the first with a heading decided about."""
    found = find_heading(table)
    if found is None and mapping:
        decided = (at for at, row in enumerate(table[:30]) if any(mapping.get(squash(cell)) in SUBJECT for cell in row))
        found = next(decided, None)
    return found


def _first_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise DirectoryError("this is a folder", where=str(path), todo="name the export itself")
        if size == 0:
            raise DirectoryError("the file is empty", where=str(path), todo="export it again")
        if size > MOST_BYTES:
            raise DirectoryError(
                f"{size / 1e6:,.0f} MB is more than the {MOST_BYTES / 1e6:,.0f} MB a directory export may have",
                where=str(path),
                todo="export staff and departments only",
            )
        with path.open("rb") as file:
            return file.read(8)
    except FileNotFoundError:
        raise DirectoryError("no such file", where=str(path), todo="check the path") from None
    except OSError as error:
        raise DirectoryError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _no_headings(table: list[list[str]]) -> str:
    cells = next(row for row in table if any(c.strip() for c in row))
    found = [c.strip()[:30] for c in cells if c.strip()][:6]
    near = [f"{c!r} may be {n!r}" for c in found if (n := nearest_known(c))]
    hint = f" ({', '.join(near)})" if near else ""
    return f"no headings recognised in {', '.join(repr(c) for c in found)}{hint}; a name or department column is needed"


def _heading_problems(headings: tuple[str, ...], fields: tuple[str, ...], at: int) -> list[Problem]:
    problems = []
    if is_cleansed(headings):
        return []
    for heading, field in zip(headings, fields, strict=True):
        if not field and heading and heading.casefold() != "id":
            near = nearest_known(heading)
            todo = f"if it is the {near!r} column, rename it" if near else "nothing, unless callers need it"
            problems.append(
                Problem(at + 1, heading, "unknown_heading", Severity.INFO, heading, Done.KEPT, f"kept aside; {todo}")
            )
    for heading, count in Counter(h.casefold() for h in headings if h).items():
        if count > 1:
            todo = "the first filled one counts; rename or remove the others"
            problems.append(
                Problem(at + 1, heading, "duplicate_heading", Severity.WARNING, f"{count} times", Done.KEPT, todo)
            )
    return problems


def _wide_problems(wide: list[int], table: list[list[str]], width: int) -> list[Problem]:
    return [
        Problem(
            number, "", "row_too_long", Severity.WARNING, " | ".join(c for c in table[number - 1][width:] if c)[:80],
            Done.KEPT, "cells beyond the headings are not read; look for an unquoted comma",
        )
        for number in wide
    ]  # fmt: skip
