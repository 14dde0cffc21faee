"""The whole report of a period, from a site's records and settings: with what it is compared to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.records.counting import count_calls
from ivr.records.joint import handed_over
from ivr.records.period import Period, month_of, period_before, year_before, zone_named
from ivr.records.publish import publish
from ivr.records.report import make_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ivr.records.counting import Counts
    from ivr.records.database import Database
    from ivr.records.report import Report
    from ivr.settings import Settings


def performance(
    database: Database,
    settings: Settings,
    period: Period,
    *,
    public: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Return the report of a period; one with both ends is compared with that before and that of a year ago.

    `public`: as it may be published. `progress` is told how many months of how many are counted. Raises RecordsError,
    and InputError where the site's time zone is unknown.
    """
    counts = count_calls(database, period, progress=progress)
    compared: dict[str, Counts] = {}
    if period.start and period.end:
        compared["the period before"] = count_calls(database, period_before(period))
        compared["a year before"] = count_calls(database, year_before(period))
    made = make_report(
        counts, settings.site.name, settings=settings.report, savings=settings.savings, compared=compared
    )
    made = replace(made, handed_over=handed_over([(settings, database)], period))
    return publish(made) if public else made


def month_now(settings: Settings, now: datetime) -> Period:
    """Return the month it is, on the site's own calendar."""
    zone = zone_named(settings.site.timezone)
    return month_of(f"{now.astimezone(zone):%Y-%m}", zone)
