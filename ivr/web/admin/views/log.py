"""The audit log."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request

from ivr.records.roles import Role
from ivr.records.trail import read_trail
from ivr.web.admin.guard import needs
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import office, page

blueprint = Blueprint("log", __name__, url_prefix="/log")
LINKS: Final = (Link("Audit log", "log.index", Role.PUBLISHER),)

_MOST = 50


@blueprint.get("/")
@needs(Role.PUBLISHER)
def index() -> str:
    """Show who did what, the newest first."""
    about, before = request.args.get("about", "").strip(), request.args.get("before", 0, type=int)
    rows = read_trail(office().database, about, max(before, 0), _MOST)
    older = rows[-1].number if len(rows) == _MOST else 0
    return page("log.html", rows=rows, about=about, older=older)
