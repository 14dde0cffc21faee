"""Typed calls on a small council whose enquiries have the product's skills: each turn's words, and what became."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.channels.runner import Conversation, Parts
from ivr.dialogue.actions import Action, FileRequest, Say, SendText, Transfer
from ivr.dialogue.engine import Engine
from ivr.dialogue.prompts import Prompts
from ivr.grammar.compile import compile_grammars
from ivr.match.understand import Understander
from ivr.model import CallFacts, Directory, Enquiry, Entry, Kind
from ivr.recognise.typed import recognise_typed
from ivr.settings import DialogueSettings, MatchingSettings, SiteSettings
from ivr.skills.base import all_skills, skills_for

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
REFERENCE = "1234566"
SITE = SiteSettings(name="Testford Council", operator="+441632960999", hours="24/7")


def _enquiry(name: str, skill: str, phrase: str) -> Enquiry:
    answer, text = f"About the {name}.", f"Link {name}"
    return Enquiry(id=name, title=f"the {name}", phrases=(phrase,), answer=answer, text=text, skill=skill)


ENQUIRIES = (
    _enquiry("bin", "missed_bin", "(my|the) [green|black] bin (was|has) [been] missed"),
    _enquiry("light", "street_light", "[a|the] street light is out"),
    _enquiry("pothole", "problem", "[there's|report] a pothole [on mill road]"),
    _enquiry("callback", "callback", "call me back"),
    _enquiry("appointment", "appointment", "book an appointment"),
    _enquiry("councillor", "area", "who is my councillor"),
    _enquiry("near", "area", "where is my nearest library [and bottle bank]"),
    _enquiry("council_tax_pay", "payment", "pay my council tax"),
)
DIRECTORY = Directory(
    (Entry(id="housing", kind=Kind.DEPARTMENT, name="Housing", spoken=("housing",), number="+441632960100"),)
)


@dataclass
class Call:
    """One typed call, and all that happened in it."""

    conversation: Conversation
    filed: list[FileRequest] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    actions: tuple[Action, ...] = ()

    def say(self, *turns: str) -> Call:
        """Say one thing after the other; digits alone are keys."""
        for turn in turns:
            if turn.strip("#*").isdigit():
                self.actions = self.conversation.press(turn, TUESDAY)
            else:
                self.actions = self.conversation.hear(recognise_typed(turn), TUESDAY)
        return self

    @property
    def prompts(self) -> list[str]:
        """Ids of what was said last."""
        return [action.prompt for action in self.actions if isinstance(action, Say)]

    @property
    def said(self) -> str:
        """Words of what was said last."""
        prompts = self.conversation.parts.prompts
        return " ".join(prompts.render(a.prompt, a.values) for a in self.actions if isinstance(a, Say))

    @property
    def transfer(self) -> Transfer | None:
        """The transfer it ended in, if any."""
        return next((a for a in self.actions if isinstance(a, Transfer)), None)


@pytest.fixture(scope="session")
def parts() -> Parts:
    """Build the little council once."""
    return build()


@pytest.fixture
def parts_without_payments(parts: Parts) -> Call:
    """Begin a call to a site that takes no payments."""
    skills = skills_for(ENQUIRIES, all_skills(ROOT / "directory", SITE))
    return begin(replace(parts, engine=Engine(DIRECTORY, ENQUIRIES, SITE, DialogueSettings(), skills=skills)))


def build() -> Parts:
    """Build the little council."""
    site = SITE
    grammars = compile_grammars(ROOT / "grammars", DIRECTORY, ENQUIRIES)
    skills = skills_for(ENQUIRIES, all_skills(ROOT / "directory", site, taken=True))
    return Parts(
        engine=Engine(DIRECTORY, ENQUIRIES, site, DialogueSettings(), skills=skills),
        understander=Understander(DIRECTORY, ENQUIRIES, grammars, MatchingSettings()),
        prompts=Prompts.load(ROOT / "grammars", "en-GB"),
    )


@pytest.fixture
def call(parts: Parts) -> Call:
    """Begin a call from a mobile on a Tuesday morning."""
    return begin(parts)


@pytest.fixture
def unkept(parts: Parts) -> Call:
    """Begin a call in which no request can be kept."""
    return begin(parts, reference="")


@pytest.fixture
def begin_call(parts: Parts) -> Callable[..., Call]:
    """Begin a call from another number, or to a council of other hours."""

    def make(caller: str = "+447700900123", hours: str = "") -> Call:
        if not hours:
            return begin(parts, caller=caller)
        site = SITE.model_copy(update={"hours": hours})
        skills = skills_for(ENQUIRIES, all_skills(ROOT / "directory", site))
        return begin(replace(parts, engine=Engine(DIRECTORY, ENQUIRIES, site, DialogueSettings(), skills=skills)))

    return make


def begin(parts: Parts, reference: str = REFERENCE, caller: str = "+447700900123") -> Call:
    """Begin a call in which every request gets this reference; empty: none can be kept."""
    facts = CallFacts(call_id="c1", channel="console", started=TUESDAY, caller=caller)
    made = Call(Conversation(parts, facts))

    def file(_: CallFacts, request: FileRequest) -> str:
        made.filed.append(request)
        return reference

    def text(_: CallFacts, sent: SendText) -> bool:
        made.texts.append(sent.body)
        return True

    made.conversation.parts = replace(parts, file=file, send_text=text)
    made.actions = made.conversation.start()
    return made
