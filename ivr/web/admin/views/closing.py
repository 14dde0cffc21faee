"""When somebody is there: the operators' hours, and closures of a day or some days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, request

from ivr.directory.wording import read_wording
from ivr.records.roles import Role
from ivr.web.admin import words
from ivr.web.admin.guard import needs
from ivr.web.admin.office import done, office, page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("closing", __name__, url_prefix="/hours")

_PREVIEW: Final = "preview"


@blueprint.get("/")
def index() -> str:
    """Show the hours, the closures, and what follows for the next days."""
    return _page(words.today_of(office().settings, office().clock()))


def _page(first: date, hours: str = "", closure: Mapping[str, str] | None = None) -> str:
    site, wording = office().site, read_wording(office().versions)
    closures = words.closures_of(site.given, wording)
    days = words.open_days(site, wording, first, hours, closure)
    return page("closing.html", hours=hours or wording.hours or site.usual_hours, usual=site.usual_hours, days=days,
                closures=closures, changed=wording.closures, typed=closure or {}, shown=bool(hours or closure),
                preview=_whose(closure) if closure else "hours" if hours else "")  # fmt: skip


def _whose(closure: Mapping[str, str]) -> str:
    return closure.get("who") or "everybody"


@blueprint.post("/")
@needs(Role.EDITOR)
def change() -> ResponseReturnValue:
    """Keep changed hours of the operators (none: as in `ivr.toml` again), or only show what would follow."""
    hours = " ".join(request.form.get("hours", "").split())[:200]
    if request.form.get("do") == _PREVIEW:
        words.checked_hours(office().site, hours or office().site.usual_hours)
        return _page(words.today_of(office().settings, office().clock()), hours or office().site.usual_hours)
    office().note("wording.hours", "", words.set_hours(office().site, hours))
    return done("Kept. The hours go live with the next version.", "closing.index")


@blueprint.post("/closures")
@needs(Role.EDITOR)
def close() -> ResponseReturnValue:
    """Keep a closure, or only show what would follow."""
    row = words.checked_closure(office().site, request.form)
    if request.form.get("do") == _PREVIEW:
        return _page(_first(row), closure=row)
    words.set_closure(office().site, row)
    office().note("wording.closure", row["who"], _told(row))
    return done(f"Kept. It goes live with the next version: {_told(row)}.", "closing.index")


@blueprint.post("/closures/drop")
@needs(Role.EDITOR)
def drop() -> ResponseReturnValue:
    """Take a closure away."""
    row = words.drop_closure(office().site.given, request.form.get("key", ""))
    office().note("wording.closure.drop", row.get("who", ""), _told(row))
    return done(f"Taken away, from the next version on: {_told(row)}.", "closing.index")


def _first(row: Mapping[str, str]) -> date:
    """Return the day a preview begins with: one before the closure does."""
    from datetime import date, timedelta  # noqa: PLC0415 - only here

    return date.fromisoformat(row["from"]) - timedelta(days=1)


def _told(row: Mapping[str, str]) -> str:
    days = " to ".join(filter(None, (row.get("from"), row.get("to"))))
    return f"{row.get('who') or 'everybody'}, {days}: {row.get('hours') or 'closed'}"
