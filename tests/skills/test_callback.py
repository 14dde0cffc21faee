"""Call backs and appointments: within hours, promised for a time, filed for staff."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ivr.dialogue.tongue import english
from ivr.settings import SiteSettings
from ivr.skills.callback import promise

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Call

SITE = SiteSettings(hours="Mo-Fr 08:30-12:00,13:00-17:00; PH off")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_a_call_back(call: Call) -> None:
    """Number, time and subject; what it is promised for is said before the reference, and filed with it."""
    call.say("call me back", "yes", "this number", "tomorrow morning", "my bins", "yes")
    assert call.prompts[:2] == ["promised", "request_filed"]
    (filed,) = call.filed
    assert filed.details["time"] == "tomorrow morning, that is Wednesday the 25 of November"
    assert filed.promised is not None
    assert filed.promised.date() == date(2026, 11, 25)


def test_an_appointment(call: Call) -> None:
    """The same, with what it is about first."""
    call.say("book an appointment", "yes", "my housing", "friday afternoon", "07700 900123", "yes")
    (filed,) = call.filed
    assert dict(filed.details) == {
        "subject": "my housing",
        "time": "friday afternoon, that is Friday the 27 of November",
        "number": "07700900123",
    }


def test_a_number_that_is_not_known(withheld: Call) -> None:
    """Who withholds their number is asked for one."""
    withheld.say("call me back", "yes", "this number")
    assert withheld.prompts == ["callback_unknown", "callback_number"]
    assert withheld.say("07700 900123").prompts == ["callback_when"]


def test_a_day_on_which_nobody_is_there(weekdays: Call) -> None:
    """It is said when somebody is, and asked again."""
    weekdays.say("call me back", "yes", "this number", "on saturday")
    assert weekdays.prompts == ["closed_on", "callback_when"]
    assert "next opens on Monday the 30 of November" in weekdays.said
    assert weekdays.say("monday then").prompts == ["callback_about"]


def test_the_day_set_right(weekdays: Call) -> None:
    """Before it is filed."""
    weekdays.say("call me back", "yes", "this number", "tomorrow", "bins", "no thursday", "yes")
    assert weekdays.filed[0].details["time"] == "thursday, that is Thursday the 26 of November"


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        (MONDAY, 1, "2026-11-24T17:00"),
        (MONDAY, 0, "2026-11-23T17:00"),
        (MONDAY.replace(hour=18), 0, "2026-11-24T17:00"),
        (MONDAY.replace(day=28), 1, "2026-11-30T17:00"),
        (datetime(2026, 12, 24, 10, tzinfo=UTC), 1, "2026-12-29T17:00"),
        (datetime(2026, 12, 24, 10, tzinfo=UTC), 3, "2026-12-31T17:00"),
        (datetime(2026, 7, 1, 10, tzinfo=UTC), 1, "2026-07-02T17:00"),
    ],
)  # fmt: skip
def test_promised_for_the_end_of_business(at: datetime, days: int, due: str) -> None:
    """So many working days later, weekends and bank holidays left out, by the clock on the wall."""
    assert f"{promise(SITE, days, at):%Y-%m-%dT%H:%M}" == due


def test_a_day_asked_for_is_kept_to() -> None:
    """Nobody who asks for Thursday is promised Tuesday."""
    assert promise(SITE, 1, MONDAY, date(2026, 11, 26)).date() == date(2026, 11, 26)


def test_a_site_that_never_closes() -> None:
    """There, a day is a day."""
    assert promise(SiteSettings(hours="24/7"), 1, MONDAY) == MONDAY.replace(day=24)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (MONDAY.replace(hour=17), "5 o'clock today"),
        (MONDAY.replace(day=24, hour=16, minute=30), "half past 4 tomorrow"),
        (MONDAY.replace(day=25, hour=12), "noon on Wednesday the 25 of November"),
    ],
)
def test_deadlines_as_they_are_said(at: datetime, said: str) -> None:
    """Today and tomorrow by name, other days by weekday and date."""
    assert english().deadline(at, MONDAY) == said


@pytest.fixture
def withheld(begin_call: Callable[..., Any]) -> Any:
    """Begin a call from a number nobody knows."""
    return begin_call(caller="anonymous")


@pytest.fixture
def weekdays(begin_call: Callable[..., Any]) -> Any:
    """Begin a call to a council that is there on weekdays."""
    return begin_call(hours="Mo-Fr 08:30-17:00; PH off")
