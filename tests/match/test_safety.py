"""The safety floor: no way to say it missed, nothing harmless taken, wherever in a call and in whatever reading."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.grammar.source import read_folder
from ivr.match.spoken import plain_words
from ivr.model import Expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.match.safety import Safety
    from ivr.match.understand import Understander
    from ivr.model import Understanding

HERE = Path(__file__).parent
GRAMMARS = HERE.parents[1] / "grammars"


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def floor(understander: Understander) -> Safety:
    """Give the floor of the product's own grammars, as the shared council has it."""
    return understander.safety


def test_nothing_dangerous_is_missed(floor: Safety) -> None:
    """Every way to say it is taken, hesitations and recognisers' slips included."""
    said = [row["text"] for row in _rows("safety_said.csv")]
    assert len(said) >= 150
    assert [text for text in said if not floor.heard(text)] == []


def test_nothing_harmless_is_taken(floor: Safety) -> None:
    """No look-alike is: not of the tests' list, nor of the one reviewed with the grammar."""
    said = [row["text"] for row in _rows("safety_harmless.csv")]
    reviewed = (GRAMMARS / "safety_negatives.txt").read_text(encoding="utf-8").splitlines()
    said += [text for line in reviewed if (text := line.partition("#")[0].strip())]
    assert len(said) >= 500
    assert {text: found for text in said if (found := floor.heard(text))} == {}


def test_the_right_people_take_it(floor: Safety) -> None:
    """The kind of danger decides who takes the call: few are of a neighbouring kind."""
    rows = _rows("safety_said.csv")
    wrong = [row["text"] for row in rows if floor.heard(row["text"]) != row["kind"]]
    assert len(wrong) / len(rows) < 0.05


@pytest.mark.parametrize("expect", list(Expect))
@pytest.mark.parametrize("text", ["i can smell gas", "um i er want to to die", "she's not breathing", "i'm deaf"])
def test_at_every_question(ask: Callable[..., Understanding], text: str, expect: Expect) -> None:
    """Whatever was asked: a request, yes or no, one of several, letters, digits."""
    assert ask(text, expect, offered=("entry:tom_jones",)).safety


def test_in_every_reading(ask: Callable[..., Understanding]) -> None:
    """A reading that the recogniser ranks last counts too."""
    assert ask("small gap | smoke pass | i can smell gas").safety == "gas"
    assert ask("jane smith | jane swift | my house is on fire").safety == "fire"


@pytest.mark.parametrize(
    "text",
    ["it's not an emergency", "no there isn't a fire", "this isn't an emergency", "no emergency", "i'm not in danger"],
)
def test_denied(floor: Safety, text: str) -> None:
    """What the caller says is not so, is not so."""
    assert floor.heard(text) == ""


@pytest.mark.parametrize("text", ["no there's a fire in my kitchen", "no no he's not breathing", "no i want to die"])
def test_no_before_it_denies_nothing(floor: Safety, text: str) -> None:
    """An answer before the danger does not hide it."""
    assert floor.heard(text)


@settings(max_examples=60)
@given(st.data())
def test_hesitation_changes_nothing(floor: Safety, data: st.DataObject) -> None:
    """Um and er anywhere, and a stammered word, hide no danger."""
    words = data.draw(st.sampled_from(["i can smell gas", "my house is on fire", "i want to kill myself"])).split()
    place = data.draw(st.integers(0, len(words) - 1))
    words[place : place + 1] = [
        words[place],
        data.draw(st.sampled_from(["um", "er", "erm", words[place]])),
        words[place],
    ]
    assert floor.heard(" ".join(words))


@given(st.text(max_size=60))
def test_any_words_at_all(floor: Safety, text: str) -> None:
    """No text makes it fail."""
    assert isinstance(floor.heard(text), str)


def test_short_and_full_forms_are_the_same() -> None:
    """What is compared has one form: "he's", "he is" and "he has" are one."""
    assert plain_words("He's got a knife") == plain_words("he has got a knife") == plain_words("um he is got a knife")


def test_every_kind_is_listened_for_and_looked_for() -> None:
    """Each kind of danger has sentences for recognisers, and phrases looked for in their words."""
    sources = read_folder(GRAMMARS)
    looked = {s.target.id for s in sources.floor if s.target}
    listened = {s.target.id for s in sources.sentences if s.target and s.target.kind.value == "safety"}
    assert looked == listened
    assert {row["kind"] for row in _rows("safety_said.csv")} <= looked
