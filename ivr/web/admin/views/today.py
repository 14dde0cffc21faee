"""The service as it is now. The page renews a part of itself; without JavaScript, all of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from flask import Blueprint, current_app

from ivr.records.period import zone_named
from ivr.records.roles import Role
from ivr.records.today import look
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import office, page

if TYPE_CHECKING:
    from ivr.channels.service import Service

blueprint = Blueprint("today", __name__, url_prefix="/today")
LINKS: Final = (Link("Live", "today.index", Role.VIEWER),)

_SLOW: Final = 0.8
"""Seconds that answers may take lately."""


@blueprint.get("/")
def index() -> str:
    """Show calls in progress, today so far, what waits, who listens, and alarms."""
    return page("today.html", **_now())


@blueprint.get("/part")
def part() -> str:
    """Give the part that is renewed."""
    return page("today_part.html", **_now())


def _now() -> dict[str, object]:
    settings = office().settings
    zone = zone_named(settings.site.timezone)
    seen = look(office().database, zone, office().clock(), settings.report)
    service = cast("Service", current_app.extensions["ivr"])
    ears, alarms = _ears(service)
    return {"seen": seen, "ears": ears, "alarms": (*alarms, *seen.alarms), "at": seen.at.astimezone(zone)}


def _ears(service: Service) -> tuple[list[tuple[str, str]], list[str]]:
    """Say who listens, and how busy they are, in the process that answers; and what is wrong."""
    alarms = [service.note] if service.note else []
    if service.ears is None:
        own = service.calls.site.settings.telephony.mode == "stream"
        alarms += ["our own recogniser is not there yet, or could not be started; Twilio's listens"] if own else []
        return [("Recogniser", "Twilio's")], alarms
    ready = getattr(service.ears.recogniser, "ready", True)
    alarms += [] if ready else ["our own recogniser is down; Twilio's listens"]
    lag = service.lag()
    alarms += [f"answers take {lag:.1f} s lately; Twilio's recogniser helps out"] if lag > _SLOW else []
    return [
        ("Recogniser", service.ears.recogniser.capabilities.engine if ready else "down; Twilio's instead"),
        ("Streams open", f"{service.load.threads.streams} of at most {service.most_streams}"),
        ("Answers take lately", f"{lag:.2f} s"),
    ], alarms
