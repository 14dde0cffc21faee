"""Opening hours follow the clock on the wall, the week and the bank holidays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ivr.dialogue.hours import is_open, next_opening
from ivr.errors import SettingsError

HOURS = "Mo-Fr 08:30-17:00; PH off"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 29, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 7, 45, tzinfo=UTC), True),  # 08:45 in London
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), False),  # Christmas Day
        (datetime(2026, 12, 28, 12, 0, tzinfo=UTC), False),  # in lieu of Boxing Day
    ],
)
def test_open(at: datetime, expected: bool) -> None:
    """The service is open when its hours say so, in local time."""
    assert is_open(HOURS, at) is expected


def test_next_opening() -> None:
    """The next opening after Christmas Eve is after the bank holidays."""
    evening = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
    assert next_opening(HOURS, evening) == datetime(2026, 12, 29, 8, 30, tzinfo=UTC)
    assert next_opening("24/7", evening) is None
    assert next_opening("", evening) is None


def test_no_hours_are_always_open() -> None:
    """An empty string is always open."""
    assert is_open("", datetime(2026, 11, 22, 3, 0, tzinfo=UTC))


def test_bad_hours_are_named() -> None:
    """Hours that cannot be read, and zones that are not, are said in one line."""
    with pytest.raises(SettingsError, match="`whenever` cannot be read"):
        is_open("whenever", datetime(2026, 11, 22, 3, 0, tzinfo=UTC))
