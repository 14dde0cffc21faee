"""Long lists of a report, each in a file of its own (SQLite): a page reads forty rows of twenty thousand, not all.

FOLDER/reports/<version or upload>/NAME.sqlite3
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivr.directory.reports import report_path
from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    data: Any
    """What a page shows, as JSON can have it."""
    search: str = ""
    """What it is found by."""
    tags: tuple[str, ...] = ()
    """Kinds it is one of; without `|`."""


def write_list(folder: Path, about: str, name: str, rows: Iterable[Row]) -> None:
    """Keep a list in its order, whole or not at all. Raises UnavailableError where it cannot be written."""
    path = _path(folder, about, name)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as file, file:
            file.execute("PRAGMA journal_mode=OFF")
            file.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, search TEXT, tags TEXT, data TEXT)")
            file.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", _cells(rows))
        partial.replace(path)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise UnavailableError(f"{path}: cannot be written: {error}; check its free space") from error


def _cells(rows: Iterable[Row]) -> Iterator[tuple[int, str, str, str]]:
    for number, row in enumerate(rows):
        text = json.dumps(row.data, ensure_ascii=True, default=str)
        search = row.search.casefold().encode("utf-8", "replace").decode()
        yield number, search, f"|{'|'.join(row.tags)}|", text


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that a page shows."""

    search: str = ""
    """Only those that hold this."""
    tag: str = ""
    """Only those of this kind."""
    at: int = 0
    """The first of them, counted from 0."""
    most: int = 40


def read_list(folder: Path, about: str, name: str, part: Part) -> tuple[list[Any], int] | None:
    """Return some rows of a list, and how many there are of their kind; None where there is no such list."""
    path = _path(folder, about, name)
    which = "(? = '' OR instr(search, ?)) AND (? = '' OR instr(tags, '|' || ? || '|'))"
    values = (part.search.casefold(),) * 2 + (part.tag,) * 2
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            total = int(file.execute(f"SELECT count(*) FROM rows WHERE {which}", values).fetchone()[0])  # noqa: S608 - ours
            found = file.execute(
                f"SELECT data FROM rows WHERE {which} ORDER BY number LIMIT ? OFFSET ?",  # noqa: S608 - ours
                (*values, part.most, max(part.at, 0)),
            )
            return [json.loads(data) for (data,) in found], total
    except sqlite3.Error:
        return None


def _path(folder: Path, about: str, name: str) -> Path:
    return report_path(folder, about, name).with_suffix(".sqlite3")
