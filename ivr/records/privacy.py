"""Callers' numbers and words: masked, hashed, removed by age, given out and erased on request."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

import phonenumbers

from ivr.match.values import HIDDEN, hide_numbers

_LAST = 3
"""Digits of a number that are not shown."""
_WITHHELD = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld"})

_FEWEST = 6
"""Digits of a number that is hidden."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What may be kept about who called."""

    key: str = ""
    """Keyed hash of the number: tells repeat callers apart; empty: withheld."""
    masked: str = ""
    """For people: "+44 7700 900***"."""


def know(number: str, secret: str) -> Caller:
    """Return what may be kept of a caller's number (E.164, SIP address, extension, `anonymous` or empty)."""
    return Caller(key=hashed(number, secret), masked=mask(number))


def withheld(number: str) -> bool:
    """Tell whether a caller's number says nothing about who called."""
    return number.strip().casefold() in _WITHHELD


def hashed(number: str, secret: str) -> str:
    """Return the keyed hash (HMAC-SHA-256, 128 bits in hex) of a caller's number; empty: withheld.

    Without the secret, nobody can find a number by hashing all of them.
    """
    if withheld(number):
        return ""
    return hmac.new(secret.encode(), _plain(number).encode(), hashlib.sha256).hexdigest()[:32]


def mask(number: str) -> str:
    """Return a caller's number as people may see it: its last three digits hidden; a withheld one stays as it is.

    >>> mask("+447700900123")
    '+44 7700 900***'
    """
    if withheld(number):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return _hide(number, len(number) - _LAST)
    shown = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    return _hide(shown, len(shown) - _LAST)


def mask_words(text: str) -> str:
    """Hide the numbers in a transcript that could be a card's, an account's or a telephone's (six digits or more).

    >>> mask_words("my card is 4929 1234 5678 9012 and I live at 12 High Street")
    'my card is **** **** **** **** and I live at 12 High Street'
    >>> mask_words("it's four nine double two one two three four, at number twelve")
    "it's ********, at number twelve"
    """
    return hide_numbers(text, lambda number: len(number) >= _FEWEST)


def mask_digits(text: str) -> str:
    """Hide every digit: what is keyed or said where only a number is asked for."""
    return re.sub(r"\d", HIDDEN, text)


def _plain(number: str) -> str:
    """Return a number in the one form that is hashed: writing it with spaces changes nothing."""
    return re.sub(r"[\s().\-]", "", number).casefold() if number.lstrip().startswith(("+", "0")) else number.strip()


def _hide(text: str, shown: int) -> str:
    return "".join(c if at < shown or not c.isalnum() else HIDDEN for at, c in enumerate(text))
