"""A card payment: handed to the payment provider, and what follows once that says how it went.

Card numbers are keyed to the provider and never come here. A payment that went through is written down as a
request, so that the organisation can book it; one whose result is not known is never tried again by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import answers, transfers
from ivr.dialogue.actions import FileRequest
from ivr.dialogue.questions import answer, ask
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import Outcome, PayStatus

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment

_NOT_PAID = {PayStatus.CANCELLED: "pay_cancelled", PayStatus.INVALID: "pay_invalid"}


def paid(desk: Desk, state: State, moment: Moment) -> Step:
    """Write the payment down, for the organisation to book."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    if enquiry is None or moment.pay is None:
        return unknown(desk, state, moment)
    told = {name: value for name, value in state.slots if value and not name.startswith("_")}
    told["confirmation" if moment.pay is PayStatus.CHARGED else "token"] = moment.reference
    state = replace(state, phase=Phase.IN_SKILL, paid=moment.pay)
    return state, (FileRequest(enquiry.id, enquiry.skill, desk.enquiries[enquiry.id].title, told),)


def not_paid(desk: Desk, state: State, moment: Moment) -> Step:
    """Say that nothing was taken, how else it can be paid, and offer the link or a person."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    if enquiry is None or moment.pay in {None, PayStatus.UNKNOWN}:
        return unknown(desk, state, moment)
    state = answers.settle(desk, replace(state, failures=0), moment.at, enquiry, Outcome.SIGNPOSTED)
    why = say(_NOT_PAID.get(moment.pay or PayStatus.FAILED, "pay_failed"))
    return state, (why, *answer(desk, state), *ask(desk, state))


def unknown(desk: Desk, state: State, moment: Moment) -> Step:
    """Give the caller a person: nobody can say here whether the payment went through."""
    del moment
    return transfers.give_up(desk, state, say("pay_unknown"))
