"""More people than can be read out: which question tells them apart best. Pure functions of the entries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ivr.dialogue.state import MOST_READ_OUT
from ivr.dialogue.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivr.dialogue.actions import Say
    from ivr.model import Entry

_QUESTIONS: tuple[tuple[str, Callable[[Entry], str]], ...] = (
    ("choose_department", lambda entry: entry.department),
    ("choose_role", lambda entry: entry.role),
    ("choose_first_name", lambda entry: entry.forename),
    ("choose_surname", lambda entry: entry.surname),
)
"""Prompts and what they ask for. A caller knows where somebody works sooner than the rest of the name."""


def question(entries: Sequence[Entry]) -> Say:
    """Ask what leaves fewest of `entries` on average; where all leave few enough to read out, the first of those."""
    left = [(_left([part(entry) for entry in entries]), prompt) for prompt, part in _QUESTIONS]
    few = [prompt for (_, most), prompt in left if most <= MOST_READ_OUT]
    prompt = few[0] if few else min(left, key=lambda pair: pair[0])[1]
    return say(prompt, name=shared_name(entries) or "that name")


def shared_name(entries: Sequence[Entry]) -> str:
    """Return the surname or else the first name that all of them have; empty: they have none in common."""
    for names in ([entry.surname for entry in entries], [entry.forename for entry in entries]):
        if len({name.casefold() for name in names}) == 1:
            return names[0]
    return ""


def _left(values: Sequence[str]) -> tuple[float, int]:
    """Return how many are left on average once the value is known, and at most; one without a value tells nothing."""
    counts = Counter(value.casefold() for value in values)
    blank = counts.pop("", 0)
    most = max((*counts.values(), 0)) + blank
    average = sum(count * (count + blank) for count in counts.values()) + blank * len(values)
    return average / len(values), most
