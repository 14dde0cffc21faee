"""One department, however many ways it was typed: spelling, abbreviation, word order, "team" and "dept."."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

from ivr.directory.casing import needs_case, proper_title
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CODE: Final = re.compile(r"^\s*[A-Z]{0,4}[-/]?\d{3,}\s*[-:/]?\s*|\s*[-:/(\[]*\s*\b[A-Z]{0,4}[-/]?\d{3,}\s*[)\]]?\s*$")
_STOP: Final = frozenset({"and", "of", "the", "for", "in", "to", "s"})
_GENERIC: Final = frozenset({"department", "dept", "team", "section", "unit", "division", "directorate", "office"})
_SHORT: Final = {
    "env": "environmental", "enviro": "environmental", "envt": "environmental", "hsg": "housing", "mgmt": "management",
    "mgt": "management", "svcs": "service", "svc": "service", "serv": "service", "servs": "service",
    "info": "information", "comms": "communication", "dev": "development", "ctax": "council tax", "reg": "registration",
    "hlth": "health", "cust": "customer", "gov": "governance", "corp": "corporate", "fin": "finance", "educ": "education",  # noqa: E501 - a pattern is read whole
    "enf": "enforcement", "ops": "operation", "bldg": "building", "ctrl": "control", "maint": "maintenance",
    "admin": "administration", "tech": "technology", "transp": "transport", "libs": "library", "libraries": "library",
    "enquiries": "enquiry", "childrens": "children", "yth": "youth", "dem": "democratic", "comm": "community",
}  # fmt: skip
_LEAST_TO_MEND: Final = 5
"""Letters below which a word's misspelling cannot be told from another word."""
_OWN_ROW: Final = 1_000_000
"""Weight of a department with a row of its own: it outweighs any number of people."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A department's one name, and how it was reached."""

    name: str
    how: str = "same"
    """`same`, `spelling` (case, punctuation, word order), `synonym`, `guess` (misspelt or abbreviated)."""


@dataclass(frozen=True)
class Departments:
    """Names of the departments in one export."""

    by_name: Mapping[str, Canonical]
    """Every spelling met -> its canonical name."""
    by_key: Mapping[str, str]
    """Key of a canonical name -> the name."""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Normalised synonym -> canonical name."""

    def canonical(self, name: str) -> Canonical:
        """Return the department `name` means; a name never met is its own."""
        known = self.by_name.get(name)
        if known or not name:
            return known or Canonical("")
        found = self.find(name)
        return Canonical(found, "spelling") if found else Canonical(display(name))

    def find(self, name: str) -> str:
        """Return the department called `name`, in any spelling or by a synonym, or "" where none is."""
        return self.by_key.get(key_of(name), "") or self.synonyms.get(normalise(name), "")


def display(name: str) -> str:
    """Tidy a department's name: codes taken off, capitals as usual."""
    bare = _CODE.sub("", name).strip(" -:/") or name
    return proper_title(bare) if needs_case(bare) and len(bare) > 4 else bare  # noqa: PLR2004 - "ICT" is no shout


@lru_cache(maxsize=65536)
def key_of(name: str) -> str:
    """Give the key under which spellings of one department meet: expanded, singular, sorted words.

    >>> key_of("Benefits (Hsg)") == key_of("HOUSING BENEFIT TEAM")
    True
    """
    words = [w for part in normalise(display(name)).split() for w in _SHORT.get(part.replace("'", ""), part).split()]
    kept = [_singular(w) for w in words if w not in _STOP]
    return " ".join(sorted(w for w in kept if w not in _GENERIC) or sorted(kept) or words)


def _singular(word: str) -> str:
    word = word.removesuffix("'s").replace("'", "")
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - not "ties"
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word  # noqa: PLR2004


