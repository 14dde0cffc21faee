"""What callers said that was not understood, and making the directory understand it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import Blueprint, redirect, request, url_for

from ivr.directory.uploads import keep_upload, source_of, uploads
from ivr.errors import InputError
from ivr.records.gaps import find_gaps, misspelt, read_misses, respelt, sound_key
from ivr.records.period import Period, zone_named
from ivr.records.privacy import mask_words
from ivr.records.roles import Role
from ivr.web.admin.guard import needs, takes_files
from ivr.web.admin.jobs import Job
from ivr.web.admin.judging import learn, learn_transfers, names_of, read_transfers, recording
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page
from ivr.web.admin.words import set_said

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from ivr.records.gaps import Gap

blueprint = Blueprint("gaps", __name__, url_prefix="/gaps")
LINKS: Final = (Link("Gaps", "gaps.index", Role.EDITOR),)

_SHOWN: Final = 50
_DAYS: Final = 31
_MEANT: Final = 20
_FEW: Final = 3
_MOST_BYTES: Final = 5_000_000
"""Of a list of transfers: a year of a large council's."""
_MOST: Final = 10_000
"""Misses looked at, the latest of them: the commonest are among those."""


@blueprint.get("/")
@needs(Role.EDITOR)
def index() -> str:
    """Show what was not understood of late, the commonest first, or what was meant by one name."""
    days = min(max(request.args.get("days", _DAYS, type=int), 1), 366)
    means = request.args.get("means", "")
    zone = zone_named(office().settings.site.timezone)
    since = office().clock() - timedelta(days=days)
    site = office().site
    misses = read_misses(office().database, Period(zone, start=since), _MOST)
    every = find_gaps(misses, sound_key(site.pronouncer.pronounce), names=names_of(site))
    meant = Counter({gap.suggestion: 0 for gap in every if gap.suggestion})
    for gap in every:
        if gap.suggestion:
            meant[gap.suggestion] += gap.turns
    found = [gap for gap in every if not means or gap.suggestion == means][:_SHOWN]
    names = {e.name for e in site.directory.entries}
    enquiries = {key: e for e in site.enquiries for key in (e.id, e.title)}
    respellings = {
        g.said: respelt(g.said, g.suggestion, site.pronouncer.pronounce) for g in found if g.suggestion in names
    }
    spelt = {g.said for g in found if g.suggestion in names and misspelt(g.said, g.suggestion)}
    return page("gaps.html", gaps=found, days=days, names=names, enquiries=enquiries, mask=mask_words, means=means,
                respelt=respellings, spelt=spelt, meant=meant.most_common(_MEANT), played=_played(found),
                limited=len(misses) == _MOST)  # fmt: skip


def _played(found: list[Gap]) -> dict[str, tuple[str, int]]:
    """Return what was said -> call and turn of a recording of it that is here."""
    kept = {}
    for gap in found:
        here = (r for r in gap.recordings if recording(office().settings, r[2]))
        if first := next(here, None):
            kept[gap.said] = first[:2]
    return kept


@blueprint.post("/accept")
@needs(Role.EDITOR)
def accept() -> ResponseReturnValue:
    """Have what was said be a way to say an entry, or its name as it should be, from the next version on."""
    form = request.form
    made = learn(office().site, form.get("said", ""), form.get("entry", "").strip(), account().name,
                 office().clock(), name=form.get("how") == "name")  # fmt: skip
    office().note("gaps.accept", made.entry, f"{made.name}: {made.field} {made.after}")
    what = "is called" if made.field == "name" else "is also called"
    return done(f"Noted: {made.name} {what} “{made.after}”. Make a version to try it.", "gaps.index")


@blueprint.post("/said")
@needs(Role.EDITOR)
def said() -> ResponseReturnValue:
    """Have a word of a name said as callers say it, from the next version on."""
    word, phones = set_said(office().site, request.form.get("word", ""), request.form.get("respelt", ""))
    office().note("pronunciation.add", word, f"{request.form.get('respelt', '')}: {' '.join(phones)}")
    return done(f"Noted: {word} is said {' '.join(phones).lower()}. Make a version to try it.", "gaps.index")


@blueprint.post("/operators")
@needs(Role.EDITOR)
@takes_files(_MOST_BYTES)
def operators() -> ResponseReturnValue:
    """Learn from a list of whom operators put callers to."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InputError("no file was chosen", todo="go back and choose the list, a CSV")
    learned = learn_transfers(office().site, read_transfers(sent.filename, sent.read()), office().clock())
    office().note("calls.operators", sent.filename[:200], f"{learned.learned} of {learned.rows}")
    wrong = f" Not used: {'; '.join(learned.problems[:_FEW])}." if learned.problems else ""
    return done(f"Learned from {learned.learned} turns of {learned.rows} calls.{wrong}", "gaps.index")


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
