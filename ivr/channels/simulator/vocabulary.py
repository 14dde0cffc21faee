"""What TwiML for voice may contain: each verb and noun with its attributes, what may stand in it, and its text.

Written from Twilio's reference, one page a verb (twilio.com/docs/voice/twiml); a test compares the
attribute names with those the `twilio` package knows. Verbs that no self-service of this kind uses
(transcriptions, virtual agents) are known by name only, so that they are not called unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Text = Literal["none", "optional", "required"]

ANY = ""
"""Any value."""
BOOL = "true|false"
METHOD = "GET|POST"
URL = r"(https?://\S+|/\S*|[\w.~-][^\s:]*)?"
WSS = r"wss?://[^\s?]+"
"""Streams take no query; plain `ws` is for one machine, and checked where the address is known."""
COUNT = r"\d+"
POSITIVE = r"[1-9]\d*"
RING = r"[5-9]|[1-9]\d|[1-5]\d\d|600"
SECONDS = r"\d{1,5}"
LANGUAGE = r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,4}){0,2}"
EVENTS = r"[a-z-]+([ ,]+[a-z-]+)*"
RECORDING = {
    "recordingStatusCallback": URL,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": EVENTS,
}
CALLBACK = {"statusCallback": URL, "statusCallbackEvent": EVENTS, "statusCallbackMethod": METHOD}
SCREENING = {
    "url": URL,
    "method": METHOD,
    "machineDetection": r"Enable|DetectMessageEnd|true|false",
    "amdStatusCallback": URL,
    "amdStatusCallbackMethod": METHOD,
    "machineDetectionTimeout": COUNT,
    "machineDetectionSpeechThreshold": COUNT,
    "machineDetectionSpeechEndThreshold": COUNT,
    "machineDetectionSilenceTimeout": COUNT,
}
SPEECH = frozenset(
    {
        "break",
        "emphasis",
        "lang",
        "p",
        "phoneme",
        "prosody",
        "s",
        "say-as",
        "sub",
        "w",
        "amazon:effect",
        "amazon:domain",
    }
)


@dataclass(frozen=True, slots=True)
class Element:
    """One verb or noun."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    """Name -> regular expression of its whole value; empty: anything."""
    children: frozenset[str] = frozenset()
    text: Text = "none"
    content: str = ANY
    """Regular expression of its text."""
    known_only: bool = False
    """Attributes and children are not looked at."""


_VERBS = frozenset(
    {"Connect", "Dial", "Echo", "Enqueue", "Gather", "Hangup", "Leave", "Pause", "Pay", "Play", "Prompt", "Queue"}
    | {"Record", "Redirect", "Refer", "Reject", "Say", "Sms", "Start", "Stop"}
)

ELEMENTS: Mapping[str, Element] = {
    "Response": Element(children=_VERBS),
    "Say": Element(
        {"voice": r"\S+", "language": LANGUAGE, "loop": COUNT},
        children=SPEECH,
        text="required",
        content=r"[\s\S]{1,4096}",
    ),
    "Play": Element({"loop": COUNT, "digits": r"[0-9wW*#A-D]{1,32}"}, text="optional", content=URL),
    "Pause": Element({"length": POSITIVE}),
    "Gather": Element(
        {
            "input": r"dtmf|speech|dtmf speech|speech dtmf",
            "action": URL,
            "method": METHOD,
            "timeout": r"auto|\d+",
            "speechTimeout": rf"auto|{POSITIVE}",
            "maxSpeechTime": POSITIVE,
            "profanityFilter": BOOL,
            "finishOnKey": r"[0-9*#]{0,12}",
            "numDigits": POSITIVE,
            "partialResultCallback": URL,
            "partialResultCallbackMethod": METHOD,
            "language": LANGUAGE,
            "hints": ANY,
            "bargeIn": BOOL,
            "debug": BOOL,
            "actionOnEmptyResult": BOOL,
            "speechModel": r"\S+",
            "enhanced": BOOL,
        },
        children=frozenset({"Say", "Play", "Pause"}),
    ),
    "Dial": Element(
        {
            "action": URL,
            "method": METHOD,
            "timeout": RING,
            "hangupOnStar": BOOL,
            "timeLimit": POSITIVE,
            "callerId": r"\+?[0-9]{3,15}|client:\S+|sip:\S+|[\w.-]+",
            "record": r"do-not-record|record-from-(answer|ringing)(-dual)?|true|false",
            "trim": r"trim-silence|do-not-trim",
            **RECORDING,
            "answerOnBridge": BOOL,
            "ringTone": r"[a-z]{2}(-old)?|us-old",
            "recordingTrack": r"both|inbound|outbound",
            "sequential": BOOL,
            "referUrl": URL,
            "referMethod": METHOD,
            "events": URL,
            "recordingConfigurationId": ANY,
            "passports": ANY,
        },
        children=frozenset({"Number", "Sip", "Client", "Queue", "Conference", "Sim", "Application", "WhatsApp"}),
        text="optional",
        content=r"\s*|[+0-9() .-]+",
    ),
    "Number": Element(
        {"sendDigits": r"[0-9wW*#]{1,32}", **CALLBACK, **SCREENING, "byoc": ANY},
        text="required",
        content=r"\+?[0-9() .-]{2,20}",
    ),
    "Sip": Element(
        {"username": ANY, "password": ANY, **CALLBACK, **SCREENING}, text="required", content=r"sips?:[^\s@]+@[^\s@]+"
    ),
    "Client": Element(
        {"url": URL, "method": METHOD, **CALLBACK}, children=frozenset({"Identity", "Parameter"}), text="optional"
    ),
    "Identity": Element(text="required"),
    "Conference": Element(text="required", known_only=True),
    "Queue": Element(
        {"url": URL, "method": METHOD, "reservationSid": ANY, "postWorkActivitySid": ANY}, text="required"
    ),
    "Enqueue": Element(
        {
            "action": URL,
            "method": METHOD,
            "maxQueueSize": r"[1-9]\d{0,3}",
            "waitUrl": URL,
            "waitUrlMethod": METHOD,
            "workflowSid": r"WW[0-9a-f]{32}",
        },
        children=frozenset({"Task"}),
        text="optional",
    ),
    "Task": Element({"priority": COUNT, "timeout": COUNT}, text="required"),
    "Pay": Element(
        {
            "input": r"dtmf|voice",
            "action": URL,
            "bankAccountType": r"(consumer|commercial)-(checking|savings)",
            "statusCallback": URL,
            "statusCallbackMethod": METHOD,
            "timeout": POSITIVE,
            "maxAttempts": r"[1-9]",
            "securityCode": BOOL,
            "postalCode": r"true|false|[A-Za-z0-9 -]{2,10}",
            "minPostalCodeLength": COUNT,
            "paymentConnector": r"[\w .-]+",
            "paymentMethod": r"credit-card|ach-debit",
            "tokenType": r"one-time|reusable|payment-method",
            "chargeAmount": r"\d{1,6}(\.\d{1,2})?",
            "currency": r"[a-z]{3}",
            "description": r"[\s\S]{0,200}",
            "validCardTypes": r"(visa|mastercard|amex|maestro|discover|optima|jcb|diners-club|enroute|\s)+",
            "language": LANGUAGE,
            "requireMatchingInputs": ANY,
            "confirmation": ANY,
        },
        children=frozenset({"Prompt", "Parameter"}),
    ),
    "Prompt": Element(
        {
            "for": r"payment-card-number|expiration-date|security-code|postal-code|payment-processing|bank-.*",
            "errorType": EVENTS,
            "cardType": EVENTS,
            "attempt": r"[1-9]( [1-9])*",
            "requireMatchingInputs": BOOL,
        },
        children=frozenset({"Say", "Play", "Pause"}),
    ),
    "Leave": Element(),
    "Hangup": Element(children=frozenset({"Parameter"})),
    "Reject": Element({"reason": r"rejected|busy"}, children=frozenset({"Parameter"})),
    "Redirect": Element({"method": METHOD}, text="required", content=URL),
    "Record": Element(
        {
            "action": URL,
            "method": METHOD,
            "timeout": POSITIVE,
            "finishOnKey": r"[0-9*#]{0,12}",
            "maxLength": SECONDS,
            "playBeep": BOOL,
            "trim": r"trim-silence|do-not-trim",
            **RECORDING,
            "transcribe": BOOL,
            "transcribeCallback": URL,
            "recordingConfigurationId": ANY,
        }
    ),
    "Connect": Element(
        {"action": URL, "method": METHOD},
        children=frozenset({"Stream", "Room", "Conversation", "VirtualAgent", "Autopilot", "ConversationRelay"}),
    ),
    "Start": Element(
        {"action": URL, "method": METHOD}, children=frozenset({"Stream", "Siprec", "Transcription", "Recording"})
    ),
    "Stop": Element(children=frozenset({"Stream", "Siprec", "Transcription"})),
    "Stream": Element(
        {
            "name": ANY,
            "connectorName": ANY,
            "url": WSS,
            "audioFormat": ANY,
            "sampleRate": COUNT,
            "track": r"inbound_track|outbound_track|both_tracks",
            "statusCallback": URL,
            "statusCallbackMethod": METHOD,
        },
        children=frozenset({"Parameter"}),
    ),
    "Parameter": Element({"name": r"[\s\S]+", "value": ANY}),
    "Refer": Element({"action": URL, "method": METHOD}, children=frozenset({"Sip", "ReferSip"})),
    "Echo": Element(),
    **{
        name: Element(text="optional", known_only=True)
        for name in ("Sms", "Sim", "Application", "WhatsApp", "Room", "Conversation", "VirtualAgent")
    },
    **{
        name: Element(text="optional", known_only=True)
        for name in ("Autopilot", "ConversationRelay", "Siprec", "Transcription", "Recording", "ReferSip", *SPEECH)
    },
}
REQUIRED: Mapping[str, tuple[str, ...]] = {"Parameter": ("name",), "Connect": (), "Stream": ()}
"""Attributes that must be there."""
WHISPER = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"})
"""Verbs that may be in the document played to the person called."""


def fits(pattern: str, value: str) -> bool:
    """Say whether a value is one its pattern allows."""
    return not pattern or re.fullmatch(pattern, value) is not None