def find_departments(
    people: Iterable[str], rows: Iterable[str], synonyms: Mapping[str, tuple[str, ...]]
) -> Departments:
    """Work out the departments of an export.

    `people`: the department of each person's row; `rows`: names of the rows that are departments themselves;
    `synonyms`: a department's name -> what else it is called. Time grows with the number of names, not its square.
    """
    counts = Counter(name for name in people if name)
    owned = {name for name in rows if name}
    weights = Counter(counts)
    for name in owned:
        weights[name] += _OWN_ROW
    groups: dict[str, list[str]] = defaultdict(list)
    for name in weights:
        groups[key_of(name)].append(name)
    ranked = sorted(groups, key=lambda k: (-max(weights[n] for n in groups[k]), -sum(weights[n] for n in groups[k]), k))
    called = _called(synonyms)
    final: dict[str, str] = {}
    how: dict[str, str] = {}
    guesser = _Guesser()
    for key in ranked:
        names = groups[key]
        weight = max(weights[n] for n in names)
        target = "" if weight >= _OWN_ROW else _by_synonym(names, called, final)
        if target:
            final[key], how[key] = target, "synonym"
            continue
        guess = guesser.guess(key) if weight < _OWN_ROW or guesser.misspelt(key) else ""
        if guess:
            final[key], how[key] = final[guess], "guess"
            continue
        final[key], how[key] = display(_best(names, weights)), "same"
        guesser.add(key)
    return Departments(
        by_name={n: _canonical(n, final[k], how[k]) for k, names in groups.items() for n in names},
        by_key=dict(final.items()),
        synonyms={s: final[key_of(c)] for s, c in called.items() if key_of(c) in final},
    )


def _canonical(name: str, final: str, how: str) -> Canonical:
    if name == final:
        return Canonical(final)
    return Canonical(final, "spelling" if how == "same" else how)


def _best(names: list[str], weights: Counter[str]) -> str:
    return min(names, key=lambda n: (-(weights[n] // _OWN_ROW), needs_case(n), -weights[n], n))


def _called(synonyms: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {normalise(s): name for name, others in synonyms.items() for s in (name, *others)}


def _by_synonym(names: list[str], called: Mapping[str, str], final: Mapping[str, str]) -> str:
    for name in sorted(names):
        canonical = called.get(normalise(display(name)))
        if canonical and key_of(canonical) in final and key_of(canonical) != key_of(name):
            return final[key_of(canonical)]
    return ""


class _Guesser:
    """Finds the department a misspelt or abbreviated key stands for, among those already settled."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._words: dict[str, set[str]] = defaultdict(set)
        self._initials: dict[str, list[str]] = defaultdict(list)

    def add(self, key: str) -> None:
        """Settle a department."""
        self._keys.add(key)
        for word in key.split():
            for form in _deletions(word):
                self._words[form].add(word)
        self._initials["".join(sorted(w[0] for w in key.split()))].append(key)

    def misspelt(self, key: str) -> bool:
        """Tell whether a word of `key` is one slip from a settled word: even a row of its own may be misspelt."""
        return len(key) > 12 and any(self._mended(w) not in {"", w} for w in key.split())  # noqa: PLR2004 - "policy" and "police" are two things

    def guess(self, key: str) -> str:
        """Return the settled key meant, or ""."""
        mended = " ".join(sorted(self._mended(w) or w for w in key.split()))
        if mended != key and mended in self._keys:
            return mended
        without = " ".join(w for w in key.split() if w != "service")
        for other in (without, " ".join(sorted([*key.split(), "service"]))):
            if other and other != key and other in self._keys:
                return other
        return self._abbreviated(key)

    def _mended(self, word: str) -> str:
        """Return the settled word one slip from this one; the word itself where it is settled."""
        if len(word) < _LEAST_TO_MEND:
            return ""
        near = {w for form in _deletions(word) for w in self._words.get(form, ())}
        if word in near:
            return word
        return min(
            (w for w in near if len(w) >= _LEAST_TO_MEND and OSA.distance(w, word) == 1 and w[0] == word[0]), default=""
        )

    def _abbreviated(self, key: str) -> str:
        words = key.split()
        if not any(len(w) < 6 for w in words):  # noqa: PLR2004 - nothing short enough to be a short form
            return ""
        same = self._initials.get("".join(sorted(w[0] for w in words)), [])[:50]
        found = [other for other in same if other != key and _short_for(words, other.split())]
        return found[0] if len(found) == 1 else ""


def _short_for(short: list[str], full: list[str]) -> bool:
    """Each word the beginning of its partner (three letters or more), or its consonants."""
    return len(short) == len(full) and all(
        s == f or (len(s) > 2 and f.startswith(s)) or (len(s) > 2 and s == re.sub(r"(?<!^)[aeiou]", "", f))  # noqa: PLR2004
        for s, f in zip(sorted(short), sorted(full), strict=True)
    )


@lru_cache(maxsize=65536)
def _deletions(word: str) -> tuple[str, ...]:
    """Give the word and every form of it with one letter gone: words within one slip share one."""
    return (word, *(word[:i] + word[i + 1 :] for i in range(len(word)) if len(word) >= _LEAST_TO_MEND))
