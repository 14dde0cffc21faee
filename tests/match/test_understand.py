"""Utterances understood in context."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.model import Command, Decision, Expect, Hypothesis, Recognition, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.match.understand import Understander

SMITHS = ("entry:jane_smith_h", "entry:jane_smith_p")
NEGATIVES = Path(__file__).parents[2] / "grammars" / "safety_negatives.txt"
OUT_OF_SCOPE = Path(__file__).parents[3] / "shared" / "data" / "text" / "out_of_scope" / "oos.txt"


def _targets(found: Understanding) -> list[str]:
    return [str(c.target) for c in found.candidates]


def test_nothing_heard_is_rejected(understander: Understander) -> None:
    """Silence and speech without words give a reason, and no candidate."""
    silence = understander.understand(Recognition((), "vosk", speech=False), expect=Expect.CALL)
    noise = understander.understand(Recognition((Hypothesis(""),), "vosk"), expect=Expect.CALL)
    assert silence.decision is noise.decision is Decision.REJECT
    assert silence.why != noise.why


@pytest.mark.parametrize("text", ["yes", "yes please", "yeah that's right", "um yes", "Yes."])
def test_yes(ask: Callable[..., Understanding], text: str) -> None:
    """Ways to say yes to a question."""
    found = ask(text, Expect.YES_NO, offered=("entry:tom_jones",))
    assert (found.decision, found.command) == (Decision.ACCEPT, Command.YES)


@pytest.mark.parametrize("text", ["no", "no thanks", "nope", "no that's wrong", "no sorry wrong person"])
def test_no(ask: Callable[..., Understanding], text: str) -> None:
    """Ways to say no to a question."""
    found = ask(text, Expect.YES_NO, offered=("entry:tom_jones",))
    assert (found.decision, found.command, found.candidates) == (Decision.ACCEPT, Command.NO, ())


@pytest.mark.parametrize("text", ["no will may", "no i said will may", "not him will may please", "no no will may"])
def test_no_carries_the_new_name(ask: Callable[..., Understanding], text: str) -> None:
    """A correction in the same breath is heard with the no."""
    found = ask(text, Expect.YES_NO, offered=("entry:tom_jones",), declined=frozenset({"entry:tom_jones"}))
    assert found.command is Command.NO
    assert _targets(found)[:1] == ["entry:will_may"]


def test_saying_the_name_again_is_yes(ask: Callable[..., Understanding]) -> None:
    """The name put to the caller, repeated by the caller, confirms it."""
    assert ask("tom jones", Expect.YES_NO, offered=("entry:tom_jones",)).command is Command.YES


def test_another_name_without_no(ask: Callable[..., Understanding]) -> None:
    """A new name in answer to a question is taken as such."""
    found = ask("will may", Expect.YES_NO, offered=("entry:tom_jones",))
    assert (found.command, _targets(found)) == (None, ["entry:will_may"])


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("the second one", SMITHS[1]), ("number one", SMITHS[0]), ("the one in housing", SMITHS[0]),
        ("planning please", SMITHS[1]), ("jane smith in planning", SMITHS[1]), ("the planning officer", SMITHS[1]),
    ],
)  # fmt: skip
def test_choices(ask: Callable[..., Understanding], text: str, target: str) -> None:
    """One of those read out, by position, department or role."""
    found = ask(text, Expect.CHOICE, offered=SMITHS)
    assert found.decision is Decision.ACCEPT
    assert _targets(found) == [target]


def test_choice_by_name(ask: Callable[..., Understanding]) -> None:
    """One of those read out, by surname."""
    found = ask("hughes", Expect.CHOICE, offered=("entry:margaret_hughes", "entry:will_may"))
    assert _targets(found) == ["entry:margaret_hughes"]


def test_neither_and_someone_else(ask: Callable[..., Understanding]) -> None:
    """Neither is a command; another name is that name."""
    assert ask("neither", Expect.CHOICE, offered=SMITHS).command is Command.NEITHER
    assert _targets(ask("priya patel", Expect.CHOICE, offered=SMITHS)) == ["entry:priya_patel"]


def test_declined_entries_never_come_back(ask: Callable[..., Understanding]) -> None:
    """Whatever is said, an entry declined in this call is no candidate."""
    found = ask("thomas jones", declined=frozenset({"entry:tom_jones"}))
    assert "entry:tom_jones" not in _targets(found)
    found = ask("jane smith", declined=frozenset({SMITHS[0]}))
    assert _targets(found) == [SMITHS[1]]


def test_internal_entries_are_for_colleagues(ask: Callable[..., Understanding]) -> None:
    """The public does not reach an internal entry; a colleague does."""
    assert _targets(ask("ivor inward")) == []
    assert _targets(ask("ivor inward", internal=True)) == ["entry:ivor_inward"]


@pytest.mark.parametrize("text", ["guy secret", "guy", "secret", "guy secret in legal", "mr secret"])
def test_hidden_entries_are_never_told(ask: Callable[..., Understanding], text: str) -> None:
    """An ex-directory entry is no candidate for anyone, in any decision."""
    for internal in (False, True):
        assert "entry:guy_secret" not in _targets(ask(text, internal=internal))


def test_another_reading_helps(ask: Callable[..., Understanding]) -> None:
    """A reading further down can carry the name, and one that agrees adds to it."""
    assert _targets(ask("prior patel | priya patel"))[:1] == ["entry:priya_patel"]


def test_danger_in_any_reading_counts(ask: Callable[..., Understanding]) -> None:
    """The safety floor looks at all readings."""
    assert ask("there's a glass leak | there's a gas leak").safety == "gas"


@pytest.mark.parametrize("expect", list(Expect))
def test_danger_counts_whatever_was_asked(ask: Callable[..., Understanding], expect: Expect) -> None:
    """Safety comes first in every state of the dialogue."""
    assert ask("my house is on fire", expect).safety == "fire"


@pytest.mark.skipif(not NEGATIVES.exists(), reason="the site has no list of harmless sentences")
def test_harmless_sentences_are_not_danger(ask: Callable[..., Understanding]) -> None:
    """None of the reviewed look-alikes sets off the safety floor."""
    lines = [line for line in NEGATIVES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if ask(line).safety] == []


@pytest.mark.skipif(not OUT_OF_SCOPE.exists(), reason="needs ../shared/data/text/out_of_scope/oos.txt")
def test_things_that_are_none_of_our_business_are_rejected(ask: Callable[..., Understanding]) -> None:
    """Of 200 requests to other voice services at most one is acted on and one in twenty asked about."""
    found = [ask(line) for line in OUT_OF_SCOPE.read_text(encoding="utf-8").splitlines() if line.strip()]
    decisions = [u.decision for u in found if not u.command]
    assert decisions.count(Decision.ACCEPT) <= 1
    assert len(decisions) - decisions.count(Decision.REJECT) <= 10


@pytest.mark.parametrize(
    ("said", "value"), [("four seven oh two", "4702"), ("forty seven oh two", "4702"), ("4 7 0 2", "4702")]
)
def test_digits_give_the_extension(ask: Callable[..., Understanding], said: str, value: str) -> None:
    """An extension said in digits is that entry's."""
    found = ask(said, Expect.DIGITS)
    assert (found.value, _targets(found)) == (value, ["entry:tom_jones"])


