"""What a new directory changes, and when that looks wrong."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ivr.directory.difference import difference
from ivr.model import Directory, Entry, Kind


def _entry(number: int, name: str = "", department: str = "Housing", **more: str) -> Entry:
    shown = name or f"Person {number}"
    return Entry(id=f"p-{number}", kind=Kind.PERSON, name=shown, spoken=(shown.casefold(),), department=department,
                 number=more.get("phone", f"+44163296{number:04d}"))  # fmt: skip


BEFORE = Directory(tuple(_entry(n) for n in range(20)))


def test_each_kind_of_change_is_told_apart() -> None:
    """Joined, left, moved, renamed, another number: each entry is in one list."""
    after = Directory((
        *BEFORE.entries[5:],
        _entry(101, "Newly Joined"),
        replace(_entry(0), id="p-x0", department="Council Tax"),
        replace(_entry(1), id="p-x1", name="Person One-Married"),
        replace(_entry(2), number="+441632969999"),
        replace(_entry(3), spoken=("person three", "trey")),
    ))  # fmt: skip
    found = difference(BEFORE, after)
    assert [c.name for c in found.joined] == ["Newly Joined"]
    assert [c.name for c in found.left] == ["Person 4"]
    assert [(c.name, dict(c.before)["department"], dict(c.after)["department"]) for c in found.moved] == [
        ("Person 0", "Housing", "Council Tax")
    ]
    assert [(dict(c.before)["name"], c.name) for c in found.renamed] == [("Person 1", "Person One-Married")]
    assert [(c.name, [fact for fact, _ in c.after]) for c in found.changed] == [
        ("Person 2", ["number"]), ("Person 3", ["said as"]),
    ]  # fmt: skip
    assert found.alarm(0.2) == ""


def test_too_many_leaving_is_an_alarm() -> None:
    """An export that lost two fifths of the council is stopped; a small directory may change as it likes."""
    found = difference(BEFORE, Directory(BEFORE.entries[8:]))
    assert found.alarm(0.2) == "8 of 20 entries would leave (40%)"
    assert found.alarm(0.5) == ""
    assert difference(Directory(BEFORE.entries[:5]), Directory(BEFORE.entries[:1])).alarm(0.2) == ""
    silent = Directory(tuple(replace(e, number="", fallback="d-1") for e in BEFORE.entries))
    assert "lose their number" in difference(BEFORE, silent).alarm(0.2)


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_the_lists_add_up(before: set[int], after: set[int], renumbered: set[int]) -> None:
    """Entries before, less those who left, plus those who joined, are the entries after; and the same is no change."""
    old = Directory(tuple(_entry(n) for n in sorted(before)))
    new = Directory(tuple(_entry(n, phone="4711" if n in renumbered else f"+44163296{n:04d}") for n in sorted(after)))
    found = difference(old, new)
    assert found.before - len(found.left) + len(found.joined) == found.after
    assert len(found.changed) == len(before & after & renumbered)
    assert difference(old, old).nothing
