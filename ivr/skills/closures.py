"""One-off closures and other hours for some days: `closures.csv` in the folder of the site's corrections.

Columns: `from` and `to` (2026-12-24; `to` empty: that day alone), `who` (a department, service or entry's id, an
enquiry's id; empty: all but what never closes), `hours` (`09:00-12:00`; empty: closed), `reason` (for people).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rapidfuzz import process

from ivr.dialogue.hours import parse_hours
from ivr.errors import InputError, SettingsError
from ivr.model import Directory, Kind
from ivr.skills.tables import read_rows
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ivr.model import Enquiry, Entry

FILE = "closures.csv"
LONGEST = timedelta(days=366)
_ALWAYS = "24/7"


@dataclass(frozen=True, slots=True)
class Closure:
    """Other hours for some days."""

    rule: str
    """As opening hours are written, to stand after them."""
    who: str
    """Name or id; empty: everybody."""
    where: str
    """Where it is written, for people."""


def load_closures(folder: Path, changed: Mapping[str, Mapping[str, str]] | None = None) -> tuple[Closure, ...]:
    """Read the site's closures; without the file there are none. Raises InputError naming the row.

    `changed`: key to row, over those of the file; one that says `removed` takes the file's away.
    """
    return tuple(read_closure(row, where) for where, row in closure_rows(folder, changed).values())


def closure_rows(
    folder: Path, changed: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the closures as they are written, in order of time: key to where and row. Raises InputError."""
    found = {key_of_row(row): (f"{FILE}, row {number}", row) for number, row in read_rows(folder / FILE)}
    for key, row in (changed or {}).items():
        found.pop(key, None)
        if not row.get("removed"):
            found[key] = ("changed closures", dict(row))
    return dict(sorted(found.items()))


def key_of_row(row: Mapping[str, str]) -> str:
    """Return what a closure is known by: its days, and whom it is of."""
    return " ".join((row.get("from", ""), row.get("to") or row.get("from", ""), squash(row.get("who", "")))).strip()


def closed(hours: str, closures: Iterable[Closure]) -> str:
    """Return opening hours with closures put in; those that never close stay as they are."""
    if not hours or hours.strip() == _ALWAYS:
        return hours
    return "; ".join([hours, *(closure.rule for closure in closures)])


def close_entries(directory: Directory, closures: Sequence[Closure], site_hours: str) -> Directory:
    """Put closures into the hours of a directory's entries. `site_hours`: of those without hours of their own."""
    everybody = [closure for closure in closures if not closure.who]

    def shut(entry: Entry) -> Entry:
        own = [closure for closure in closures if closure.who and _means(closure.who, entry)]
        if own:  # named itself, it closes even where it never does otherwise
            usual = closed(entry.hours or site_hours, everybody) or _ALWAYS
            return replace(entry, hours="; ".join([usual, *(closure.rule for closure in own)]))
        return replace(entry, hours=closed(entry.hours, everybody)) if entry.hours else entry

    return replace(directory, entries=tuple(map(shut, directory.entries))) if closures else directory


def close_enquiries(enquiries: tuple[Enquiry, ...], closures: Sequence[Closure]) -> tuple[Enquiry, ...]:
    """Put closures into the hours of the enquiries that have some."""

    def shut(enquiry: Enquiry) -> Enquiry:
        own = [closure for who in ("", enquiry.id) for closure in closures if closure.who == who]
        return replace(enquiry, hours=closed(enquiry.hours, own)) if enquiry.hours else enquiry

    return tuple(map(shut, enquiries))


def require_known(closures: Iterable[Closure], directory: Directory, enquiries: Iterable[Enquiry]) -> None:
    """Refuse a closure of somebody nobody knows. Raises InputError."""
    ids = {enquiry.id for enquiry in enquiries}
    names = [entry.name for entry in directory.entries if entry.kind is not Kind.PERSON]
    for closure in closures:
        if not closure.who or closure.who in ids or any(_means(closure.who, e) for e in directory.entries):
            continue
        near = process.extractOne(closure.who, [*names, *ids], score_cutoff=50)
        todo = f"did you mean `{near[0]}`?" if near else "use the name of a department or service, or an enquiry's id"
        raise InputError(f"nobody is called `{closure.who}`", where=closure.where, todo=todo)


def _means(who: str, entry: Entry) -> bool:
    return who == entry.id or (entry.kind is not Kind.PERSON and squash(who) == squash(entry.name))


def read_closure(row: Mapping[str, str], where: str = "the closure") -> Closure:
    """Read one closure. Raises InputError, naming what cannot be, where it is no closure."""
    first = _date(row.get("from", ""), "from", where)
    last = _date(row["to"], "to", where) if row.get("to") else first
    if not timedelta(0) <= last - first <= LONGEST:
        raise InputError(f"`to`: {last} is before {first}, or a year after", where=where, todo="mend the dates")
    days = f"{first:%Y %b %d}" if first == last else f"{first:%Y %b %d}-{last:%Y %b %d}"
    rule = f"{days} {row.get('hours') or 'off'}"
    try:
        parse_hours(rule)
    except SettingsError:
        what = f"`hours`: `{row['hours']}` cannot be read"
        raise InputError(what, where=where, todo="write them as 09:00-12:00, or leave them empty") from None
    return Closure(rule, row.get("who", ""), where)


def _date(text: str, name: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{name}`: `{text}` is no date", where=where, todo="write it as 2026-12-24") from None
