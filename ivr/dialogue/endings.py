"""How a call ends: the outcome, the farewell, and what a hang-up means where it comes.

An outcome is what the caller got, and is never more than that:
- hanging up (or "goodbye") after an answer leaves that answer's outcome; in the middle of narrowing down a new
  request, or while an asked-for entry still rings, the call is abandoned;
- once a call is on its way to the operator or to the duty team, hanging up does not undo why it went there;
- out of hours a call with nothing done is `closed`, not abandoned: the caller was told so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Action, Finish, HangUp
from ivr.dialogue.desk import OPERATOR
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import Outcome

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.moment import Moment

Actions = tuple[Action, ...]
Step = tuple[State, Actions]

GOODBYE, NO_MORE = "the caller said goodbye", "nothing else was wanted"
"""Reasons a call ends for."""
_NARROWING = frozenset({Phase.CONFIRMING, Phase.CHOOSING, Phase.SPELLING, Phase.IN_SKILL, Phase.PAYING})


def finish(state: State, outcome: Outcome, reason: str, *says: Action) -> Step:
    """End the call with `outcome`, after `says`."""
    operator = outcome in {Outcome.OPERATOR_REQUESTED, Outcome.OPERATOR_FALLBACK, Outcome.FAILED, Outcome.ESCALATED}
    reached = state.phase in {Phase.TO_OPERATOR, Phase.RATING, Phase.COMMENTING}
    entry = (state.dialling or OPERATOR) if operator and reached else state.wanted
    done = Finish(
        outcome,
        f"{reason}; asked for {state.tongue}" if state.tongue else reason,
        entry=entry,
        enquiry=state.enquiry,
        wrong_transfer=state.wrong_transfer,
        wrong_last=state.wrong_last,
    )
    return replace(state, phase=Phase.ENDED, outcome=outcome), (*says, done, HangUp())


def so_far(state: State) -> Outcome:
    """Return the outcome of a call that ends now."""
    nothing = Outcome.ABANDONED if state.open else Outcome.CLOSED
    if state.phase is Phase.TO_OPERATOR:
        return state.pending or Outcome.OPERATOR_FALLBACK
    if state.phase is Phase.TRANSFERRING:
        return Outcome.TRANSFER_FAILED if state.tried else Outcome.ABANDONED
    if state.phase in _NARROWING:
        return nothing
    return state.done or nothing


def hung_up(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call: the caller is gone."""
    del desk, moment
    return finish(state, so_far(state), f"the caller hung up: {state.phase.value.replace('_', ' ')}")


def goodbye(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call as the caller wishes."""
    del moment
    return finish(state, so_far(state), GOODBYE, say("goodbye", site=desk.site.name))


def no_more(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call: there is nothing else the caller wants."""
    del moment
    return finish(state, so_far(state), NO_MORE, say("goodbye", site=desk.site.name))


def ended(desk: Desk, state: State, moment: Moment) -> Step:
    """Leave an ended call ended, whatever still arrives."""
    del desk, moment
    return state, (HangUp(),)
