"""The first page: what is live, and what waits for somebody."""

from __future__ import annotations

from typing import Final

from flask import Blueprint

from ivr.directory.load import active_wording
from ivr.directory.uploads import uploads
from ivr.directory.wording import described, read_wording
from ivr.records.roles import Role
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, office, page

blueprint = Blueprint("home", __name__)
LINKS: Final = (Link("Overview", "home.index", Role.VIEWER),)


@blueprint.get("/")
def index() -> str:
    """Show what calls are routed against, and what waits."""
    found = office().shelf.versions()
    live = next((v for v in found if v.active), None)
    latest = next(iter(uploads(office().versions)), None)
    waiting = latest if latest and latest.version != (live.version if live else "") else None
    words = described(active_wording(office().settings), read_wording(office().versions))
    one_factor = account().source == "local" and not account().two_factors
    return page("home.html", live=live, loaded=office().site.loaded, waiting=waiting, words=words,
                notice=active_wording(office().settings).notice, one_factor=one_factor)  # fmt: skip