def test_an_unclear_yes_is_not_a_yes(understander: Understander) -> None:
    """A recogniser that hardly believes its own word is asked again."""
    heard = Recognition((Hypothesis("yes", 0.01),), "sphinx")
    assert understander.understand(heard, expect=Expect.YES_NO).command is None


def test_the_same_words_are_understood_the_same_on_every_thread(understander: Understander) -> None:
    """Understanding is pure: eight threads agree with one."""
    texts = ["jane smith", "margaret hues", "pay my council tax", "s m i t h", "no will may"] * 8
    heard = [Recognition((Hypothesis(text),), "typed") for text in texts]

    def understood(recognition: Recognition) -> Understanding:
        return understander.understand(recognition, expect=Expect.YES_NO)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(understood, heard)) == [understood(h) for h in heard]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from(list(Expect)))
def test_no_text_breaks_it(understander: Understander, text: str, expect: Expect) -> None:
    """Any text at all is understood or rejected; probabilities stay probabilities."""
    found = understander.understand(Recognition((Hypothesis(text),), "typed"), expect=expect)
    assert all(0 <= c.confidence <= 1 for c in found.candidates)
    assert sum(c.confidence for c in found.candidates) <= 1 + 1e-6


def test_a_person_in_many_words(ask: Callable[..., Understanding]) -> None:
    """However a caller asks for any person at all, at any question, they are understood."""
    rows = csv.DictReader((Path(__file__).parent / "operator_said.csv").read_text(encoding="utf-8").splitlines())
    said = [row["text"] for row in rows]
    for expect in (Expect.CALL, Expect.YES_NO, Expect.CHOICE):
        missed = [text for text in said if ask(text, expect).command is not Command.OPERATOR and not ask(text).safety]
        assert missed == [], expect


@pytest.mark.parametrize("text", ["i don't want the operator", "someone in housing", "a person called swift", "no"])
def test_somebody_in_particular_is_not_just_anybody(ask: Callable[..., Understanding], text: str) -> None:
    """A refusal, a department or a name beside the person asked for is no request for the operator."""
    assert ask(text).command is not Command.OPERATOR
