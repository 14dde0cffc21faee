"""Digits and letters read out of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.match.values import digits, letters, spells

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@given(st.text("0123456789", min_size=1, max_size=12))
def test_digits_said_one_by_one_come_back(number: str) -> None:
    """A number spoken digit by digit is read as it was."""
    assert digits([NAMES[int(d)] for d in number]) == number


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_letters_said_one_by_one_come_back(name: str) -> None:
    """A name spelled letter by letter is read as it was."""
    assert letters(list(name)) == name


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("four seven double one", "4711"), ("forty seven eleven", "4711"), ("oh one six", "016"),
        ("treble nine", "999"),
        ("four hundred", "400"), ("47 11", "4711"), ("double", ""), ("jane", ""), ("", ""),
    ],
)  # fmt: skip
def test_ways_to_say_digits(said: str, number: str) -> None:
    """Doubles, pairs, tens, hundreds and figures are understood; words that are no digits give nothing."""
    assert digits(said.split()) == number


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("s m i t h", "smith"), ("s for sugar m for mother", "sm"), ("t for bertie", "b"), ("double l", "ll"),
        ("double u", "w"), ("zed a", "za"), ("bravo oscar bravo", "bob"), ("o apostrophe b", "ob"), ("haitch", "h"),
    ],
)  # fmt: skip
def test_ways_to_spell(said: str, name: str) -> None:
    """Letters by name, by the alphabet, by an example, and doubled; the example is believed over the letter."""
    assert letters(said.split()) == name


def test_a_name_is_not_a_spelling() -> None:
    """A spoken name is not taken for letters."""
    assert not spells(["jane", "smith"])
    assert spells(["j", "a", "n", "e"])
