"""Which question tells namesakes apart, and what is listened for meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ivr.dialogue.actions import Listen
from ivr.dialogue.namesakes import question
from ivr.model import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable


def people(*rows: tuple[str, str, str, str]) -> list[Entry]:
    """Make people of first name, surname, department and role."""
    return [
        Entry(id=str(n), kind=Kind.PERSON, name=f"{first} {last}", spoken=(), forename=first, surname=last,
              department=department, role=role)
        for n, (first, last, department, role) in enumerate(rows)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("department", "role", "asked"),
    [
        ("abcd", "    ", "choose_department"),
        ("aabb", "abcd", "choose_department"),
        ("aaaa", "abcd", "choose_role"),
        ("aaaa", "    ", "choose_first_name"),
        ("    ", "    ", "choose_first_name"),
        ("aaaa", "aaaa", "choose_first_name"),
    ],
)
def test_the_question_that_leaves_fewest(department: str, role: str, asked: str) -> None:
    """Where they work, where that leaves few enough to read out; else what they do; else the rest of the name."""
    rows = zip(("Ann", "Bob", "Cat", "Dan"), department, role, strict=True)
    found = people(*((first, "Khan", place.strip(), job.strip()) for first, place, job in rows))
    assert question(found).prompt == asked
    assert question(found).values["name"] == "Khan"


def test_one_first_name_asks_the_surname() -> None:
    """And the name they share is the first."""
    found = people(*(("Sarah", last, "Housing", "Clerk") for last in ("Ash", "Birch", "Cole", "Dean")))
    assert question(found).prompt == "choose_surname"
    assert question(found).values["name"] == "Sarah"


def test_recognition_is_narrowed_to_those_offered(player: Callable[..., Any]) -> None:
    """To them and where they work, at first; after a failure everything is listened for again."""
    played = player().play(["john patel"])
    listen = played.steps[-1][-1]
    assert isinstance(listen, Listen)
    assert set(listen.only) == {"entry:john_h", "entry:john_p", "entry:housing", "entry:planning"}
    again = player().play(["john patel", "gibberish"]).steps[-1][-1]
    assert isinstance(again, Listen)
    assert again.offered == listen.offered
    assert again.only == ()
