"""TwiML that dials: transfers, the whisper to the person called, and the static fallback. Pure.

Source: twilio.com/docs/voice/twiml/dial, /number, /sip and /enqueue.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Enqueue, Gather, VoiceResponse

from ivr.channels.phrases import Spoken, Style, clean, speak
from ivr.directory.shared import ELSEWHERE

if TYPE_CHECKING:
    from ivr.dialogue.actions import Transfer

LONGEST_WHISPER = 200
URGENT = 100
"""Priority of an escalated call in a TaskRouter workflow; all others have 0."""
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_EXTENSION = re.compile(r"[0-9*#]{1,10}")


def put_through(response: VoiceResponse, transfer: Transfer, style: Style, turn: int, caller: str) -> None:
    """Add the way to an entry: a queue to wait in, or a number, extension or SIP address to dial."""
    action = f"{style.origin}/voice/transfer/{turn}"
    number = transfer.entry.number
    scheme, _, place = number.partition(":")
    if scheme == "queue":
        response.append(Enqueue(place, action=action, method="POST"))
        return
    if scheme == "workflow":
        task = json.dumps({"entry": transfer.entry.id, "urgent": transfer.priority, "call": clean(transfer.whisper)})
        enqueue = Enqueue(workflow_sid=place, action=action, method="POST")
        enqueue.task(task, priority=URGENT if transfer.priority else 0)
        response.append(enqueue)
        return
    dial = Dial(action=action, method="POST", timeout=style.ring_seconds, ring_tone="uk", **_caller_id(style, caller))
    _destination(dial, number, style, _attended(transfer, style))
    response.append(dial)


def hand_over(response: VoiceResponse, number: str, style: Style, before: str) -> None:
    """Send the call on to another site of the installation. `before`: the sites it was at, this one last."""
    site = number.removeprefix(ELSEWHERE)
    response.redirect(f"{style.sites}/sites/{site}/voice?{urlencode({'from': before})}", method="POST")


def say_and_dial(apology: str, sorry: str, number: str, style: Style) -> str:
    """Write the static answer that needs nothing: apologise, dial the operator, and say so if nobody answers."""
    response = VoiceResponse()
    speak(response, [Spoken(apology)], style)
    if number:
        dial = Dial(timeout=style.ring_seconds, ring_tone="uk", **_caller_id(style, ""))
        _destination(dial, number, style, {})
        response.append(dial)
    speak(response, [Spoken(sorry)], style)
    response.hangup()
    return str(response)


def whisper(text: str, style: Style, accept: str = "") -> str:
    """Write what the person called hears before the caller is joined.

    `accept`: words asking for key 1, without which the call is not joined; empty: joined at once.
    """
    response = VoiceResponse()
    if not accept:
        speak(response, [Spoken(text)], style)
        return str(response)
    gather = Gather(input="dtmf", num_digits=1, timeout=8, action=f"{style.origin}/voice/whisper/accept", method="POST")
    speak(gather, [Spoken(f"{text}. {accept}")], style)
    response.append(gather)
    response.hangup()
    return str(response)


def join(*, accepted: bool) -> str:
    """Write the answer to the key pressed: nothing (the caller is joined), or hang up on the person called."""
    response = VoiceResponse()
    if not accepted:
        response.hangup()
    return str(response)


def empty() -> str:
    """Write the document that asks for nothing."""
    return str(VoiceResponse())


def _attended(transfer: Transfer, style: Style) -> dict[str, Any]:
    """Ask for the whisper, and for the times of ringing and answering."""
    how: dict[str, Any] = {
        "status_callback": f"{style.origin}/voice/status",
        "status_callback_event": "initiated answered completed",
        "status_callback_method": "POST",
    }
    if (transfer.whisper and style.announce) or style.accept_key:
        query = urlencode({"for": clean(transfer.whisper)[:LONGEST_WHISPER]})
        how |= {"url": f"{style.origin}/voice/whisper?{query}", "method": "POST"}
    return how


def _destination(dial: Dial, number: str, style: Style, how: dict[str, Any]) -> None:
    if number.lower().startswith(("sip:", "sips:")):
        dial.sip(number, **how)
    elif _E164.fullmatch(number):
        dial.number(number, **how)
    elif _EXTENSION.fullmatch(number) and style.switchboard:
        # Two half seconds for the switchboard to answer before the extension is keyed.
        dial.number(style.switchboard, send_digits=f"ww{number}", **how)
    elif _EXTENSION.fullmatch(number) and style.sip_domain:
        dial.sip(f"sip:{number}@{style.sip_domain}", **how)
    else:
        dial.number(number, **how)


def _caller_id(style: Style, caller: str) -> dict[str, str]:
    """Whose number is shown: the caller's where that is wanted and known, else the service's own."""
    if style.caller_id == "caller" and _E164.fullmatch(caller):
        return {"caller_id": caller}
    return {"caller_id": style.number} if style.number else {}
