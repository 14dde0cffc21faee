"""All the ways a caller may say an entry: nicknames, initials, a surname alone, what people call a department."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ivr.directory.departments import key_of
from ivr.errors import DirectoryError
from ivr.model import Audience, Entry, Kind
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_SAID_ALREADY: Final = frozenset(
    """yes no yeah nope help operator repeat again goodbye bye cancel first second third neither one two three four
    five six seven eight nine oh zero nought double treble the a please hello hi back stop""".split()  # noqa: SIM905 - words read best as text
)
"""Words that mean something else at any point of a call, so never a person on their own."""
_ADJECTIVES: Final = frozenset(
    """customer electoral democratic corporate shared support business social public technical community adult
    childrens digital member front back main head tree press central regulatory financial""".split()  # noqa: SIM905
)
"""What is left of "Customer Services" without its last word names nothing."""
_OFFICES: Final = ("department", "team", "office", "section")
_KNOWN_ALONE: Final = frozenset(
    {"mayor", "registrar", "coroner", "archivist", "chaplain", "chief executive", "treasurer"}
)
"""Single-word roles a council has one of."""
_ROLE_WORD: Final = re.compile(
    r"\b(head|director|manager|leader|chief|registrar|mayor|monitoring officer|solicitor|officer|coordinator|secretary|"
    r"treasurer|coroner|librarian|warden|superintendent|clerk|planner|surveyor|engineer|auditor|archivist|supervisor|lead)\b"
)


@dataclass(frozen=True)
class Aliases:
    """The reviewed lists that ways to say entries are made from."""

    nicknames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Normalised given name -> what else its bearers are called, both ways round."""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Department's usual name -> what callers call it."""


def read_aliases(folder: Path) -> Aliases:
    """Read `nicknames.csv` (name, nickname) and `department_synonyms.csv` (department, synonym) of a grammar folder.

    A list that is not there is empty. Raises DirectoryError where one has other columns.
    """
    both: dict[str, list[str]] = defaultdict(list)
    for name, nickname in _pairs(folder / "nicknames.csv", ("name", "nickname")):
        both[normalise(name)].append(normalise(nickname))
        both[normalise(nickname)].append(normalise(name))
    synonyms: dict[str, list[str]] = defaultdict(list)
    for department, synonym in _pairs(folder / "department_synonyms.csv", ("department", "synonym")):
        synonyms[department].append(synonym)
    return Aliases(_unique(both), _unique(synonyms))


def _unique(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(values)) for key, values in lists.items()}


def _pairs(path: Path, columns: tuple[str, str]) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            if rows.fieldnames is None or not set(columns) <= set(rows.fieldnames):
                raise DirectoryError(f"columns must be {', '.join(columns)}", where=str(path))
            return [(r[columns[0]].strip(), r[columns[1]].strip()) for r in rows if r[columns[0]] and r[columns[1]]]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DirectoryError(f"cannot be read: {error}", where=str(path)) from error


