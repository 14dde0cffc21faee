"""What callers say to a question is read as the British say it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.skills.reading import (
    apart,
    house,
    is_whole,
    on_date,
    postcode,
    postcode_among,
    postcode_begun,
    postcode_keyed,
    postcode_rest,
    telephone,
)

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "said",
    [
        "WX1 1AA", "wx11aa", "it's double u x one one a a", "w x one one a a", "whiskey x ray one one alpha alpha",
        "um the postcode is w x one one a a please", "w for whiskey x for xray one one a for apple a for apple",
    ],
)  # fmt: skip
def test_postcodes(said: str) -> None:
    """Typed, spelt by letters, by the alphabet and by examples."""
    assert postcode(said) == "WX1 1AA"


@pytest.mark.parametrize("said", ["", "i don't know", "mill road", "the blue one", "twelve"])
def test_no_postcode(said: str) -> None:
    """Nothing is made of words that are none."""
    assert postcode(said) == ""


def test_keyed_postcodes() -> None:
    """Each letter by the key it is on, where one postcode of the site fits."""
    known = ("WX1 1AA", "WX2 4RD")
    assert postcode_keyed("991122", known) == "WX1 1AA"
    assert postcode_keyed("992473#", known) == "WX2 4RD"
    assert postcode_keyed("991111", known) == ""


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("number twelve", "12"), ("twelve mill road", "12"), ("no number twelve", "12"), ("a hundred and four", "104"),
        ("twenty three b", "23b"), ("one oh four", "104"), ("flat 3", "3"), ("it's forty seven please", "47"),
        ("double one", "11"), ("rose cottage", ""),
    ],
)  # fmt: skip
def test_house_numbers(said: str, number: str) -> None:
    """Numbers as they are said on doors."""
    assert house(said) == number


@pytest.mark.parametrize(
    "said",
    ["oh seven seven double oh nine hundred one two three", "07700 900123",
     "zero seven seven zero zero nine zero zero one two three"],
)  # fmt: skip
def test_telephone_numbers(said: str) -> None:
    """Double oh and hundreds."""
    assert telephone(said) == "07700900123"
    assert telephone("", "07700900123#") == "07700900123"
    assert telephone("call me") == ""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("today", date(2026, 11, 20)), ("tomorrow morning", date(2026, 11, 21)), ("on monday", date(2026, 11, 23)),
        ("tuesday week", date(2026, 12, 1)), ("a week on friday", date(2026, 12, 4)), ("friday", date(2026, 11, 27)),
        ("the twenty third", date(2026, 11, 23)), ("the 23rd of december", date(2026, 12, 23)),
        ("boxing day", date(2026, 12, 26)), ("new year's day", date(2027, 1, 1)), ("the fifth", date(2026, 12, 5)),
        ("the thirty first", date(2026, 12, 31)), ("christmas", date(2026, 12, 25)), ("are you open", None),
        ("the day after tomorrow", date(2026, 11, 22)), ("the second of january", date(2027, 1, 2)),
        ("monday fortnight", date(2026, 12, 7)), ("the twentieth", date(2026, 11, 20)),
    ],
)  # fmt: skip
def test_dates(said: str, meant: date | None) -> None:
    """Days as the British say them, always ahead."""
    assert on_date(said, FRIDAY) == meant


@given(st.text(max_size=40), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_any_words(said: str, today: date) -> None:
    """No words make reading fail, and a date is never past nor years away."""
    house(said), telephone(said), postcode(said)
    found = on_date(said, today)
    assert found is None or today <= found <= today + timedelta(days=366 * 2)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("a week today", date(2026, 11, 27)),
        ("tomorrow week", date(2026, 11, 28)),
        ("a fortnight today", date(2026, 12, 4)),
        ("in three days", date(2026, 11, 23)),
        ("in a fortnight", date(2026, 12, 4)),
        ("in two weeks time", date(2026, 12, 4)),
        ("the day after tomorrow", date(2026, 11, 22)),
        ("a fortnight on tuesday", date(2026, 12, 8)),
        ("in the morning", None),
        ("some time next week", None),
    ],
)
def test_days_counted_from_today(said: str, day: date | None) -> None:
    """A Friday, counted from as the British do."""
    assert on_date(said, date(2026, 11, 20)) == day


def test_half_a_postcode() -> None:
    """The first half is kept for the second; the second alone will do where only one ends so."""
    assert postcode_begun("it's w x one") == "WX1"
    assert postcode_begun("w x one one a a") == ""
    assert postcode_rest("WX1", "that's one a a") == "WX1 1AA"
    assert postcode_rest("WX1", "no idea") == ""
    assert postcode_among("four romeo delta", ("WX1 1AA", "WX2 4RD")) == "WX2 4RD"
    assert (is_whole("WX1 1AA"), is_whole("WX1"), apart("WX1 1AA")) == (True, False, "W X 1, 1 A A")
