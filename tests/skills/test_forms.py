"""Requests taken by voice, as whole calls: good and bad paths of each skill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Call

BIN = ("my bin was missed", "yes please", "w x one one a a", "number twelve", "food", "yes")


def test_a_missed_bin_from_beginning_to_reference(call: Call) -> None:
    """Each question in turn, all of it read back, kept, the reference spoken and texted."""
    call.say(*BIN)
    assert call.said.startswith("I have postcode W X 1, 1 A A, number 12, the food bin, out by six")
    call.say("yes")
    (filed,) = call.filed
    assert dict(filed.details) == {"postcode": "WX1 1AA", "house": "12", "bin": "food", "out": "yes"}
    assert "1 2 3, 4 5 6 6" in call.said
    assert call.prompts == ["request_filed", "offer_text"]
    call.say("yes")
    assert call.texts == ["Reference 1234566. Link bin"]


def test_by_keypad_alone(call: Call) -> None:
    """The whole form without a word: letters by their keys, choices by number."""
    call.say("my bin was missed", "1", "991122", "12", "3", "1", "1")
    assert dict(call.filed[0].details) == {"postcode": "WX1 1AA", "house": "12", "bin": "food", "out": "yes"}


def test_one_answer_corrected(call: Call) -> None:
    """Saying "no, number fourteen" changes the house, and the rest stays."""
    call.say(*BIN, "no number fourteen")
    assert "number 14" in call.said
    call.say("yes")
    assert call.filed[0].details["house"] == "14"


def test_no_and_which(call: Call) -> None:
    """A bare no asks what to change; naming it asks that question again."""
    call.say(*BIN, "no")
    assert call.prompts == ["form_which"]
    call.say("the postcode")
    assert call.prompts == ["bin_postcode"]
    call.say("w x nine nine z z")
    assert "W X 9, 9 Z Z" in call.said
    assert not call.filed


def test_several_answers_in_one_sentence(call: Call) -> None:
    """What was told already is not asked again."""
    call.say("my bin was missed", "yes my green bin at number nine postcode wx1 9zz")
    assert call.prompts == ["bin_out"]


def test_not_wanted(call: Call) -> None:
    """A caller who wants nothing taken down hears the answer."""
    call.say("my bin was missed", "no thank you")
    assert call.prompts == ["answer", "offer_text"]
    assert not call.filed


def test_not_out_in_time(call: Call) -> None:
    """A bin that was not out has not been missed."""
    call.say(*BIN[:-1], "no")
    assert call.prompts[0] == "bin_late"
    assert not call.filed


def test_not_due(call: Call) -> None:
    """The calendar knows that the bin is not collected on that day."""
    call.say(*BIN[:4], "garden")
    assert "collected on Friday every other week" in call.said
    assert not call.filed


def test_given_up_with_what_was_gathered(call: Call) -> None:
    """Two answers not understood: a person takes over, and hears what was told."""
    call.say("my bin was missed", "yes", "w x one one a a", "number twelve", "purple elephant", "hippopotamus")
    assert call.transfer is not None
    assert call.transfer.whisper == "Switchboard call about the bin, WX1 1AA, 12."


@pytest.mark.parametrize("turn", [0, 1, 2, 3, 4])
def test_danger_at_any_question(call: Call, turn: int) -> None:
    """The safety floor leaves a form at once."""
    call.say(*BIN[: turn + 1], "help i can smell gas")
    assert call.prompts[0] == "safety_gas"
    assert call.transfer is not None
    assert call.transfer.priority


def test_not_kept(unkept: Call) -> None:
    """A request that cannot be kept gets no reference, and the caller a person who hears all of it."""
    call = unkept.say(*BIN, "yes")
    assert call.prompts == ["request_lost", "giving_up"]
    assert call.transfer is not None
    assert "WX1 1AA" in call.transfer.whisper


def test_a_street_light(call: Call) -> None:
    """Where, and the number on the post, keyed."""
    call.say("street light is out", "yes", "outside six mill road", "4711#")
    assert "lamp post 4711" in call.said
    call.say("yes")
    assert dict(call.filed[0].details) == {"place": "outside six mill road", "lamp post": "4711"}


def test_a_post_without_a_number(call: Call) -> None:
    """No is an answer there."""
    call.say("street light is out", "yes", "mill road by the church", "no", "yes")
    assert call.filed[0].details["lamp post"] == "no number"


def test_a_pothole(call: Call) -> None:
    """Place and a few words about it; a place named in the request itself is not asked for again."""
    call.say("there's a pothole on mill road", "yes")
    assert call.prompts == ["report_what"]
    call.say("a deep one by the kerb", "yes")
    assert call.filed[0].details == {"place": "mill road", "what": "a deep one by the kerb"}


def test_a_call_back(call: Call) -> None:
    """Number, time with the date it means, and subject."""
    call.say("call me back", "yes", "oh seven seven double oh nine hundred one two three", "friday week", "my rent")
    assert "Friday the 4 of December" in call.said
    call.say("yes")
    assert call.filed[0].details["number"] == "07700900123"


def test_this_number(call: Call) -> None:
    """The number the caller rings from is known to the channel alone."""
    call.say("call me back", "yes", "this number", "tomorrow morning", "my rent", "yes")
    assert call.filed[0].details["number"] == "this number"


def test_another_request_in_between(call: Call) -> None:
    """Asking for somebody instead is heard."""
    call.say("my bin was missed", "housing")
    assert call.transfer is not None
    assert call.transfer.entry.id == "housing"
