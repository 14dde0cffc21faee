"""One version of the directory: what it changes, how well it can be recognised, what it would have done, going live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, abort, redirect, request, url_for

from ivr.directory.corrections import Correction, add_corrections
from ivr.directory.listings import Part, read_list
from ivr.directory.reports import read_report
from ivr.directory.uploads import uploads
from ivr.directory.versions import active_version
from ivr.errors import InputError
from ivr.grammar.pronounce import PHONES
from ivr.grammar.respell import said_as
from ivr.records.roles import Role
from ivr.web.admin.gate import objections, refuse
from ivr.web.admin.guard import needs
from ivr.web.admin.jobs import DONE, RUNNING, Job
from ivr.web.admin.live import keep_what_is
from ivr.web.admin.office import account, done, office, page
from ivr.web.admin.voice import MISSING, spoken, synthesiser
from ivr.web.admin.words import set_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from ivr.directory.versions import Version

blueprint = Blueprint("versions", __name__, url_prefix="/versions")

_PAGE: Final = 40


@blueprint.get("/<version>/")
def difference(version: str) -> ResponseReturnValue:
    """Show what the version changes."""
    found = _version(version)
    report = read_report(office().versions, found.version, "difference")
    if report is None:
        return _look(found, "admin.versions.difference")
    stale = report["against"] != active_version(office().versions)
    lists = ("left", "joined", "moved", "renamed", "changed")
    chosen = request.args.get("show", "") or next((name for name in lists if report[name]), "left")
    rows = report.get(chosen, []) if chosen in lists else []
    at = max(request.args.get("at", 0, type=int), 0)
    return page("difference.html", version=found, report=report, stale=stale, lists=lists, chosen=chosen,
                rows=rows[at : at + _PAGE], at=at, total=len(rows), size=_PAGE, upload=_upload(found))  # fmt: skip


@blueprint.get("/<version>/audit")
def audit(version: str) -> ResponseReturnValue:
    """Show which entries will be hard to reach by voice, the hardest first."""
    found = _version(version)
    report = read_report(office().versions, found.version, "audit")
    about, need = request.args.get("about", "").strip(), request.args.get("need", "")
    at = max(request.args.get("at", 0, type=int), 0)
    listed = read_list(office().versions, found.version, "audit", Part(about, need, at, _PAGE))
    if report is None or listed is None:
        return _look(found, "admin.versions.audit")
    return page("audit.html", version=found, report=report, summary=report["summary"], rows=listed[0], at=at,
                bands=_bands(report["bands"]), total=listed[1], size=_PAGE, about=about, need=need,
                voice=synthesiser(), no_voice=MISSING, upload=_upload(found))  # fmt: skip


@blueprint.get("/sound.wav")
def sound() -> Response:
    """Say words aloud; `phones`: those of each, one after the other."""
    words = [tuple(word.split()) for word in request.args.getlist("phones")]
    if not words or not {phone for word in words for phone in word} <= PHONES:
        abort(404, "That is no way to say anything.")
    return Response(spoken(words), mimetype="audio/wav")


@blueprint.post("/<version>/said")
@needs(Role.EDITOR)
def said(version: str) -> ResponseReturnValue:
    """Keep how a word is said, respelt with words that everybody knows, or another way to say a name."""
    found, form = _version(version), request.form
    back: dict[str, Any] = {"version": found.version, "about": form.get("on_about", "")}
    if form.get("alias", "").strip():
        correction = Correction(
            row=0, entry=form.get("entry", ""), name=form.get("name", ""), action="set", field="spoken",
            after=" ".join(form["alias"].split())[:200], reason="said so", reviewer=account().name,
            date=office().clock().date().isoformat(),
        )  # fmt: skip
        add_corrections(office().settings.path(office().settings.directory.corrections), [correction])
        office().note("directory.correct", correction.entry, f"{correction.name}: said as {correction.after}")
        return done(f"Noted: {correction.name} is also called {correction.after}, from the next check on.",
                    "versions.audit", **back)  # fmt: skip
    word, respelt = form.get("word", ""), form.get("respelt", "")
    if form.get("do") == "hear":
        return Response(spoken([said_as(office().site.pronouncer, word, respelt)[1]]), mimetype="audio/wav")
    word, phones = set_said(office().site, word, respelt)
    office().note("pronunciation.add", word, f"{respelt}: {' '.join(phones)}")
    return done(
        f"Noted: {word} is said {' '.join(phones).lower()}, from the next version on.", "versions.audit", **back
    )


@blueprint.get("/<version>/replay")
def replay(version: str) -> str:
    """Show how far the replay is, or what it found."""
    found = _version(version)
    status = _job(found).status()
    if status.state == RUNNING:
        return page("working.html", status=status, title=f"Replay against version {found.version}",
                    again=url_for("admin.versions.play", version=found.version),
                    stop=url_for("admin.versions.stop", version=found.version),
                    progress=url_for("admin.versions.progress", version=found.version))  # fmt: skip
    report = read_report(office().versions, found.version, "replay")
    stale = bool(report) and report["against"] != active_version(office().versions)
    verdict = request.args.get("verdict", "")
    examples = [e for e in report["examples"] if not verdict or e["verdict"] == verdict] if report else []
    words = account().role.may(Role.EDITOR)
    return page("replay.html", version=found, report=report, stale=stale, status=status, verdict=verdict,
                examples=examples[:_PAGE], more=len(examples) > _PAGE, words=words, upload=_upload(found))  # fmt: skip


@blueprint.get("/<version>/replay/progress")
def progress(version: str) -> dict[str, Any]:
    """Say how far the replay is, for the page's script."""
    status = _job(_version(version)).status()
    return {"state": status.state, "step": status.step, "done": status.done, "total": status.total}


