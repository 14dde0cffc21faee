"""The one table of the dialogue: what happens in which phase when what arrives.

The rules it keeps:
- The safety floor, the operator, a fault and a hang-up are answered in every phase, first of all.
- Help, repeat, "start again" and goodbye work wherever the caller has been asked something.
- A question is put, and put once more in other words after each failure; failures in a row beyond the site's
  limit (two), three refusals, or too many turns give the caller a person. Out of hours they hear so.
- "No" can carry the new request. What was declined is never offered again in the call.
- An answered enquiry is followed by the link as a text, then a person where one takes it on, then "anything
  else?"; a caller who then stays silent, says no, or hangs up has what they came for.
- A transfer is answered, or goes down its chain: the entry's fallbacks, its department, the operator.
- A card payment is handed over once; where its result is not known a person takes over.
- A settled call may end with one question more: how satisfied the caller is. It changes no outcome.
- Every step ends with one of: listen, transfer, pay, hang up. The outcome is decided once.

Anything a phase does not list is in `EVERYWHERE` or `UNLISTED`, so that every phase answers every trigger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.dialogue import answers, endings, menu, paying, requests, skilled, survey, tongues, transfers
from ivr.dialogue.moment import Trigger
from ivr.dialogue.state import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment
    from ivr.dialogue.state import State

    Handler = Callable[[Desk, State, Moment], Step]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done, and the phases it can lead to."""

    do: Handler
    to: frozenset[Phase]


def _rule(do: Handler, *to: Phase) -> Rule:
    return Rule(do, frozenset(to))


P, T = Phase, Trigger

ASKING = (
    P.LANGUAGE, P.RETURNING, P.LISTENING, P.CONFIRMING, P.CHOOSING, P.SPELLING, P.OFFERING_TEXT, P.OFFERING_TRANSFER,
    P.ANYTHING_ELSE, P.MENU, P.IN_SKILL, P.RATING, P.COMMENTING,
)  # fmt: skip
"""Phases in which the caller has been asked something."""
ANSWERED = (P.OFFERING_TEXT, P.OFFERING_TRANSFER, P.ANYTHING_ELSE)
"""Those after the answer to an enquiry."""

_PERSON = (P.TO_OPERATOR, P.ANYTHING_ELSE, P.ENDED)
"""The operator; out of hours the closed message, and the end where it was said before."""
_DIAL = (P.TRANSFERRING, *_PERSON)
_GRANT = (*ANSWERED, P.IN_SKILL, P.PAYING, *_DIAL)
_REQUEST = (*_GRANT, P.CONFIRMING, P.CHOOSING)

EVERYWHERE: Mapping[Trigger, Rule] = {
    T.SAFETY: _rule(transfers.escalate, P.TO_OPERATOR),
    T.OPERATOR: _rule(transfers.operator_asked, *_PERSON),
    T.LANGUAGE: _rule(tongues.wanted, P.LISTENING, P.MENU, *_PERSON),
    T.FAULT: _rule(transfers.fault, P.TO_OPERATOR, P.ENDED),
    T.HUNG_UP: _rule(endings.hung_up, P.ENDED),
    T.GOODBYE: _rule(survey.goodbye, P.RATING, P.ENDED),
    T.TOO_MANY: _rule(transfers.too_many, P.TO_OPERATOR, P.TRANSFERRING, P.ENDED),
}
"""Answered alike in every phase but the last."""


def _heard(phase: Phase) -> Mapping[Trigger, Rule]:
    """Return what all phases share in which the caller has been asked something; `phase` is where they stay."""
    again = {P.RETURNING: (P.LISTENING,), P.LISTENING: (P.SPELLING,)}.get(phase, ())
    likely = {P.LISTENING, P.SPELLING}  # what was said twice, or spelled, may be likely enough together
    put = (P.CONFIRMING, P.CHOOSING) if phase in likely else ()
    return {
        T.ACCEPT: _rule(requests.accept, *_GRANT, phase),
        T.CONFIRM: _rule(requests.confirm, *_GRANT, P.CONFIRMING),
        T.CHOOSE: _rule(requests.choose, P.CHOOSING, P.LISTENING, P.TO_OPERATOR, P.ENDED),
        T.HELP: _rule(requests.help_wanted, phase),
        T.REPEAT: _rule(requests.repeat, phase),
        T.STARTED: _rule(requests.repeat, phase),
        T.BACK: _rule(requests.start_again, P.LISTENING),
        T.HICCUP: _rule(requests.hiccup, phase, P.TO_OPERATOR, P.ENDED),
        T.SILENCE: _rule(requests.silence, phase, *again, P.TO_OPERATOR, P.ENDED),
        T.NO_MATCH: _rule(requests.no_match, phase, *again, *put, P.TO_OPERATOR, P.ENDED),
    }


