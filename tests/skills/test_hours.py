"""Whether a place is open on a day, as callers ask."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ivr.dialogue.hours import Region
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.skill import Asked, Reply
from ivr.dialogue.tongue import english
from ivr.model import Decision, Enquiry, Entry, Kind, Understanding
from ivr.settings import SiteSettings
from ivr.skills.hours import bank_holiday, hours_skill, opening_times

SITE = SiteSettings(name="Testford Council", hours="Mo-Fr 08:30-17:00; PH off; Dec 24 08:30-12:00")
PLACES = (
    Entry(id="tip", kind=Kind.SERVICE, name="Recycling Centre", spoken=("the tip",), hours="Mo-Su 09:00-16:00"),
    Entry(id="p", kind=Kind.PERSON, name="Ann Tip", spoken=("ann",), hours="Mo 09:00-10:00"),
)
FRIDAY = datetime(2026, 12, 18, 10, 0, tzinfo=UTC)


def _asked(text: str, at: datetime = FRIDAY, hours: str = "") -> Reply:
    enquiry = Enquiry(id="h", title="hours", phrases=("x",), answer="Weekdays.", entry="Libraries", hours=hours)
    said = Understanding(text, Decision.ACCEPT)
    return hours_skill(SITE, PLACES).begin(Asked(enquiry=enquiry, at=at, said=said))


def _words(root: object, reply: Reply) -> str:
    prompts = Prompts.load(root / "grammars", "en-GB")  # type: ignore[operator]
    return " ".join(prompts.render(action.prompt, action.values) for action in reply.says)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("are you open on boxing day", "is closed on Saturday the 26 of December. It next opens on Tuesday the 29 of"),
        ("are you open on christmas eve", "Thursday the 24 of December, from half past 8 to noon."),
        ("what time do you shut on monday", "Monday the 21 of December, from half past 8 to 5."),
        ("is the tip open on sunday", "Recycling Centre is open on Sunday the 20 of December, from 9 to 4."),
        ("are you open good friday", "closed on Friday the 26 of March"),
        ("are you open on the may bank holiday", "closed on Monday the 3 of May"),
        ("what are your hours", "Weekdays."),
    ],
)
def test_days(root: object, said: str, words: str) -> None:
    """By weekday, date, feast and bank holiday; one-off closures and places of their own hours."""
    assert words in _words(root, _asked(said))


def test_closed_now(root: object) -> None:
    """At night the answer comes with the next opening."""
    night = datetime(2026, 12, 18, 22, 0, tzinfo=UTC)
    assert "next opens on Monday the 21 of December at half past 8" in _words(root, _asked("when are you open", night))


def test_hours_of_the_enquiry(root: object) -> None:
    """An enquiry may have hours of its own."""
    said = _words(root, _asked("is the library open on saturday", hours="Sa 09:00-17:00"))
    assert "Libraries is open on Saturday the 19 of December, from 9 to 5." in said


def test_clock_changes() -> None:
    """Nine is nine on the days the clocks change."""
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        ((start, end),) = opening_times("Mo-Su 00:30-09:00", day, Region())
        assert (english().clock(start), english().clock(end)) == ("12 30", "9") or english().clock(end) == "9"


@pytest.mark.parametrize(
    ("said", "nation", "day"),
    [
        ("are you open on new year's day bank holiday", "england", date(2027, 1, 1)),
        ("are you open on st andrew's day", "scotland", date(2027, 11, 30)),
        ("are you open on saint patricks day", "northern_ireland", date(2027, 3, 17)),
        ("is easter monday a holiday", "england", date(2027, 3, 29)),
        ("are you open at easter", "scotland", date(2027, 3, 26)),
        ("the august bank holiday", "scotland", date(2027, 8, 2)),
        ("the august bank holiday", "wales", date(2027, 8, 30)),
    ],
)
def test_bank_holidays_by_name(said: str, nation: str, day: date) -> None:
    """Each nation has its own, and some have the same name on another day."""
    assert bank_holiday(said, FRIDAY.date(), nation) == day


def test_no_bank_holiday() -> None:
    """A question without one names none."""
    assert bank_holiday("are you open on monday", FRIDAY.date(), "england") is None
