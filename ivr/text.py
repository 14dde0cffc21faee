"""The one normaliser: every room compares words in the form made here."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_REMEMBERED = 1 << 15
"""Texts whose form is remembered: a directory says the same words over and over."""
# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{ACUTE ACCENT}": "'",
        "`": "'",
        "&": " and ",
        "@": " at ",
        "+": " plus ",
    }
)
_NOT_WORD = re.compile(r"[^a-z0-9' ]+")
_NOT_LETTER = re.compile(r"[^a-z0-9]")
_LOOSE_APOSTROPHE = re.compile(r"(?<![a-z0-9])'+|'+(?![a-z0-9])")


def fold(text: str) -> str:
    """Lower-case `text` in plain ASCII letters: accents dropped, ligatures and barred letters spelled out."""
    spelled = text.casefold().translate(_LETTERS)
    if spelled.isascii():
        return spelled
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    # Taken apart, a letter may turn out to be a capital or one of those above.
    return plain if plain == text else fold(plain)


@lru_cache(maxsize=_REMEMBERED)
def normalise(text: str) -> str:
    """Words of `text` as rooms compare them: folded, punctuation to spaces, apostrophes kept inside a word.

    Idempotent.

    >>> normalise("  O\N{RIGHT SINGLE QUOTATION MARK}Brien-Łukasz, Housing & Benefits! ")
    "o'brien lukasz housing and benefits"
    """
    spaced = _NOT_WORD.sub(" ", fold(text))
    if "'" in spaced:
        spaced = _LOOSE_APOSTROPHE.sub(" ", spaced)
    return " ".join(spaced.split())


def words(text: str) -> tuple[str, ...]:
    """Split `text` into its normalised words, in order."""
    return tuple(normalise(text).split())


@lru_cache(maxsize=_REMEMBERED)
def squash(text: str) -> str:
    """Give the key under which "O'Brien", "O Brien" and "OBrien" are the same: letters and digits only."""
    return _NOT_LETTER.sub("", fold(text))
