"""What a skill is: a small pure dialogue of its own that deals with one kind of enquiry, one question at a time.

The engine keeps the rules of every call around it (safety, operator, help, repeat, silence, too many failures,
hang-up), keeps its slots in the call's state, and goes on after it as after any answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ivr.dialogue.actions import Say
from ivr.dialogue.tongue import Tongue, english
from ivr.dialogue.wording import say
from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.dialogue.actions import Listen, TakePayment
    from ivr.model import Enquiry, Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a skill is told."""

    enquiry: Enquiry
    """In the call's language."""
    subject: str = ""
    """Its title in the site's own language."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """What it has gathered so far."""
    at: datetime | None = None
    """Clock reading; None where only the question is put again."""
    said: Understanding | None = None
    """What the caller said to its question; at the beginning, the request itself."""
    keys: str = ""
    """What the caller keyed instead."""
    known: bool = False
    """The number the caller rings from can be rung back."""
    tongue: Tongue = field(default_factory=english)
    """How the call's language says days, amounts and the like."""
    staff: Tongue = field(default_factory=english)
    """How the organisation's own language says them: what is kept is for its staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a skill does next."""

    says: tuple[Say, ...] = ()
    listen: Listen | None = None
    """Its next question's answer; None: it is done."""
    slots: Mapping[str, str] = field(default_factory=dict)
    understood: bool = True
    """False: the words were no answer; the engine counts that, and puts the question again."""
    request: Mapping[str, str] | None = None
    """What is to be filed, where it is done: kept before the caller hears the reference."""
    promised: datetime | None = None
    """By when the caller is told the request will be dealt with."""
    payment: TakePayment | None = None
    """What is to be paid by card; the request that tells of it follows by itself."""
    outcome: Outcome = Outcome.COMPLETED
    """What the call has achieved, once it is done."""


class Skill(Protocol):
    """Deals with enquiries whose `skill` is its name. Pure and immutable."""

    def begin(self, asked: Asked) -> Reply:
        """Start: the first question, or the whole answer."""
        ...

    def take(self, asked: Asked) -> Reply:
        """Take the answer to the question last put."""
        ...

    def ask(self, asked: Asked) -> Reply:
        """Put the question that the slots lead to again; its `listen` is never None."""
        ...


def answer_of(enquiry: Enquiry) -> tuple[Say, ...]:
    """Speak an enquiry's answer; where it has none in the call's language, say so first."""
    if not enquiry.language:
        return (say("answer", answer=enquiry.answer),)
    return (say("answer_elsewhere"), Say("answer", {"answer": enquiry.answer}, enquiry.language))
