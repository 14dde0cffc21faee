"""Calls: found, told turn by turn, and judged."""

from __future__ import annotations

import csv
import io
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, request, url_for

from ivr.directory.table import guarded
from ivr.errors import InputError
from ivr.model import Outcome
from ivr.records.browse import Wanted, find_calls, look_back
from ivr.records.manifest import manifest_text
from ivr.records.privacy import mask_words
from ivr.records.reviews import Review, add_review, judged, reviews_of
from ivr.records.roles import Role
from ivr.records.schedule import RECORDINGS
from ivr.web.admin.guard import needs
from ivr.web.admin.judging import recording, wanted_by
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("calls", __name__, url_prefix="/calls")
LINKS: Final = (Link("Calls", "calls.index", Role.EDITOR),)

_PAGE: Final = 50
_MOST_EXPORTED: Final = 10_000


@blueprint.get("/")
@needs(Role.EDITOR)
def index() -> ResponseReturnValue:
    """Find calls; a call's own id leads to it."""
    about = request.args.get("about", "").strip()
    if about and office().site.store.call(about):
        return redirect(url_for("admin.calls.story", call_id=about), code=303)
    looked = look_back(office().database, _wanted(request.args), request.args.get("after", ""), _PAGE)
    outcomes = [("", "All"), *((o, o.replace("_", " ")) for o in Outcome)]
    return page("calls.html", rows=looked.rows, until=looked.until, outcomes=outcomes,
                asked=request.args, more=looked.more, zone=_zone())  # fmt: skip


@blueprint.get("/export")
@needs(Role.EDITOR)
def export() -> Response:
    """Give the calls found as CSV, callers masked."""
    wanted = _wanted(request.args)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("call", "started", "seconds", "caller", "outcome", "about", "reason", "wrong"))
    for row in find_calls(office().database, wanted, most=_MOST_EXPORTED):
        cells = (row.call_id, row.started.isoformat(), f"{row.seconds:.0f}", row.caller, row.outcome.value, row.about,
                 row.reason, "yes" if row.wrong else "")  # fmt: skip
        writer.writerow([guarded(cell) for cell in cells])
    office().note("calls.export", "", request.query_string.decode("utf-8", "replace"))
    headers = {"Content-Disposition": 'attachment; filename="calls.csv"'}
    return Response("\N{BYTE ORDER MARK}" + text.getvalue(), mimetype="text/csv", headers=headers)


@blueprint.get("/<call_id>/")
@needs(Role.EDITOR)
def story(call_id: str) -> str:
    """Tell one call turn by turn."""
    call = office().site.store.call(call_id)
    if call is None:
        abort(404, "There is no such call, or it is still going on.")
    office().note("calls.read", call_id)
    settings = office().settings.records
    gone = call.started + timedelta(days=settings.keep_days)
    silent = call.started + timedelta(days=min(settings.keep_recordings_days, settings.keep_days))
    sounds = {turn.turn for turn in call.turns if turn.audio and recording(office().settings, turn.audio)}
    return page("call.html", call=call, reviews=reviews_of(office().database, call_id), left=_left(gone), gone=gone,
                sounds=sounds, silent=silent, silent_left=_left(silent), mask=mask_words, zone=_zone())  # fmt: skip


def _left(until: datetime) -> int:
    """Days until then, begun ones counted."""
    return max(-((office().clock() - until) // timedelta(days=1)), 0)


@blueprint.get("/<call_id>/sound/<int:turn>")
@needs(Role.EDITOR)
def sound(call_id: str, turn: int) -> Response:
    """Give what the caller said in a turn, where it was kept; that it was listened to is in the audit log."""
    call = office().site.store.call(call_id)
    said = next((t for t in call.turns if t.turn == turn and t.audio), None) if call else None
    file = recording(office().settings, said.audio) if said else None
    if file is None:
        abort(404, "No recording of this turn is kept here.")
    if request.range is None or request.range.ranges[0][0] == 0:  # players ask for one recording in pieces
        office().note("calls.listen", call_id, f"turn {turn}")
    data = file.read_bytes()  # an utterance: some hundred thousand bytes
    answer = Response(data, mimetype="audio/wav")
    return answer.make_conditional(request, accept_ranges=True, complete_length=len(data))  # type: ignore[return-value]


@blueprint.get("/judged")
@needs(Role.EDITOR)
def judged_turns() -> Response:
    """Give the turns that people judged as a list that `ivr tune` and `ivr evaluate` read."""
    settings = office().settings
    found = judged(office().database, office().site.directory, settings.path(RECORDINGS))
    office().note("calls.export", "", f"{len(found)} judged turns")
    headers = {"Content-Disposition": 'attachment; filename="judged.csv"'}
    return Response(manifest_text(found), mimetype="text/csv", headers=headers)


@blueprint.post("/<call_id>/review")
@needs(Role.EDITOR)
def review(call_id: str) -> ResponseReturnValue:
    """Mark a turn, or the whole call, as taken rightly or wrongly."""
    form = request.form
    right, turn = form.get("right") == "yes", form.get("turn", 0, type=int)
    meant = wanted_by(office().site, form.get("meant", ""))
    note = form.get("note", "").strip()[:500]
    said = Review(call_id, turn, right, meant, note, account().name, office().clock())
    if not add_review(office().database, said):
        abort(404, "There is no such turn.")
    if not turn:
        office().site.store.mark_wrong(call_id, wrong=not right)
    office().note("calls.review", call_id, f"turn {turn}: {'right' if right else 'wrong'} {meant}".strip())
    return done("Noted. It counts when versions are replayed, and when thresholds are tuned.", "calls.story",
                call_id=call_id)  # fmt: skip


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """Return what is looked for. Raises InputError for a day that is none."""
    start, end = _day(asked.get("from", "")), _day(asked.get("to", ""))
    return Wanted(start=start, end=end + timedelta(days=1) if end else None, outcome=asked.get("outcome", ""),
                  about=asked.get("about", "").strip(), words=asked.get("words", "").strip(),
                  reviewed=asked.get("reviewed", ""))  # fmt: skip


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(), _zone()) if text else None
    except ValueError:
        raise InputError(f"{text[:20]!r} is no day", todo="write it as 2026-03-31") from None


def _zone() -> ZoneInfo:
    return ZoneInfo(office().settings.site.timezone)
