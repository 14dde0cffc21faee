"""Shares are written the way a committee checks them, and intervals are the textbook's."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.model import Outcome
from ivr.records.chance import difference, mean_difference, wilson
from ivr.records.figures import BY_NAME, MEASURES, Tally, clock, count, mean_seconds, percent, tenths


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (2461, 11013, "22.3 %"),
        (1, 2000, "0.1 %"),  # exactly 0.05: half up
        (1, 2001, "0.0 %"),
        (1, 8, "12.5 %"),
        (1, 16, "6.3 %"),  # 6.25: half up, where bankers' rounding says 6.2
        (9999, 10000, "99.9 %"),
        (10000, 10000, "100.0 %"),
        (0, 5, "0.0 %"),
        (0, 0, "-"),
    ],
)
def test_shares_have_one_decimal_rounded_half_up(part: int, whole: int, text: str) -> None:
    """Halves go up, and 100.0 % is printed only where it is all of them."""
    assert percent(part, whole) == text


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_within_half_a_tenth(pair: tuple[int, int]) -> None:
    """The printed share is at most 0.05 points from the exact one, 0.1 just below all."""
    part, whole = pair
    shown = tenths(part, whole)
    assert shown is not None
    exact = Fraction(1000 * part, whole)
    assert abs(shown - exact) <= (Fraction(1, 2) if shown != 999 else 1)
    assert (shown == 1000) == (part == whole)


def test_intervals_agree_with_published_ones() -> None:
    """Wilson's interval of 81 in 263 is 0.2553 to 0.3662, and of 0 in 20 it is 0 to 0.1611 (Newcombe 1998)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(29, 29) == pytest.approx((0.8830, 1.0), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    """0 <= low <= share <= high <= 1."""
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1


tallies = st.lists(st.integers(0, 99), min_size=len(MEASURES), max_size=len(MEASURES)).map(lambda n: Tally(tuple(n)))


@given(tallies, tallies)
def test_tallies_add_up(one: Tally, other: Tally) -> None:
    """Every figure of two groups together is the sum of theirs, and outcomes add up to offered."""
    both = one + other
    for name in BY_NAME:
        assert count(both, name) == count(one, name) + count(other, name)
    assert sum(count(both, outcome.value) for outcome in Outcome) == both.offered


@pytest.mark.parametrize(("hundredths", "number", "text"), [(7600, 1, "01:16"), (150, 1, "00:02"), (149, 1, "00:01"),
                                                            (360_000, 1, "60:00"), (0, 0, "-")])  # fmt: skip
def test_a_wait_is_written_as_minutes_and_seconds(hundredths: int, number: int, text: str) -> None:
    """The mean in whole seconds, halves rounded up."""
    assert clock(mean_seconds(hundredths, number)) == text


def test_differences_agree_with_published_ones() -> None:
    """Newcombe's method 10 gives 0.0524 to 0.3339 for 56/70 against 48/80, at 95 % (Newcombe 1998, table II)."""
    assert difference((56, 70), (48, 80), 1.959963984540054) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference((9, 10), (3, 10), 1.959963984540054) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert difference((0, 0), (3, 10)) == (-1.0, 1.0)


@given(st.tuples(st.integers(1, 500), st.integers(1, 500)).map(sorted), st.integers(1, 500))
def test_the_same_share_again_is_no_change(share: list[int], times: int) -> None:
    """However large the samples, two equal shares do not differ by more than chance."""
    low, high = difference((share[0] * times, share[1] * times), (share[0], share[1]))
    assert low <= 1e-12
    assert high >= -1e-12


def test_few_waits_tell_nothing() -> None:
    """Fewer than 30 calls give no interval; many whose mean doubled give one that does not hold 0."""
    assert mean_difference((29, 290, 2900), (1000, 10_000, 110_000)) is None
    found = mean_difference((1000, 20_000, 450_000), (1000, 10_000, 110_000))
    assert found is not None
    assert found[0] > 0
