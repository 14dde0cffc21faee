"""A telephone line that a program holds itself (a microphone, a console, a recording), and a call on it.

Telephone services that call us back are no such lines: they make a Conversation for each request.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from ivr.dialogue.actions import Listen, Say, TakePayment, Transfer
from ivr.dialogue.events import Dialled, Fault, HungUp, Silence
from ivr.errors import RecogniserError
from ivr.model import Recognition

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.channels.runner import Conversation
    from ivr.dialogue.actions import Action
    from ivr.dialogue.events import Paid
    from ivr.model import CallRecord

log = logging.getLogger(__name__)

MOST_FAULTS = 3
"""Faults in a row that end a call: the line itself must be down."""


class CallerGoneError(Exception):
    """The caller hung up. Any method of a Line may raise it."""


class Line(Protocol):
    """One caller, as a program that holds the line sees them. Every method may raise CallerGoneError."""

    def now(self) -> datetime:
        """Return the time, aware."""
        ...

    def say(self, text: str) -> None:
        """Speak; returns when it has been said, or when the caller has begun to answer."""
        ...

    def listen(self, listen: Listen) -> Recognition | str:
        """Return what was heard, or the keys pressed (0-9, * and #). Raises RecogniserError: that turn is lost."""
        ...

    def transfer(self, transfer: Transfer) -> Dialled:
        """Put the caller through; returns when the transfer has been answered and is over, or has failed."""
        ...

    def pay(self, payment: TakePayment) -> Paid:
        """Have a card payment taken; returns when that is over."""
        ...

    def hang_up(self) -> None:
        """End the call."""
        ...


def hold(call: Conversation, line: Line) -> CallRecord:
    """Hold a whole call on `line`. Nothing that fails loses the caller: they hear so, and get the operator."""
    actions: tuple[Action, ...] = ()
    faults, begun = 0, False
    while not call.ended:
        try:
            if not begun:
                begun, actions = True, call.start()
            else:
                actions = _perform(call, line, actions)
            faults = 0
        except CallerGoneError:
            actions = call.handle(HungUp(line.now()))
        except RecogniserError as error:
            log.warning("call %s: turn lost: %s", call.facts.call_id, error)
            actions = call.handle(Fault(line.now(), str(error), recoverable=True))
        except Exception as error:  # the one place where nothing may escape: the caller must not be lost
            log.exception("call %s: failed", call.facts.call_id)
            faults += 1
            gone = faults >= MOST_FAULTS
            event = HungUp(line.now()) if gone else Fault(line.now(), f"{type(error).__name__} on the line")
            actions = call.handle(event)
    return _farewell(call, line, actions)


def _perform(call: Conversation, line: Line, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Do what the engine asked for, and hand it what came of that."""
    _speak(call, line, actions)
    last = actions[-1]
    if isinstance(last, Transfer):
        return call.handle(line.transfer(last))
    if isinstance(last, TakePayment):
        return call.handle(line.pay(last))
    if not isinstance(last, Listen):
        return call.handle(Silence(line.now()))
    answer = line.listen(last)
    if isinstance(answer, Recognition):
        return call.hear(answer, line.now())
    return call.press(answer, line.now())


def _speak(call: Conversation, line: Line, actions: tuple[Action, ...]) -> None:
    for action in actions:
        if isinstance(action, Say):
            line.say(call.parts.prompts.of(action.language).render(action.prompt, action.values))


def _farewell(call: Conversation, line: Line, actions: tuple[Action, ...]) -> CallRecord:
    """Say the last words to a caller who is still there, and hang up."""
    try:
        _speak(call, line, actions)
        line.hang_up()
    except CallerGoneError:
        pass
    except Exception:  # the outcome is decided and recorded; only the farewell is lost
        log.exception("call %s: farewell failed", call.facts.call_id)
    if call.record is None:
        raise RuntimeError("an ended call has a record")
    return call.record
