"""The page about a call that was put to a person: opened by a signed link, for as long as it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, abort, render_template

from ivr.channels.desk_feed import CallSoFar, DeskFeed, handover

if TYPE_CHECKING:
    from ivr.channels.service import Service

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def make_desk(service: Service) -> Blueprint:
    """Return the blueprint of a service's pages about calls."""
    desk = Blueprint("desk", __name__, template_folder="templates")
    feed = DeskFeed(service.calls.site.settings)

    @desk.get("/desk/<token>")
    def about(token: str) -> str:
        """Show what was heard and gathered in a call."""
        call_id = feed.read(token)
        waiting = service.calls.awaited(call_id) if call_id else None
        if waiting is None:
            abort(Response("This link has expired, or is none of ours.\n", 410, mimetype="text/plain"))
        site = service.calls.site
        state = waiting[1].dialogue()
        known = site.engine.desk
        to = known.dialled(state.dialling) if state.dialling else known.operator
        call = CallSoFar(call_id, waiting[1].started, "", state, site.store.turns(call_id))
        found = handover(site.settings, call, known.enquiries, to, None)
        return render_template("desk.html", call=found, site=site.settings.site.name)

    @desk.after_request
    def harden(response: Response) -> Response:
        """Keep the page out of caches, frames and search."""
        response.headers.update(_HEADERS)
        return response

    return desk
