"""Putting callers through: to an entry, down the chain when nobody answers, to the operator, to safety.

The only room that makes a Transfer. Its entry comes from the active directory and passed the audience rule,
or is the site's operator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import endings, survey
from ivr.dialogue.actions import Action, Transfer
from ivr.dialogue.moment import entry_target
from ivr.dialogue.questions import ask, named
from ivr.dialogue.safety import prompt_of
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import DialStatus, Entry, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment

RETURN_SECONDS = 120.0
"""A transfer that lasted no longer may have reached the wrong person: the caller is asked."""

_MISSED = {DialStatus.BUSY: "busy", DialStatus.NO_ANSWER: "no_answer", DialStatus.CANCELED: "no_answer"}


def put_through(desk: Desk, state: State, at: datetime, entry: Entry) -> Step:
    """Dial `entry`, or say why not and go down its chain."""
    wanted = replace(
        state, wanted=entry.id, tried=(), pending=Outcome.TRANSFERRED, failures=0, declines=0, about="", offered=()
    )
    if not entry.number:
        return _down_the_chain(desk, wanted, at, named(entry, "no_number"))
    if not desk.is_open(state, entry, at):
        return _down_the_chain(desk, wanted, at, *([named(entry, "entry_closed")] if state.open else []))
    return _dial(wanted, entry, named(entry, "connecting"))


def answered(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call, unless the caller is back so soon that the entry may have been the wrong one."""
    reached = state.dialling == state.wanted
    outcome = Outcome.TRANSFERRED if reached else Outcome.TRANSFER_FAILED
    state = replace(_after_dial(state, moment), done=outcome)
    if reached and moment.talk_seconds is not None and moment.talk_seconds <= RETURN_SECONDS:
        back = replace(state, phase=Phase.RETURNING, last_entry=state.dialling)
        return back, ask(desk, back)
    why = "answered" if reached else f"answered by {state.dialling} instead"
    return endings.finish(state, outcome, why) if moment.gone else survey.end(desk, state, outcome, why)


def unanswered(desk: Desk, state: State, moment: Moment) -> Step:
    """Say that the entry did not answer, and try the next of its chain."""
    entry = desk.directory.get(state.dialling) or desk.operator
    prompt = _MISSED.get(moment.dial or DialStatus.FAILED, "not_reached")
    missed = replace(_after_dial(state, moment), tried=(*state.tried, entry.id), pending=Outcome.TRANSFER_FAILED)
    return _down_the_chain(desk, missed, moment.at, named(entry, prompt))


