"""What a directory knows of letters and digits: its surnames spelled aloud, and its extensions."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.grammar.compile import compile_grammars
from ivr.grammar.dictated import spelled_aloud
from ivr.grammar.interpret import interpret
from ivr.model import Audience, Directory, Entry, Kind

GRAMMARS = Path(__file__).resolve().parents[2] / "grammars"


def person(name: str, surname: str, number: str, audience: Audience = Audience.EVERYONE) -> Entry:
    """Make an entry of one person."""
    return Entry(
        id=name.lower(), kind=Kind.PERSON, name=f"{name} {surname}", spoken=(f"{name} {surname}".lower(),),
        department="Housing", role="Clerk", number=number, audience=audience, surname=surname, forename=name,
    )  # fmt: skip


@pytest.fixture(scope="module")
def directory() -> Directory:
    """Give three people, one of whom nobody may reach."""
    return Directory((
        person("Ann", "Moss", "4711"), person("Bob", "O'Hara", "2200"),
        person("Cat", "Hidden", "9999", Audience.NOBODY),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"), [("moss", "m o double s"), ("moss", "m o s s"), ("ohara", "oscar hotel alpha romeo alpha")]
)
def test_ways_to_spell(name: str, said: str) -> None:
    """Letters one by one, doubled, or the spelling alphabet's words."""
    assert said in spelled_aloud(name)


def test_spelled_surnames_and_extensions_are_the_directorys(directory: Directory) -> None:
    """Those of people who may be reached are listened for, and nobody else's."""
    grammars = compile_grammars(GRAMMARS, directory, ())
    letters = {value.target.id for value in grammars["spelling"].slots["surname_letters"]}
    extensions = {value.text: value.target.id for value in grammars["digits"].slots["extension"]}
    assert letters == {"moss", "ohara"}
    assert extensions["double two double oh"] == "2200"
    assert "9999" not in extensions.values()


def test_what_the_directory_does_not_know_is_still_heard(directory: Directory) -> None:
    """Any digits and any letters remain sentences of their grammars, and mean what they say."""
    grammars = compile_grammars(GRAMMARS, directory, ())
    assert [t.id for t in interpret(grammars["digits"], "four seven one two")][0] == "4712"  # noqa: RUF015 (the order is promised)
    assert [t.id for t in interpret(grammars["spelling"], "b for bravo u r n")][0] == "burn"  # noqa: RUF015


def test_people_read_out_are_told_apart_by_a_part_of_their_name(directory: Directory) -> None:
    """Where a choice is read out, a first name, a surname, a department or a job alone is an answer."""
    said = {value.text for value in compile_grammars(GRAMMARS, directory, ())["choice"].slots["part"]}
    assert said == {"ann", "moss", "bob", "o'hara", "housing", "clerk"}


def test_a_directory_of_nobody_has_none_of_these() -> None:
    """Without people there is nothing to spell, and digits are still heard."""
    grammars = compile_grammars(GRAMMARS, Directory(()), ())
    assert "surname_letters" not in grammars["spelling"].slots
    assert "extension" not in grammars["digits"].slots
