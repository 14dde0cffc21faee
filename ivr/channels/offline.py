"""Calls without a telephone: their clock, their facts, and their parts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ivr.channels.runner import Parts
from ivr.dialogue.hours import Region, is_open, next_opening
from ivr.errors import InputError
from ivr.model import CallFacts
from ivr.records.privacy import know

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.channels.organisation import Organisation
    from ivr.channels.runner import Recorder
    from ivr.dialogue.actions import FileRequest, SendText
    from ivr.settings import Settings, SiteSettings

MADE_UP = "1234566"
"""Reference of a request in a call that is only tried out."""
_INTO_THE_DAY = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a call without a telephone is taken to come from."""

    number: str = ""
    """E.164; a mobile can be sent texts."""
    internal: bool = False
    """A colleague."""


def call_time(text: str, site: SiteSettings) -> datetime:
    """Return the moment a call is taken to begin: ISO 8601 (in the site's time zone unless it says), or `now`.

    Empty: now within the site's opening hours, else two hours into the next opening, so that a call can be tried
    at night. Raises InputError for what is no date and time.
    """
    region = Region.of(site)
    zone = region.zone
    now = datetime.now(UTC).astimezone(zone)
    if text == "now":
        return now
    if text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InputError(f"`{text}` is no date and time", todo="write it as in 2026-12-25T10:00") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if is_open(site.hours, now, region):
        return now
    opening = next_opening(site.hours, now, region) or now
    later = opening + _INTO_THE_DAY
    return later if is_open(site.hours, later, region) else opening


def call_facts(settings: Settings, channel: str, started: datetime, caller: Caller) -> CallFacts:
    """Return the facts of a call that begins at `started` (aware)."""
    return CallFacts(
        call_id=uuid.uuid4().hex,
        channel=channel,
        started=started,
        caller=caller.number,
        internal=caller.internal,
        open=is_open(settings.site.hours, started, Region.of(settings.site)),
    )


def call_parts(
    site: Organisation,
    recorder: Recorder | None = None,
    send_text: Callable[[CallFacts, SendText], bool] | None = None,
    file: Callable[[CallFacts, FileRequest], str] | None = None,
) -> Parts:
    """Return what a conversation needs of `site`; without `file`, requests get a made-up reference and are not kept."""
    secret = site.settings.secrets.secret_key.get_secret_value()
    return Parts(
        engine=site.engine,
        understander=site.understander,
        prompts=site.prompts,
        recorder=recorder,
        know=lambda number: know(number, secret),
        send_text=send_text,
        file=file or _pretend,
    )


def _pretend(facts: CallFacts, action: FileRequest) -> str:
    del facts, action
    return MADE_UP
