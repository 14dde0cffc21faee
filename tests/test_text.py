"""The one normaliser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text import fold, normalise, squash, words


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("O\N{RIGHT SINGLE QUOTATION MARK}Brien", "o'brien"),
        ("Smith-Jones", "smith jones"),
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("Siân", "sian"),
        ("Housing & Benefits", "housing and benefits"),
        ("  'quoted'  ", "quoted"),
        ("Council   Tax!", "council tax"),
        ("İnci", "inci"),
        ("Straße", "strasse"),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_words_become_plain(written: str, normal: str) -> None:
    """Accents, case and punctuation go; apostrophes inside a word stay."""
    assert normalise(written) == normal


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form is a fixed point, made of a-z, 0-9, apostrophes and single spaces."""
    once = normalise(text)
    assert normalise(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789' ")
    assert "  " not in once
    assert words(text) == tuple(once.split())


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text stays as it is."""
    assert fold(fold(text)) == fold(text)


def test_squash_ignores_how_a_name_is_broken() -> None:
    """Spaces, apostrophes and hyphens do not tell names apart."""
    assert squash("O'Brien") == squash("O Brien") == squash("OBrien") == "obrien"
