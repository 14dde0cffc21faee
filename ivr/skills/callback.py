"""A call back, or an appointment: about what, when, which number; promised for a time, and filed for staff."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.dialogue.hours import Region, next_opening
from ivr.dialogue.skill import Asked, Reply
from ivr.dialogue.wording import say
from ivr.model import Expect
from ivr.skills import form, reading
from ivr.skills.form import Form, Slot
from ivr.skills.hours import opening_times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ivr.settings import SiteSettings

THIS_NUMBER = "this number"
"""Stands for the number the caller rings from, which the dialogue is never told."""
_AHEAD = 60
"""Days within which some business is looked for."""
_KEYED = {"1": "morning", "2": "afternoon", "3": "any time"}
"""Parts of the day by key."""
_TIMES = frozenset({"morning", "afternoon", "evening", "lunchtime", "o'clock", "anytime", "soon", "possible"})


def callback(site: SiteSettings, days: int) -> Form:
    """Make the skill that takes requests to be called back. `days`: working days within which somebody calls."""
    number = _number_slot("callback_number")
    when = Slot(name="time", prompt="callback_when", read=_when, fix=_day, label=_time)
    subject = Slot(name="subject", prompt="callback_about", read=form.words_or_none)
    return _form(site, days, (number, when, subject))


def appointment(site: SiteSettings, days: int) -> Form:
    """Make the skill that takes requests for an appointment. `days`: working days within which it is confirmed."""
    subject = Slot(name="subject", prompt="appointment_about", read=form.words_or_none)
    when = Slot(name="time", prompt="appointment_when", read=_when, fix=_day, label=_time)
    return _form(site, days, (subject, when, _number_slot("callback_number")))


def promise(site: SiteSettings, days: int, at: datetime, day: date | None = None) -> datetime:
    """Return the end of business so many working days after `at`, or on `day` where that is later.

    No day: today, or the next that has business left. Where nobody closes, or opens, it is so many days later.
    """
    region = Region.of(site)
    now = at.astimezone(region.zone)
    ahead = (now.date() + timedelta(days=n) for n in range(0 if days == 0 else 1, _AHEAD))
    ends = (
        max(end for _, end in stretches) for d in ahead if (stretches := list(opening_times(site.hours, d, region)))
    )
    left = [end for end in islice(ends, max(days, 1) + 1) if end > now]
    due = left[max(days, 1) - 1] if len(left) >= max(days, 1) else now + timedelta(days=days)
    if due.time() == time():
        due = now + timedelta(days=days)
    if day is None or day <= due.date():
        return due
    return max((end for _, end in opening_times(site.hours, day, region)), default=due)


def _form(site: SiteSettings, days: int, slots: tuple[Slot, ...]) -> Form:
    region = Region.of(site)

    def settle(asked: Asked, told: Mapping[str, str]) -> Reply | None:
        """Ask for another number where this one is not known, and for another day where nobody is there."""
        if told.get("number") == THIS_NUMBER and not asked.known:
            return made.again(asked, {**told, "number": ""}, say("callback_unknown"))
        day = _date(told.get("time", ""), asked)
        if day is None or any(opening_times(site.hours, day, region)):
            return None
        following = next_opening(site.hours, datetime.combine(day, time(), region.zone), region)
        tongue = asked.tongue
        shut = say("closed_on", place=site.name, day=tongue.day(day, on=True), next=tongue.moment(following))
        return made.again(asked, {**told, "time": ""}, shut)

    def finish(asked: Asked, told: Mapping[str, str]) -> Reply:
        day = _date(told.get("time", ""), asked)
        due = promise(site, days, asked.at, day) if asked.at else None
        dated = {"time": asked.staff.dated(_undated(told["time"], asked)[0], day)} if day else {}
        return Reply(slots=asked.slots, request={**told, **dated}, promised=due)

    made = Form(slots, settle, finish=finish)
    return made


def _number_slot(prompt: str) -> Slot:
    return Slot(
        name="number", prompt=prompt, read=_number, spot=reading.telephone,
        listen=Listen(Expect.DIGITS, seconds=8.0, keys=reading.CARD_KEYS),
        label=lambda asked, n: asked.tongue.term(n) if n == THIS_NUMBER else " ".join(n),
    )  # fmt: skip


def _number(asked: Asked) -> str:
    text = asked.said.text if asked.said else ""
    this = {"this", "same"} & set(text.split()) or form.yes(asked)
    return THIS_NUMBER if this else reading.telephone(text, asked.keys)


def _when(asked: Asked) -> str:
    """Give day and time as they were said, with the date they mean; by key, the part of the day."""
    if asked.keys:
        return _KEYED.get(asked.keys, "")
    words = form.words(asked)
    if not words or asked.at is None or asked.said is None:
        return ""
    day = reading.on_date(asked.said.text, asked.at.date())
    if day is None:
        return words if _TIMES & set(asked.said.text.split()) or "any time" in asked.said.text else ""
    return asked.staff.dated(words, day)


def _undated(told: str, asked: Asked) -> tuple[str, date | None]:
    """Take the words and the date apart."""
    return asked.staff.undated(told, asked.at.date()) if asked.at else asked.staff.undated(told)


def _time(asked: Asked, told: str) -> str:
    words, day = _undated(told, asked)
    return asked.tongue.dated(words, day) if day else asked.tongue.term(told)


def _day(text: str) -> str:
    """Give a day that is set right, by its name."""
    return text if {*reading.DAYS, "tomorrow", *_TIMES} & set(text.split()) else ""


def _date(told: str, asked: Asked) -> date | None:
    if not told or asked.at is None or told in _KEYED.values():
        return None
    return _undated(told, asked)[1] or reading.on_date(told, asked.at.date())
