"""What callers left for the organisation: where each request stands, what was promised, and what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from ivr.records.period import zone_named
from ivr.records.requests import Requests, Status
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("requests", __name__, url_prefix="/requests")
LINKS: Final = (Link("Requests", "requests.index", Role.VIEWER),)

_MOST: Final = 200
_OWED: Final = "owed"


@blueprint.get("/")
@needs(Role.VIEWER)
def index() -> str:
    """Show requests, what is owed first by when it is due; without what callers said."""
    which = request.args.get("which", _OWED)
    book = _book()
    status = Status(which) if which in set(Status) else None
    found = book.list(status, _MOST, newest=True) if status or which == "all" else book.owed()[:_MOST]
    zone = zone_named(office().settings.site.timezone)
    choices = (_OWED, *(status.value for status in Status), "all")
    return page("requests.html", requests=found, which=which if which in choices else _OWED, choices=choices,
                counts=book.counts(), now=office().clock(), zone=zone,
                delivered_by=office().settings.requests.deliver)  # fmt: skip


@blueprint.get("/<reference>")
@needs(Role.EDITOR)
def show(reference: str) -> str:
    """Show one request, with what was gathered."""
    found = _book().get(reference)
    if found is None:
        raise NotFound(description="No request has this reference.")
    office().note("requests.read", found.reference)
    return page("request.html", request=found, zone=zone_named(office().settings.site.timezone))


@blueprint.post("/<reference>/done")
@needs(Role.EDITOR)
def finish(reference: str) -> ResponseReturnValue:
    """Note that somebody dealt with it."""
    if not _book().finished(reference, office().clock()):
        raise NotFound(description="No request has this reference.")
    office().note("requests.done", reference)
    return done(f"{reference} is done.", "requests.index")


@blueprint.post("/retry")
@needs(Role.EDITOR)
def retry() -> ResponseReturnValue:
    """Let the dead ones be delivered again."""
    many = _book().retry(office().clock())
    office().note("requests.retry", "", str(many))
    return done(f"{many} wait for delivery again.", "requests.index", which=Status.WAITING.value)


def _book() -> Requests:
    return Requests(office().database)
