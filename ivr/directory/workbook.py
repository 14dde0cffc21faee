"""Excel workbooks: cell values as text, merged cells filled, hostile archives refused before they are unpacked."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any, Final

from ivr.directory.headings import find_heading, heading_score
from ivr.errors import DirectoryError
from ivr.model import Done, Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path

MOST_UNPACKED: Final = 400_000_000
"""Bytes a workbook may unpack to."""
_MOST_CELLS: Final = 20_000_000


def read_workbook(path: Path) -> tuple[list[list[str]], tuple[Problem, ...]]:
    """Read the sheet of a workbook that has the most recognised headings.

    Macros are never run. Raises DirectoryError where the file is no workbook, is protected by a password,
    or would unpack to more than memory should hold.
    """
    _refuse_bombs(path)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - only for workbooks

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        for name, sheet in sheets:
            if (sheet.total_height or 0) * (sheet.total_width or 0) > _MOST_CELLS:
                raise DirectoryError(f"sheet {name!r} is larger than any directory", where=path.name)
        tables = [(name, _filled(sheet)) for name, sheet in sheets]
    except PasswordError:
        raise DirectoryError("protected by a password", where=path.name, todo="save a copy without one") from None
    except (CalamineError, ValueError, OSError) as error:
        raise DirectoryError(f"not a readable workbook: {error}", where=path.name, todo="save it as .xlsx") from error
    if not tables:
        raise DirectoryError("the workbook has no sheets", where=path.name, todo="export it again")
    best = max(range(len(tables)), key=lambda i: (_score(tables[i][1]), -i))
    notes = tuple(
        Problem(
            0, "", "sheet_not_read", Severity.WARNING, name, Done.KEPT,
            f"only sheet {tables[best][0]!r} is read; export the others on their own if callers need them",
        )
        for i, (name, table) in enumerate(tables)
        if i != best and _score(table) > 1
    )  # fmt: skip
    return tables[best][1], notes


def _score(table: list[list[str]]) -> int:
    at = find_heading(table)
    return 0 if at is None else heading_score(table[at])


def _refuse_bombs(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise DirectoryError(f"damaged workbook: {error}", where=path.name, todo="save it again") from error
    if size > MOST_UNPACKED:
        raise DirectoryError(
            f"unpacks to {size / 1e6:,.0f} MB, more than the {MOST_UNPACKED / 1e6:,.0f} MB a workbook may have",
            where=path.name,
            todo="save only the sheet with staff and departments",
        )
    if not any(n.startswith(("xl/", "content.xml")) for n in names):
        raise DirectoryError("an archive, not a workbook", where=path.name, todo="export CSV or XLSX")


def _filled(sheet: Any) -> list[list[str]]:
    table = [[as_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
        if top >= len(table) or left >= len(table[top]):
            continue
        value = table[top][left]
        for row in table[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = row[column] or value
    return table


def as_text(value: object) -> str:
    """Write a cell's value as a person would have typed it.

    >>> as_text(1632960123.0), as_text(dt.date(2026, 3, 31)), as_text(None)
    ('1632960123', '2026-03-31', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact in a double
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)
