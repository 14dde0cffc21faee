"""The working records of cleansing: what is made of a row before it becomes an entry, and what was noted on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ivr.directory.numbers import DialPlan, Line
from ivr.model import Audience, Done, Kind, Problem, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CleanseRules:
    """What cleansing is told about the site; with the same rules, the same rows give the same entries."""

    today: dt.date | None = None
    """Whose leaving date is before this has left; None: nobody has."""
    plan: DialPlan = field(default_factory=DialPlan)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Department -> what else it is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry in the making."""

    row: int
    kind: Kind
    name: str
    """A person's forename (or what they are called) and surname; a department's or service's name."""
    forename: str = ""
    """What the person is called."""
    surname: str = ""
    formal: str = ""
    """Given name and surname; identity rests on it, so that a nickname noted later changes nothing."""
    title: str = ""
    department: str = ""
    role: str = ""
    number: str = ""
    line: Line = Line.DIRECT
    audience: Audience = Audience.EVERYONE
    email: str = ""
    spoken: tuple[str, ...] = ()
    """Ways to say it that the export gives."""
    hours: str = ""
    fallback: str = ""
    prompt: str = ""
    id: str = ""
    rejected: str = ""
    """Kind of problem for which the row is set aside; empty: it becomes an entry."""


_ERRORS: Final = Severity.ERROR


@dataclass
class Notes:
    """Problems of one export as they are found."""

    problems: list[Problem] = field(default_factory=list)

    def fixed(self, row: int, column: str, kind: str, found: str, suggestion: str = "") -> None:
        """Tidied; nothing to decide."""
        self._add(Problem(row, column, kind, Severity.INFO, _short(found), Done.FIXED, suggestion or "nothing"))

    def guessed(self, row: int, column: str, kind: str, found: str, suggestion: str) -> None:
        """Note what was fixed on a guess; a person should look."""
        self._add(Problem(row, column, kind, Severity.WARNING, _short(found), Done.FIXED, suggestion))

    def kept(self, row: int, column: str, kind: str, found: str, suggestion: str) -> None:
        """Left as it is; a person should look."""
        self._add(Problem(row, column, kind, Severity.WARNING, _short(found), Done.KEPT, suggestion))

    def aside(self, row: int, column: str, kind: str, found: str, suggestion: str) -> None:
        """Set aside until a person decides."""
        self._add(Problem(row, column, kind, _ERRORS, _short(found), Done.SET_ASIDE, suggestion))

    def dropped(self, row: int, column: str, kind: str, found: str, suggestion: str = "") -> None:
        """Set aside as a matter of course: left the council, blank, a heading repeated."""
        self._add(Problem(row, column, kind, Severity.INFO, _short(found), Done.SET_ASIDE, suggestion or "nothing"))

    def _add(self, problem: Problem) -> None:
        self.problems.append(problem)


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
