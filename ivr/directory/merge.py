"""One entry a person: rows that are the same person or department made one, and shared numbers pointed out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.directory.departments import key_of
from ivr.directory.numbers import Line
from ivr.directory.words import MAILBOXES
from ivr.model import Audience, Kind
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.directory.drafts import Draft, Notes

_MANY: Final = 3
"""People on one number from which it is pointed out."""
_LINES: Final = {Line.DIRECT: 0, Line.EXTENSION: 1, Line.MOBILE: 2}
_STRICTER: Final = {Audience.EVERYONE: 0, Audience.INTERNAL: 1, Audience.NOBODY: 2}


def merged(drafts: Sequence[Draft], notes: Notes) -> list[Draft]:
    """Merge drafts that are one person, department or service; the order of the rows does not decide the result."""
    groups: dict[tuple[str, str], list[Draft]] = defaultdict(list)
    for draft in drafts:
        name = key_of(draft.name) if draft.kind is Kind.DEPARTMENT else squash(draft.formal) or draft.formal
        groups[(draft.kind, name)].append(draft)
    result = [same[0] if len(same) == 1 else _one(same, notes) for g in groups.values() for same in _sets(g)]
    return sorted(result, key=lambda d: d.row)


def _sets(group: list[Draft]) -> Iterable[list[Draft]]:
    """Divide drafts of one name into sets that are one person each."""
    sets: list[list[Draft]] = []
    by_trait: dict[tuple[str, str], int] = {}
    for draft in sorted(group, key=_order):
        traits = _traits(draft)
        at = next((by_trait[t] for t in traits if t in by_trait and _agrees(sets[by_trait[t]], draft)), None)
        if at is None:
            at = len(sets)
            sets.append([])
        sets[at].append(draft)
        for trait in traits:
            by_trait.setdefault(trait, at)
    return sets


def _order(draft: Draft) -> tuple[object, ...]:
    return (
        not draft.number, not draft.department, _LINES[draft.line], not draft.email, draft.email, draft.number,
        draft.department, draft.name, draft.role, draft.spoken, draft.row,
    )  # fmt: skip


def _traits(draft: Draft) -> list[tuple[str, str]]:
    """List what two rows of one name have in common when they are one person."""
    if draft.kind is Kind.DEPARTMENT:
        return [("kind", "")]
    found = [("department", key_of(draft.department))]
    if _own_address(draft):
        found.insert(0, ("email", draft.email))
    if draft.number:
        found.append(("number", draft.number))
    if draft.kind is Kind.SERVICE:
        return found[-2:] if draft.number else found[-1:]
    return found


def _own_address(draft: Draft) -> bool:
    local = draft.email.partition("@")[0]
    return bool(local) and local not in MAILBOXES and squash(draft.surname)[:4] in re.sub(r"\W", "", local)


def _agrees(members: list[Draft], draft: Draft) -> bool:
    """Two addresses of their own are two people, even in one department."""
    if not _own_address(draft):
        return True
    return all(not _own_address(m) or m.email == draft.email for m in members)


def _one(same: list[Draft], notes: Notes) -> Draft:
    best = same[0]
    for other in same[1:]:
        numbers = {d.number for d in (best, other)} - {""}
        if len(numbers) > 1:
            notes.kept(
                other.row, "", "duplicate_other_number", f"{other.name}: {other.number}",
                f"one entry with row {best.row}, using {best.number}; which number is right?",
            )  # fmt: skip
        elif key_of(other.department) != key_of(best.department) and other.department and best.department:
            notes.kept(
                other.row, "", "duplicate_other_department", f"{other.name}: {other.department}",
                f"one entry with row {best.row} in {best.department}, which has the same number; one person or two?",
            )  # fmt: skip
        else:
            notes.fixed(other.row, "", "duplicate", other.name, f"one entry with row {best.row}")
    return _filled(best, same)


def _filled(best: Draft, same: list[Draft]) -> Draft:
    def first(field: str) -> str:
        return next((str(getattr(d, field)) for d in same if getattr(d, field)), "")

    spoken = tuple(dict.fromkeys(way for d in same for way in d.spoken))
    return replace(
        best, department=best.department or first("department"), role=first("role"), email=first("email"),
        hours=first("hours"), title=first("title"), spoken=spoken,
        audience=max((d.audience for d in same), key=lambda a: _STRICTER[a]),
    )  # fmt: skip


def note_shared_numbers(drafts: Iterable[Draft], notes: Notes) -> None:
    """Point out each number that many people have."""
    people: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.kind is Kind.PERSON and draft.number:
            people[draft.number].append(draft)
    for number, found in people.items():
        if len(found) >= _MANY:
            names = ", ".join(d.name for d in found[:4]) + (", ..." if len(found) > 4 else "")  # noqa: PLR2004
            notes.kept(
                found[0].row, "", "shared_number", f"{number}: {len(found)} people ({names})",
                "callers reach whoever answers; give direct numbers where there are any",
            )  # fmt: skip