def operator_answered(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call as what it went to a person for."""
    state = _after_dial(state, moment)
    outcome, why = state.pending or Outcome.OPERATOR_FALLBACK, "a person answered"
    return endings.finish(state, outcome, why) if moment.gone else survey.end(desk, state, outcome, why)


def operator_unanswered(desk: Desk, state: State, moment: Moment) -> Step:
    """Send the duty team's callers on to the operator; tell the others what to do."""
    state = _after_dial(state, moment)
    if state.dialling:
        return _to_operator(desk, state, say("trying_operator"))
    farewell = say("safety_nobody") if state.priority else say("nobody_free")
    return endings.finish(state, state.pending or Outcome.OPERATOR_FALLBACK, "the operator did not answer", farewell)


def redial(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask again for the transfer in progress: what arrived does not concern it."""
    del moment
    if state.phase is Phase.TO_OPERATOR and not state.dialling:
        return _to_operator(desk, state)
    entry = desk.dialled(state.dialling)
    if entry is None or not desk.reachable(state, entry.audience):
        return _to_operator(desk, replace(state, pending=state.pending or Outcome.TRANSFER_FAILED))
    return _dial(state, entry)


def operator_asked(desk: Desk, state: State, moment: Moment) -> Step:
    """Give the caller a person, as asked."""
    if state.phase is Phase.TO_OPERATOR:
        return redial(desk, state, moment)
    return _person(desk, state, Outcome.OPERATOR_REQUESTED, say("connecting_operator"))


def give_up(desk: Desk, state: State, *says: Action) -> Step:
    """Give the caller a person, who can help; out of hours nobody can, and the caller hears that."""
    if not state.open:
        closed = (*says, say("closed", site=desk.site.name), say("goodbye", site=desk.site.name))
        return endings.finish(state, Outcome.CLOSED, "not understood out of hours", *closed)
    stepped, actions = _person(desk, state, Outcome.OPERATOR_FALLBACK, say("giving_up"))
    return stepped, (*says, *actions)


def shorten(desk: Desk, state: State) -> Step:
    """Give the caller a person at once: there is no room for a conversation."""
    return _person(desk, state, Outcome.OPERATOR_FALLBACK, say("connecting_operator"))


def too_many(desk: Desk, state: State, moment: Moment) -> Step:
    """Give the caller a person: the call goes round in circles."""
    if state.phase in {Phase.TRANSFERRING, Phase.TO_OPERATOR}:
        return redial(desk, state, moment)
    return give_up(desk, state)


def fault(desk: Desk, state: State, moment: Moment) -> Step:
    """Apologise for a fault of ours, and give the caller a person."""
    sorry = say("fault")
    outcome = Outcome.ESCALATED if state.priority else Outcome.FAILED
    if state.phase is Phase.TO_OPERATOR:
        return endings.finish(state, outcome, f"fault: {moment.reason}", sorry, say("nobody_free"))
    if not state.open and not state.priority:
        return endings.finish(state, outcome, f"fault: {moment.reason}", sorry, say("closed", site=desk.site.name))
    return _to_operator(desk, replace(state, pending=outcome), sorry, say("connecting_operator"))


def escalate(desk: Desk, state: State, moment: Moment) -> Step:
    """Answer danger or distress: advice first, then the right people at once, whatever the hour."""
    advice = say(prompt_of(moment.safety))
    state = replace(state, priority=True, safety=moment.safety, pending=Outcome.ESCALATED, tried=(),
                    tongue=moment.language or state.tongue)  # fmt: skip
    duty = desk.duty(state, moment.safety, moment.at)
    if duty is None:
        return _to_operator(desk, state, advice)
    state = replace(state, phase=Phase.TO_OPERATOR, dialling=duty.id)
    return state, (advice, Transfer(duty, _urgent(state), priority=True, about=state.tongue))


def reached_wrong(state: State) -> State:
    """Mark the transfer asked about as wrong, and never offer that entry again in this call."""
    here = bool(state.wanted)
    return replace(
        state,
        declined=(*state.declined, entry_target(state.last_entry)),
        wrong_transfer=state.wrong_transfer or here,
        wrong_last=state.wrong_last or not here,
    )


def _after_dial(state: State, moment: Moment) -> State:
    return replace(
        state, dial_status=moment.dial, answer_seconds=moment.answer_seconds, talk_seconds=moment.talk_seconds
    )


def _person(desk: Desk, state: State, outcome: Outcome, announce: Action) -> Step:
    if state.open:
        return _to_operator(desk, replace(state, pending=outcome), announce)
    return _closed(desk, state)


def _closed(desk: Desk, state: State, *says: Action) -> Step:
    """Say that nobody is there; the caller may still ask something, once told twice the call ends."""
    closed = say("closed", site=desk.site.name)
    if state.done is Outcome.CLOSED:
        return endings.finish(state, Outcome.CLOSED, "out of hours", *says, closed, say("goodbye", site=desk.site.name))
    state = replace(state, phase=Phase.ANYTHING_ELSE, done=Outcome.CLOSED, failures=0, about="", offered=())
    return state, (*says, closed, *ask(desk, state))


def _down_the_chain(desk: Desk, state: State, at: datetime, *says: Action) -> Step:
    following = desk.next_in_chain(state, at)
    if following:
        trying = replace(state, pending=Outcome.TRANSFER_FAILED)
        return _dial(trying, following, *says, named(following, "trying"))
    if state.open:
        return _to_operator(desk, replace(state, pending=Outcome.TRANSFER_FAILED), *says, say("trying_operator"))
    if state.tried:
        closed = say("closed", site=desk.site.name)
        return endings.finish(state, Outcome.TRANSFER_FAILED, "nobody else to try out of hours", *says, closed)
    return _closed(desk, state, *says)


def _dial(state: State, entry: Entry, *says: Action) -> Step:
    phase = state.phase if state.phase is Phase.TO_OPERATOR else Phase.TRANSFERRING
    dialling = replace(state, phase=phase, dialling=entry.id)
    whisper = "whisper_priority" if state.priority else "whisper"
    return dialling, (*says, Transfer(entry, whisper, priority=state.priority))


def _to_operator(desk: Desk, state: State, *says: Action) -> Step:
    dialling = replace(state, phase=Phase.TO_OPERATOR, dialling="")
    about = state.tongue or ("" if state.priority else _gathered(desk, state))
    whisper = _urgent(state) if state.priority else "whisper_about" if about else _whisper(state)
    whisper = "whisper_language" if state.tongue and not state.priority else whisper
    return dialling, (*says, Transfer(desk.operator, whisper, priority=state.priority, about=about))


def _urgent(state: State) -> str:
    """Return the whisper of a call of the safety floor; who only needs another language is announced so."""
    return "whisper_language" if state.tongue and state.safety == "cannot_use" else "whisper_priority"


def _whisper(state: State) -> str:
    return "whisper_direct" if state.direct else "whisper_operator"


def _gathered(desk: Desk, state: State) -> str:
    """Say what a skill that did not get to its end had been told: the person need not ask again."""
    enquiry = desk.enquiries.get(state.enquiry)  # in the site's own language: a colleague hears it
    told = [value for name, value in state.slots if value and not name.startswith("_")]
    return ", ".join((enquiry.title, *told)) if enquiry and state.slots else ""