@blueprint.get("/<version>/look/progress")
def look_progress(version: str) -> dict[str, Any]:
    """Say how far that is."""
    status = Job(office().versions, f"look-{_version(version).version}").status()
    return {"state": status.state, "step": status.step, "done": status.done, "total": status.total}


@blueprint.post("/<version>/replay")
@needs(Role.EDITOR)
def play(version: str) -> ResponseReturnValue:
    """Begin to replay calls against the version."""
    found = _version(version)
    how = "listen" if request.form.get("listen") == "yes" else "words"
    _job(found).start(office().settings, "play", found.version, how)
    office().note("directory.replay", found.version)
    return redirect(url_for("admin.versions.replay", version=found.version), code=303)


@blueprint.post("/<version>/replay/stop")
@needs(Role.EDITOR)
def stop(version: str) -> ResponseReturnValue:
    """Stop the replay."""
    found = _version(version)
    _job(found).stop()
    return redirect(url_for("admin.versions.replay", version=found.version), code=303)


@blueprint.get("/<version>/live")
def live(version: str) -> str:
    """Show what stands in the way of the version going live."""
    found = _version(version)
    return page("live.html", version=found, objections=objections(office().settings, found, account().name),
                active=active_version(office().versions), upload=_upload(found))  # fmt: skip


@blueprint.post("/<version>/live")
@needs(Role.PUBLISHER)
def go_live(version: str) -> ResponseReturnValue:
    """Make the version the one that new calls are routed against."""
    found, form = _version(version), request.form
    refuse(objections(office().settings, found, account().name), meant=form.get("meant") == "yes")
    keep_what_is(office().shelf)
    office().shelf.activate(found.version, over=form.get("over") or active_version(office().versions))
    office().note("directory.activate", found.version, form.get("why", "").strip())
    return done(f"Version {found.version} is live: new calls are routed against it within seconds.", "directory.index")


@blueprint.post("/back")
@needs(Role.PUBLISHER)
def back() -> ResponseReturnValue:
    """Go back to the version that was live before."""
    was = active_version(office().versions)
    now = office().shelf.rollback(over=request.form.get("over") or was)
    office().note("directory.rollback", now.version, f"from {was}: {request.form.get('why', '').strip()}")
    return done(f"Version {now.version} is live again.", "directory.index")


def _version(name: str) -> Version:
    found = next((v for v in office().shelf.versions() if v.version == name), None)
    if found is None:
        raise InputError(f"no version {name[:20]!r}", todo="see the list of versions")
    return found


def _bands(tenths: Sequence[int]) -> list[tuple[str, int]]:
    """Name the tenths of difficulty with their entries, up to the hardest there is."""
    hardest = max((n for n, entries in enumerate(tenths) if entries), default=0)
    return [(f"{n * 10}\N{EN DASH}{n * 10 + 10} %", tenths[n]) for n in range(hardest + 1)]


def _job(version: Version) -> Job:
    return Job(office().versions, f"replay-{version.version}")


def _upload(version: Version) -> Any:
    """Return the export that a version was made of, where it is still kept."""
    return next((u for u in uploads(office().versions) if u.version == version.version), None)


def _look(version: Version, endpoint: str) -> ResponseReturnValue:
    """Work out what is not known yet about a version, as one that was staged on the command line."""
    job = Job(office().versions, f"look-{version.version}")
    status = job.status()
    if status.state in {"", DONE}:  # done by an earlier release, which kept it otherwise
        job.start(office().settings, "look", version.version)
        status = job.status()
        if status.state == DONE:
            return redirect(url_for(endpoint, version=version.version), code=303)
    return page("working.html", status=status, title=f"Version {version.version}",
                again=url_for(endpoint, version=version.version), stop="",
                progress=url_for("admin.versions.look_progress", version=version.version))  # fmt: skip
