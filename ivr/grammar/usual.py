"""How usual each way to say an entry is: a name in full far more than an initial, letters hardly ever as a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.model import Kind
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.model import Entry

_IN_FULL: Final = 1.0
_OTHER_FIRST_NAME, _SURNAME_ALONE, _ROLE, _INITIALS = 0.2, 0.15, 0.05, 0.02
_SYNONYM, _LETTERS = 0.25, 0.01
_ABBREVIATION: Final = 3


def usual(entry: Entry) -> Mapping[str, float]:
    """Return each way to say `entry` with its share; the shares add up to one.

    The ratios are judgements; two ways of the same sort are equally usual.
    """
    own = {normalise(entry.name), normalise(f"{entry.forename} {entry.surname}")}
    family = normalise(entry.surname)
    raw = {way: _IN_FULL if way in own else _sort(way, family, entry.kind) for way in entry.spoken}
    whole = sum(raw.values())
    return {way: weight / whole for way, weight in raw.items()}


def _sort(way: str, family: str, kind: Kind) -> float:
    words = way.split()
    if kind is not Kind.PERSON:
        return _LETTERS if len(words) == 1 and len(way) <= _ABBREVIATION else _SYNONYM
    if way == family:
        return _SURNAME_ALONE
    if any(len(word) == 1 for word in words):
        return _INITIALS
    return _OTHER_FIRST_NAME if family and way.endswith(family) else _ROLE
