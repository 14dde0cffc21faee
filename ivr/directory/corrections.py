"""Reviewed corrections: what a person decided about the export, applied on every load.

Columns: `entry` (an id) or `name` with `department` (as cleansed; empty: any), `action`, `field`, `from`,
`to`, `reason`, `reviewer`, `date`. Actions:

- `set`: `field` (name, department, role, number, audience, hours, prompt, spoken) becomes `to`; where `from`
  is given the field must still say so. For `spoken`, `to` is one more way to say the entry.
- `remove`: the entry goes; with `field` given that field is emptied; with `field` spoken, the way in `from` goes.
- `keep`: a row that would be set aside (a test row, a vacant post) stays.

A correction that changes nothing any more is reported, so that the file does not fill with dead ones.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.directory.delimited import decode, find_delimiter
from ivr.directory.departments import key_of
from ivr.directory.drafts import CleanseRules, Draft, Notes
from ivr.directory.identity import base_id
from ivr.directory.names import split_name
from ivr.directory.numbers import read_number
from ivr.directory.table import guarded, unguarded
from ivr.directory.whole import locked, write_whole
from ivr.errors import DirectoryError
from ivr.model import Audience, Done, Entry, Kind, Problem, Severity
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

COLUMNS: Final = ("entry", "name", "department", "action", "field", "from", "to", "reason", "reviewer", "date")
_FIELDS: Final = ("name", "department", "role", "number", "audience", "hours", "prompt", "spoken")
_ACTIONS: Final = ("set", "remove", "keep")
_DECIDED: Final = ("entry", "name", "department", "action", "field", "from", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One decision of a reviewer."""

    row: int
    """Row of the corrections file."""
    entry: str = ""
    name: str = ""
    department: str = ""
    action: str = "set"
    field: str = ""
    before: str = ""
    """The file's column `from`."""
    after: str = ""
    """The file's column `to`."""
    reason: str = ""
    reviewer: str = ""
    date: str = ""


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """Read the corrections file; none where there is no such file.

    Raises DirectoryError naming the row where an action, a field or a value cannot be.
    """
    try:
        text, _ = decode(path.read_bytes(), path.name)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise DirectoryError(f"cannot be read: {error.strerror}", where=str(path)) from error
    delimiter, text = find_delimiter(text, text.splitlines()[:5])
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter, restkey="_more", restval="")
    if rows.fieldnames and (unknown := {f.strip().casefold() for f in rows.fieldnames} - set(COLUMNS)):
        raise DirectoryError(
            f"unknown column {min(unknown)!r}", where=path.name, todo=f"columns are {', '.join(COLUMNS)}"
        )
    found = []
    for number, cells in enumerate(rows, start=2):
        values = {k.strip().casefold(): unguarded((v or "").strip()) for k, v in cells.items() if k != "_more" and k}
        if any(values.values()):
            found.append(_checked(number, values, path.name))
    return tuple(found)


def _checked(row: int, values: dict[str, str], source: str) -> Correction:
    where = f"{source} row {row}"
    action, field = values.get("action", "").casefold(), values.get("field", "").casefold()
    if action not in _ACTIONS:
        raise DirectoryError(f"unknown action {action!r}", where=where, todo=f"write one of {', '.join(_ACTIONS)}")
    if field not in (*_FIELDS, "") or (action == "set" and not field):
        raise DirectoryError(f"unknown field {field!r}", where=where, todo=f"write one of {', '.join(_FIELDS)}")
    if not values.get("entry") and not values.get("name"):
        raise DirectoryError("names no entry", where=where, todo="fill `entry` or `name`")
    if field == "audience" and action == "set" and values.get("to") not in set(Audience):
        raise DirectoryError(f"unknown audience {values.get('to')!r}", where=where, todo="everyone, internal or nobody")
    return Correction(
        row=row, entry=values.get("entry", ""), name=values.get("name", ""), department=values.get("department", ""),
        action=action, field=field, before=values.get("from", ""), after=values.get("to", ""),
        reason=values.get("reason", ""), reviewer=values.get("reviewer", ""), date=values.get("date", ""),
    )  # fmt: skip


def add_corrections(path: Path, added: Sequence[Correction]) -> None:
    """Write further corrections to the end of the file, all or none; one that is there already is not repeated.

    Raises DirectoryError where one cannot be, or where the file cannot be read; UnavailableError where it cannot be
    written.
    """
    for correction in added:
        _checked(0, _cells(correction), "the correction")
    with locked(path.parent):
        known = read_corrections(path)
        decided = {_decision(c): c for c in reversed((*known, *added))}
        new = [c for key, c in reversed(decided.items()) if key not in {_decision(c) for c in known}]
        if not new:
            return
        rows = [[guarded(cell) for cell in _cells(c).values()] for c in (*known, *new)]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
        write_whole(path, text.getvalue().encode())


def _decision(correction: Correction) -> tuple[str, ...]:
    cells = _cells(correction)
    return tuple(cells[name] for name in _DECIDED)


def _cells(correction: Correction) -> dict[str, str]:
    own = {"from": correction.before, "to": correction.after}
    return {name: own[name] if name in own else str(getattr(correction, name)) for name in COLUMNS}


