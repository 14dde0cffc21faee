"""How well callers were heard, by recogniser and directory version, and what each version published changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from ivr.records.changes import Change, compare
from ivr.records.figures import BY_NAME, HEARD, Tally, count, tenths
from ivr.records.grouping import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.records.counting import Counts

WINDOW = timedelta(days=28)
"""Days before and after a version went live that are compared: whole weeks, since days of the week differ."""
MOST_EFFECTS = 24
"""Versions whose effect is shown, the latest first."""
SHOWN = (*(figure.name for figure in HEARD), "wrong_transfers", "containment", "bail_rate")
"""What is shown of each, by name of figure."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How the calls taken with one engine and directory version were heard."""

    engine: str
    version: str
    first_day: str
    last_day: str
    tally: Tally

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        shares = {}
        for name in SHOWN:
            figure = BY_NAME[name]
            part, whole = count(self.tally, name), count(self.tally, figure.of)
            share = tenths(part, whole)
            shares[name] = {"count": part, "of": whole, "percent": None if share is None else share / 10}
        ends = {"engine": self.engine, "version": self.version, "from": self.first_day, "to": self.last_day}
        return ends | {"calls": self.tally.offered} | shares


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed when a directory version went live: the days before against the days after."""

    version: str
    day: str
    """First day that calls were taken with it; left out, since both versions took calls."""
    before: int
    """Calls compared."""
    after: int
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        found = {change.figure.name: change.as_json() for change in self.changes}
        return {"version": self.version, "day": self.day, "calls_before": self.before, "calls_after": self.after} | {
            "changes": found
        }


def heard(counts: Counts) -> tuple[Heard, ...]:
    """Return how well calls were heard by engine and version, in the order in which they were first used."""
    found: dict[tuple[str, str], list[tuple[str, Tally]]] = defaultdict(list)
    for key, tally in sorted(counts.tallies("heard day").items()):
        day, engine, version = key.split(BETWEEN)
        found[engine, version].append((day, tally))
    lines = [
        Heard(engine, version, days[0][0], days[-1][0], reduce(add, (tally for _, tally in days)))
        for (engine, version), days in found.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.first_day, line.engine, line.version)))


def effects(counts: Counts, earlier: Sequence[Counts] = ()) -> tuple[Effect, ...]:
    """Return what each version that went live in the period changed; `earlier` may hold the days before it."""
    days: dict[str, dict[str, Tally]] = defaultdict(dict)
    for one in (*earlier, counts):
        by_day: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for key, tally in one.tallies("heard day").items():
            day, _, version = key.split(BETWEEN)
            by_day[version, day] += tally
        for (version, day), tally in by_day.items():
            days[version][day] = tally
    inside = str(counts.period.first_day)
    went_live = sorted((min(used), version) for version, used in days.items() if version)
    found = [_effect(version, day, days) for day, version in went_live if day >= inside]
    return tuple(effect for effect in reversed(found) if effect is not None)[:MOST_EFFECTS]


def _effect(version: str, day: str, days: Mapping[str, Mapping[str, Tally]]) -> Effect | None:
    live = date.fromisoformat(day)
    old = {str(live - timedelta(days=at)) for at in range(1, WINDOW.days + 1)}
    new = {str(live + timedelta(days=at)) for at in range(1, WINDOW.days + 1)}
    before = [t for other, used in days.items() if other != version for d, t in used.items() if d in old]
    after = [tally for d, tally in days[version].items() if d in new]
    if not before or not after:
        return None
    one, other = reduce(add, after), reduce(add, before)
    changes = tuple(change for change in compare(one, other) if change.figure.name in SHOWN)
    return Effect(version, day, other.offered, one.offered, changes)
