"""What belongs to a postcode: `areas.csv` in the folder of the site's corrections.

The column `postcode` holds whole postcodes, and beginnings of them (`WX1 1`, `WX1`) for all that begin so. Each other
column is something a caller may ask for, its heading the ways to say it (`library|branch library`), its values as they
are said. A value that a postcode's own row lacks is that of the longest beginning that has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.errors import InputError
from ivr.skills.tables import read_rows
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "areas.csv"
_BEGINNING = re.compile(r"[a-z]{1,2}[0-9][0-9a-z]?([0-9]([a-z]{2})?)?")


@dataclass(frozen=True)
class Areas:
    """The table. `rows`: values by heading's first way, by postcode or beginning, without spaces in small letters."""

    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """How each thing may be asked for, by its heading's first way."""
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def asked_for(self, text: str) -> tuple[str, ...]:
        """Return the things that words speak of, in the order of the table."""
        said = f" {normalise(text)} "
        return tuple(thing for thing, ways in self.ways.items() if any(_spoken(way, said) for way in ways))

    def find(self, postcode: str, thing: str) -> str:
        """Return what belongs to a postcode, or to all postcodes that begin so; "": nothing, or several."""
        code = squash(postcode)
        own = (self.rows[code[:n]].get(thing, "") for n in range(len(code), 1, -1) if code[:n] in self.rows)
        found = next(filter(None, own), "")
        further = {row[thing] for known, row in self.rows.items() if known.startswith(code) and row.get(thing)}
        possible = further | {found} - {""}
        return possible.pop() if len(possible) == 1 else ""

    def covers(self, postcode: str) -> bool:
        """Whether anything is known of this postcode, or of some that begin so."""
        code = squash(postcode)
        return any(code.startswith(known) or known.startswith(code) for known in self.rows)


def load_areas(folder: Path) -> Areas:
    """Read the table; without the file it is empty. Raises InputError naming the row."""
    ways: dict[str, tuple[str, ...]] = {}
    rows: dict[str, Mapping[str, str]] = {}
    for number, row in read_rows(folder / FILE):
        where = f"{FILE}, row {number}"
        code = squash(row.get("postcode", ""))
        if not _BEGINNING.fullmatch(code):
            what = f"`{row.get('postcode', '')}` is no postcode, nor the beginning of one"
            raise InputError(what, where=where, todo="write it as WX1 1AA, WX1 1 or WX1")
        if code in rows:
            raise InputError(f"`{row['postcode']}` is there twice", where=where, todo="keep one")
        headings = {heading: _ways(heading) for heading in row if heading != "postcode"}
        ways = {first[0]: first for first in headings.values() if first}
        rows[code] = {first[0]: row[heading] for heading, first in headings.items() if first}
    return Areas(ways, rows)


def _ways(heading: str) -> tuple[str, ...]:
    return tuple(filter(None, (normalise(way) for way in heading.split("|"))))


def _spoken(way: str, said: str) -> bool:
    """Whether a thing is spoken of, be it one or many of it."""
    one = way.removesuffix("s")
    return f" {one} " in said or f" {one}s " in said or (one.endswith("y") and f" {one[:-1]}ies " in said)
