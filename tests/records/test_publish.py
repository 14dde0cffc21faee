"""What is published tells no small number: not by itself, and not by subtraction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_calls import call

from ivr.model import Outcome
from ivr.records.figures import AUTOMATED, BAILED, CONTAINED, MEASURES, Tally, count
from ivr.records.performance import performance
from ivr.records.period import month_of
from ivr.records.publish import hide
from ivr.records.render import as_csv, as_json
from ivr.records.render_html import as_html
from ivr.records.report import HIDDEN, Group
from ivr.records.store import Store
from ivr.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST = 5
SUMS = {
    "offered": tuple(Outcome), "containment": CONTAINED, "automation": AUTOMATED, "bail_rate": BAILED,
}  # fmt: skip

some_outcomes = st.lists(st.sampled_from([0, 0, 1, 3, 4, 5, 9, 80]), min_size=10, max_size=10)


def groups_of(numbers: list[list[int]]) -> list[Group]:
    """Make groups of these counts of outcomes, and their total."""
    tallies = [Tally.of(dict(zip((o.value for o in Outcome), row, strict=True))) for row in numbers]
    total = Tally((0,) * len(MEASURES))
    for tally in tallies:
        total += tally
    return [Group(f"month={at}", str(at), tally) for at, tally in enumerate(tallies)] + [Group("", "All", total)]


def solvable(groups: tuple[Group, ...]) -> set[tuple[int, str]]:
    """Find the hidden counts that follow from the shown ones: those that no solution of the sums can move."""
    names = [*(o.value for o in Outcome), *SUMS]
    cells = [(at, name) for at, group in enumerate(groups) for name in names if name in group.hidden]
    place = {cell: column for column, cell in enumerate(cells)}
    rows = []
    for at in range(len(groups)):
        for name, parts in SUMS.items():
            row = np.zeros(len(cells))
            for cell, sign in [((at, name), -1), *(((at, str(part)), 1) for part in parts)]:
                if cell in place:
                    row[place[cell]] += sign
            rows.append(row)
    for name in names:
        row = np.zeros(len(cells))
        for at in range(len(groups)):
            if (at, name) in place:
                row[place[at, name]] += -1 if at == len(groups) - 1 else 1
        rows.append(row)
    matrix = np.array(rows)
    if not cells:
        return set()
    _, sizes, basis = np.linalg.svd(matrix)
    free = basis[int((sizes > 1e-9).sum()) :]
    return {cell for cell, column in place.items() if not free.size or np.abs(free[:, column]).max() < 1e-7}


@settings(max_examples=40, deadline=None)
@given(st.lists(some_outcomes, min_size=1, max_size=4))
def test_no_small_count_is_shown_or_follows(numbers: list[list[int]]) -> None:
    """Counts from 1 to 4 are hidden, and none can be worked out unless nothing is left to hide it behind."""
    groups = hide(groups_of(numbers), SMALLEST)
    for group in groups:
        for name in (*(o.value for o in Outcome), *SUMS):
            assert name in group.hidden or not 0 < count(group.tally, name) < SMALLEST
    open_cells = [(at, name) for at, group in enumerate(groups) for name in SUMS if name not in group.hidden]
    small = {(at, name) for at, name in solvable(groups) if 0 < count(groups[at].tally, name) < SMALLEST}
    assert not small or not open_cells


def test_a_single_small_count_takes_another_with_it() -> None:
    """Three abandoned calls cannot be hidden alone: offered less the others would tell."""
    numbers = [[100, 50, 30, 20, 10, 9, 8, 7, 3, 6], [100, 50, 30, 20, 10, 9, 8, 7, 40, 6]]
    shown = hide(groups_of(numbers), SMALLEST)
    assert "abandoned" in shown[0].hidden
    assert len(shown[0].hidden) > 1
    assert shown[0].value_of("abandoned").text == HIDDEN
    assert shown[0].value_of("abandoned").as_json() == {"hidden": True}
    assert solvable(shown) == set()


@pytest.mark.parametrize("number", [0, 5, 80])
def test_noughts_and_large_counts_stay(number: int) -> None:
    """Nothing is hidden without need."""
    shown = hide(groups_of([[number] * 10, [number] * 10]), SMALLEST)
    assert [group.hidden for group in shown] == [frozenset()] * 3


def test_changes_from_a_small_number_are_left_out(tmp_path: Path) -> None:
    """A share of an earlier period would tell its few calls; nobody is named, and nothing is listed."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    for month, abandoned in ((5, 3), (6, 40)):
        store.save_calls(
            call(
                f"CA{month}-{n}",
                started=datetime(2026, month, 10, 9, tzinfo=UTC) + timedelta(minutes=n),
                outcome=Outcome.ABANDONED if n < abandoned else Outcome.COMPLETED,
                entry_id="p-1",
                entry_name="Jane Smith",
            )
            for n in range(200)
        )
    site = Settings(root=tmp_path)
    june = month_of("2026-06", ZoneInfo("Europe/London"))
    whole, public = (performance(store.database, site, june, public=public) for public in (False, True))
    store.close()
    names = [{one.figure.name for one in made.changes["the period before"]} for made in (whole, public)]
    assert "abandoned" in names[0]
    assert "abandoned" not in names[1]
    assert "containment" in names[1]
    written = as_html(public) + as_json(public) + as_csv(public)
    assert "Jane Smith" not in written
    assert "--calls" not in written
    assert "Jane Smith" in as_html(whole)
