"""What an event means in the state it meets: one trigger of the table, and the targets it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ivr.dialogue.events import CallStarted, Dialled, Fault, Filed, Heard, HungUp, Keyed, Paid, Silence, TextSent
from ivr.dialogue.state import MOST_READ_OUT, Phase, State
from ivr.model import MOST_ALIKE, Command, Decision, DialStatus, Kind, PayStatus, Target, TargetKind

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.dialogue.desk import Desk
    from ivr.dialogue.events import Event
    from ivr.model import CallFacts, Understanding


class Trigger(StrEnum):
    """What can happen, as the table sees it."""

    STARTED = "call starts"
    SAFETY = "danger or distress"
    OPERATOR = "operator"
    GOODBYE = "goodbye"
    HELP = "help"
    REPEAT = "repeat"
    BACK = "start again"
    YES = "yes"
    NO = "no"
    PICK = "a position"
    NEITHER = "none of them"
    LANGUAGE = "another language"
    MENU = "keypad menu"
    KEY = "a key of the menu"
    ACCEPT = "request, sure"
    CONFIRM = "request, unsure"
    CHOOSE = "request, several"
    NO_MATCH = "not understood"
    SILENCE = "silence"
    ANSWERED = "answered"
    UNANSWERED = "not answered"
    TEXT_SENT = "text sent"
    TEXT_FAILED = "text not sent"
    FILED = "request kept"
    NOT_FILED = "request not kept"
    PAID = "paid"
    NOT_PAID = "not paid"
    HUNG_UP = "caller hangs up"
    HICCUP = "turn lost"
    FAULT = "fault"
    TOO_MANY = "too many turns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event, read."""

    at: datetime
    trigger: Trigger
    targets: tuple[str, ...] = ()
    """Who or what was asked for, best first; only what this caller may reach and has not declined."""
    request: Trigger | None = None
    """What `targets` amount to, where the trigger is an answer: "no, Jane Smith"."""
    pick: int = 0
    """Position asked for, from 0."""
    safety: str = ""
    language: str = ""
    """English name of the language asked for."""
    dial: DialStatus | None = None
    answer_seconds: float | None = None
    talk_seconds: float | None = None
    reason: str = ""
    facts: CallFacts | None = None
    said: Understanding | None = None
    """All that was understood, for a skill."""
    keys: str = ""
    reference: str = ""
    """Of a request kept; of a payment, the provider's code."""
    pay: PayStatus | None = None
    gone: bool = False
    """The caller has hung up."""


ASKED = frozenset(
    {
        Phase.CONFIRMING,
        Phase.CHOOSING,
        Phase.RETURNING,
        Phase.OFFERING_TEXT,
        Phase.OFFERING_TRANSFER,
        Phase.ANYTHING_ELSE,
    }
)
"""Phases whose question can be answered with yes or no."""

_HEEDED = frozenset({Trigger.SAFETY, Trigger.OPERATOR, Trigger.GOODBYE})
"""Heard however long the call has gone on."""
_ALWAYS = {
    Command.OPERATOR: Trigger.OPERATOR,
    Command.GOODBYE: Trigger.GOODBYE,
    Command.HELP: Trigger.HELP,
    Command.REPEAT: Trigger.REPEAT,
    Command.CANCEL: Trigger.BACK,
}
_PICKS = {Command.FIRST: 0, Command.SECOND: 1, Command.THIRD: 2}
MOST_REPEATS = 2
"""Times a call's first question is put again by voice; after that, a name is taken for "say it again"."""
_MOST_ORDERED = 3
"""Words of a command in the middle of a comment."""


def read(desk: Desk, state: State, event: Event) -> Moment:
    """Read `event` in `state`."""
    moment = _read(desk, state, event)
    if not isinstance(event, Heard | Keyed | Silence) or moment.trigger in _HEEDED:
        return moment
    # Who has been told so many names may be collecting them; the last one offered can still be taken.
    told = state.named >= desk.rules.most_names and moment.trigger not in {Trigger.YES, Trigger.PICK}
    if told or state.turns > desk.rules.most_turns:
        return Moment(at=event.at, trigger=Trigger.TOO_MANY)
    return moment


def _read(desk: Desk, state: State, event: Event) -> Moment:  # noqa: C901, PLR0911 (one return an event)
    match event:
        case CallStarted():
            return Moment(at=event.at, trigger=Trigger.STARTED, facts=event.facts)
        case Heard():
            return _heard(desk, state, event)
        case Keyed():
            return _keyed(desk, state, event)
        case Silence():
            return Moment(at=event.at, trigger=Trigger.SILENCE)
        case Dialled():
            answered = event.status is DialStatus.ANSWERED
            trigger = Trigger.ANSWERED if answered else Trigger.UNANSWERED
            return Moment(
                at=event.at,
                trigger=trigger,
                dial=event.status,
                answer_seconds=event.answer_seconds,
                talk_seconds=event.talk_seconds,
                gone=event.gone,
            )
        case TextSent():
            return Moment(at=event.at, trigger=Trigger.TEXT_SENT if event.ok else Trigger.TEXT_FAILED)
        case Filed():
            trigger = Trigger.FILED if event.reference else Trigger.NOT_FILED
            return Moment(at=event.at, trigger=trigger, reference=event.reference)
        case Paid():
            taken = event.status in {PayStatus.CHARGED, PayStatus.TOKEN}
            trigger = Trigger.PAID if taken else Trigger.NOT_PAID
            return Moment(at=event.at, trigger=trigger, pay=event.status, reference=event.code)
        case HungUp():
            return Moment(at=event.at, trigger=Trigger.HUNG_UP)
        case Fault():
            trigger = Trigger.HICCUP if event.recoverable else Trigger.FAULT
            return Moment(at=event.at, trigger=trigger, reason=event.reason)


