"""The report: counts in, figures out; nothing here reads a database, a clock or a file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from ivr.records.chance import wilson
from ivr.records.changes import Change, compare
from ivr.records.figures import (
    BEST_SCORE,
    BY_NAME,
    FIGURES,
    SMALL_SAMPLE,
    Tally,
    Unit,
    clock,
    count,
    mean_seconds,
    percent,
    tenths,
)
from ivr.records.grouping import BETWEEN
from ivr.records.period import DAYS
from ivr.records.quality import Effect, Heard, effects, heard
from ivr.records.savings import Savings, save
from ivr.records.targets import Status, status
from ivr.settings import ReportSettings, SavingsSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ivr.records.counting import Counts
    from ivr.records.figures import Figure

SECTIONS = ("month", "department", "enquiry", "skill", "entry", "language", "hour")
HIDDEN = "*"
"""Stands for a figure that is not to be published."""
MOST_DAYS = 92
"""A period no longer than this is listed day by day too."""
_ORDER = {f"{day}-{hour:02}": 24 * at + hour for at, day in enumerate(DAYS) for hour in range(24)}


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of one group of calls."""

    figure: Figure
    count: int
    of: int | None
    """What it is a share or a mean of; None: a count alone."""
    hidden: bool = False
    """Not to be published: nothing but `count` and `of` tells what it is."""

    @property
    def whole(self) -> int:
        """What the count is divided by."""
        return (self.of or 0) * (BEST_SCORE if self.figure.unit is Unit.SCORE else 1)

    @property
    def number(self) -> float | None:
        """The figure as a number: calls, per cent, or seconds; None of nothing."""
        if self.hidden:
            return None
        if self.figure.unit is Unit.COUNT:
            return self.count
        if self.figure.unit is Unit.WAIT:
            return mean_seconds(self.count, self.whole)
        share = tenths(self.count, self.whole)
        return None if share is None else share / 10

    @property
    def rate(self) -> float | None:
        """The number that targets and charts are about: the share of a count that has one, else `number`."""
        counted = self.figure.unit is Unit.COUNT and self.of is not None and not self.hidden
        share = tenths(self.count, self.whole) if counted else None
        return self.number if share is None else share / 10

    @property
    def percent(self) -> str:
        """The share with one decimal, "22.3 %"; empty for a count alone and for a time."""
        if self.hidden:
            return HIDDEN
        return "" if self.of is None or self.figure.unit is Unit.WAIT else percent(self.count, self.whole)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval in per cent with one decimal; None where the sample is large or there is none."""
        if not self.of or self.of >= SMALL_SAMPLE or self.figure.unit in {Unit.WAIT, Unit.SCORE}:
            return None
        low, high = wilson(self.count, self.of)
        return round(100 * low, 1), round(100 * high, 1)

    @property
    def text(self) -> str:
        """As a table shows it: "2,461 (22.3 %)", or the share or time alone where that is the figure."""
        if self.hidden:
            return HIDDEN
        if self.figure.unit is Unit.WAIT:
            return clock(mean_seconds(self.count, self.whole))
        if self.of is None:
            return f"{self.count:,}"
        between = f" [{self.interval[0]:.1f}-{self.interval[1]:.1f}]" if self.interval else ""
        return f"{self.count:,} ({self.percent})" if self.figure.unit is Unit.COUNT else f"{self.percent}{between}"

    def as_json(self) -> dict[str, Any]:
        """Count, share in per cent (null of nothing) and interval; of a wait, the calls and their mean seconds."""
        if self.hidden:
            return {"hidden": True}
        if self.figure.unit is Unit.WAIT:
            seconds = mean_seconds(self.count, self.whole)
            return {"count": self.of, "seconds": seconds, "text": clock(seconds)}
        found: dict[str, Any] = {"count": self.count}
        if self.of is not None:
            share = tenths(self.count, self.whole)
            found |= {"of": self.of, "percent": None if share is None else share / 10}
            found |= {"interval": list(self.interval)} if self.interval else {}
        return found


@dataclass(frozen=True, slots=True)
class Group:
    """Calls that belong together: a month, an entry, an hour of the week."""

    key: str
    """As `--calls` takes it: `completed/month=2026-05`."""
    name: str
    tally: Tally
    hidden: frozenset[str] = frozenset()
    """Names of figures that are not to be published."""

    def value(self, figure: Figure) -> Value:
        """Return one figure of this group."""
        of = count(self.tally, figure.of) if figure.of else None
        return Value(figure, count(self.tally, figure.name), of, figure.name in self.hidden)

    def value_of(self, name: str) -> Value:
        """Return the figure of this name. Raises KeyError."""
        return self.value(BY_NAME[name])

    @property
    def values(self) -> tuple[Value, ...]:
        """All figures, in the order of their table."""
        return tuple(self.value(figure) for figure in FIGURES)

    def as_json(self) -> dict[str, Any]:
        """Key, name and every figure."""
        return {"key": self.key, "name": self.name} | {v.figure.name: v.as_json() for v in self.values}


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Callers who rang one site of an installation and wanted another."""

    came_from: str
    to: str
    sent_on: int | None = None
    """As the site they rang counts them; None: not asked, or hidden."""
    taken_over: int | None = None
    """As the site they were handed to counts them."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"from": self.came_from, "to": self.to, "sent_on": self.sent_on, "taken_over": self.taken_over}


@dataclass(frozen=True, slots=True)
class Report:
    """The performance of a period."""

    site: str
    zone: str
    first_day: date | None
    """None: no calls and no period asked for."""
    last_day: date | None
    total: Group
    sections: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    """`SECTIONS`, and `day` for a short period: their groups, most called first, times in order."""
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    """By what is compared with: "the month before", "a year before"."""
    heard: tuple[Heard, ...] = ()
    """How well callers were heard, by engine and directory version."""
    effects: tuple[Effect, ...] = ()
    """What each directory version changed."""
    savings: Savings | None = None
    handed_over: tuple[HandedOver, ...] = ()
    """Callers who rang the wrong site of an installation."""
    settings: ReportSettings = field(default_factory=ReportSettings)
    published: bool = False
    """Made for publication: small numbers hidden, nobody named, no calls listed."""

    @property
    def months(self) -> tuple[Group, ...]:
        """Month by month."""
        return self.sections.get("month", ())

    @property
    def reconciles(self) -> bool:
        """Tell whether months and hours add up to the total, measure by measure."""
        months, hours = (reduce(add, (g.tally for g in self.sections[name]), Tally()) for name in ("month", "hour"))
        return months == self.total.tally and hours.with_days(*self.total.tally.counts[-2:]) == months

    def status(self, value: Value) -> Status | None:
        """Tell how a figure stands to its target; None: it has none."""
        return status(value.figure, value.rate, self.settings)

    def as_json(self) -> dict[str, Any]:
        """Everything in the report, as other programs read it."""
        targets = {v.figure.name: s.as_json() for v in self.total.values if (s := self.status(v))}
        return {
            "site": self.site,
            "period": {"from": _iso(self.first_day), "to": _iso(self.last_day), "timezone": self.zone},
            "published": self.published,
            "reconciles": self.reconciles,
            "total": self.total.as_json(),
            "targets": targets,
            "sections": {name: [group.as_json() for group in groups] for name, groups in self.sections.items()},
            "changes": {label: [change.as_json() for change in found] for label, found in self.changes.items()},
            "recognition": [line.as_json() for line in self.heard],
            "versions": [effect.as_json() for effect in self.effects],
            "savings": self.savings.as_json() if self.savings else None,
            "handed_over": [one.as_json() for one in self.handed_over],
            "definitions": {figure.name: figure.definition for figure in FIGURES},
        }


def make_report(
    counts: Counts,
    site: str,
    *,
    settings: ReportSettings | None = None,
    savings: SavingsSettings | None = None,
    compared: Mapping[str, Counts] | None = None,
) -> Report:
    """Turn counts into the figures of a report. `compared`: counts of earlier periods, by what to call them."""
    settings = settings or ReportSettings()
    days = {key: _day_counted(tally, settings.floor) for key, tally in counts.tallies("day").items()}
    months: dict[str, Tally] = defaultdict(Tally)
    for day, tally in sorted(days.items()):
        months[day[:7]] += tally
    total = reduce(add, months.values(), Tally())
    sections = {"month": tuple(Group(f"month={month}", month, tally) for month, tally in months.items())}
    sections |= {kind: _groups(counts, kind, settings.floor) for kind in SECTIONS[1:]}
    if len(days) <= MOST_DAYS:
        sections["day"] = tuple(Group(f"day={day}", day, tally) for day, tally in sorted(days.items()))
    return Report(
        site=site,
        zone=counts.period.zone.key,
        first_day=counts.period.first_day if total.offered else None,
        last_day=counts.period.last_day if total.offered else None,
        total=Group("", "All", total),
        sections=sections,
        changes={
            label: compare(total, total_of(earlier, settings.floor))
            for label, earlier in (compared or {}).items()
            if earlier.total.offered and total.offered
        },
        heard=heard(counts),
        effects=effects(counts, tuple((compared or {}).values())),
        savings=save(total, savings or SavingsSettings()),
        settings=settings,
    )


def total_of(counts: Counts, floor: float) -> Tally:
    """Return the tally of all calls, days below the floor included."""
    return reduce(add, (_day_counted(tally, floor) for tally in counts.tallies("day").values()), Tally())


def days_below(counts: Counts, floor: float, department: str | None = None) -> tuple[str, ...]:
    """Return the days (ISO) on which fewer than `floor` per cent were answered within 60 s, of a department or all."""
    if department is None:
        found: Iterable[tuple[str, Tally]] = counts.tallies("day").items()
    else:
        teams = ((key.split(BETWEEN), tally) for key, tally in counts.tallies("team day").items())
        found = ((day, tally) for (day, team), tally in teams if team == department)
    return tuple(sorted(day for day, tally in found if _is_below(tally, floor)))


def _is_below(tally: Tally, floor: float) -> bool:
    asked = count(tally, "handed_on")
    return asked > 0 and 100 * count(tally, "answered_60") < floor * asked


def _day_counted(tally: Tally, floor: float) -> Tally:
    return tally.with_days(int(count(tally, "handed_on") > 0), int(_is_below(tally, floor)))


def _groups(counts: Counts, kind: str, floor: float) -> tuple[Group, ...]:
    tallies = {key: tally for key, tally in counts.tallies(kind).items() if key}
    if kind == "department":
        below: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for key, tally in counts.tallies("team day").items():
            day = below[key.split(BETWEEN)[1]]
            day[0] += count(tally, "handed_on") > 0
            day[1] += _is_below(tally, floor)
        tallies = {key: tally.with_days(*below[key]) for key, tally in tallies.items()}
    names = counts.month.names if kind == "entry" else {}
    found = [Group(f"{kind}={key}", names.get(key, key), tally) for key, tally in tallies.items()]
    if kind == "hour":
        return tuple(sorted(found, key=lambda group: _ORDER[group.name]))
    return tuple(sorted(found, key=lambda group: (-group.tally.offered, group.key)))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


CONTAINMENT = BY_NAME["containment"]
