"""Respellings: a name outside a vocabulary is said with words in it, as alike as can be."""

from __future__ import annotations

import pytest

from ivr.recognise.respell import Respeller, phone_error

SOUNDS = {
    "shiv": "SH IH V", "on": "AA N", "nave": "N EY V", "neve": "N IY V", "win": "W IH N", "if": "IH F",
    "oh": "OW", "will": "W IH L", "a": "AH", "see": "S IY", "elephant": "EH L AH F AH N T",
    "siobhan": "SH IH V AO N", "niamh": "N IY V", "gwynneth": "G W IH N AH TH", "zzz": "Z Z Z Z Z Z",
}  # fmt: skip
VOCABULARY = ("shiv", "on", "nave", "neve", "win", "if", "oh", "will", "a", "see", "elephant")


def pronounce(word: str) -> tuple[tuple[str, ...], ...]:
    """Say a word of this test."""
    return (tuple(SOUNDS[word].split()),)


@pytest.fixture(scope="module")
def respeller() -> Respeller:
    """Know a few words."""
    return Respeller(VOCABULARY, pronounce)


def test_a_name_is_said_with_the_words_there_are(respeller: Respeller) -> None:
    """Siobhan is "shiv on", one vowel off."""
    found = respeller.respell("siobhan")
    assert found is not None
    assert found.said == "shiv on"
    assert found.error == 0.2


def test_a_perfect_likeness_is_found_first(respeller: Respeller) -> None:
    """Niamh is "neve", and not the merely similar "nave"."""
    found = respeller.respell("niamh")
    assert found is not None
    assert (found.said, found.error) == ("neve", 0.0)


def test_nothing_like_it_is_none(respeller: Respeller) -> None:
    """Where nothing sounds like a name, none is invented."""
    assert respeller.respell("zzz") is None


def test_the_same_every_time(respeller: Respeller) -> None:
    """Respellings do not depend on the order of the vocabulary."""
    again = Respeller(tuple(reversed(VOCABULARY)), pronounce)
    assert [again.respell(name) for name in ("siobhan", "niamh", "gwynneth")] == [
        respeller.respell(name) for name in ("siobhan", "niamh", "gwynneth")
    ]


def test_phone_error_counts_changes() -> None:
    """Missed, added and changed phones, as a share of the name's."""
    assert phone_error(("A", "B", "C", "D"), ("A", "B", "C", "D")) == 0.0
    assert phone_error(("A", "B", "C", "D"), ("A", "X", "C")) == 0.5
    assert phone_error((), ()) == 0.0