_REPLIES: Mapping[Phase, Mapping[Trigger, Rule]] = {
    P.LANGUAGE: {
        T.PICK: _rule(tongues.picked, P.LISTENING, P.MENU),
        T.SILENCE: _rule(tongues.not_chosen, P.LISTENING),
        T.NO_MATCH: _rule(tongues.not_chosen, P.LISTENING),
    },
    P.RETURNING: {
        T.YES: _rule(requests.right_person, P.ANYTHING_ELSE),
        T.NO: _rule(requests.wrong_person, P.LISTENING, *_REQUEST),
    },
    P.LISTENING: {T.MENU: _rule(menu.opened, P.MENU)},
    P.CONFIRMING: {
        T.YES: _rule(requests.confirmed, *_GRANT, P.LISTENING),
        T.NO: _rule(requests.refused, P.LISTENING, P.SPELLING, *_REQUEST),
    },
    P.CHOOSING: {
        T.PICK: _rule(requests.picked, *_GRANT, P.CHOOSING),
        T.NO: _rule(requests.neither, P.LISTENING, P.SPELLING, *_REQUEST),
        T.NEITHER: _rule(requests.neither, P.LISTENING, P.SPELLING, *_REQUEST),
    },
    P.SPELLING: {},
    P.MENU: {
        T.MENU: _rule(menu.opened, P.MENU),
        T.KEY: _rule(menu.keyed, *_GRANT, P.MENU, P.SPELLING, P.LISTENING, P.TO_OPERATOR, P.ENDED),
    },
    P.OFFERING_TEXT: {
        T.YES: _rule(answers.text_wanted, P.ANYTHING_ELSE, P.OFFERING_TRANSFER),
        T.NO: _rule(answers.transfer_next, P.OFFERING_TRANSFER, P.ANYTHING_ELSE),
    },
    P.OFFERING_TRANSFER: {
        T.YES: _rule(answers.transfer_wanted, *_DIAL),
        T.NO: _rule(answers.anything_else, P.ANYTHING_ELSE),
    },
    P.IN_SKILL: {
        trigger: _rule(skilled.take, *_GRANT, P.LISTENING)
        for trigger in (T.YES, T.NO, T.PICK, T.NEITHER, T.ACCEPT, T.CONFIRM, T.CHOOSE, T.NO_MATCH)
    }
    | {
        T.FILED: _rule(skilled.filed, *ANSWERED),
        T.NOT_FILED: _rule(skilled.not_filed, *_PERSON),
    },
    P.RATING: {
        trigger: _rule(survey.rated, P.RATING, P.COMMENTING, P.ENDED)
        for trigger in (T.CONFIRM, T.CHOOSE, T.NO_MATCH, T.SILENCE)
    },
    P.COMMENTING: {
        trigger: _rule(survey.over, P.ENDED) for trigger in (T.ACCEPT, T.CONFIRM, T.CHOOSE, T.NO_MATCH, T.SILENCE)
    },
    P.ANYTHING_ELSE: {
        T.YES: _rule(requests.start_again, P.LISTENING),
        T.NO: _rule(survey.no_more, P.RATING, P.ENDED),
        T.TEXT_SENT: _rule(answers.text_sent, P.ANYTHING_ELSE),
        T.TEXT_FAILED: _rule(answers.text_failed, P.ANYTHING_ELSE),
    },
}
"""What answers each question."""

PHASES: Mapping[Phase, Mapping[Trigger, Rule]] = {
    P.NEW: {T.STARTED: _rule(requests.greet, P.LANGUAGE, P.LISTENING, P.RETURNING, P.TO_OPERATOR)},
    **{phase: {**_heard(phase), **replies} for phase, replies in _REPLIES.items()},
    P.PAYING: {
        T.PAID: _rule(paying.paid, P.IN_SKILL, P.TO_OPERATOR, P.ENDED),
        T.NOT_PAID: _rule(paying.not_paid, *ANSWERED, P.TO_OPERATOR, P.ENDED),
    },
    P.TRANSFERRING: {
        T.ANSWERED: _rule(transfers.answered, P.RETURNING, P.RATING, P.ENDED),
        T.UNANSWERED: _rule(transfers.unanswered, P.TRANSFERRING, P.TO_OPERATOR, P.ENDED),
    },
    P.TO_OPERATOR: {
        T.ANSWERED: _rule(transfers.operator_answered, P.RATING, P.ENDED),
        T.UNANSWERED: _rule(transfers.operator_unanswered, P.TO_OPERATOR, P.ENDED),
    },
    P.ENDED: {},
}
"""What each phase does of its own."""

UNLISTED: Mapping[Phase, Rule] = {
    P.NEW: _rule(requests.greet, P.LANGUAGE, P.LISTENING, P.RETURNING, P.TO_OPERATOR),
    **{phase: _heard(phase)[T.NO_MATCH] for phase in ASKING},
    P.PAYING: _rule(paying.unknown, P.TO_OPERATOR, P.ENDED),
    P.TRANSFERRING: _rule(transfers.redial, P.TRANSFERRING, P.TO_OPERATOR),
    P.TO_OPERATOR: _rule(transfers.redial, P.TO_OPERATOR),
    P.ENDED: _rule(endings.ended, P.ENDED),
}
"""What a phase does with anything else: a late dial result, an answer to a question not asked."""

_LATE = frozenset({T.ANSWERED, T.UNANSWERED, T.TEXT_SENT, T.TEXT_FAILED, T.FILED, T.NOT_FILED, T.PAID, T.NOT_PAID})


def _find(phase: Phase, trigger: Trigger) -> Rule:
    if phase is P.ENDED:
        return UNLISTED[phase]
    own = PHASES[phase].get(trigger) or EVERYWHERE.get(trigger)
    if own:
        return own
    if trigger in _LATE and phase in ASKING:  # nothing the caller did: not their failure
        return _heard(phase)[T.REPEAT]
    return UNLISTED[phase]


TABLE: Mapping[tuple[Phase, Trigger], Rule] = {
    (phase, trigger): _find(phase, trigger) for phase in Phase for trigger in Trigger
}
"""The whole table: a rule for every trigger in every phase."""
