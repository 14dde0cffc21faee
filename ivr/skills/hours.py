"""Opening hours on a day: "are you open on Boxing Day", "what time do you shut on bank holiday Monday".

A question that names no day gets the enquiry's answer, and, while the place is closed, when it next opens. The
hours are the enquiry's own (`hours:`), else those of an entry named in the question that has some, else the site's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.dialogue.bank_holidays import bank_holidays
from ivr.dialogue.hours import Region, is_open, next_opening, parse_hours
from ivr.dialogue.skill import Asked, Reply, answer_of
from ivr.dialogue.wording import say
from ivr.model import Expect, Kind
from ivr.skills.reading import feast, on_date
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.dialogue.actions import Say
    from ivr.model import Entry
    from ivr.settings import SiteSettings

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EASTER = ("good friday", "easter monday")


@dataclass(frozen=True, slots=True)
class Hours:
    """The skill, for one site and its places. Pure and immutable."""

    site: SiteSettings
    places: tuple[Entry, ...] = ()
    """Departments and services with hours of their own."""

    @property
    def region(self) -> Region:
        """Where the site is."""
        return Region.of(self.site)

    def begin(self, asked: Asked) -> Reply:
        """Answer at once."""
        text = normalise(asked.said.text) if asked.said else ""
        if asked.at is None:
            return self._answer(asked)
        at = asked.at.astimezone(self.region.zone)
        name, hours = self._place(asked, text)
        today = at.date()
        day = feast(text, today) or bank_holiday(text, today, self.site.nation) or on_date(text, today)
        if day:
            return self._on(asked, day, name, hours)
        return self._answer(asked, *self._now(asked, at, name, hours))

    take = begin

    def ask(self, asked: Asked) -> Reply:
        """Listen for what else there is: this skill never asks."""
        return Reply(listen=Listen(Expect.CALL), slots=asked.slots)

    # --- inside ---

    def _answer(self, asked: Asked, *more: Say) -> Reply:
        return Reply(says=(*answer_of(asked.enquiry), *more))

    def _now(self, asked: Asked, at: datetime, name: str, hours: str) -> tuple[Say, ...]:
        following = None if is_open(hours, at, self.region) else next_opening(hours, at, self.region)
        return (say("open_next", place=name, next=asked.tongue.moment(following)),) if following else ()

    def _on(self, asked: Asked, day: date, name: str, hours: str) -> Reply:
        tongue = asked.tongue
        stretches = list(opening_times(hours, day, self.region))
        if stretches:
            times = tongue.said.open_again.join(tongue.opening(start, end) for start, end in stretches)
            return Reply(says=(say("open_on", place=name, day=tongue.day(day, on=True), hours=times),))
        midnight = datetime.combine(day, time(), self.region.zone)
        following = next_opening(hours, midnight, self.region)
        said = tongue.moment(following) if following else tongue.term("another day")
        return Reply(says=(say("closed_on", place=name, day=tongue.day(day, on=True), next=said),))

    def _place(self, asked: Asked, text: str) -> tuple[str, str]:
        named = [(len(way), entry) for entry in self.places for way in entry.spoken if f" {way} " in f" {text} "]
        if named:
            entry = max(named, key=lambda found: found[0])[1]
            return entry.name, entry.hours
        if asked.enquiry.hours:
            return asked.enquiry.entry or self.site.name, asked.enquiry.hours
        return self.site.name, self.site.hours


def hours_skill(site: SiteSettings, entries: tuple[Entry, ...]) -> Hours:
    """Make the skill for a site and its directory."""
    return Hours(site, tuple(e for e in entries if e.hours and e.kind is not Kind.PERSON))


def opening_times(hours: str, day: date, region: Region) -> Iterator[tuple[datetime, datetime]]:
    """Give the stretches of one day that are open, in the region's time. Raises SettingsError."""
    opening = parse_hours(hours or "24/7", region)
    start = datetime.combine(day, time(), region.zone)
    end = datetime.combine(day + timedelta(days=1), time(), region.zone)
    at: datetime | None = start
    while at and at < end:
        change = opening.next_change(at)
        until = min(change.astimezone(region.zone), end) if change else end
        if opening.is_open(at):
            yield at, until
        at = until


def bank_holiday(text: str, today: date, nation: str) -> date | None:
    """Day of the bank holiday spoken of ("good friday", "the may bank holiday", "st andrew's day"); None: none is."""
    to_come = {day: _named(name) for day, name in bank_holidays(nation).items() if day >= today}
    by_name = next((day for day, name in to_come.items() if name and name in _named(text)), None)
    if by_name:
        return by_name
    said = set(text.split())
    easter = "easter" in said
    if not easter and not {"holiday", "holidays"} & said:
        return None
    weekday = next((n for n, name in enumerate(_DAYS) if name in said), None)
    month = next((n for n, name in enumerate(_MONTHS, 1) if name in said), 0)
    for day, name in to_come.items():
        right_month = name in _EASTER if easter else not month or day.month == month
        if right_month and (weekday is None or day.weekday() == weekday):
            return day
    return None


def _named(text: str) -> str:
    """Write a holiday's name one way: "Saint Andrew's Day (observed)" becomes "st andrews day"."""
    return normalise(text.partition("(")[0]).replace("saint ", "st ").replace("'", "")