def corrected(
    drafts: Sequence[Draft], corrections: Iterable[Correction], rules: CleanseRules, notes: Notes
) -> list[Draft]:
    """Apply corrections to drafts, in their order; each that applies to none is reported."""
    result = list(drafts)
    corrections = [c for c in corrections if not (c.action == "remove" and c.field == "spoken")]
    if not corrections:
        return result
    index: dict[str, list[int]] = defaultdict(list)
    for i, draft in enumerate(result):
        for key in {f"id {draft.id or base_id(draft)}", squash(draft.name), squash(draft.formal)}:
            index[key].append(i)
    removed: set[int] = set()
    for correction in corrections:
        places = index.get(f"id {correction.entry}" if correction.entry else squash(correction.name), [])
        applied = 0
        for i in places:
            if i in removed or not _meant(correction, drafts[i]):
                continue
            changed = _apply(correction, result[i], rules)
            if changed is None:
                removed.add(i)
            applied += changed != result[i]
            result[i] = changed or result[i]
        if not applied:
            _stale(correction, notes)
    return [draft for i, draft in enumerate(result) if i not in removed]


def _meant(correction: Correction, draft: Draft) -> bool:
    return not correction.department or key_of(correction.department) in {key_of(draft.department), key_of(draft.name)}


def _stale(correction: Correction, notes: Notes) -> None:
    what = f"{correction.action} {correction.field} of {correction.entry or correction.name}".replace("  ", " ")
    notes.problems.append(
        Problem(
            0, "corrections", "stale_correction", Severity.WARNING, f"row {correction.row}: {what}", Done.KEPT,
            "it no longer applies; remove it from the corrections, or mend it",
        )
    )  # fmt: skip


def _apply(correction: Correction, draft: Draft, rules: CleanseRules) -> Draft | None:
    """Return the draft corrected, the same draft where the correction does not apply, None where it goes."""
    if correction.action == "keep":
        return replace(draft, rejected="") if draft.rejected else draft
    if correction.action == "remove" and not correction.field:
        return None
    if correction.before and correction.field != "spoken" and not _says(correction, draft, rules):
        return draft
    after = "" if correction.action == "remove" else correction.after
    return _SETTERS.get(correction.field, _set_plain)(correction.field, after, draft, rules)


def _says(correction: Correction, draft: Draft, rules: CleanseRules) -> bool:
    now = str(getattr(draft, correction.field))
    if correction.field == "number":
        return now in {correction.before, read_number(correction.before, rules.plan).dial}
    return squash(now) == squash(correction.before)


def _set_plain(field: str, after: str, draft: Draft, _rules: CleanseRules) -> Draft:
    return replace(draft, **{field: after})  # type: ignore[arg-type]


def _set_number(_field: str, after: str, draft: Draft, rules: CleanseRules) -> Draft:
    number = read_number(after, rules.plan) if after else None
    return replace(draft, number=number.dial if number else "", line=number.line if number else draft.line)


def _set_audience(_field: str, after: str, draft: Draft, _rules: CleanseRules) -> Draft:
    return replace(draft, audience=Audience(after) if after else Audience.EVERYONE)


def _set_spoken(_field: str, after: str, draft: Draft, _rules: CleanseRules) -> Draft:
    way = normalise(after)
    return replace(draft, spoken=tuple(dict.fromkeys((*draft.spoken, way))) if way else draft.spoken)


def _set_name(_field: str, after: str, draft: Draft, _rules: CleanseRules) -> Draft:
    if not after:
        return draft
    spoken = tuple(dict.fromkeys((normalise(after), *(w for w in draft.spoken if w != normalise(draft.name)))))
    if draft.kind is not Kind.PERSON:
        return replace(draft, name=after, formal=after, spoken=spoken)
    forename, surname = split_name(after)
    return replace(draft, name=after, formal=after, forename=forename, surname=surname, spoken=spoken)


_SETTERS: Final[dict[str, Callable[[str, str, Draft, CleanseRules], Draft]]] = {
    "number": _set_number,
    "audience": _set_audience,
    "spoken": _set_spoken,
    "name": _set_name,
}


def without_removed_ways(
    entries: Sequence[Entry], corrections: Iterable[Correction]
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Take away the ways to say entries that reviewers removed; returns the entries and what no longer applied."""
    result, notes = list(entries), Notes()
    for correction in corrections:
        if correction.action != "remove" or correction.field != "spoken":
            continue
        way, applied = normalise(correction.before), False
        for i, entry in enumerate(result):
            if way in entry.spoken and len(entry.spoken) > 1 and _is_entry(correction, entry):
                result[i], applied = replace(entry, spoken=tuple(w for w in entry.spoken if w != way)), True
        if not applied:
            _stale(correction, notes)
    return tuple(result), tuple(notes.problems)


def _is_entry(correction: Correction, entry: Entry) -> bool:
    if correction.entry:
        return correction.entry == entry.id
    department = key_of(correction.department)
    return squash(correction.name) == squash(entry.name) and department in {
        "",
        key_of(entry.department),
        key_of(entry.name),
    }
