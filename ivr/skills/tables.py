"""The site's own tables: when bins are collected where. CSV files in the folder of its corrections."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ivr.errors import InputError
from ivr.skills.reading import postcode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LATE = 2
"""Days after a collection within which it can be reported as missed."""
_WEEK = 7
_WEEK_A = date(2026, 1, 5).toordinal()


@dataclass(frozen=True, slots=True)
class Collected:
    """When a bin is collected."""

    weekday: int
    """Monday is 0."""
    every_other_week: bool = False


@dataclass(frozen=True)
class Calendar:
    """Collection days by postcode and bin: `Tuesday`, or `Tuesday A` and `Tuesday B` in turns.

    The week of Monday 5 January 2026 is an A week; weeks take turns from there, also over New Year.
    """

    days: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def postcodes(self) -> tuple[str, ...]:
        """Every postcode there is."""
        return tuple(self.days)

    def not_due(self, code: str, which: str, at: datetime | None) -> Collected | None:
        """When this bin is collected, where it cannot have been missed just now; None: it can."""
        day = self.days.get(code, {}).get(which, "")
        if not day or at is None:
            return None
        name, _, week = day.partition(" ")
        ago = (at.weekday() - DAYS.index(name)) % _WEEK
        collected = at.toordinal() - ago
        first = (collected - _WEEK_A) // _WEEK % 2 == 0
        due = ago <= _LATE and (not week or (week == "A") == first)
        return None if due else Collected(DAYS.index(name), every_other_week=bool(week))


def load_calendar(folder: Path) -> Calendar:
    """Read `collections.csv` (columns `postcode` and one for each bin); without the file nothing is checked.

    Raises InputError naming the row.
    """
    path = folder / "collections.csv"
    return Calendar(dict(_row(number, row, path) for number, row in read_rows(path)))


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a CSV file with their numbers, the heading being row 1; no file has none. Raises InputError."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), todo="save it as CSV in UTF-8") from error
    for number, row in enumerate(rows, 2):
        yield number, {str(name).strip(): (value or "").strip() for name, value in row.items() if isinstance(name, str)}


def _row(number: int, row: dict[str, str], path: Path) -> tuple[str, Mapping[str, str]]:
    where = f"{path.name}, row {number}"
    code = postcode(row.get("postcode") or "")
    if not code:
        raise InputError(f"`{row.get('postcode') or ''}` is no postcode", where=where, todo="write it as WX1 1AA")
    days = {name: (value or "").strip() for name, value in row.items() if name and name != "postcode"}
    for name, day in days.items():
        weekday, _, week = day.partition(" ")
        if day and (weekday not in DAYS or week not in {"", "A", "B"}):
            raise InputError(f"`{name}`: `{day}` is no day", where=where, todo="write Tuesday, Tuesday A or Tuesday B")
    return code, days
