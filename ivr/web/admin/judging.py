"""What people who look at calls decide about them, from the pages and the command line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.directory.aliases import Aliases
from ivr.directory.corrections import Correction, add_corrections
from ivr.directory.load import rules_for
from ivr.directory.numbers import read_number
from ivr.directory.search import search_entries
from ivr.errors import InputError
from ivr.model import Decision, TargetKind
from ivr.records.reviews import NOBODY, Review, add_review, reviews_of
from ivr.records.schedule import RECORDINGS, kept_recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ivr.assembly import Site
    from ivr.settings import Settings

_OPERATORS: Final = "the operators"
_MOST_PROBLEMS: Final = 20


def wanted_by(site: Site, text: str) -> str:
    """Return what a caller wanted, as somebody typed it: an enquiry's id, an entry's id or name, or "nobody".

    Empty where nothing was typed. Raises InputError where nobody and nothing is called so.
    """
    text = text.strip()
    if not text or text.casefold() == NOBODY:
        return text.casefold()
    enquiry = next((e for e in site.enquiries if text.casefold() in {e.id, e.title.casefold()}), None)
    if enquiry:
        return f"{TargetKind.ENQUIRY}:{enquiry.id}"
    found = search_entries(site.directory.entries, text, 2)
    if not found:
        what = f"nobody and no enquiry is called {text[:60]!r}"
        raise InputError(what, todo="go back and type the name in full, or “nobody” for somebody who is not there")
    return f"{TargetKind.ENTRY}:{found[0].id}"


def recording(settings: Settings, name: str) -> Path | None:
    """Return the file of a recording of this site, or None: it is not here, or its time was over."""
    return kept_recording(settings.path(RECORDINGS), name)


def names_of(site: Site) -> dict[str, str]:
    """Return what people may have been said to want, `entry:ID` and `enquiry:ID`, with its name."""
    found = {f"{TargetKind.ENTRY}:{entry.id}": entry.name for entry in site.directory.entries}
    return found | {f"{TargetKind.ENQUIRY}:{enquiry.id}": enquiry.id for enquiry in site.enquiries}


def learn(site: Site, said: str, wanted: str, by: str, at: datetime, *, name: bool = False) -> Correction:
    """Have what callers said be another way to say an entry, or (`name`) its name as it should be written.

    Written to the corrections, and counts from the next version on. Raises InputError where nobody is called so.
    """
    said = " ".join(said.split())[:200]
    if not said:
        raise InputError("nothing was said", todo="go back and type what callers say")
    found = search_entries(site.directory.entries, wanted, 2) if wanted else ()
    if not found:
        raise InputError(f"nobody is called {wanted[:60]!r}", todo="go back and type the name in full")
    entry = found[0]
    made = Correction(
        row=0, entry=entry.id, name=entry.name, action="set", field="name" if name else "spoken",
        after=said.title() if name else said, reason="callers say so", reviewer=by, date=at.date().isoformat(),
    )  # fmt: skip
    add_corrections(site.settings.path(site.settings.directory.corrections), [made])
    return made


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a list of operators' transfers."""

    rows: int
    learned: int
    """Turns whose meaning is known now."""
    problems: tuple[str, ...]
    """Rows that could not be used, one line each; the first few."""


def read_transfers(name: str, data: bytes) -> list[tuple[int, str, str]]:
    """Read whom operators put callers to: row, `call`, `put_to`. Raises InputError for a file that is not that."""
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no CSV in UTF-8: {error}", where=name, todo="save it as CSV in UTF-8") from error
    if not rows or not {"call", "put_to"} <= set(rows[0]):
        raise InputError("lacks the columns `call` and `put_to`", where=name, todo="name its columns so")
    return [(n, (row["call"] or "").strip(), (row["put_to"] or "").strip()) for n, row in enumerate(rows, start=2)]


def learn_transfers(site: Site, rows: Sequence[tuple[int, str, str]], at: datetime) -> Learned:
    """Note what callers meant whom an operator put to somebody: their turns that were not understood meant them.

    What a person judged already stays. Raises RecordsError.
    """
    numbers = {entry.number: entry for entry in reversed(site.directory.entries) if entry.number}
    plan = rules_for(site.settings, Aliases()).plan
    learned, problems = 0, []
    for row, call_id, put_to in rows:
        call = site.store.call(call_id)
        entry = numbers.get(put_to) or numbers.get(read_number(put_to, plan).dial)
        entry = entry or next(iter(search_entries(site.directory.entries, put_to, 1) if put_to else ()), None)
        if call is None or entry is None:
            what = f"no call {call_id[:60]!r}" if call is None else f"nobody has the number or name {put_to[:60]!r}"
            problems.append(f"row {row}: {what}")
            continue
        known = reviews_of(site.store.database, call_id)
        for turn in call.turns:
            if turn.decision is Decision.REJECT and turn.heard and turn.turn not in known:
                meant = f"{TargetKind.ENTRY}:{entry.id}"
                said = Review(call_id, turn.turn, False, meant, "where the operator put them", _OPERATORS, at)
                learned += add_review(site.store.database, said)
    return Learned(len(rows), learned, tuple(problems[:_MOST_PROBLEMS]))
