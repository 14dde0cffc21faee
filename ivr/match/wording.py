"""Words as the matcher compares them, and how much an unexplained one matters."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Iterable

_CANONICAL: Final = {
    "dr": "doctor", "mr": "mister", "mrs": "missus", "mz": "ms", "cllr": "councillor", "councilor": "councillor",
    "prof": "professor", "rev": "reverend", "revd": "reverend", "st": "saint", "dept": "department", "&": "and",
    "ext": "extension", "centre": "center", "programme": "program", "licence": "license", "enquiries": "inquiries",
    "enquiry": "inquiry",
}  # fmt: skip
_CALLED: Final = frozenset({"back", "call", "ring", "phone", "telephone", "calling", "ringing", "called"})
"""Words of asking to be called rather than put through."""
HONORIFICS: Final = frozenset({"doctor", "mister", "missus", "miss", "ms", "mx", "councillor", "professor", "reverend",
                               "sir", "dame", "lady", "lord", "madam", "master"})  # fmt: skip


@lru_cache(maxsize=100_000)
def canonical(word: str) -> str:
    """Give the form of one normalised word that is looked up: no apostrophe, no possessive, titles spelled out.

    >>> canonical("o'brien"), canonical("smith's"), canonical("dr")
    ('obrien', 'smith', 'doctor')
    """
    bare = word[:-2] if word.endswith("'s") and len(word) > len("'s") + 1 else word
    bare = squash(bare)
    return _CANONICAL.get(bare, bare)


def canonical_words(text: str) -> tuple[str, ...]:
    """Split any text into canonical words, in order."""
    return tuple(c for c in (canonical(word) for word in normalise(text).split()) if c)


@cache
def _section(name: str) -> frozenset[str]:
    text = resources.files("ivr.match").joinpath("everyday.txt").read_text(encoding="utf-8")
    found = re.search(rf"^\[{name}\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = found.group(1).splitlines() if found else []
    return frozenset(canonical(word) for line in lines if not line.startswith("#") for word in line.split())


def frame_words(extra: Iterable[str] = ()) -> frozenset[str]:
    """Words that ask, thank and hesitate ("could", "speak", "please", "um"), and canonical `extra` ones."""
    return _section("frame") | _section("polite") | frozenset(canonical(word) for word in extra) | HONORIFICS


def polite_words() -> frozenset[str]:
    """Words that change nothing about an answer or a command: "um", "please", "then"."""
    return _section("polite")


def everyday_words() -> frozenset[str]:
    """Ordinary words that are rarely anybody's name."""
    return _section("everyday")


def asks_for_staff(words: Iterable[str]) -> bool:
    """Whether canonical words ask for a person, any person, and for nothing else: "I want a human, not a robot"."""
    said = frozenset(words)
    people, machines = _section("people"), _section("machines")
    return not people.isdisjoint(said) and (frame_words() | people | machines | _section("asking")) - _CALLED >= said


def refuses(words: Iterable[str]) -> bool:
    """Whether canonical words refuse something other than a machine."""
    said = frozenset(words)
    wants = said & {"not", "dont"} and said & {"want", "need", "like"}
    return bool(wants) and _section("machines").isdisjoint(said)


def particles() -> frozenset[str]:
    """Small words inside surnames that many write as one with what follows ("van der", "de")."""
    return _section("particle")


def clause_words() -> frozenset[str]:
    """Words with which a new clause or place begins ("in", "and"): what stands before them is complete."""
    return _section("clause")


def generic_words() -> frozenset[str]:
    """Words that hardly tell one department from another ("team", "office")."""
    return _section("generic")
