"""Which column is which: headings as HR and telephony systems write them, recognised without case or punctuation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "surname": ("surname", "last name", "family name", "last names", "surnames"),
    "forename": ("forename", "first name", "given name", "forenames", "first names", "given names", "forename(s)"),
    "preferred": ("known as", "preferred name", "preferred first name", "preferred forename"),
    "name": ("name", "full name", "display name"),
    "department": ("department", "dept", "service", "team", "section", "unit", "directorate", "department name"),
    "role": ("job title", "role", "position", "title", "post title"),
    "telephone": (
        "telephone", "phone", "tel", "ddi", "direct line", "direct dial", "contact phone", "number",
        "telephone number", "phone number", "tel no", "tel number", "telephone no", "phone no", "contact number",
        "ddi number", "work phone",
    ),
    "extension": ("extension", "ext", "extn", "extension number", "ext no", "extension no"),
    "mobile": ("mobile", "mobile number", "mobile phone", "mobile no"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address"),
    "aliases": ("aliases", "also known as", "spoken as", "alias"),
    "visibility": ("visibility", "directory"),
    "leaving": ("leaving date", "leaver date", "date of leaving", "date left", "leave date"),
    "hours": ("hours", "opening hours"),
}  # fmt: skip
"""Field -> headings it goes by, the most telling first: where several columns give one field, that order decides."""

ENTRY_COLUMNS: Final = (
    "id", "kind", "name", "spoken", "department", "role", "number", "audience", "hours", "fallback", "prompt",
)  # fmt: skip
"""Columns of a cleansed directory."""

_BY_KEY: Final = {squash(h): (field, place) for field, hs in FIELDS.items() for place, h in enumerate(hs)}
_LONGEST: Final = 60
"""Characters beyond which a cell is no heading."""
SUBJECT: Final = frozenset({"surname", "forename", "name", "department"})
"""Fields that say who or what a row is about: a file needs one of them."""


@lru_cache(maxsize=4096)
def field_of(heading: str) -> str:
    """Return the field a heading names, or "" where it is unknown.

    >>> field_of("E-Mail:"), field_of("Payroll ref")
    ('email', '')
    """
    return _BY_KEY.get(squash(heading), ("", 0))[0]


@lru_cache(maxsize=4096)
def precedence(heading: str) -> int:
    """Place of a heading among those of its field; 0 is the most telling."""
    return _BY_KEY.get(squash(heading), ("", 0))[1]


def nearest_known(heading: str) -> str:
    """Return the known heading most like an unknown one, or "" where none is near."""
    known = [h for hs in FIELDS.values() for h in hs]
    best = process.extractOne(heading.casefold(), known, scorer=fuzz.ratio, score_cutoff=65)
    return best[0] if best else ""


def is_cleansed(headings: Sequence[str]) -> bool:
    """Tell whether these are the columns of a directory this product wrote itself."""
    return set(ENTRY_COLUMNS) <= {h.strip().casefold() for h in headings}


def heading_score(cells: Sequence[str]) -> int:
    """Count the distinct fields a row of cells names; 0 where none of them says who or what a row is about."""
    fields = {field_of(cell) for cell in cells if len(cell) < _LONGEST} - {""}
    return len(fields) if fields & SUBJECT else 0


def find_heading(rows: Sequence[Sequence[str]], within: int = 30) -> int | None:
    """Return the index of the heading row among the first rows: the one naming most fields; None: none."""
    scores = [heading_score(row) for row in rows[:within]]
    best = max(scores, default=0)
    return scores.index(best) if best else None
