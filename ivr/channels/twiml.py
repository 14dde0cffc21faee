"""TwiML from what the dialogue engine asks for. Pure: actions in, XML out, always valid and under 64 kB.

The rules Twilio makes, met here and in `phrases` and `dialling` and nowhere else: every `Say` names its
voice, recordings and voice mix, timeouts are whole seconds, speech and keys are gathered together, masking
of "profanities" is off (it masks surnames), an empty answer comes back too, and what a document may weigh.

Source: twilio.com/docs/voice/twiml, one page a verb.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twilio.twiml.voice_response import Connect, Gather, VoiceResponse

from ivr.channels.dialling import hand_over, put_through
from ivr.channels.paying import ask_to_pay
from ivr.channels.phrases import Piece, Spoken, Style, clean, speak, tag
from ivr.dialogue.actions import HangUp, Listen, Say, TakePayment, Transfer
from ivr.directory.shared import ELSEWHERE
from ivr.model import Expect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.dialogue.actions import Action

LARGEST = 64_000
"""Bytes a document may have; Twilio refuses 64 kB."""
LONGEST_HINT = 100
LONGEST_PARAMETER = 450
"""Characters of a stream's parameter; Twilio takes 500 with its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is particular to one answer."""

    number: int
    """Turn that the caller's next words belong to: part of the action address."""
    caller: str = ""
    hints: Sequence[str] = ()
    stream: str = ""
    """`wss` address to listen at; empty: Twilio listens."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Passed to the stream."""
    before: str = ""
    """Sites of the installation that the call has been at, this one last."""


def compose(actions: Sequence[Action], pieces: Callable[[Say], Sequence[Piece]], style: Style, turn: Turn) -> str:
    """Write the answer to a webhook: all that is said, then one way on (listen, transfer or hang up).

    `pieces` gives a prompt as recordings and speech. A document that would be too large loses its hints first.
    """
    for hints in (turn.hints, turn.hints[: len(turn.hints) // 4], ()):
        text = _document(actions, pieces, style, hints, turn)
        if len(text.encode()) <= LARGEST:
            return text
    return _document([a for a in actions if not isinstance(a, Say)], pieces, style, (), turn)


def _document(
    actions: Sequence[Action],
    pieces: Callable[[Say], Sequence[Piece]],
    style: Style,
    hints: Sequence[str],
    turn: Turn,
) -> str:
    response = VoiceResponse()
    spoken: list[Piece] = []
    for action in actions:
        match action:
            case Say():
                spoken += pieces(action)
            case Listen():
                _listen(response, action, spoken, style, (hints, turn))
                return str(response)
            case Transfer():
                speak(response, spoken, style)
                if action.entry.number.startswith(ELSEWHERE):
                    hand_over(response, action.entry.number, style, turn.before)
                else:
                    put_through(response, action, style, turn.number, turn.caller)
                return str(response)
            case TakePayment():
                speak(response, spoken, style)
                ask_to_pay(response, action, style, turn.number)
                return str(response)
            case HangUp():
                break
            case _:
                pass
    speak(response, spoken, style)
    response.hangup()
    return str(response)


def _listen(
    response: VoiceResponse, listen: Listen, spoken: Sequence[Piece], style: Style, how: tuple[Sequence[str], Turn]
) -> None:
    hints, turn = how
    action = f"{style.origin}/voice/turn/{turn.number}"
    if turn.stream:
        before, inside = _split(spoken)
        speak(response, before, style)
        connect = Connect()
        stream = connect.stream(url=turn.stream)
        for name, value in ({**turn.parameters, "play": "|".join(inside)}).items():
            stream.parameter(name=name, value=value)
        response.append(connect)
        action += "?after=stream"
    else:
        gather = Gather(action=action, method="POST", **_gathering(listen, style, hints))
        speak(gather, spoken, style)
        response.append(gather)
    response.redirect(action, method="POST")


def _split(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], list[str]]:
    """Cut off the recordings at the end: played inside the stream, they can be talked over."""
    inside: list[str] = []
    for piece in reversed(pieces):
        if isinstance(piece, Spoken) or sum(map(len, inside)) + len(inside) + len(piece.file) > LONGEST_PARAMETER:
            break
        inside.insert(0, piece.file)
    return pieces[: len(pieces) - len(inside)], inside


def _gathering(listen: Listen, style: Style, hints: Sequence[str]) -> dict[str, Any]:
    how: dict[str, Any] = {
        "input": "dtmf speech",
        "timeout": max(1, math.ceil(listen.seconds)),
        "speech_timeout": 2 if listen.free or listen.expect in {Expect.SPELLING, Expect.DIGITS} else 1,
        "language": tag(listen.language or style.language),
        "profanity_filter": "false",
        "action_on_empty_result": "true",
    }
    if listen.keys == 1:
        how["num_digits"] = 1
    else:
        how |= {"num_digits": listen.keys, "finish_on_key": "#"}
    if style.speech_model:
        how["speech_model"] = style.speech_model
    words = [_hint(hint) for hint in hints]
    if any(words):
        how["hints"] = ",".join(word for word in words if word)
    return how


@lru_cache(maxsize=50_000)
def _hint(text: str) -> str:
    """One hint as Twilio takes it: no comma, no longer than 100 characters."""
    hint = clean(text.replace(",", " "))
    return hint if len(hint) <= LONGEST_HINT else ""
