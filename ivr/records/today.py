"""The service as it is now: calls in progress, today so far, what waits, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.records.counting import count_calls
from ivr.records.figures import BY_NAME
from ivr.records.period import days
from ivr.records.report import Group, Value, make_report
from ivr.records.requests import Requests
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from ivr.records.database import Database
    from ivr.settings import ReportSettings

SHOWN = ("offered", "containment", "automation", "bail_rate", "abandoned", "transfer_failed", "escalated", "failed",
         "answered_60", "average_wait", "first_time_right", "no_match")  # fmt: skip
MOST_CALLS = 100
"""Calls in progress that are listed."""
_LONGEST = timedelta(days=1)
"""How long a call may go on; one begun before that and never ended was lost with its server."""
_FAULTS = 2.0
"""Per cent of today's calls that technical faults may end."""
_ENOUGH = 20
"""Calls from which a share of today's says anything."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """A call that goes on."""

    call_id: str
    channel: str
    seconds: int
    """Since it began."""


@dataclass(frozen=True, slots=True)
class Today:
    """One look at the service."""

    at: datetime
    in_progress: tuple[InProgress, ...]
    """Longest first, at most `MOST_CALLS`."""
    going_on: int
    today: Group
    requests: Mapping[str, int]
    """How many stand where."""
    late: int
    """Requests promised for a time that is past."""
    alarms: tuple[str, ...]
    """What needs somebody, a line each."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Today's figures."""
        return tuple(self.today.value_of(name) for name in SHOWN)


def look(database: Database, zone: ZoneInfo, now: datetime, settings: ReportSettings) -> Today:
    """Look at the records. Raises RecordsError."""
    day = now.astimezone(zone).date()
    counts = count_calls(database, days(day, day, zone), now=now)
    today = make_report(counts, "", settings=settings).total
    book = Requests(database)
    waiting, late = book.counts(), len(book.owed(now))
    going = sa.and_(calls.c.outcome.is_(None), calls.c.started >= now - _LONGEST)  # by the index, not by all calls
    listed = sa.select(calls.c.call_id, calls.c.channel, calls.c.started).where(going)
    with database.read() as connection:
        number = connection.scalar(sa.select(sa.func.count()).select_from(calls).where(going)) or 0
        found: Any = connection.execute(listed.order_by(calls.c.started, calls.c.call_id).limit(MOST_CALLS)).all()
    progress = tuple(
        InProgress(row.call_id, row.channel, max(0, int((now - row.started).total_seconds()))) for row in found
    )
    alarms = (*_waiting(waiting, late), *_shares(today, settings))
    return Today(now, progress, int(number), today, waiting, late, alarms)


def _waiting(requests: Mapping[str, int], late: int) -> tuple[str, ...]:
    found = []
    if requests.get("dead"):
        dead = requests["dead"]
        found.append(f"{dead:,} requests could not be delivered: `ivr requests retry` once the cause is mended")
    if late:
        found.append(f"{late:,} requests were promised for a time that is past")
    return tuple(found)


def _shares(today: Group, settings: ReportSettings) -> tuple[str, ...]:
    if today.tally.offered < _ENOUGH:
        return ()
    found = []
    for name, most in (("failed", _FAULTS), ("bail_rate", settings.bail_rate), ("abandoned", settings.abandoned)):
        share = today.value_of(name).rate
        if share is not None and share > most:
            found.append(f"{BY_NAME[name].label} today: {share:g} % of the calls, where {most:g} % is the most")
    return tuple(found)
