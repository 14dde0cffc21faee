"""Letter-to-sound rules for names of the languages met in a British directory (`languages.txt`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Phones = tuple[str, ...]
_VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")


@dataclass
class _Language:
    """One section of the file."""

    rules: dict[str, Phones] = field(default_factory=dict)
    cues: list[tuple[re.Pattern[str], int]] = field(default_factory=list)
    longest: int = 1


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, _Language]:
    found: dict[str, _Language] = {}
    language = _Language()
    for line in (files(__package__) / "languages.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = found[line.strip("[]")] = _Language()
        elif line.startswith("+ "):
            language.rules.update(found[line[2:]].rules)
        elif line.startswith("? "):
            weight, pattern = line[2:].split(maxsplit=1)
            language.cues.append((re.compile(pattern), int(weight)))
        elif not line.startswith("#"):
            language.rules.update(_rule(item) for item in line.split())
    for known in found.values():
        known.longest = max(len(letters.strip("^$")) for letters in known.rules)
    return found


def _rule(item: str) -> tuple[str, Phones]:
    letters, _, phones = item.partition("=")
    return letters, () if phones == "_" else tuple(phones.split(","))


def guess(word: str) -> str:
    """Return the language whose cues `word` (letters a-z) shows most of, or '' where it looks English."""
    scores: dict[str, int] = {}
    for name, language in _languages().items():
        for pattern, weight in language.cues:
            hits = len(pattern.findall(word))
            if hits:
                scores[name] = scores.get(name, 0) + weight + hits
    return max(scores, key=scores.__getitem__) if scores else ""


def read_by_rules(word: str, language: str) -> Phones:
    """Read `word` (letters a-z) by the rules of one language."""
    known = _languages()[language]
    phones: list[str] = []
    at = 0
    while at < len(word):
        width, said = _longest(word, at, known)
        doubled = bool(phones) and bool(said) and phones[-1] == said[0] and said[0] not in _VOWELS
        phones.extend(said[1:] if doubled else said)
        at += width
    return tuple(phones)


def _longest(word: str, at: int, language: _Language) -> tuple[int, Phones]:
    rules = language.rules
    for width in range(min(language.longest, len(word) - at), 0, -1):
        letters = word[at : at + width]
        first, last = at == 0, at + width == len(word)
        for key, fits in ((f"^{letters}", first), (f"{letters}$", last), (letters, True)):
            if fits and key in rules:
                return width, rules[key]
    return 1, ()
