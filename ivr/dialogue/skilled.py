"""Holding a skill's part of a call: its questions, its slots, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import answers, requests, transfers
from ivr.dialogue.actions import FileRequest
from ivr.dialogue.moment import Trigger
from ivr.dialogue.questions import ask
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import Outcome, PayStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment
    from ivr.dialogue.skill import Reply
    from ivr.model import Enquiry


_FILED_AS: Mapping[PayStatus, str] = {PayStatus.CHARGED: "pay_taken", PayStatus.TOKEN: "pay_token"}
"""Prompt that reads the reference of a payment back."""


def take(desk: Desk, state: State, moment: Moment) -> Step:
    """Give the skill the answer to its question; what is none may be another request."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    skill = desk.skill_of(enquiry)
    if enquiry is None or skill is None:
        return requests.start_again(desk, state, moment)
    asked = replace(desk.asked(state, enquiry), at=moment.at, said=moment.said, keys=moment.keys)
    reply = skill.take(asked)
    if reply.understood:
        return go_on(desk, state, moment.at, enquiry, reply)
    if moment.trigger is Trigger.ACCEPT and moment.targets != (f"enquiry:{enquiry.id}",):
        return requests.accept(desk, state, moment)
    return requests.no_match(desk, state, moment)


def go_on(desk: Desk, state: State, at: datetime, enquiry: Enquiry, reply: Reply) -> Step:
    """Put the skill's next question, or go on after it as after any answer."""
    state = replace(state, enquiry=enquiry.id, slots=tuple(reply.slots.items()), failures=0)
    if reply.payment is not None:
        return replace(state, phase=Phase.PAYING), (*reply.says, say("pay_now"), reply.payment)
    if reply.request is not None:
        title = desk.enquiries[enquiry.id].title
        filing = FileRequest(enquiry.id, enquiry.skill, title, dict(reply.request), reply.promised)
        promised = _promise(desk, state, reply.promised, at)
        return replace(state, phase=Phase.IN_SKILL, promised=promised), (*reply.says, filing)
    if reply.listen is not None:
        return replace(state, phase=Phase.IN_SKILL), (*reply.says, reply.listen)
    after = answers.settle(desk, state, at, enquiry, reply.outcome)
    return after, (*reply.says, *ask(desk, after))


def filed(desk: Desk, state: State, moment: Moment) -> Step:
    """Read the reference back: the request is kept."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    if enquiry is None:
        return requests.start_again(desk, state, moment)
    filed_as = _FILED_AS[state.paid] if state.paid else "request_filed"
    state = replace(state, reference=moment.reference, paid=None)
    after = answers.settle(desk, state, moment.at, enquiry, Outcome.COMPLETED)
    promise = (say("promised", by=state.promised),) if state.promised else ()
    return after, (*promise, say(filed_as, reference=spelled(moment.reference)), *ask(desk, after))


def not_filed(desk: Desk, state: State, moment: Moment) -> Step:
    """Give the caller a person, who hears what was gathered: it could not be kept."""
    del moment
    return transfers.give_up(desk, state, say("pay_unfiled" if state.paid else "request_lost"))


def _promise(desk: Desk, state: State, due: datetime | None, at: datetime) -> str:
    return desk.tongue(state).deadline(due, at.astimezone(due.tzinfo)) if due else ""


def spelled(reference: str) -> str:
    """Write a reference to be said in threes: "123 4567" becomes "1 2 3, 4 5 6 7".

    >>> spelled("1234567")
    '1 2 3, 4 5 6 7'
    """
    plain = [c for c in reference if c.isalnum()]
    cut = len(plain) // 2
    return ", ".join(" ".join(part) for part in (plain[:cut], plain[cut:]) if part)
