"""Several sites of an installation in one report, and who was handed over between them.

Each site's records are its own; here their counts are added up, after they were counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.model import Outcome
from ivr.records.conditions import within
from ivr.records.counting import Counts, bounded, count_calls
from ivr.records.grouping import BETWEEN, Month, merged
from ivr.records.period import Period, period_before, year_before
from ivr.records.publish import publish
from ivr.records.report import Group, HandedOver, make_report, total_of
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.records.database import Database
    from ivr.records.report import Report
    from ivr.settings import Settings

AT_SITE = "site-"
"""Beginning of the id of an entry that is another site."""
_OWN = {"entry": "{site}/{key}", "department": "{site}: {key}"}
"""How the keys of a site are told from another's; what is not here means the same everywhere."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Callers who rang the wrong site, by the other one's id."""

    here: Mapping[str, int]
    """Those who came from another site."""
    on: Mapping[str, int]
    """Those who were sent to another."""


def handed(database: Database, period: Period) -> Handed:
    """Count the finished calls of a period that came from, or went on to, another site. Raises RecordsError."""
    with database.read() as connection:
        whole = within(bounded(connection, period))
        number = sa.func.count()
        came = sa.select(calls.c.handed_from, number).where(*whole, calls.c.handed_from != "")
        went = sa.select(calls.c.entry_id, number).where(
            *whole, calls.c.entry_id.startswith(AT_SITE, autoescape=True), calls.c.outcome == Outcome.TRANSFERRED
        )
        here: dict[str, int] = {}
        for chain, count in connection.execute(came.group_by(calls.c.handed_from)):
            last = chain.rpartition(",")[2]
            here[last] = here.get(last, 0) + count
        on = {
            entry.removeprefix(AT_SITE): count for entry, count in connection.execute(went.group_by(calls.c.entry_id))
        }
    return Handed(here, on)


def handed_over(sites: Sequence[tuple[Settings, Database]], period: Period) -> tuple[HandedOver, ...]:
    """Return who was handed over, as each of these sites counted it. Raises RecordsError."""
    sent: dict[tuple[str, str], int] = {}
    taken: dict[tuple[str, str], int] = {}
    for settings, database in sites:
        here = _id(settings)
        found = handed(database, period) if here else Handed({}, {})
        sent |= {(here, to): count for to, count in found.on.items()}
        taken |= {(of, here): count for of, count in found.here.items()}
    return tuple(HandedOver(*pair, sent.get(pair), taken.get(pair)) for pair in sorted(sent.keys() | taken.keys()))


def added_up(parts: Mapping[str, Counts]) -> Counts:
    """Add the counts of sites up, by id; entries and departments stay apart."""
    starts = [counts.period.start for counts in parts.values() if counts.period.start]
    ends = [counts.period.end for counts in parts.values() if counts.period.end]
    zone = next(iter(parts.values())).period.zone
    period = Period(zone, min(starts, default=None), max(ends, default=None))
    return Counts(period, merged([_told_apart(site, counts.month) for site, counts in parts.items()]))


def joint_performance(sites: Sequence[tuple[Settings, Database]], period: Period, *, public: bool = False) -> Report:
    """Return the report of all sites together, with one group a site. Raises RecordsError."""

    def counted(part: Period) -> dict[str, Counts]:
        return {_id(settings): count_calls(database, part) for settings, database in sites}

    now = counted(period)
    compared: dict[str, Counts] = {}
    if period.start and period.end:
        earlier: Mapping[str, Callable[[Period], Period]] = {
            "the period before": period_before, "a year before": year_before,
        }  # fmt: skip
        compared = {label: added_up(counted(of(period))) for label, of in earlier.items()}
    first = sites[0][0]
    names = {_id(settings): settings.site.name for settings, _ in sites}
    made = make_report(
        added_up(now), ", ".join(names.values()), settings=first.report, savings=first.savings, compared=compared
    )
    floor = first.report.floor
    groups = tuple(Group(f"site={site}", names[site], total_of(counts, floor)) for site, counts in now.items())
    made = replace(made, sections={"site": groups, **made.sections}, handed_over=handed_over(sites, period))
    return publish(made) if public else made


def _told_apart(site: str, month: Month) -> Month:
    tables = {kind: replace(t, keys=tuple(_own(site, kind, key) for key in t.keys)) for kind, t in month.tables.items()}
    return Month(tables, {_own(site, "entry", entry): f"{name} ({site})" for entry, name in month.names.items()})


def _own(site: str, kind: str, key: str) -> str:
    if kind == "team day":
        day, _, team = key.partition(BETWEEN)
        return day + BETWEEN + _own(site, "department", team)
    return _OWN[kind].format(site=site, key=key) if key and kind in _OWN else key


def _id(settings: Settings) -> str:
    return settings.place.id if settings.place else ""
