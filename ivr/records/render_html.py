"""A report as a page: accessible, made to be printed, and needing nothing else; or as a part of another page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from ivr.records.figures import BY_NAME
from ivr.records.layout import MARKS, Week, lay_out
from ivr.records.period import DAYS
from ivr.records.report import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.report import Report

_DARKEST = 9


def as_html(report: Report, *, links: Callable[[str], str] | None = None, whole: bool = True) -> str:
    """Return the report as one page, or (`whole=False`) the part of a page below its heading.

    `links` gives the address that lists the calls behind a figure: `containment/month=2026-05`.
    """
    environment = Environment(
        loader=PackageLoader("ivr.records"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    document = lay_out(report)
    page = environment.get_template("report.html.j2", globals={
        "links": links, "marks": MARKS, "days": DAYS, "shade": _shade, "hidden": HIDDEN, "known": set(BY_NAME),
        "published": report.published,
    })  # fmt: skip
    return page.render(document=document, whole=whole).strip() + "\n"


def _shade(week: Week, number: int | None) -> int:
    most = max((n or 0 for day in week.numbers for n in day), default=0) or 1
    return -(-(number or 0) * _DARKEST // most)
