"""What a request says of who is calling: number, and whether they are a colleague. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from ivr.settings import TelephonySettings

LONGEST_NUMBER = 100
_SIP = re.compile(r"sips?:(?:[^@\s]*@)?([^\s:;>?]+)", re.IGNORECASE)
_ODD = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A call, as each of its requests names it."""

    call_id: str
    caller: str = ""
    """E.164, a SIP address, `anonymous`, or empty."""
    dialled: str = ""
    key: str = ""
    """`I-Twilio-Idempotency-Token`: the same for every repeat of a request; empty: none."""
    handed_from: str = ""
    """Sites of the installation that handed the caller over, the first first."""


def number(text: str) -> str:
    """Return a `From` or `To` without what no number has; Twilio's words for withheld ones become `anonymous`.

    >>> number(" +44 7700 900123"), number("+266696687"), number("Restricted"), number("sip:jane@pbx.example.org")
    ('+447700900123', 'anonymous', 'anonymous', 'sip:jane@pbx.example.org')
    """
    plain = _ODD.sub("", text)[:LONGEST_NUMBER]
    return "anonymous" if plain.casefold() in _WITHHELD else plain


def is_colleague(caller: str, phone: TelephonySettings) -> bool:
    """Say whether the caller may reach internal entries: by number prefix, or by SIP domain."""
    sip = _SIP.match(caller)
    if sip:
        return sip[1].casefold() in {domain.casefold() for domain in phone.internal_sip_domains}
    return bool(phone.internal_prefixes) and caller.startswith(tuple(p for p in phone.internal_prefixes if p))


def chosen(call_id: str, share: float) -> bool:
    """Say whether a call is one of this share of all calls (0-1): always the same for one call.

    >>> chosen("CA1", 0.0), chosen("CA1", 1.0)
    (False, True)
    """
    return crc32(call_id.encode()) < share * 2**32


# Twilio spells withheld numbers on a keypad: 2562533 (block…), 266696687 (anonymous), 7378742833 (restricted),
# 86282452253 (unavailable); twilio.com/docs/voice/twiml (caller id).
_WITHHELD = frozenset(
    {"anonymous", "restricted", "unavailable", "unknown", "private", "withheld", "blocked"}
    | {"+266696687", "266696687", "+7378742833", "7378742833", "+86282452253", "86282452253", "+2562533", "2562533"}
)
