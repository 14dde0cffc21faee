"""The cells of one row: tidied, sorted by what they are, moved where they stand in the wrong column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ivr.directory import words
from ivr.directory.headings import precedence
from ivr.directory.numbers import SCHEME
from ivr.directory.tidy import is_damaged, is_nothing, tidy

if TYPE_CHECKING:
    from ivr.directory.drafts import Notes
    from ivr.directory.sources import Export, Row

EMAIL: Final = re.compile(r"[^\s@<>:;,]+@[^\s@<>:;,]+\.[^\s@<>:;,]+")
_NAMES: Final = ("name", "forename", "surname", "preferred")


@dataclass(frozen=True)
class Cells:
    """The filled cells of a row, by field."""

    row: Row
    by_field: dict[str, list[tuple[str, str]]]
    """Field -> (heading, tidy text), the most telling heading first."""

    def get(self, field: str) -> str:
        """First filled cell of a field, or ""."""
        found = self.by_field.get(field)
        return found[0][1] if found else ""

    def heading(self, field: str) -> str:
        """Heading of the first filled cell of a field, or the field's name."""
        found = self.by_field.get(field)
        return found[0][0] if found else field

    @cached_property
    def person(self) -> tuple[str, str, str, str]:
        """The cells that may name a person."""
        return (self.get("name"), self.get("forename"), self.get("surname"), self.get("preferred"))

    @property
    def label(self) -> str:
        """The row in few words, for reports."""
        name = ", ".join(t for t in self.person[:3] if t) or self.get("department")
        return name or " | ".join(c.strip() for c in self.row.cells if c.strip())[:80]


def read_cells(row: Row, export: Export, notes: Notes) -> Cells:
    """Tidy the cells of a row and sort them by field; what stands in the wrong column is moved."""
    by_field: dict[str, list[tuple[str, str]]] = {}
    for i, (heading, field) in enumerate(zip(export.headings, export.fields, strict=True)):
        raw = row.cells[i]
        if not field or not raw:
            continue
        text = tidy(raw)
        if not text.isascii() or not raw.isascii():
            _note_letters(row, heading, raw, text, notes)
        if not text or is_nothing(text, name=field in _NAMES):
            continue
        by_field.setdefault(_belongs(field, text), []).append((heading, text))
    for found in by_field.values():
        found.sort(key=lambda cell: precedence(cell[0]))
    return Cells(row, by_field)


def _note_letters(row: Row, heading: str, raw: str, text: str, notes: Notes) -> None:
    if is_damaged(text):
        notes.kept(row.number, heading, "damaged_letters", text, "letters were lost before the export; type them in")
    elif any(c in raw for c in "ÃÂâÅÄÐ") and not all(c in text for c in raw if c.isalpha()):
        notes.fixed(row.number, heading, "wrong_encoding", raw.strip(), f"read as {text!r}; export as UTF-8")


def _belongs(field: str, text: str) -> str:
    """Field a cell belongs to by its look: addresses among numbers, numbers among addresses, titles among roles."""
    if field in {"telephone", "extension", "mobile"} and "@" in text and EMAIL.search(text) and not SCHEME.match(text):
        return "email"
    if field == "email" and "@" not in text and re.fullmatch(r"[+()\d][\d\s()+\-]{3,}", text):
        return "telephone"
    if field == "role" and text.rstrip(".").casefold() in words.TITLES:
        return "courtesy"
    return field


def is_department_row(cells: Cells) -> bool:
    """Tell whether a row is about a department as a whole."""
    return not any(cells.person) and bool(cells.get("department"))
