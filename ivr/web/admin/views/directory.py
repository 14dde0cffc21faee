"""The directory: exports sent in, and the versions made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, redirect, request, url_for

from ivr.directory.headings import FIELDS
from ivr.directory.reports import read_report
from ivr.directory.sources import MOST_BYTES
from ivr.directory.uploads import forget_upload, keep_upload, map_columns, read_upload, save_upload, uploads
from ivr.directory.versions import active_version, past_versions
from ivr.errors import InputError
from ivr.records.roles import Role
from ivr.web.admin.guard import needs, takes_files
from ivr.web.admin.jobs import RUNNING, Job
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("directory", __name__, url_prefix="/directory")
LINKS: Final = (Link("Directory", "directory.index", Role.VIEWER, ("cleansing", "versions")),)

FIELD_NAMES: Final = {
    "surname": "Surname", "forename": "Forename", "preferred": "Known as", "name": "Full name",
    "department": "Department", "role": "Job title", "telephone": "Telephone", "extension": "Extension",
    "mobile": "Mobile", "email": "E-mail", "aliases": "Also known as", "visibility": "Who may be put through",
    "leaving": "Leaving date", "hours": "Opening hours",
}  # fmt: skip


@blueprint.get("/")
def index() -> str:
    """List exports sent in and versions kept."""
    folder = office().versions
    sent = [(upload, Job(folder, upload.id).status()) for upload in uploads(folder)[:10]]
    found = tuple(reversed(office().shelf.versions()))
    past = past_versions(folder)
    return page("directory.html", sent=sent, versions=found, loaded=office().site.loaded, active=active_version(folder),
                previous=past[-1] if past else "", pull=office().settings.pull)  # fmt: skip


@blueprint.post("/send")
@needs(Role.EDITOR)
@takes_files(MOST_BYTES + (1 << 20))
def send() -> ResponseReturnValue:
    """Take an export, and begin to look at it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InputError("no file was chosen", todo="go back and choose the export, CSV or XLSX")
    at = office().clock().isoformat(timespec="seconds")
    why = request.form.get("why", "").strip()
    upload = keep_upload(office().versions, sent.filename, sent.stream, by=account().name, at=at, why=why)
    office().note("directory.send", upload.id, f"{upload.name}: {why}")
    return _check(upload.id)


@blueprint.get("/<upload_id>/")
def upload(upload_id: str) -> ResponseReturnValue:
    """Show how far the check is, then what was found."""
    found = read_upload(office().versions, upload_id)
    status = Job(office().versions, upload_id).status()
    columns = read_report(office().versions, upload_id, "columns")
    if status.state == RUNNING or (status.state and status.state != "done"):
        return page("working.html", upload=found, status=status, title=found.name,
                    again=url_for("admin.directory.check", upload_id=upload_id),
                    stop=url_for("admin.directory.stop", upload_id=upload_id),
                    progress=url_for("admin.directory.progress", upload_id=upload_id))  # fmt: skip
    if columns and not columns["found"]:
        return redirect(url_for("admin.directory.columns", upload_id=upload_id), code=303)
    return redirect(url_for("admin.cleansing.index", upload_id=upload_id), code=303)


@blueprint.get("/<upload_id>/progress")
def progress(upload_id: str) -> dict[str, Any]:
    """Say how far the check is, for the page's script."""
    return _plain(Job(office().versions, upload_id))


@blueprint.post("/<upload_id>/check")
@needs(Role.EDITOR)
def check(upload_id: str) -> ResponseReturnValue:
    """Look at an export again: its columns or the corrections have changed."""
    read_upload(office().versions, upload_id)
    return _check(upload_id)


@blueprint.post("/<upload_id>/stop")
@needs(Role.EDITOR)
def stop(upload_id: str) -> ResponseReturnValue:
    """Stop looking at it."""
    Job(office().versions, upload_id).stop()
    return redirect(url_for("admin.directory.upload", upload_id=upload_id), code=303)


@blueprint.post("/<upload_id>/forget")
@needs(Role.EDITOR)
def forget(upload_id: str) -> ResponseReturnValue:
    """Throw an export away."""
    found = read_upload(office().versions, upload_id)
    forget_upload(office().versions, found.id)
    office().note("directory.forget", found.id, found.name)
    return done(f"{found.name} was thrown away; a version made of it stays.", "directory.index")


@blueprint.get("/<upload_id>/columns")
@needs(Role.EDITOR)
def columns(upload_id: str) -> str:
    """Show what each column is taken for, with the first cells."""
    found = read_upload(office().versions, upload_id)
    report = read_report(office().versions, upload_id, "columns") or {"found": False, "columns": [], "rows": 0}
    fields = [("", "Kept aside"), *((name, FIELD_NAMES.get(name, name)) for name in FIELDS)]
    return page("columns.html", upload=found, report=report, fields=fields)


@blueprint.post("/<upload_id>/columns")
@needs(Role.EDITOR)
def decide_columns(upload_id: str) -> ResponseReturnValue:
    """Keep what a person says about the columns, and look at the export again."""
    found = read_upload(office().versions, upload_id)
    report = read_report(office().versions, upload_id, "columns") or {"columns": []}
    decided = {
        column["heading"]: request.form.get(f"column-{n}", "")
        for n, column in enumerate(report["columns"])
        if request.form.get(f"column-{n}", "") != column["field"]
    }
    save_upload(office().versions, map_columns(office().versions, found, decided))
    office().note("directory.columns", found.id, ", ".join(f"{h}: {f or 'aside'}" for h, f in decided.items()))
    return _check(upload_id)


def _check(upload_id: str) -> ResponseReturnValue:
    Job(office().versions, upload_id).start(office().settings, "check", upload_id)
    return redirect(url_for("admin.directory.upload", upload_id=upload_id), code=303)


def _plain(job: Job) -> dict[str, Any]:
    status = job.status()
    return {"state": status.state, "step": status.step, "done": status.done, "total": status.total}
