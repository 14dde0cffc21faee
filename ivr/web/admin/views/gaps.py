"""What callers said that was not understood, and making the directory understand it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, redirect, request, url_for

from ivr.directory.corrections import Correction, add_corrections
from ivr.directory.search import search_entries
from ivr.directory.uploads import keep_upload, source_of, uploads
from ivr.errors import InputError
from ivr.records.gaps import find_gaps, read_misses, sound_key
from ivr.records.period import Period, zone_named
from ivr.records.privacy import mask_words
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.jobs import Job
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from ivr.model import Entry

blueprint = Blueprint("gaps", __name__, url_prefix="/gaps")
LINKS: Final = (Link("Gaps", "gaps.index", Role.EDITOR),)

_SHOWN: Final = 50
_DAYS: Final = 31


@blueprint.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """Show what was not understood of late, the commonest first."""
    days = min(max(request.args.get("days", _DAYS, type=int), 1), 366)
    zone = zone_named(office().settings.site.timezone)
    since = office().clock() - timedelta(days=days)
    misses = read_misses(office().database, Period(zone, start=since))
    found = find_gaps(misses, sound_key(office().site.pronouncer.pronounce))[:_SHOWN]
    names = {e.name for e in office().site.directory.entries}
    enquiries = {key: e for e in office().site.enquiries for key in (e.id, e.title)}
    return page("gaps.html", gaps=found, days=days, names=names, enquiries=enquiries, mask=mask_words)


@blueprint.post("/accept")
@needs(Role.EDITOR)
def accept() -> ResponseReturnValue:
    """Have what was said be a way to say an entry, from the next version on."""
    said, wanted = " ".join(request.form.get("said", "").split())[:200], request.form.get("entry", "").strip()
    entry = _entry(wanted)
    correction = Correction(
        row=0, entry=entry.id, name=entry.name, action="set", field="spoken", after=said, reason="callers say so",
        reviewer=account().name, date=office().clock().date().isoformat(),
    )  # fmt: skip
    add_corrections(office().settings.path(office().settings.directory.corrections), [correction])
    office().note("gaps.accept", entry.id, f"{entry.name}: {said}")
    return done(f"Noted: {entry.name} is also called “{said}”. Make a version to try it.", "gaps.index")


@blueprint.post("/stage")
@needs(Role.EDITOR)
def stage() -> ResponseReturnValue:
    """Make a version of the latest export with what was accepted since, to be replayed and made live."""
    folder, settings = office().versions, office().settings
    latest = next(iter(uploads(folder)), None)
    source = source_of(folder, latest.id) if latest else settings.path(settings.directory.export)
    name = latest.name if latest else source.name
    at = office().clock().isoformat(timespec="seconds")
    with source.open("rb") as file:
        upload = keep_upload(folder, name, file, by=account().name, at=at, why="what callers say")
    office().note("directory.send", upload.id, f"{name}: what callers say")
    Job(folder, upload.id).start(settings, "check", upload.id)
    return redirect(url_for("admin.directory.upload", upload_id=upload.id), code=303)


def _entry(wanted: str) -> Entry:
    found: Any = search_entries(office().site.directory.entries, wanted, 2) if wanted else ()
    if not found:
        raise InputError(f"nobody is called {wanted[:60]!r}", todo="go back and type the name in full")
    entry: Entry = found[0]
    return entry
