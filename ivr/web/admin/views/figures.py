"""The report, with every number linked to its calls, and its files."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, abort, request, url_for

from ivr.records.figures import BY_NAME
from ivr.records.layout import lay_out
from ivr.records.listing import calls_behind
from ivr.records.performance import month_now, performance
from ivr.records.period import days, month_of, read_day, zone_named
from ivr.records.render import as_csv, as_json
from ivr.records.render_html import as_html
from ivr.records.render_pdf import as_pdf
from ivr.records.render_xlsx import as_xlsx
from ivr.records.roles import Role
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import office, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.period import Period
    from ivr.records.report import Report

blueprint = Blueprint("figures", __name__, url_prefix="/figures")
LINKS: Final = (Link("Figures", "figures.index", Role.VIEWER),)

_MOST_CALLS: Final = 1000
_FORMS: Final[dict[str, tuple[str, Callable[[Report], str | bytes]]]] = {
    "html": ("text/html", as_html),
    "pdf": ("application/pdf", as_pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "csv": ("text/csv", as_csv),
    "json": ("application/json", as_json),
}


@blueprint.get("/")
def index() -> str:
    """Show the report of a period: the month it is, unless another is asked for."""
    asked = _asked()
    report = performance(office().database, office().settings, _period(), public="publish" in request.args)
    document = lay_out(report)
    body = as_html(report, links=lambda calls: url_for("admin.figures.behind", figure=calls, **asked), whole=False)
    return page("figures.html", document=document, body=body, asked=asked, forms=tuple(_FORMS), month=_month())


@blueprint.get("/file/<form>")
def file(form: str) -> Response:
    """Give the report as a file."""
    if form not in _FORMS:
        abort(404)
    kind, write = _FORMS[form]
    report = performance(office().database, office().settings, _period(), public="publish" in request.args)
    name = f"report-{report.first_day or 'empty'}-{report.last_day or ''}".rstrip("-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(write(report), mimetype=kind, headers=headers)


@blueprint.get("/calls")
def behind() -> str:
    """List the calls behind a figure: when and which, never who or what was said."""
    figure = request.args.get("figure", "")
    settings = office().settings
    found = list(calls_behind(office().database, figure, _period(), floor=settings.report.floor))
    label = BY_NAME[figure.partition("/")[0]]
    return page("behind.html", figure=figure, label=label, calls=found[:_MOST_CALLS], number=len(found), asked=_asked())


@blueprint.get("/report.css")
def style() -> Response:
    """Give the report's own style."""
    return Response((files("ivr.records") / "templates" / "report.css").read_text("utf-8"), mimetype="text/css")


def _asked() -> dict[str, Any]:
    """Return the period and kind asked for, as links carry them on."""
    return {name: value for name in ("month", "from", "to", "publish") if (value := request.args.get(name, ""))}


def _month() -> str:
    if request.args.get("from") or request.args.get("to"):
        return ""
    return request.args.get("month") or f"{month_now(office().settings, office().clock()).first_day:%Y-%m}"


def _period() -> Period:
    zone = zone_named(office().settings.site.timezone)
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if first or last:
        return days(read_day(first) if first else None, read_day(last) if last else None, zone)
    return month_of(_month(), zone)
