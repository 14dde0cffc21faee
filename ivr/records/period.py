"""The time a report is about, in the site's own time zone, clock changes included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from ivr.errors import InputError
from ivr.records.columns import SECOND, to_micros

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS_OF_WEEK = 168

DAY = 86_400 * SECOND
"""Microseconds."""
HOUR = 3_600 * SECOND
"""Microseconds."""
MONDAY = 72
"""Hours of the week gone, on the Monday-based clock, when 1970 began (a Thursday)."""


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that began from `start` up to, not including, `end`; None: no limit."""

    zone: ZoneInfo
    start: datetime | None = None
    end: datetime | None = None

    @property
    def first_day(self) -> date | None:
        """First local day; None: from the first call on."""
        return self.start.astimezone(self.zone).date() if self.start else None

    @property
    def last_day(self) -> date | None:
        """Last local day; None: to the last call."""
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date() if self.end else None


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of this IANA name. Raises InputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"unknown time zone {name!r}", todo="use an IANA name such as Europe/London") from None


def month_of(text: str, zone: ZoneInfo) -> Period:
    """Return the month `YYYY-MM` as a period. Raises InputError."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    try:
        first = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        raise InputError(f"not a month: {text!r}", todo="write it as 2026-05")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return days(first, last, zone)


def days(first: date | None, last: date | None, zone: ZoneInfo) -> Period:
    """Return the local days from `first` to `last`, both included. Raises InputError where they are reversed."""
    if first and last and last < first:
        raise InputError(f"the period ends ({last}) before it begins ({first})", todo="exchange --from and --to")
    return Period(
        zone, _midnight(first, zone) if first else None, _midnight(last + timedelta(days=1), zone) if last else None
    )


def period_before(period: Period) -> Period:
    """Return the period of the same length just before one with both ends: months before whole months."""
    first, last = _both_days(period)
    if first.day == 1 and (last + _A_DAY).day == 1:
        months = 12 * (last.year - first.year) + last.month - first.month + 1
        year, month = divmod(12 * first.year + first.month - 1 - months, 12)
        return days(date(year, month + 1, 1), first - _A_DAY, period.zone)
    return days(first - (last - first + _A_DAY), first - _A_DAY, period.zone)


def year_before(period: Period) -> Period:
    """Return the same days of the year before; a 29th of February is the 28th then."""
    first, last = _both_days(period)
    end_of_month = (last + _A_DAY).day == 1
    earlier = _last_year(last + _A_DAY) - _A_DAY if end_of_month else _last_year(last)
    return days(_last_year(first), earlier, period.zone)


_A_DAY = timedelta(days=1)


def _both_days(period: Period) -> tuple[date, date]:
    if period.first_day is None or period.last_day is None:
        raise ValueError("a period to compare with needs both ends")
    return period.first_day, period.last_day


def _last_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def read_day(text: str) -> date:
    """Read a day `YYYY-MM-DD`. Raises InputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"not a day: {text!r}", todo="write it as 2026-05-31") from None


def local_day(started: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return the days since 1970 of a column of microseconds, on the site's own calendar. Both ends must be set."""
    return _local(started, period) // DAY


def hour_of_week(started: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    """Return the hour of the week (0: Monday 00:00-00:59) on the site's own clocks. Both ends must be set."""
    return (_local(started, period) // HOUR + MONDAY) % HOURS_OF_WEEK


def hour_name(hour: int) -> str:
    """Name an hour of the week: "Mon-09".

    >>> hour_name(9)
    'Mon-09'
    """
    return f"{DAYS[hour // 24]}-{hour % 24:02}"


def hour_named(name: str) -> int:
    """Return the hour of the week of this name. Raises InputError."""
    day, _, hour = name.partition("-")
    if day.title() not in DAYS or not re.fullmatch(r"[01]\d|2[0-3]", hour):
        raise InputError(f"not an hour of the week: {name!r}", todo="write it as Mon-09")
    return DAYS.index(day.title()) * 24 + int(hour)


def offsets(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Return (microsecond from which it holds, offset from UTC in microseconds) for every change in a period.

    The first pair is that at `start`. Two changes on one day count as one.
    """
    found = [(to_micros(start), _offset(start, zone))]
    before = start
    while before < end:
        after = min(before + timedelta(days=1), end)
        if _offset(after, zone) != found[-1][1]:
            moment = _change(before, after, zone)
            found.append((to_micros(moment), _offset(moment, zone)))
        before = after
    return found


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta(0)) // timedelta(microseconds=1)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the second at which the offset changed, between two moments with different ones."""
    low, high = int(before.timestamp()), int(after.timestamp()) + 1
    old = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _local(started: sa.ColumnElement[int], period: Period) -> sa.ColumnElement[int]:
    if period.start is None or period.end is None:
        raise ValueError("local time needs a period with both ends")
    return started + _chosen(started, offsets(period.start, period.end, period.zone))


def _chosen(started: sa.ColumnElement[int], changes: Sequence[tuple[int, int]]) -> sa.ColumnElement[int]:
    """Return the offset that holds at `started`, searched by halves: ten years have twenty changes."""
    if len(changes) == 1:
        return sa.literal(changes[0][1], sa.BigInteger)
    half = len(changes) // 2
    return sa.case(
        (started < changes[half][0], _chosen(started, changes[:half])), else_=_chosen(started, changes[half:])
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
