"""What is spoken in TwiML: stretches of recording and of synthetic voice, and the site's style of both. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ivr.settings import PaymentSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.settings import Settings

_TAGS = {"cy": "cy-GB", "gd": "gd-GB", "ga": "ga-IE"}
LONGEST_SAY = 4_000
"""Characters spoken in one piece; Twilio refuses 4,096."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of speech for the synthetic voice."""

    text: str
    language: str = ""
    """Language of the words; empty: the site's own."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stretch of speech that a voice artist recorded."""

    file: str
    """Relative to `audio/prompts/`."""


Piece = Spoken | Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What is the same in every answer of a site."""

    voice: str
    language: str
    voices: Mapping[str, str] = field(default_factory=dict)
    """Voices of other languages."""
    origin: str = ""
    """Public https origin, with the site's path where there are several; no `https`: addresses are relative."""
    sites: str = ""
    """Address that the paths of an installation's sites follow."""
    ring_seconds: int = 25
    speech_model: str = ""
    caller_id: str = "caller"
    """`caller` or `switchboard`: whose number the person called sees."""
    number: str = ""
    """The service's own number."""
    accept_key: bool = False
    announce: bool = True
    """Tell the person called who the call is for; not when a server is about to end, and nobody could say it."""
    switchboard: str = ""
    """Number that extensions are behind."""
    sip_domain: str = ""
    """Domain that extensions are dialled at, where there is no switchboard number."""
    payments: PaymentSettings = field(default_factory=PaymentSettings)
    """How card payments are taken."""

    @classmethod
    def of(cls, settings: Settings) -> Style:
        """Take what TwiML needs from the site's settings."""
        phone = settings.telephony
        return cls(
            voice=phone.voice,
            language=settings.site.language,
            voices=phone.voices,
            origin=settings.secrets.public_url + (settings.place.mount if settings.place else ""),
            sites=settings.secrets.public_url,
            ring_seconds=phone.ring_seconds,
            speech_model=phone.speech_model,
            caller_id=phone.caller_id,
            number=phone.number,
            accept_key=phone.accept_key,
            switchboard=settings.directory.switchboard,
            sip_domain=phone.sip_domain,
            payments=settings.payments,
        )


def tag(language: str) -> str:
    """Return a language as Twilio names it: "cy" is "cy-GB"."""
    return _TAGS.get(language, language)


def audio_url(file: str, style: Style) -> str:
    """Address of a recording."""
    return f"{style.origin}/audio/{quote(file)}"


def clean(text: str) -> str:
    """One line, without what XML cannot hold."""
    return " ".join(_NOT_XML.sub(" ", text).split())


def speak(parent: Any, pieces: Sequence[Piece], style: Style) -> None:
    """Add pieces to a verb that takes them, or to the document itself."""
    for piece in _merged(pieces):
        if isinstance(piece, Recorded):
            parent.play(audio_url(piece.file, style))
        else:
            voice = style.voices.get(piece.language, style.voice)
            parent.say(piece.text, voice=voice, language=tag(piece.language or style.language))


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbouring speech, without what XML cannot hold, in pieces that Twilio takes."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Recorded):
            merged.append(piece)
            continue
        text = clean(piece.text)[:LONGEST_SAY]
        last = merged[-1] if merged else None
        alike = isinstance(last, Spoken) and last.language == piece.language
        if isinstance(last, Spoken) and alike and len(last.text) + len(text) < LONGEST_SAY:
            merged[-1] = Spoken(f"{last.text} {text}".strip(), piece.language)
        elif any(c.isalnum() for c in text):
            merged.append(Spoken(text, piece.language))
    return merged
