"""What a new directory changes: who joined, who left, who moved to another department, who has another name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ivr.model import Directory, Entry

_FACTS: Final = ("name", "department", "role", "number", "audience", "hours", "fallback")
_FEW: Final = 10
"""Entries below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry, before and after."""

    id: str
    """As the new directory has it; the old one's where it left."""
    name: str
    department: str
    before: tuple[tuple[str, str], ...] = ()
    """What changed, as it was: (fact, value)."""
    after: tuple[tuple[str, str], ...] = ()
    """The same facts as they are now."""
    was: str = ""
    """Its id before, where that is another."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Every entry that is not as it was."""

    joined: tuple[Change, ...]
    left: tuple[Change, ...]
    moved: tuple[Change, ...]
    """To another department."""
    renamed: tuple[Change, ...]
    changed: tuple[Change, ...]
    """Another number, role or audience, or other ways to say it."""
    before: int
    """Entries there were."""
    after: int

    @property
    def nothing(self) -> bool:
        """Nothing is different."""
        return not (self.joined or self.left or self.moved or self.renamed or self.changed)

    def alarm(self, most: float) -> str:
        """Return what looks wrong, where more than a share `most` of the entries leave or lose their number; or ""."""
        if self.before < _FEW:
            return ""
        gone = len(self.left) / self.before
        if gone > most:
            return f"{len(self.left)} of {self.before} entries would leave ({gone:.0%})"
        silent = sum(1 for c in self.changed if dict(c.before).get("number") and not dict(c.after).get("number", "-"))
        if silent / self.before > most:
            return f"{silent} of {self.before} entries would lose their number ({silent / self.before:.0%})"
        return ""

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        return asdict(self)


def difference(before: Directory, after: Directory) -> Difference:
    """Compare two directories. Entries keep their id unless their name or department changes; those are paired here."""
    gone = [e for e in before.entries if e.id not in after.by_id]
    new = [e for e in after.entries if e.id not in before.by_id]
    moved, gone, new = _paired(gone, new, lambda e: f"{e.kind} {squash(e.name)}")
    renamed, gone, new = _paired(gone, new, lambda e: f"{e.kind} {e.number} {squash(e.department)}" if e.number else "")
    same = [(e, now) for e in before.entries if (now := after.by_id.get(e.id)) is not None]
    changed = [_change(old, now) for old, now in same if old != now]
    return Difference(
        joined=tuple(Change(e.id, e.name, e.department) for e in new),
        left=tuple(Change(e.id, e.name, e.department) for e in gone),
        moved=tuple(_change(old, now) for old, now in moved),
        renamed=tuple([_change(old, now) for old, now in renamed] + [c for c in changed if _has(c, "name")]),
        changed=tuple(c for c in changed if not _has(c, "name")),
        before=len(before.entries),
        after=len(after.entries),
    )


def _has(change: Change, fact: str) -> bool:
    return any(name == fact for name, _ in change.after)


_Pairs = list[tuple["Entry", "Entry"]]


def _paired(
    gone: Sequence[Entry], new: Sequence[Entry], key: Callable[[Entry], str]
) -> tuple[_Pairs, list[Entry], list[Entry]]:
    """Pair those who share a key with nobody else; return the pairs, and who is left over on either side."""
    old_by, new_by = _by(gone, key), _by(new, key)
    pairs = [(old[0], new_by[k][0]) for k, old in old_by.items() if k and len(old) == 1 and len(new_by.get(k, ())) == 1]
    old_ids, new_ids = {old.id for old, _ in pairs}, {now.id for _, now in pairs}
    return pairs, [e for e in gone if e.id not in old_ids], [e for e in new if e.id not in new_ids]


def _by(entries: Iterable[Entry], key: Callable[[Entry], str]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)
    return found


def _change(old: Entry, now: Entry) -> Change:
    facts = [name for name in _FACTS if getattr(old, name) != getattr(now, name)]
    before = [(name, str(getattr(old, name))) for name in facts]
    after = [(name, str(getattr(now, name))) for name in facts]
    if old.spoken != now.spoken:
        before.append(("said as", ", ".join(way for way in old.spoken if way not in now.spoken)))
        after.append(("said as", ", ".join(way for way in now.spoken if way not in old.spoken)))
    return Change(now.id, now.name, now.department, tuple(before), tuple(after), old.id if old.id != now.id else "")
