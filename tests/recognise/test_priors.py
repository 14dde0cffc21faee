"""How likely sentences are before anything is heard."""

from __future__ import annotations

import pytest

from ivr.grammar.tree import Grammar, Sentence, Slot, Words
from ivr.model import Target, TargetKind
from ivr.recognise.graph.priors import shares


def sentence(kind: TargetKind, name: str, text: str) -> Sentence:
    """Make a template that means something."""
    return Sentence(Words(tuple(text.split())), Target(kind, name))


YES = [sentence(TargetKind.COMMAND, "yes", text) for text in ("yes", "you have got it", "that will do nicely")]
NO = [sentence(TargetKind.COMMAND, "no", "no")]
BINS = [sentence(TargetKind.ENQUIRY, "bin_day", text) for text in ("bin day", "when are the bins emptied")]
POTHOLE = [sentence(TargetKind.ENQUIRY, "pothole", "a hole in the road")]


@pytest.mark.parametrize("name", ["call", "yes_no", "choice", "spelling"])
def test_shares_add_up_to_one(name: str) -> None:
    """Whatever the state of the dialogue."""
    grammar = Grammar(name, (*YES, *NO, *BINS, *POTHOLE, Sentence(Slot("person"))), {}, {"person": ()})
    assert sum(shares(grammar)) == pytest.approx(1.0)
    assert min(shares(grammar)) > 0


def test_the_first_template_of_a_command_is_the_usual_one() -> None:
    """A bare yes is likelier than every other way together, however many there are; a command with one has it all."""
    yes, *others, no = shares(Grammar("yes_no", (*YES, *NO)))
    assert yes > sum(others)
    assert others[0] == pytest.approx(others[1])
    assert (yes + sum(others)) / no == pytest.approx(0.45 / 0.27)


def test_templates_of_an_enquiry_are_alike() -> None:
    """Enquiries share their part equally, and each of them equally among its templates."""
    one, other, alone = shares(Grammar("call", (*BINS, *POTHOLE)))
    assert one == pytest.approx(other)
    assert one + other == pytest.approx(alone)
