"""Looking entries up by whatever a person types: a name, part of one, a department, a number, an id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.model import Entry

_NEAR = 80
"""Likeness, 0-100, below which a name is not what was typed."""


def search_entries(entries: Sequence[Entry], text: str, most: int = 20) -> tuple[Entry, ...]:
    """Return the entries that `text` may mean, best first, at most `most`."""
    scored = [(_score(entry, text), entry) for entry in entries]
    found = [(score, entry) for score, entry in scored if score >= _NEAR]
    found.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].id))
    return tuple(entry for _, entry in found[:most])


def _score(entry: Entry, text: str) -> float:
    if entry.id == text.strip():
        return 200
    digits = re.sub(r"\D", "", text).lstrip("0")
    if len(digits) > 2 and not re.search(r"[^\W\d]", text):  # noqa: PLR2004 - part of a number
        return 150 if entry.number.endswith(digits) else 0
    wanted = normalise(text)
    if not wanted:
        return 0
    if wanted in entry.spoken:
        return 140
    if all(
        word in " ".join((*entry.spoken, normalise(entry.department), normalise(entry.role))) for word in wanted.split()
    ):
        return 110 if wanted in " ".join(entry.spoken) else 100
    return max((fuzz.token_sort_ratio(wanted, way) for way in entry.spoken[:8]), default=0)
