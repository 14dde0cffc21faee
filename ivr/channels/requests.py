"""What Twilio's webhooks bring, read with suspicion: anything may be missing, garbled or a megabyte long. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivr.channels import paying
from ivr.channels.callers import Contact, number
from ivr.dialogue.events import Dialled, HungUp
from ivr.model import DialStatus, PayStatus, Recognition
from ivr.recognise.twilio_speech import recognise_twilio
from ivr.sites import ID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.channels.runner import Actions, Conversation

MOST_KEYS = 32
LONGEST_CHAIN = 400
_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_KEY = re.compile(r"[^0-9*#]")
_STATUSES: Mapping[str, DialStatus] = {
    "completed": DialStatus.ANSWERED,
    "answered": DialStatus.ANSWERED,
    "busy": DialStatus.BUSY,
    "no-answer": DialStatus.NO_ANSWER,
    "failed": DialStatus.FAILED,
    "canceled": DialStatus.CANCELED,
    # After <Enqueue>: twilio.com/docs/voice/twiml/enqueue (QueueResult).
    "bridged": DialStatus.ANSWERED,
    "redirected": DialStatus.ANSWERED,
    "redirected-from-bridged": DialStatus.ANSWERED,
    "queue-full": DialStatus.BUSY,
    "leave": DialStatus.NO_ANSWER,
    "hangup": DialStatus.CANCELED,
    "error": DialStatus.FAILED,
    "system-error": DialStatus.FAILED,
}
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Values of `CallStatus` of a call that has ended."""


def contact_of(form: Mapping[str, str], key: str = "") -> Contact | None:
    """Return who is calling; None: the request names no call."""
    call_id = form.get("CallSid", "").strip()
    if not _CALL_ID.fullmatch(call_id):
        return None
    return Contact(
        call_id=call_id,
        caller=number(form.get("From", "")),
        dialled=number(form.get("To", "")),
        key=key if _CALL_ID.fullmatch(key) else "",
    )


def handed_from(text: str) -> str:
    """Return which sites handed a caller over, as the address of a hand-over says; empty: none, or nonsense."""
    sites = text[:LONGEST_CHAIN].split(",")
    return ",".join(sites) if all(ID.fullmatch(site) for site in sites) else ""


def is_over(form: Mapping[str, str]) -> bool:
    """Say whether the request says that the call has ended."""
    return form.get("CallStatus", "") in OVER


def is_ours(form: Mapping[str, str]) -> bool:
    """Say whether the call came in; other calls of the account are none of ours."""
    return form.get("Direction", "inbound") == "inbound"


def lasted(form: Mapping[str, str]) -> float:
    """Return how long a call was that is over, seconds; 0: unknown."""
    return _seconds(form.get("CallDuration", "")) or 0.0


def said(form: Mapping[str, str], conversation: Conversation, now: datetime) -> Actions:
    """Tell the conversation what a gather brought: keys, speech, or nothing."""
    keys = _NO_KEY.sub("", form.get("Digits", "")[: MOST_KEYS * 8])[:MOST_KEYS]
    if keys:
        return conversation.press(keys, now)
    speech = form.get("SpeechResult")
    if speech is None:
        return conversation.hear(Recognition((), "twilio", speech=False), now)
    return conversation.hear(recognise_twilio(speech, form.get("Confidence")), now)


def dialled(form: Mapping[str, str], ringing_from: float, answered: float, now: datetime) -> Dialled:
    """Read how a transfer went.

    `ringing_from`: when it began to ring, about (seconds since 1970; 0: unknown); `answered`: when it was
    answered, where that was told (0: it was not).
    """
    status = _STATUSES.get(form.get("DialCallStatus") or form.get("QueueResult", ""), DialStatus.FAILED)
    if status is DialStatus.ANSWERED and form.get("DialBridged", "").casefold() == "false":
        # Somebody picked up and did not take the call: a machine, or nobody pressed the key asked for.
        status = DialStatus.NO_ANSWER
    gone = is_over(form)
    if status is not DialStatus.ANSWERED:
        return Dialled(now, status, gone=gone)
    if "QueueResult" in form:
        return _queued(form, status, ringing_from, now)
    talked = _seconds(form.get("DialCallDuration", ""))
    if talked is None and answered:
        talked = now.timestamp() - answered
    rang = (answered or now.timestamp() - (talked or 0.0)) - ringing_from if ringing_from else None
    return Dialled(now, status, None if rang is None else max(0.0, round(rang, 1)), talked, gone=gone)


def _queued(form: Mapping[str, str], status: DialStatus, from_: float, now: datetime) -> Dialled:
    waited = _seconds(form.get("QueueTime", ""))
    talked = None if waited is None or not from_ else max(0.0, round(now.timestamp() - from_ - waited, 1))
    return Dialled(now, status, waited, talked, gone=is_over(form))


def transferred(form: Mapping[str, str], event: Dialled, conversation: Conversation, now: datetime) -> Actions:
    """Tell the conversation how a transfer went, and that the caller has gone where they have."""
    if not is_over(form):
        return conversation.handle(event)
    if event.status is DialStatus.ANSWERED:
        actions = conversation.handle(event)
        return actions if conversation.ended else conversation.handle(HungUp(now))
    return conversation.handle(HungUp(now))


def paid(form: Mapping[str, str], conversation: Conversation, now: datetime) -> Actions:
    """Tell the conversation how a card payment went, and that the caller has gone where they have."""
    event = paying.paid(form, now)
    if not is_over(form):
        return conversation.handle(event)
    taken = event.status in {PayStatus.CHARGED, PayStatus.TOKEN}
    actions = conversation.handle(event) if taken else ()
    return actions if conversation.ended else conversation.handle(HungUp(now))


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 (3 years)
