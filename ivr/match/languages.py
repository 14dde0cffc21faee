"""Another language asked for: "Polish please", "do you speak Urdu", "dw i isio siarad Cymraeg"."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 12
OWN: Final = "English"


@cache
def _around() -> frozenset[str]:
    """Words that may stand around the name of a language without asking for anything else."""
    return frozenset(word for name, spoken in _lines() if name == "-" for word in spoken.split())


def _lines() -> Iterator[tuple[str, str]]:
    text = resources.files("ivr.match").joinpath("languages.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        name, _, spoken = line.partition(":")
        if spoken and not line.startswith("#"):
            yield name, spoken


@cache
def _names() -> Mapping[tuple[str, ...], str]:
    rows = ((name, spoken) for name, spoken in _lines() if name != "-")
    return {tuple(normalise(way).split()): name for name, spoken in rows for way in spoken.split("|")}


def language_asked(text: str) -> str:
    """English name of the language that normalised `text` asks for, and for nothing else; "" where it asks for none.

    "I don't speak English, Polish" asks for Polish.

    >>> language_asked("do you speak urdu"), language_asked("polish please"), language_asked("french horn lessons")
    ('Urdu', 'Polish', '')
    """
    said = text.split()
    found: list[str] = []
    at = 0
    while at < len(said):
        for size in (4, 3, 2, 1):
            name = _names().get(tuple(said[at : at + size]), "")
            if name and at + size <= len(said):
                found.append(name)
                at += size
                break
        else:
            if said[at] not in _around():
                return ""
            at += 1
    if len(said) > _MOST:
        return ""
    return next((name for name in found if name != OWN), OWN if found else "")
