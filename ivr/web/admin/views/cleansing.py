"""What cleansing found in an export: by kind and severity, each with its row, corrected or accepted in one step."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from ivr.directory.accepted import accept, accepted_keys, key_of_problem
from ivr.directory.corrections import Correction, add_corrections
from ivr.directory.reports import read_report
from ivr.directory.table import guarded
from ivr.directory.uploads import read_upload
from ivr.errors import InputError
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("cleansing", __name__, url_prefix="/directory/<upload_id>/problems")

_PAGE: Final = 40
_ORDER: Final = {"error": 0, "warning": 1, "info": 2}
_NUMBERS: Final = frozenset({"unreachable", "no_number", "premium_number", "impossible_number", "not_a_number",
                             "bad_extension", "no_area_code", "several_numbers", "letter_in_number",
                             "bad_address"})  # fmt: skip
_NAMES: Final = frozenset({"unreadable_name", "unsayable_name", "incomplete_name", "swapped_names", "not_a_person",
                           "damaged_letters", "two_people", "preferred_in_name"})  # fmt: skip
_DEPARTMENTS: Final = frozenset({"department_guess", "department_synonym", "department_spelling"})
FIELDS: Final = (("number", "Number"), ("name", "Name"), ("department", "Department"), ("role", "Job title"),
                 ("spoken", "Another way to say it"), ("audience", "Who may be put through"))  # fmt: skip
_EXPORTED: Final = ("department", "name", "row", "column", "severity", "kind", "found", "done", "suggestion")


@blueprint.get("/")
def index(upload_id: str) -> str:
    """Show the problems, the gravest first."""
    upload, report = read_upload(office().versions, upload_id), _report(upload_id)
    accepted = accepted_keys(office().versions)
    every = [p | {"accepted": key_of_problem(p) in accepted} for p in report["problems"]]
    kind, severity = request.args.get("kind", ""), request.args.get("severity", "")
    show = request.args.get("show", "open")
    chosen = [
        p for p in every
        if (not kind or p["kind"] == kind) and (not severity or p["severity"] == severity)
        and (show == "all" or (p["accepted"] == (show == "accepted") and (severity or kind or p["severity"] != "info")))
    ]  # fmt: skip
    chosen.sort(key=lambda p: (_ORDER[p["severity"]], p["kind"], p["row"]))
    at = max(request.args.get("at", 0, type=int), 0)
    return page(
        "problems.html", upload=upload, summary=report["summary"], kinds=_kinds(every), shown=chosen[at : at + _PAGE],
        total=len(chosen), at=at, size=_PAGE, kind=kind, severity=severity, show=show, fields=FIELDS,
        field_for=_field_for, may_keep=_may_keep,
    )  # fmt: skip


@blueprint.post("/correct")
@needs(Role.EDITOR)
def correct(upload_id: str) -> ResponseReturnValue:
    """Write a correction, kept for this export and all later ones."""
    form, problem = request.form, _problem(upload_id)
    if not problem["id"]:
        raise InputError("this row names nobody, so no correction can name it", todo="mend it in the export")
    action = form.get("action", "set")
    field, value = ("", "") if action != "set" else (form.get("field", ""), " ".join(form.get("value", "").split()))
    if action == "set" and not value:
        raise InputError("nothing was typed to correct it to", todo="go back and type it")
    correction = Correction(
        row=0, entry=problem["id"], name=problem["name"], department=problem["department"], action=action,
        field=field, after=value[:500], reason=f"{problem['kind'].replace('_', ' ')}: {problem['found']}"[:200],
        reviewer=account().name, date=office().clock().date().isoformat(),
    )  # fmt: skip
    add_corrections(office().settings.path(office().settings.directory.corrections), [correction])
    accept(office().versions, [problem], account().name)
    office().note("directory.correct", problem["id"], f"{problem['name']}: {action} {field} {value}".strip())
    what = {"keep": "is kept", "remove": "is removed"}.get(action, f"has the {field} {value}")
    return done(f"Noted: {problem['name']} {what}, from the next check on.", "cleansing.index", upload_id=upload_id,
                **_where())  # fmt: skip


@blueprint.post("/accept")
@needs(Role.EDITOR)
def accept_some(upload_id: str) -> ResponseReturnValue:
    """Accept what cleansing did about one problem, or about all of a kind."""
    kind = request.form.get("kind", "")
    found = [p for p in _report(upload_id)["problems"] if p["kind"] == kind] if kind else [_problem(upload_id)]
    accept(office().versions, found, account().name)
    office().note("directory.accept", upload_id, f"{kind or found[0]['kind']}: {len(found)}")
    return done(f"Accepted: {len(found)} as cleansing left them.", "cleansing.index", upload_id=upload_id, **_where())


@blueprint.get("/export")
@needs(Role.EDITOR)
def export(upload_id: str) -> Response:
    """Give the problems that a person should look at as CSV, to be sent to departments."""
    department = request.args.get("department", "")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_EXPORTED)
    rows = [p for p in _report(upload_id)["problems"] if p["severity"] != "info"]
    for problem in sorted(rows, key=lambda p: (p["department"], p["row"])):
        if not department or problem["department"] == department:
            writer.writerow([guarded(str(problem[column])) for column in _EXPORTED])
    office().note("directory.export", upload_id, department)
    headers = {"Content-Disposition": 'attachment; filename="problems.csv"'}
    return Response("\N{BYTE ORDER MARK}" + text.getvalue(), mimetype="text/csv", headers=headers)


def _report(upload_id: str) -> dict[str, Any]:
    read_upload(office().versions, upload_id)
    found = read_report(office().versions, upload_id, "problems")
    if found is None:
        raise InputError("this export has not been checked yet", todo="check it first")
    report: dict[str, Any] = found
    return report


def _problem(upload_id: str) -> dict[str, Any]:
    number = request.form.get("problem", -1, type=int)
    problems: Sequence[dict[str, Any]] = _report(upload_id)["problems"]
    if not 0 <= number < len(problems):
        raise InputError("no such problem", todo="go back; the export may have been checked again since")
    return problems[number]


def _where() -> dict[str, str]:
    """Return the part of the list that the form was on."""
    kept = {name: request.form.get(f"on_{name}", "") for name in ("kind", "severity", "show", "at")}
    return {name: value for name, value in kept.items() if value}


def _kinds(problems: Sequence[dict[str, Any]]) -> list[tuple[str, str, int, int]]:
    every = Counter((p["severity"], p["kind"]) for p in problems)
    left = Counter((p["severity"], p["kind"]) for p in problems if not p["accepted"])
    ordered = sorted(every, key=lambda key: (_ORDER[key[0]], -every[key], key[1]))
    return [(severity, kind, left[severity, kind], every[severity, kind]) for severity, kind in ordered]


def _field_for(problem: dict[str, Any]) -> str:
    """Return the field that a problem of this kind is most likely mended in."""
    if problem["kind"] in _DEPARTMENTS:
        return "department"
    return "name" if problem["kind"] in _NAMES else "number" if problem["kind"] in _NUMBERS else "name"


def _may_keep(problem: dict[str, Any]) -> bool:
    return problem["done"] == "set aside" and problem["kind"] in {"test_row", "vacant_post", "leaver"}
