"""Days and times as they are said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_NOON = 12


def clock(at: datetime) -> str:
    """Say a time of day: "half past eight", "five", "ten to nine"."""
    hour, minute = at.hour % _NOON or _NOON, at.minute
    if (at.hour, minute) in {(0, 0), (_NOON, 0)}:
        return "midnight" if at.hour == 0 else "noon"
    if minute == 0:
        return str(hour)
    words = {15: f"quarter past {hour}", 30: f"half past {hour}", 45: f"quarter to {hour % _NOON + 1}"}
    return words.get(minute, f"{hour} {minute:02}")


def spoken(day: date) -> str:
    """Say a date: "Saturday the 26 of December"."""
    return f"{day:%A} the {day.day} of {day:%B}"


def moment(at: datetime | None) -> str:
    """Say a day and time: "Monday the 28 of December at half past 8"."""
    return f"{spoken(at.date())} at {clock(at)}" if at else ""


def deadline(at: datetime, now: datetime) -> str:
    """Say by when, as seen from now: "5 o'clock tomorrow", "half past 4 on Tuesday the 24 of November"."""
    said = clock(at)
    said = f"{said} o'clock" if said.isdigit() else said
    days = {now.date(): "today", now.date() + timedelta(days=1): "tomorrow"}
    return f"{said} {days.get(at.date(), f'on {spoken(at.date())}')}"
