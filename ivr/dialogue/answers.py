"""Answering an enquiry, and what is offered after it: the link as a text, a person, anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import endings, skilled, transfers
from ivr.dialogue.actions import SendText
from ivr.dialogue.questions import answer, ask
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment
    from ivr.model import Enquiry, Understanding


def answer_enquiry(desk: Desk, state: State, at: datetime, enquiry: Enquiry, said: Understanding | None = None) -> Step:
    """Say the answer, or let the enquiry's skill find it, then offer what there is to offer."""
    state = replace(state, wanted="", about="", offered=(), failures=0, declines=0, slots=(), reference="",
                    promised="")  # fmt: skip
    skill = desk.skill_of(enquiry)
    if skill:
        asked = replace(desk.asked(state, enquiry), at=at, said=said)
        return skilled.go_on(desk, state, at, enquiry, skill.begin(asked))
    outcome = Outcome.COMPLETED if enquiry.completes else Outcome.SIGNPOSTED
    answered = settle(desk, replace(state, enquiry=enquiry.id), at, enquiry, outcome)
    return answered, (*answer(desk, answered), *ask(desk, answered))


def settle(desk: Desk, state: State, at: datetime, enquiry: Enquiry, outcome: Outcome) -> State:
    """Count the enquiry as answered, and choose what to offer next."""
    state = replace(state, done=outcome, slots=())
    return replace(state, phase=_offer(desk, state, enquiry, at))


def text_wanted(desk: Desk, state: State, moment: Moment) -> Step:
    """Send the link; whether that worked is said when the channel knows."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    if enquiry is None or enquiry.id in state.texted:
        return transfer_next(desk, state, moment)
    sent = replace(state, phase=Phase.ANYTHING_ELSE, texted=(*state.texted, enquiry.id), failures=0)
    return sent, (SendText(enquiry.id, text_of(desk, enquiry, state)), *ask(desk, sent))


def text_sent(desk: Desk, state: State, moment: Moment) -> Step:
    """Tell the caller that the text is on its way."""
    del moment
    return replace(state, texts=state.texts + 1), (say("text_sent"), *ask(desk, state))


def text_failed(desk: Desk, state: State, moment: Moment) -> Step:
    """Tell the caller that the text could not be sent."""
    del moment
    return state, (say("text_failed"), *ask(desk, state))


def transfer_next(desk: Desk, state: State, moment: Moment) -> Step:
    """No text then: offer a person where somebody takes this on, else anything else."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    offers = enquiry is not None and _takes_over(desk, state, enquiry, moment.at)
    phase = Phase.OFFERING_TRANSFER if offers else Phase.ANYTHING_ELSE
    state = replace(state, phase=phase, failures=0)
    return state, ask(desk, state)


def transfer_wanted(desk: Desk, state: State, moment: Moment) -> Step:
    """Put the caller through to who takes the enquiry on."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    place = desk.place(state, enquiry.entry) if enquiry else None
    if place is None:
        return transfers.operator_asked(desk, state, moment)
    return transfers.put_through(desk, state, moment.at, place)


def anything_else(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask whether there is anything else."""
    del moment
    state = replace(state, phase=Phase.ANYTHING_ELSE, failures=0)
    return state, ask(desk, state)


def silence_after(desk: Desk, state: State, moment: Moment) -> Step | None:
    """End the call politely where a caller who has an answer stays silent; None: not yet."""
    if state.failures + 1 < desk.rules.failures or state.done is None:
        return None
    return endings.no_more(desk, state, moment)


def text_of(desk: Desk, enquiry: Enquiry, state: State) -> str:
    """Return the text message of an enquiry, with the reference of the request just filed."""
    reference = desk.tongue(state).fill("reference", reference=state.reference) if state.reference else ""
    return " ".join(filter(None, (reference, enquiry.text)))


def _offer(desk: Desk, state: State, enquiry: Enquiry, at: datetime) -> Phase:
    body = text_of(desk, enquiry, state)
    can_text = desk.rules.text_messages and state.can_text and body and enquiry.id not in state.texted
    if can_text:
        return Phase.OFFERING_TEXT
    return Phase.OFFERING_TRANSFER if _takes_over(desk, state, enquiry, at) else Phase.ANYTHING_ELSE


def _takes_over(desk: Desk, state: State, enquiry: Enquiry, at: datetime) -> bool:
    place = desk.place(state, enquiry.entry)
    return place is not None and bool(place.number) and desk.is_open(state, place, at) and desk.deals(enquiry, at)