def with_aliases(entries: Sequence[Entry], aliases: Aliases) -> tuple[Entry, ...]:
    """Fill `spoken` of every entry, fullest way first; ways already there stay. Idempotent.

    A way that several share stays with all of them, since the dialogue then asks which; but a surname or a role
    alone only where one entry has it, and never a way that is another entry's own full name.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        names[normalise(entry.name)].add(entry.id)
    offices = {way for e in entries if e.kind is not Kind.PERSON for way in (*e.spoken, normalise(e.name))}
    groups = _synonym_groups(aliases.synonyms)
    alone = _alone(entries, offices | _SAID_ALREADY)
    offered = [
        (*_person_ways(entry, aliases.nicknames), *alone.get(entry.id, ()))
        if entry.kind is Kind.PERSON
        else _office_ways(entry, groups)
        for entry in entries
    ]
    return tuple(
        replace(entry, spoken=_ordered(entry, (*entry.spoken, *ways), names))
        for entry, ways in zip(entries, offered, strict=True)
    )


def _ordered(entry: Entry, ways: Iterable[str], names: Mapping[str, set[str]]) -> tuple[str, ...]:
    own = normalise(entry.name)
    allowed = {w for w in ways if w and (w not in names or entry.id in names[w])} - {own}
    return (*((own,) if own else ()), *sorted(allowed, key=lambda w: (-len(w.split()), -len(w), w)))


def _person_ways(entry: Entry, nicknames: Mapping[str, tuple[str, ...]]) -> list[str]:
    given, family = normalise(entry.forename), normalise(entry.surname)
    if not given or not family:
        return []
    firsts = _first_names(entry, nicknames)
    surnames = [family, *_halves(entry.surname)]
    ways = [f"{first} {last}" for first in firsts for last in surnames]
    initials = [word[0] for word in given.split()]
    ways += [f"{initials[0]} {family}", f"{' '.join(initials)} {family}"]
    return ways


def _first_names(entry: Entry, nicknames: Mapping[str, tuple[str, ...]]) -> list[str]:
    """List what a person may be called: the names given, the first of them, and nicknames of each."""
    given, family = normalise(entry.forename), normalise(entry.surname)
    formal = [w.removesuffix(f" {family}") for w in entry.spoken[:6] if w.endswith(f" {family}")]
    own = [given, *(f for f in formal if f.split(" ")[0] == given.split(" ")[0])]
    firsts = list(dict.fromkeys([given, *(name.split(" ")[0] for name in own)]))
    if len(firsts[-1]) == 1:
        firsts = [given]
    return list(dict.fromkeys([*firsts, *(n for first in firsts for n in nicknames.get(first, ()))]))


def _halves(surname: str) -> list[str]:
    """Either half of a double-barrelled surname."""
    parts = [normalise(p) for p in surname.split("-")]
    return [p for p in parts if len(p) > 2] if len(parts) == 2 else []  # noqa: PLR2004 - "Al-Hassan" keeps its "al"


def _alone(entries: Sequence[Entry], taken: set[str] | frozenset[str]) -> dict[str, list[str]]:
    """Surnames and roles that only one entry has."""
    people = [e for e in entries if e.kind is Kind.PERSON and e.audience is not Audience.NOBODY]
    surnames = Counter(normalise(e.surname) for e in entries if e.kind is Kind.PERSON)
    halves = Counter(h for e in entries for h in {*_halves(e.surname), normalise(e.surname)})
    roles = Counter(normalise(e.role) for e in people)
    found: dict[str, list[str]] = defaultdict(list)
    for entry in people:
        family, role = normalise(entry.surname), normalise(entry.role)
        if family and surnames[family] == 1 and halves[family] == 1 and family not in taken and len(family) > 1:
            found[entry.id].append(family)
        if role and roles[role] == 1 and role not in taken and _says_who(role):
            found[entry.id] += [role, f"the {role}"]
    return found


def _says_who(role: str) -> bool:
    """Tell whether a job title tells a caller who: "head of housing", "the registrar", but not "the officer"."""
    return role in _KNOWN_ALONE or (" " in role and bool(_ROLE_WORD.search(role)))


def _synonym_groups(synonyms: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Key of any name of a department -> the department's usual names."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, others in synonyms.items():
        groups[key_of(name)].append(name)
        for other in others:
            groups[key_of(other)].append(name)
    return {key: [w for name in names for w in (name, *synonyms[name])] for key, names in groups.items()}


def _office_ways(entry: Entry, groups: Mapping[str, list[str]]) -> list[str]:
    own = normalise(entry.name)
    if not own:
        return []
    ways = [normalise(way) for way in groups.get(key_of(entry.name), ())] if entry.kind is Kind.DEPARTMENT else []
    bare = re.sub(rf"^(?:department of|dept of|the) | (?:{'|'.join(_OFFICES)}|dept|services?)$", "", own)
    if bare and bare not in _SAID_ALREADY | _ADJECTIVES:
        ways.append(bare)
    if entry.kind is Kind.DEPARTMENT and not own.endswith(_OFFICES):
        ways += [f"{own} department", f"{own} team"]
    return ways
