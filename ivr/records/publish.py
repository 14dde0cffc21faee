"""A report for publication: small numbers are hidden, and so are others from which they could be worked out.

Counts below `[report] smallest` are hidden. Since outcomes add up to the calls offered, and groups to the total, a
hidden count could be found by subtraction; so further counts are hidden until the published ones, taken as a
system of equations, leave every hidden one open (linear algebra decides, not a rule of thumb). Entries are left out:
they are persons. What this cannot know is what earlier or other publications tell.

Method: complementary cell suppression; see A. Hundepool et al., "Statistical Disclosure Control" (Wiley 2012), ch. 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ivr.records.figures import AUTOMATED, BAILED, BY_NAME, CONTAINED, ENDINGS, FIGURES, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.records.report import Group, Report

    Cell = tuple[int, str]
    """(number of the group, name of the figure); the total is the last group."""
    Equation = tuple[tuple[Cell, int], ...]

_LEFT_OUT = frozenset({"entry", "day"})
_ENDINGS = tuple(figure.name for figure in ENDINGS[1:])
_SUMS: dict[str, Sequence[str]] = {
    "offered": _ENDINGS,
    "containment": CONTAINED,
    "automation": AUTOMATED,
    "bail_rate": BAILED,
}
"""Figures that are the sum of others, within every group."""
_ADDING = frozenset(_SUMS) | {str(part) for parts in _SUMS.values() for part in parts}
_ALL = tuple(figure.name for figure in FIGURES)
_CLOSE = 1e-7


def publish(report: Report) -> Report:
    """Return the report as it may be published."""
    smallest = report.settings.smallest
    sections = {name: groups for name, groups in report.sections.items() if name not in _LEFT_OUT}
    total, before = report.total, None
    while before != total.hidden:  # what one section hides of the total, the others must not show
        before = total.hidden
        for name, groups in sections.items():
            names = ("offered",) if name == "hour" else _ALL
            *shown, summed = hide((*groups, total), smallest, names)
            total = replace(total, hidden=total.hidden | summed.hidden & frozenset(names))
            sections[name] = tuple(shown)
    changes = {
        label: tuple(c for c in found if c.figure.name not in total.hidden and not 0 < c.fewest < smallest)
        for label, found in report.changes.items()
    }
    handed_over = tuple(
        replace(one, sent_on=_large(one.sent_on, smallest), taken_over=_large(one.taken_over, smallest))
        for one in report.handed_over
    )
    return replace(
        report, total=total, sections=sections, changes=changes, heard=(), effects=(), savings=None,
        handed_over=handed_over, published=True,
    )  # fmt: skip


def _large(count: int | None, smallest: int) -> int | None:
    return None if count is None or count < smallest else count


def hide(groups: Sequence[Group], smallest: int, names: Sequence[str] = _ALL) -> tuple[Group, ...]:
    """Return the groups, the last being their total, with all hidden that must be; figures not in `names` are."""
    hidden = {(at, f) for at, group in enumerate(groups) for f in names
              if f in group.hidden or _is_small(group, f, smallest)}  # fmt: skip
    equations = list(_equations(len(groups), names))
    while exposed := _alone(hidden, equations) or _solved(hidden, equations):
        partners = {found for cell in exposed if (found := _partner(cell, hidden, equations, groups))}
        if not partners:
            break  # everything that adds up with them is hidden already
        hidden |= partners
    left_out = frozenset(_ALL) - frozenset(names)
    return tuple(
        replace(group, hidden=frozenset(name for one, name in hidden if one == at) | left_out)
        for at, group in enumerate(groups)
    )


def _is_small(group: Group, name: str, smallest: int) -> bool:
    figure = BY_NAME[name]
    part = count(group.tally, name)
    whole = count(group.tally, figure.of) if figure.of else part
    if figure.unit in {"wait", "score"}:
        part = whole
    return 0 < part < smallest or 0 < whole < smallest


def _equations(groups: int, names: Sequence[str]) -> Iterable[Equation]:
    """Give every sum that a reader can check, as (cell, +1 or -1) that add up to something known."""
    for at in range(groups):
        for name, parts in _SUMS.items():
            if {name, *parts} <= set(names):
                yield (((at, name), -1), *(((at, str(part)), 1) for part in parts))
    for name in names:
        yield (((groups - 1, name), -1), *(((at, name), 1) for at in range(groups - 1)))


def _alone(hidden: set[Cell], equations: Sequence[Equation]) -> list[Cell]:
    """Return the cells that are the only hidden one of a sum."""
    found = ([cell for cell, _ in equation if cell in hidden] for equation in equations)
    return sorted({cells[0] for cells in found if len(cells) == 1})


def _solved(hidden: set[Cell], equations: Sequence[Equation]) -> list[Cell]:
    """Return the hidden cells that all sums together determine: their unit vectors are in the sums' row space."""
    cells = sorted(cell for cell in hidden if cell[1] in _ADDING)
    place = {cell: at for at, cell in enumerate(cells)}
    rows = [[(place[c], sign) for c, sign in equation if c in place] for equation in equations]
    rows = [row for row in rows if row]
    if not rows:
        return []
    matrix = np.zeros((len(rows), len(cells)))
    for number, row in enumerate(rows):
        for at, sign in row:
            matrix[number, at] = sign
    _, sizes, basis = np.linalg.svd(matrix, full_matrices=False)
    kept: np.ndarray[Any, Any] = basis[sizes > _CLOSE]
    known = (kept * kept).sum(axis=0)  # squared length of each unit vector's part in the row space
    return [cells[at] for at in np.flatnonzero(known > 1 - _CLOSE)]


def _partner(cell: Cell, hidden: set[Cell], equations: Sequence[Equation], groups: Sequence[Group]) -> Cell | None:
    """Return the count to hide with an exposed one: of its equations, the smallest that is not 0, the total last."""
    near = {other for equation in equations if any(c == cell for c, _ in equation) for other, _ in equation}
    if near <= hidden:  # sums of sums may still tell it
        near = {(cell[0], name) for name in _ADDING} | {(len(groups) - 1, name) for name in _ADDING}
    left = sorted(near - hidden, key=lambda other: _cost(other, groups))
    return left[0] if left else None


def _cost(cell: Cell, groups: Sequence[Group]) -> tuple[bool, bool, int, str, int]:
    at, name = cell
    number = count(groups[at].tally, name)
    return at == len(groups) - 1 or name == "offered", number == 0, number, name, at