def _heard(desk: Desk, state: State, event: Heard) -> Moment:
    said = event.understanding
    ours = bool(said.language) and bool(desk.language_called(said.language))
    if said.safety and not ours:
        return Moment(at=event.at, trigger=Trigger.SAFETY, safety=said.safety, language=said.language)
    if said.language:
        return _tongue(desk, state, event.at, said)
    if desk.is_deaf(state) and said.command is not Command.OPERATOR:
        return Moment(at=event.at, trigger=Trigger.NO_MATCH)
    if state.phase is Phase.COMMENTING and len(said.text.split()) > _MOST_ORDERED:
        return Moment(at=event.at, trigger=Trigger.NO_MATCH, said=said)  # words for people, whatever they sound like
    if said.command in _ALWAYS:
        over = said.command is Command.REPEAT and state.phase is Phase.LISTENING and state.repeats >= MOST_REPEATS
        return Moment(at=event.at, trigger=Trigger.NO_MATCH if over else _ALWAYS[said.command])
    request, targets = _request(desk, state, said)
    trigger, pick = _reply(state, said, request)
    asked = request if request is not Trigger.NO_MATCH else None
    return Moment(at=event.at, trigger=trigger, targets=targets, request=asked, pick=pick, said=said)


def _tongue(desk: Desk, state: State, at: datetime, said: Understanding) -> Moment:
    """Read a language asked for: the one spoken already is no request."""
    own = state.phase is not Phase.LANGUAGE and desk.spoken_in(state, said.language)
    return Moment(at=at, trigger=Trigger.REPEAT if own else Trigger.LANGUAGE, language=said.language, said=said)


def _reply(state: State, said: Understanding, request: Trigger) -> tuple[Trigger, int]:
    """Read an answer to the question asked; what is none is a request."""
    command = said.command
    if state.phase is Phase.CHOOSING:
        if command in _PICKS and len(state.offered) <= MOST_READ_OUT:
            return Trigger.PICK, _PICKS[command]
        if command is Command.NEITHER:
            return Trigger.NEITHER, 0
    if command is Command.NEITHER and state.phase in ASKED and request is Trigger.NO_MATCH:
        return Trigger.NO, 0
    wants_more = state.phase is Phase.ANYTHING_ELSE and request is not Trigger.NO_MATCH
    if state.phase in ASKED and command in {Command.YES, Command.NO} and not wants_more:
        return (Trigger.YES if command is Command.YES else Trigger.NO), 0
    return request, 0


def _request(desk: Desk, state: State, said: Understanding) -> tuple[Trigger, tuple[str, ...]]:
    """Say what the candidates amount to once those out of reach, and those declined, are gone."""
    if said.decision is Decision.REJECT:
        return Trigger.NO_MATCH, ()
    named = tuple(str(c.target) for c in said.candidates if c.target.kind in {TargetKind.ENTRY, TargetKind.ENQUIRY})
    targets = desk.allowed(state, named)
    if not targets:
        return Trigger.NO_MATCH, ()
    if said.decision is Decision.CHOOSE and len(targets) > 1:
        return Trigger.CHOOSE, targets[:MOST_ALIKE]
    if said.decision is Decision.ACCEPT and targets[0] == named[0] and not _must_confirm(desk, state, targets[0]):
        return Trigger.ACCEPT, targets[:1]
    return Trigger.CONFIRM, targets[:1]


def _must_confirm(desk: Desk, state: State, target: str) -> bool:
    """Tell whether the site always asks before this one; a name picked from those read out was asked already."""
    entry = desk.entry(state, target)
    person = entry is not None and entry.kind is Kind.PERSON
    return desk.rules.confirm_people and person and target not in {*state.offered, state.about}


def _keyed(desk: Desk, state: State, event: Keyed) -> Moment:
    keys = event.digits
    if keys in {"0", "*", "#"}:
        return Moment(at=event.at, trigger=_command_key(state, keys))
    if state.phase is Phase.LANGUAGE and keys.isdigit():
        return Moment(at=event.at, trigger=Trigger.PICK, pick=int(keys) - 1)
    if state.phase is Phase.MENU:
        return Moment(at=event.at, trigger=Trigger.KEY, keys=keys)
    if state.phase is Phase.CHOOSING and len(state.offered) <= MOST_READ_OUT and keys in {"1", "2", "3"}:
        return Moment(at=event.at, trigger=Trigger.PICK, pick=int(keys) - 1)
    if state.phase in ASKED and keys in {"1", "2"}:
        return Moment(at=event.at, trigger=Trigger.YES if keys == "1" else Trigger.NO)
    found = desk.extension(state, keys.rstrip("#"))[:MOST_READ_OUT]
    trigger = {0: Trigger.NO_MATCH, 1: Trigger.ACCEPT}.get(len(found), Trigger.CHOOSE)
    return Moment(at=event.at, trigger=trigger, targets=found, keys=keys)


def _command_key(state: State, key: str) -> Trigger:
    """Read the keys that mean the same at nearly every question."""
    if key == "0":
        return Trigger.OPERATOR
    if key == "*":
        return Trigger.MENU if state.phase is Phase.LISTENING else Trigger.REPEAT
    if state.phase is Phase.MENU:
        return Trigger.MENU if state.menu else Trigger.BACK
    back = state.phase in ASKED or state.phase in {Phase.SPELLING, Phase.IN_SKILL}
    return Trigger.BACK if back else Trigger.HELP


def entry_target(entry_id: str) -> str:
    """Return the target of an entry's id."""
    return str(Target(TargetKind.ENTRY, entry_id))
