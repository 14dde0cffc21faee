"""People asked for by half a name."""

from __future__ import annotations

import pytest

from ivr.match.namesakes import Namesakes, reworded
from ivr.match.wording import frame_words
from ivr.model import Entry, Kind

PEOPLE = (("Omar", "Khan", "Planning"), ("Sara", "Khan", "Planning"), ("Omar", "Bell", "Housing"))
ENTRIES = [
    Entry(id=first + last, kind=Kind.PERSON, name=f"{first} {last}", spoken=(), department=department,
          forename=first, surname=last)
    for first, last, department in PEOPLE
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mister khan please", {0, 1}),
        ("omar", {0, 2}),
        ("omar in housing", {2}),
        ("omar in the planning team", {0}),
        ("omar in highways", set()),
        ("bell", set()),
        ("omar khan", set()),
        ("planning", set()),
    ],
)
def test_half_a_name_is_everybody_who_bears_it(said: str, meant: set[int]) -> None:
    """A name of several, or of one with the place, and nothing unexplained; a name of one alone is no half."""
    assert set(Namesakes(ENTRIES).of(said.split(), frame_words(["mister"]), frozenset())) == meant


def test_those_not_to_be_offered_are_left_out() -> None:
    """Declined and hidden entries are never among them."""
    assert set(Namesakes(ENTRIES).of(["khan"], frozenset(), frozenset({0}))) == set()
    assert Namesakes(ENTRIES).of(["omar", "planning"], frozenset(), frozenset({0})) == ()


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("somebody in planning called sarah", "sarah in planning"),
        ("can i have a lady from housing repairs named ann please", "can i have ann please from housing repairs"),
        ("someone called mo in highways", "mo in highways"),
        ("called earlier about sarah", "called earlier about sarah"),
        ("sarah smith", "sarah smith"),
    ],
)
def test_the_name_comes_before_the_place(said: str, plain: str) -> None:
    """However it was put."""
    assert reworded(said) == plain
