"""Spelled and keyed surnames that many people have: what was said before, or one question, tells who is meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.grammar.compile import compile_grammars
from ivr.match.understand import Understander
from ivr.model import Candidate, Decision, Directory, Entry, Expect, Hypothesis, Kind, Recognition, Target
from ivr.settings import MatchingSettings

if TYPE_CHECKING:
    from ivr.model import Understanding

GRAMMARS = Path(__file__).resolve().parents[2] / "grammars"
FORENAMES = ("Alisha", "Brian", "Carol", "Derek", "Edith", "Frank", "Grace", "Harry", "Irene", "Jack")


def person(forename: str, surname: str) -> Entry:
    """Make an entry of one person."""
    name = f"{forename} {surname}"
    return Entry(
        id=name.lower().replace(" ", "_"), kind=Kind.PERSON, name=name, spoken=(name.lower(),), number="01632960001",
        surname=surname, forename=forename,
    )  # fmt: skip


@pytest.fixture(scope="module")
def understander() -> Understander:
    """Understand a council of ten Smiths, a Smithson, a Smithe and an Alisha Tonge."""
    people = (
        *(person(name, "Smith") for name in FORENAMES),
        person("Alisha", "Tonge"),
        person("Ivy", "Smithson"),
        person("Ann", "Smithe"),
    )
    directory = Directory(people)
    return Understander(directory, (), compile_grammars(GRAMMARS, directory, ()), MatchingSettings())


def spell(understander: Understander, text: str, **earlier: float) -> Understanding:
    """Understand letters after candidates of these ids."""
    before = tuple(Candidate(Target.parse(f"entry:{name}"), "", chance) for name, chance in earlier.items())
    return understander.understand(Recognition((Hypothesis(text),), "typed"), expect=Expect.SPELLING, earlier=before)


def test_many_of_one_surname_are_one_question(understander: Understander) -> None:
    """Letters clear, but ten people's: all of them are put to the caller, to be told apart by one question."""
    found = spell(understander, "s m i t h")
    assert found.decision is Decision.CHOOSE
    assert len(found.candidates) == len(FORENAMES)


def test_a_rare_surname_is_not_taken_for_a_common_one(understander: Understander) -> None:
    """Letters that are somebody's stay theirs, however many have a surname one letter away."""
    found = spell(understander, "s m i t h e")
    assert found.candidates[0].label == "Ann Smithe"
    assert found.decision in {Decision.CONFIRM, Decision.ACCEPT}


def test_a_first_name_heard_before_tells_them_apart(understander: Understander) -> None:
    """The name was taken for somebody else's, but its first name was right."""
    found = spell(understander, "s m i t h", alisha_tonge=0.5)
    assert found.candidates[0].label == "Alisha Smith"
    assert found.decision in {Decision.CONFIRM, Decision.ACCEPT}


def test_letters_alone_do_not_outvote_what_was_said(understander: Understander) -> None:
    """The only one of a spelled surname is asked about where other people were named before."""
    assert spell(understander, "t o n g e").decision is Decision.ACCEPT
    assert spell(understander, "t o n g e", harry_smith=0.8).decision is Decision.CONFIRM


def test_keys_are_weighed_with_what_was_said(understander: Understander) -> None:
    """A surname keyed in full that ten people have: the one guessed at before is put to the caller."""
    before = (Candidate(Target.parse("entry:harry_smith"), "", 0.3),)
    found = understander.keyed("76484#", internal=False, declined=frozenset(), earlier=before)
    assert found is not None
    assert found.decision is Decision.CONFIRM
    assert found.candidates[0].label == "Harry Smith"


def test_keys_of_many_are_one_question(understander: Understander) -> None:
    """With nothing said before, keys that ten people share ask for one of these ten, not for Smithson."""
    found = understander.keyed("76484#", internal=False, declined=frozenset(), earlier=())
    assert found is not None
    assert found.decision is Decision.CHOOSE
    assert {candidate.label for candidate in found.candidates} == {f"{name} Smith" for name in FORENAMES}


def test_keys_of_nobody_are_none(understander: Understander) -> None:
    """Keys that no name begins with are understood as nothing."""
    assert understander.keyed("99999", internal=False, declined=frozenset(), earlier=()) is None


def test_no_position_is_one_of_many(understander: Understander) -> None:
    """Where too many are offered to be read out, a position means nobody."""
    offered = tuple(f"entry:{name.lower()}_smith" for name in FORENAMES)
    said = Recognition((Hypothesis("the third one"),), "typed")
    found = understander.understand(said, expect=Expect.CHOICE, offered=offered)
    assert found.decision is Decision.REJECT
    few = understander.understand(said, expect=Expect.CHOICE, offered=offered[:3])
    assert few.candidates[0].label == "Carol Smith"
