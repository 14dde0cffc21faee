"""Surnames by letters and by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ivr.match.keypad import Keypad, keyed
from ivr.match.spelling import spelling_cost
from ivr.model import Candidate, Decision, Directory, Enquiry, Expect, Target, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable

names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)


@given(names, names)
def test_only_the_name_itself_costs_nothing(heard: str, meant: str) -> None:
    """Other letters than those of the name always cost something."""
    assert (spelling_cost(heard, meant) == 0) == (heard == meant)


def test_letters_that_sound_alike_cost_least() -> None:
    """B for P is likelier than B for M."""
    assert spelling_cost("batel", "patel") < spelling_cost("matel", "patel")


def test_a_spelled_surname_is_found(ask: Callable[..., Understanding]) -> None:
    """Letters said one by one give the person, whose name is unique."""
    found = ask("k o w a l s k a", Expect.SPELLING)
    assert found.decision is Decision.ACCEPT
    assert found.value == "kowalska"
    assert found.candidates[0].label == "Agnieszka Kowalska"


def test_misheard_letters_still_point_at_one(ask: Callable[..., Understanding]) -> None:
    """Two letters heard as ones that sound like them are asked about, not lost."""
    found = ask("c h o l n o n d e l e y", Expect.SPELLING)
    assert found.decision in {Decision.ACCEPT, Decision.CONFIRM}
    assert found.candidates[0].label == "Robert Cholmondeley"


def test_people_of_one_surname_are_put_to_the_caller(ask: Callable[..., Understanding]) -> None:
    """Two people share the surname, so the caller is asked which."""
    found = ask("h u g h e s", Expect.SPELLING)
    assert found.decision is Decision.CHOOSE
    assert {c.label for c in found.candidates} == {"Margaret Hughes", "Michael Hughes"}


def test_letters_and_an_earlier_guess_make_one_entry(ask: Callable[..., Understanding]) -> None:
    """What was said before tells the two apart."""
    guess = Candidate(Target.parse("entry:michael_hughes"), "", 0.4)
    found = ask("h u g h e s", Expect.SPELLING, earlier=(guess,))
    assert found.candidates[0].label == "Michael Hughes"
    assert found.decision in {Decision.ACCEPT, Decision.CONFIRM}


def test_declined_people_are_not_spelled_back(ask: Callable[..., Understanding]) -> None:
    """Somebody declined does not come back through their letters."""
    found = ask("k o w a l s k a", Expect.SPELLING, declined=frozenset({"entry:agnieszka_kowalska"}))
    assert all(c.label != "Agnieszka Kowalska" for c in found.candidates)


def test_keys_find_surnames_and_hide_the_hidden(council: tuple[Directory, tuple[Enquiry, ...]]) -> None:
    """Dial by name takes the beginning of a surname, full ones first; nobody's and internal entries stay hidden."""
    keypad = Keypad(council[0])
    assert [e.id for e in keypad.by_name(keyed("kowalska"))] == ["agnieszka_kowalska"]
    assert [e.id for e in keypad.by_name(keyed("kow") + "#")] == ["agnieszka_kowalska"]
    assert keypad.by_name(keyed("secret")) == ()
    assert keypad.by_name(keyed("inward")) == ()
    assert [e.id for e in keypad.by_name(keyed("inward"), internal=True)] == ["ivor_inward"]
    assert keypad.by_name("56") == ()


def test_extensions_find_their_people(council: tuple[Directory, tuple[Enquiry, ...]]) -> None:
    """A keyed extension is that person's, unless declined."""
    keypad = Keypad(council[0])
    tom = next(e for e in council[0].entries if e.id == "tom_jones")
    assert keypad.by_extension(tom.number) == (tom,)
    assert keypad.by_extension(tom.number, declined=frozenset({"entry:tom_jones"})) == ()
    assert keypad.by_extension("") == ()
