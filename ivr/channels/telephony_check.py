"""Whether a site is ready for the telephone: settings that only hurt when the first call comes in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.model import Directory
    from ivr.settings import Settings

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_EXTENSION_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not ready."""

    what: str
    todo: str
    serious: bool = True
    """False: calls are taken, but something is missing."""


def check_telephony(settings: Settings, directory: Directory) -> tuple[Finding, ...]:
    """Return what would go wrong on the telephone."""
    return (*_secrets(settings), *_numbers(settings), *_extensions(settings, directory))


def _secrets(settings: Settings) -> Iterator[Finding]:
    secrets = settings.secrets
    if not secrets.twilio_auth_tokens:
        yield Finding("no TWILIO_AUTH_TOKEN: nobody but this machine is served", "set it in the environment")
    url = urlsplit(secrets.public_url)
    if not secrets.public_url:
        yield Finding("no IVR_PUBLIC_URL: signatures cannot be checked", "set it to the https address Twilio calls")
    elif url.scheme != "https" or not url.hostname or url.query or url.fragment:
        yield Finding(
            f"IVR_PUBLIC_URL {secrets.public_url!r} is no https origin", "write it as https://phone.example.org"
        )
    if not secrets.secret_key.get_secret_value():
        yield Finding(
            "no IVR_SECRET_KEY: hashes of callers' numbers could be guessed",
            "set it to a long random text",
            serious=False,
        )
    if settings.dialogue.text_messages and not (secrets.twilio_account_sid and settings.telephony.number):
        yield Finding(
            "texts are offered and cannot be sent",
            "set TWILIO_ACCOUNT_SID in the environment, and telephony.number",
            serious=False,
        )


def _numbers(settings: Settings) -> Iterator[Finding]:
    phone, operator = settings.telephony, settings.site.operator
    if not phone.number:
        yield Finding(
            "telephony.number is empty: withheld callers cannot be put through", "set the service's own number"
        )
    elif not _E164.fullmatch(phone.number):
        yield Finding(f"telephony.number {phone.number!r} is not E.164", "write it as +441632960000")
    if operator and operator == phone.number:
        yield Finding(
            "the operator's number is the service's own: a call to the operator would come back to the service",
            "set site.operator to the number behind it",
        )
    prefixes = [prefix for prefix in phone.internal_prefixes if not prefix.startswith("+")]
    if prefixes:
        yield Finding(f"internal prefix {prefixes[0]!r} never matches: callers' numbers begin with +", "write it so")


def _extensions(settings: Settings, directory: Directory) -> Iterator[Finding]:
    own = settings.telephony.number
    short = [e for e in directory.entries if e.number.isdigit() and len(e.number) <= _EXTENSION_DIGITS]
    if short and not settings.directory.switchboard and not settings.telephony.sip_domain:
        yield Finding(
            f"{len(short)} entries have extensions that cannot be dialled from outside",
            "set directory.switchboard or telephony.sip_domain",
        )
    if short and settings.directory.switchboard and settings.directory.switchboard == own:
        yield Finding(
            "extensions are dialled behind the service's own number: those calls would come back to the service",
            "set directory.switchboard to the number of the exchange",
        )
    loops = [e.name for e in directory.entries if own and e.number == own]
    if loops:
        yield Finding(
            f"{len(loops)} entries have the service's own number, the first is {loops[0]}",
            "give them the number behind it",
        )
