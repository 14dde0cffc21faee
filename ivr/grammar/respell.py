"""Pronunciations that people give by respelling: "shiv awn" for Siobhan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import GrammarError
from ivr.grammar.pronounce import PHONES
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.grammar.pronounce import Phones, Pronouncer

_MOST = 40
"""Phones that a word may have."""


def phones_of(pronouncer: Pronouncer, respelt: str) -> Phones:
    """Return the sounds of a respelling: words said one after the other, or the phones themselves ("SH IH V AO N").

    Raises GrammarError where there is nothing to say in it.
    """
    parts = respelt.split()
    if parts and all(part in PHONES for part in parts):
        return tuple(parts)
    said = tuple(phone for word in normalise(respelt).split() for phone in pronouncer.pronounce(word)[0])
    if not 0 < len(said) <= _MOST:
        raise GrammarError(f"{respelt[:40]!r} cannot be said", todo='write it as it sounds, for example "shiv awn"')
    return said


def said_as(pronouncer: Pronouncer, word: str, respelt: str) -> tuple[str, Phones]:
    """Return the word as rooms compare it, and the phones of its respelling.

    Raises GrammarError for what is no single word or cannot be said.
    """
    plain = normalise(word)
    if not plain or " " in plain:
        raise GrammarError(f"{word[:40]!r} is not one word", todo="give each word of a name on its own")
    return plain, phones_of(pronouncer, respelt)
