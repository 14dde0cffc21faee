"""Bank holidays of the four nations, and hours that name them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.bank_holidays import NATIONS, bank_holidays, written_out
from ivr.dialogue.hours import Region, is_open, next_opening, parse_hours
from ivr.errors import SettingsError

LONDON = ZoneInfo("Europe/London")
DAYS = st.dates(date(2025, 1, 1), date(2035, 12, 31))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), LONDON)


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2027, 1, 1), {"england", "wales", "scotland", "northern_ireland"}),
        (date(2026, 1, 2), {"scotland"}),
        (date(2026, 3, 17), {"northern_ireland"}),
        (date(2026, 4, 3), {"england", "wales", "scotland", "northern_ireland"}),
        (date(2026, 4, 6), {"england", "wales", "northern_ireland"}),
        (date(2026, 7, 13), {"northern_ireland"}),
        (date(2026, 8, 3), {"scotland"}),
        (date(2026, 8, 31), {"england", "wales", "northern_ireland"}),
        (date(2026, 11, 30), {"scotland"}),
        (date(2026, 12, 28), {"england", "wales", "scotland", "northern_ireland"}),
        (date(2026, 12, 29), set()),
    ],
)
def test_each_nation_has_its_own(day: date, closed: set[str]) -> None:
    """Easter Monday is none in Scotland; St Andrew's and St Patrick's Day are where they belong; days in lieu count."""
    hours = "Mo-Fr 08:30-17:00; PH off"
    assert {nation for nation in NATIONS if not is_open(hours, _noon(day), Region(nation=nation))} == closed


@given(DAYS, st.sampled_from(sorted(NATIONS)))
def test_closed_on_holidays_and_at_weekends_only(day: date, nation: str) -> None:
    """For any day of ten years."""
    expected = day.weekday() < 5 and day not in bank_holidays(nation)
    assert is_open("Mo-Fr 08:30-17:00; PH off", _noon(day), Region(nation=nation)) is expected


@pytest.mark.parametrize(
    ("hours", "on_holidays"),
    [
        ("Mo-Su 09:00-17:00; PH 13:00-16:00", False),
        ("Mo-Su 09:00-17:00; PH 11:00-16:00", True),
        ("Su,PH 10:00-16:00", True),
        ("PH,Su 10:00-16:00", True),
        ("Mo-Fr 09:00-17:00, PH 10:00-14:00", True),
        ("Mo-Sa 09:00-17:00; PH,Su off", False),
        ("PH", True),
        ("Apr-Sep Su,PH 10:00-16:00", True),
        ("Oct-Mar Su,PH 10:00-16:00", False),
    ],
)
def test_every_way_to_write_them(hours: str, on_holidays: bool) -> None:
    """With weekdays and months beside them, closed or with hours of their own: Monday 31 August 2026 at noon."""
    assert is_open(hours, _noon(date(2026, 8, 31))) is on_holidays


@given(DAYS)
def test_hours_without_them_stay_as_they_are(day: date) -> None:
    """Nothing else is rewritten, and the rest of a rule keeps its days."""
    assert written_out("Mo-Fr 09:00-17:00; Sa 10:00-12:00", "england") == "Mo-Fr 09:00-17:00; Sa 10:00-12:00"
    weekday_only, both = "Sa 10:00-16:00", "Sa,PH 10:00-16:00"
    if day not in bank_holidays("england"):
        assert is_open(both, _noon(day)) is is_open(weekday_only, _noon(day))


def test_clock_changes() -> None:
    """An hour that does not exist, and one that comes twice, move no opening."""
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day in (spring, autumn):
        before = datetime.combine(day - timedelta(days=1), time(20), LONDON)
        opening = next_opening("Mo-Su 08:30-17:00", before)
        assert opening == datetime.combine(day, time(8, 30), LONDON)
    assert next_opening("Mo-Su 08:30-17:00", datetime(2026, 3, 28, 20, tzinfo=UTC)) == datetime(
        2026, 3, 29, 7, 30, tzinfo=UTC
    )
    assert not is_open("Mo-Su 08:30-17:00", datetime(2026, 10, 25, 7, 45, tzinfo=UTC))
    assert is_open("Mo-Su 08:30-17:00", datetime(2026, 3, 29, 7, 45, tzinfo=UTC))


def test_a_zone_nobody_knows() -> None:
    """It is named in one line."""
    with pytest.raises(SettingsError, match="unknown time zone `Europe/Wexbourne`"):
        parse_hours("24/7", Region("Europe/Wexbourne"))
