"""What any row may say, of a person or a department: where, what as, how reached, by whom, until when."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.directory import words
from ivr.directory.casing import needs_case, proper_title
from ivr.directory.cells import EMAIL, Cells
from ivr.directory.numbers import Line, Number, read_number
from ivr.directory.tidy import is_nothing
from ivr.model import Audience
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from ivr.directory.departments import Departments
    from ivr.directory.drafts import CleanseRules, Notes

_DATES: Final = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d/%m/%y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%B %Y",
    "%b %Y",
    "%Y/%m/%d",
    "%Y%m%d",
)
_EXCEL_EPOCH: Final = dt.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Common:
    """What any kind of row may say."""

    department: str
    role: str
    number: Number
    line: Line
    audience: Audience
    email: str
    spoken: tuple[str, ...]
    rejected: str
    rules: CleanseRules


def read_common(cells: Cells, departments: Departments, rules: CleanseRules, notes: Notes) -> Common:
    """Read what any row may say, noting what was tidied, guessed or refused."""
    number = _number(cells, rules, notes)
    role = cells.get("role")
    email = EMAIL.search(cells.get("email"))
    return Common(
        department=_canonical(cells, departments, notes),
        role=proper_title(role) if needs_case(role) and len(role) > 4 else role,  # noqa: PLR2004 - "CEO" is no shout
        number=number,
        line=number.line,
        audience=_audience(cells, notes),
        email=email.group().casefold().removeprefix("mailto:") if email else "",
        spoken=tuple(
            n for a in re.split(r"[|;,/\n]", cells.get("aliases")) if (n := normalise(a)) and not is_nothing(n)
        ),
        rejected=_left(cells, rules, notes),
        rules=rules,
    )


def _canonical(cells: Cells, departments: Departments, notes: Notes) -> str:
    found = cells.get("department")
    canonical = departments.canonical(found)
    row, heading = cells.row.number, cells.heading("department")
    if canonical.how == "guess":
        notes.guessed(row, heading, "department_guess", found, f"taken for {canonical.name!r}; correct it if not so")
    elif canonical.how == "synonym":
        notes.guessed(row, heading, "department_synonym", found, f"taken for {canonical.name!r}; correct it if not so")
    elif canonical.how == "spelling":
        notes.fixed(row, heading, "department_spelling", found, f"written {canonical.name!r}")
    return canonical.name


def _audience(cells: Cells, notes: Notes) -> Audience:
    text = cells.get("visibility")
    key = squash(text)
    if not key or key in words.PUBLIC:
        return Audience.EVERYONE
    if key in words.SUPPRESSED or "exdir" in key or "notpublic" in key or "private" in key:
        return Audience.NOBODY
    if key in words.INTERNAL or "internal" in key:
        return Audience.INTERNAL
    if "public" in key or "external" in key:
        return Audience.EVERYONE
    heading = cells.heading("visibility")
    notes.kept(
        cells.row.number,
        heading,
        "unknown_visibility",
        text,
        "treated as ex-directory; write public, internal or ex-directory",
    )
    return Audience.NOBODY


def read_date(text: str) -> dt.date | None:
    """Read a date as British systems write it, or as Excel counts days; None where it is none."""
    text = re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", text.strip())
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
    if re.fullmatch(r"[2-9]\d{4}(\.0+)?", text):
        return _EXCEL_EPOCH + dt.timedelta(days=int(float(text)))
    for form in _DATES:
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _left(cells: Cells, rules: CleanseRules, notes: Notes) -> str:
    text = cells.get("leaving")
    if not text:
        return ""
    row, heading = cells.row.number, cells.heading("leaving")
    day = read_date(text)
    if day is None:
        notes.kept(row, heading, "unreadable_date", text, "write the leaving date as 31/03/2026")
    elif rules.today and day < rules.today:
        notes.dropped(
            row, heading, "leaver", f"{cells.label}: {text}", "remove the row from the export when convenient"
        )
        return "leaver"
    return ""


def _number(cells: Cells, rules: CleanseRules, notes: Notes) -> Number:
    """Choose the best of all numbers in the row: a direct line, then an extension, then a mobile."""
    usable: list[tuple[int, Number]] = []
    for field in ("telephone", "extension", "mobile"):
        for heading, text in cells.by_field.get(field, ()):
            number = read_number(text, rules.plan, extension=field == "extension")
            _note_number(cells.row.number, heading, text, number, notes)
            if number.dial:
                rank = {Line.DIRECT: 0, Line.EXTENSION: 1, Line.MOBILE: 2}[number.line]
                usable.append((rank, number))
    best = min(usable, key=lambda pair: pair[0], default=(0, Number()))[1]
    if best.line is Line.MOBILE and best.dial:
        notes.kept(
            cells.row.number,
            cells.heading("mobile"),
            "mobile_only",
            best.dial,
            "may callers be put through to a mobile?",
        )
    return best


def _note_number(row: int, heading: str, text: str, number: Number, notes: Notes) -> None:
    if not number.problem:
        return
    if number.dial:
        note = (
            notes.guessed if number.problem in {"several_numbers", "no_area_code", "letter_in_number"} else notes.fixed
        )
        note(row, heading, number.problem, text, f"{number.advice or 'nothing'} (used {number.dial})")
    else:
        notes.kept(row, heading, number.problem, text, f"not used: {number.advice}")
