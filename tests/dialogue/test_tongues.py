"""The language of a call: offered, chosen, asked for, and a caller handed on in one that is not ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ivr.dialogue.actions import Listen, Say, Transfer
from ivr.dialogue.engine import Engine
from ivr.dialogue.events import CallStarted, Dialled, Event, Heard, Keyed, Silence
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import CATALOGUE
from ivr.model import CallFacts, Candidate, Command, Decision, DialStatus, Target, TargetKind, Understanding
from ivr.settings import DialogueSettings

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.dialogue.actions import Action
    from tests.dialogue.conftest import Council

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
POLISH = Understanding("polish please", Decision.ACCEPT, language="Polish")
WELSH = Understanding("cymraeg", Decision.ACCEPT, language="Welsh")
ENGLISH = Understanding("english please", Decision.ACCEPT, language="English")
HOUSING = Understanding("housing", Decision.ACCEPT, (Candidate(Target(TargetKind.ENTRY, "housing"), "Housing", 0.99),))
GAS = Understanding("i can smell gas", Decision.ACCEPT, safety="gas")


class Call:
    """One call, through JSON at every step."""

    def __init__(self, council: Council, **site: object) -> None:
        settings = council.site.model_copy(update=site)
        self.engine = Engine(council.directory, council.enquiries, settings, DialogueSettings())
        self.state = State()
        self.actions: tuple[Action, ...] = ()
        self.do(CallStarted(MONDAY, CallFacts(call_id="c", channel="test", started=MONDAY)))

    def do(self, event: Event) -> Call:
        """Take one event."""
        self.state, self.actions = self.engine.step(State.from_json(self.state.to_json()), event)
        return self

    def keys(self, *keys: str) -> Call:
        """Press keys, one question after the other."""
        for key in keys:
            self.do(Keyed(MONDAY, key))
        return self

    def say(self, said: Understanding) -> Call:
        """Say something."""
        return self.do(Heard(MONDAY, said))

    @property
    def said(self) -> list[tuple[str, str]]:
        """Prompts of the last step, and the language of each."""
        return [(action.prompt, action.language) for action in self.actions if isinstance(action, Say)]


@pytest.fixture
def both(council: Council) -> Call:
    """Begin a call to a site with two languages, of which Welsh is only held by keypad."""
    return Call(council, languages=("cy", "en-GB"))


def test_the_greeting_offers_each_in_its_own_words(both: Call) -> None:
    """Every language is offered in itself, in the site's order."""
    assert both.state.phase is Phase.LANGUAGE
    assert both.said == [("greeting_direct", ""), ("language_offer", "cy"), ("language_offer", "en-GB")]


def test_a_site_with_one_language_offers_none(council: Council) -> None:
    """No choice, no question."""
    assert Call(council).said == [("greeting", "")]
    assert Call(council, languages=("en-GB",)).state.phase is Phase.LISTENING


def test_chosen_by_key_without_a_recogniser_the_menu_follows(both: Call) -> None:
    """A language nobody listens in is held by keypad, from the menu to the transfer."""
    both.keys("1")
    assert (both.state.language, both.state.phase) == ("cy", Phase.MENU)
    both.keys("1", "5")
    assert isinstance(both.actions[-1], Transfer)
    assert both.actions[-1].entry.id == "housing"


def test_chosen_by_word(both: Call) -> None:
    """Its name will do, in any language."""
    assert both.say(WELSH).state.language == "cy"


@pytest.mark.parametrize("event", [Silence(MONDAY), Keyed(MONDAY, "2"), Heard(MONDAY, ENGLISH)])
def test_otherwise_the_sites_own(both: Call, event: Event) -> None:
    """Silence, and the site's own language, go on as ever."""
    both.do(event)
    assert (both.state.language, both.state.phase) == ("", Phase.LISTENING)


def test_a_request_at_once_is_taken(both: Call) -> None:
    """Who says what they want need not choose first."""
    assert isinstance(both.say(HOUSING).actions[-1], Transfer)


def test_a_recognised_language_is_listened_to(council: Council) -> None:
    """Where a recogniser knows it, the request is asked for and heard."""
    call = Call(council, languages=("en-GB", "cy"), recognised=("cy",)).keys("2")
    assert (call.state.language, call.state.phase) == ("cy", Phase.LISTENING)
    assert isinstance(call.say(HOUSING).actions[-1], Transfer)


def test_words_in_a_language_nobody_knows_do_nothing_but_danger_does(both: Call) -> None:
    """What an English recogniser makes of Welsh is no request; danger and the operator are heard all the same."""
    both.keys("1")
    assert isinstance(both.say(HOUSING).actions[-1], Listen)
    assert both.state.phase is Phase.MENU
    operator = Understanding("operator", Decision.ACCEPT, command=Command.OPERATOR)
    assert isinstance(Call.say(both, operator).actions[-1], Transfer)
    call = Call.keys(both, "*")
    assert call.say(GAS).state.priority


def test_changed_in_the_middle_of_a_call(council: Council) -> None:
    """Welsh can be asked for at any question, and English again."""
    call = Call(council, languages=("en-GB", "cy"), recognised=("cy",)).keys("1")
    assert call.say(WELSH).state.language == "cy"
    assert call.say(ENGLISH).state.language == ""
    assert call.say(ENGLISH).state.phase is Phase.LISTENING


def test_a_language_not_ours_goes_to_a_person_who_is_told(council: Council) -> None:
    """The person hears which language, and the record keeps it."""
    call = Call(council).say(POLISH)
    transfer = call.actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.whisper, transfer.about, transfer.entry.id) == ("whisper_language", "Polish", "operator")
    call.do(Dialled(MONDAY, DialStatus.ANSWERED))
    assert call.state.outcome == "operator_requested"
    assert "asked for Polish" in next(a.reason for a in call.actions if hasattr(a, "reason"))


def test_who_cannot_use_the_service_for_want_of_english_has_priority(council: Council) -> None:
    """The safety floor takes the call, and whoever answers hears the language."""
    said = Understanding("i only speak polish", Decision.ACCEPT, safety="cannot_use", language="Polish")
    transfer = Call(council).say(said).actions[-1]
    assert isinstance(transfer, Transfer)
    assert (transfer.whisper, transfer.about, transfer.priority) == ("whisper_language", "Polish", True)


def test_welsh_is_whole(root: Path) -> None:
    """Every prompt has Welsh words with the same placeholders as the English ones."""
    english = Prompts.load(root / "grammars", "en-GB", ["en-GB", "cy"])
    welsh = english.of("cy")
    assert welsh.language == "cy"
    assert english.of("en-GB") is english.of("gd") is english
    for prompt, names in CATALOGUE.items():
        values = {name: f"@{name}@" for name in names}
        here, there = english.render(prompt, values), welsh.render(prompt, values)
        used = {name for name in names if f"@{name}@" in here}
        assert used == {name for name in names if f"@{name}@" in there}, prompt
        assert prompt == "answer" or here != there
