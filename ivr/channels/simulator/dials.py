"""The person called: whispered to, pressing 1, answering, busy or not there, as the script says."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ivr.channels.simulator.result import Dialling
from ivr.channels.simulator.wire import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from ivr.channels.simulator.caller import SimulatedCall

TALK_SECONDS = "180"
"""How long people talk: longer than the two minutes that make a transfer look wrong."""
QUEUE_RESULTS = {
    "answered": "bridged",
    "busy": "queue-full",
    "no-answer": "leave",
    "failed": "error",
    "hangup": "hangup",
}


def place(call: SimulatedCall, verb: Element) -> dict[str, str]:
    """Dial what a `Dial` or `Enqueue` names; return the form for its action."""
    results = call.script.dials
    at = len(call.seen.dialled)
    status = results[at] if at < len(results) else "answered"
    noun = next(iter(verb), None)
    number = ((verb.text if noun is None else noun.text) or "").strip()
    extension = noun.get("sendDigits", "").lstrip("wW") if noun is not None else ""
    leg = "CA" + secrets.token_hex(16)
    whisper = _attend(call, noun, leg, status) if noun is not None else ""
    call.seen.dialled.append(Dialling(extension or number, whisper, status))
    if verb.tag == "Enqueue":
        form = {"QueueResult": QUEUE_RESULTS.get(status, "error"), "QueueTime": "12", "QueueSid": "QU" + "0" * 32}
        return form | ({"CallStatus": "completed"} if status == "hangup" else {})
    if status == "hangup":
        return {"DialCallStatus": "canceled", "DialCallSid": leg, "CallStatus": "completed"}
    if status != "answered":
        return {"DialCallStatus": status, "DialCallSid": leg}
    return {"DialCallStatus": "completed", "DialCallSid": leg, "DialCallDuration": TALK_SECONDS, "DialBridged": "true"}


def _attend(call: SimulatedCall, noun: Element, leg: str, status: str) -> str:
    """Play the leg to the person called: news of it, the whisper, and the key where one is asked for."""
    base = {"CallSid": leg, "ParentCallSid": call.seen.call_id, "Direction": "outbound-dial"}
    _tell(call, noun, base | {"CallStatus": "initiated", "SequenceNumber": "0"})
    said = ""
    if status == "answered":
        said = _whispered(call, noun, base | {"CallStatus": "in-progress"})
        _tell(call, noun, base | {"CallStatus": "in-progress", "SequenceNumber": "2"})
    ended = {"answered": "completed", "hangup": "canceled"}.get(status, status)
    _tell(call, noun, base | {"CallStatus": ended, "SequenceNumber": "3"})
    return said


def _tell(call: SimulatedCall, noun: Element, form: Mapping[str, str]) -> None:
    address = noun.get("statusCallback")
    if not address:
        return
    try:
        reply = call.wire.post(call.target.absolute(address, call.target.seen), call.parameters(form))
    except NoAnswerError as error:  # Twilio goes on with the call
        call.seen.notes.append(f"the status callback of a transfer failed: {error}")
        return
    if reply.status >= 300:  # noqa: PLR2004 (HTTP: no success)
        call.seen.problems.append(f"the status callback of a transfer answered {reply.status}")


def _whispered(call: SimulatedCall, noun: Element, form: Mapping[str, str]) -> str:
    address = noun.get("url")
    if not address:
        return ""
    root = call.fetch(address, form, whisper=True)
    if root is None:
        return ""
    gather = root.find("Gather")
    if gather is not None:
        joined = call.fetch(gather.get("action") or address, {**form, "Digits": "1"}, whisper=True)
        if joined is not None and joined.find("Hangup") is not None:
            call.seen.problems.append("the person called pressed 1 and was hung up on")
    return " ".join(" ".join(verb.itertext()) for verb in root.iter("Say")).strip()
