"""`ivr report`: the figures of a period, and the calls behind each."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ivr.records.database import Database
    from ivr.records.period import Period
    from ivr.records.report import Report
    from ivr.settings import Settings
    from ivr.sites import Place


class Format(StrEnum):
    """How the report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"


def report(
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="One month.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day, included.")] = "",
    style: Annotated[
        Format | None, typer.Option("--format", help="How to write it; else as --out's name ends, else a table.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file, whole or not.")] = None,
    site: Annotated[
        str, typer.Option(metavar="NAME", help="One site of the installation that IVR_SITES names, or all of them.")
    ] = "",
    public: Annotated[
        bool, typer.Option("--publish", help="For publication: hide small numbers, name nobody, list no calls.")
    ] = False,
    behind: Annotated[
        str,
        typer.Option(
            "--calls",
            metavar="FIGURE",
            help="List the calls behind a figure instead: `completed`, or narrowed, `completed/month=2026-05`, "
            "`wrong_transfers/department=Housing`, `offered/hour=Mon-09`, `transferred/entry=ID`.",
        ),
    ] = "",
) -> None:
    """Report how calls ended, what the service did and saved, how quickly people answered, how well callers were heard.

    By month, service, enquiry, skill, entry, language and hour; against targets, the period before and a year before.
    """
    from ivr.records.database import Database
    from ivr.records.period import zone_named
    from ivr.settings import load_settings

    if site == "all":
        _report_all((month, first, last), _style(style, out, as_json=as_json), out, public=public, behind=behind)
        return
    settings = load_settings(place=_places(site)[0]) if site else load_settings()
    period = _period(month, first, last, zone_named(settings.site.timezone))
    style = _style(style, out, as_json=as_json)
    if behind and public:
        raise InputError("--publish lists no calls", todo="leave out --calls or --publish")
    database = Database(settings.database_url, create=False)
    try:
        if behind:
            _write(_calls(database, settings, behind, period, style), out)
            return
        made = _made(database, settings, period, public=public)
    finally:
        database.close()
    _give(made, style, out)


def _give(made: Report, style: Format, out: Path | None) -> None:
    """Write the report."""
    if style is Format.TABLE and out is None:
        _print(made)
    else:
        _write(_written(made, style), out)


def _places(site: str) -> list[Place]:
    """Return the site of this id in the installation that IVR_SITES names; `all`: every one."""
    import os

    from ivr.sites import read_installation

    file = os.environ.get("IVR_SITES", "")
    if not file:
        raise InputError("--site needs an installation of several sites", todo="set IVR_SITES to its file")
    places = read_installation(Path(file).resolve(), os.environ.get("IVR_DATABASE_URL", "")).places
    if site != "all" and site not in places:
        raise InputError(f"no site {site!r}", where=file, todo=f"one of {', '.join(places)}, or all")
    return [place for place in places.values() if site in {"all", place.id}]


def _report_all(days: tuple[str, str, str], style: Format, out: Path | None, *, public: bool, behind: str) -> None:
    """Report on all sites together."""
    from ivr.records.database import Database
    from ivr.records.joint import joint_performance
    from ivr.records.period import zone_named
    from ivr.settings import load_settings

    if behind:
        raise InputError("--calls lists the calls of one site", todo="name it with --site")
    many = [load_settings(place=place) for place in _places("all")]
    period = _period(*days, zone_named(many[0].site.timezone))
    opened: list[tuple[Settings, Database]] = []
    try:
        for settings in many:
            opened.append((settings, Database(settings.database_url, create=False)))  # noqa: PERF401 (closed if one fails)
        made = joint_performance(opened, period, public=public)
    finally:
        for _, database in opened:
            database.close()
    _give(made, style, out)


def _style(style: Format | None, out: Path | None, *, as_json: bool) -> Format:
    if as_json:
        return Format.JSON
    if style is not None or out is None:
        return style or Format.TABLE
    ending = out.suffix.removeprefix(".").lower()
    known = {"htm": "html"} | {one.value: one.value for one in Format if one is not Format.TABLE}
    if ending not in known:
        raise InputError(f"what is {out.suffix or 'a name without ending'!r}?", where=str(out), todo="add --format")
    return Format(known[ending])


def _period(month: str, first: str, last: str, zone: ZoneInfo) -> Period:
    from ivr.records.period import days, month_of, read_day

    if month and (first or last):
        raise InputError("--month and --from or --to exclude each other", todo="give one of them")
    if month:
        return month_of(month, zone)
    return days(read_day(first) if first else None, read_day(last) if last else None, zone)


def _made(database: Database, settings: Settings, period: Period, *, public: bool) -> Report:
    """Make the report; months that were never counted before take a moment, which is shown."""
    from rich.console import Console
    from rich.progress import Progress

    from ivr.records.performance import performance

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        step = progress.add_task("Counting months", total=None)
        return performance(
            database, settings, period, public=public,
            progress=lambda at, of: progress.update(step, completed=at, total=of),
        )  # fmt: skip


def _calls(database: Database, settings: Settings, behind: str, period: Period, style: Format) -> str:
    import json

    from ivr.records.listing import calls_behind

    if style not in {Format.TABLE, Format.CSV, Format.JSON}:
        raise InputError(f"--calls has no {style.value.upper()}", todo="use --format table, csv or json")
    listed = calls_behind(database, behind, period, floor=settings.report.floor)
    found = [(call_id, started.isoformat(timespec="seconds")) for call_id, started in listed]
    if style is Format.JSON:
        rows = [{"call_id": call_id, "started": started} for call_id, started in found]
        return json.dumps({"figure": behind, "count": len(rows), "calls": rows}, indent=2) + "\n"
    if style is Format.CSV:
        return "".join(f"{line}\n" for line in ("call_id,started", *(f"{c},{s}" for c, s in found)))
    return "".join(f"{started}  {call_id}\n" for call_id, started in found)


def _written(made: Report, style: Format) -> str | bytes:
    from ivr.records import render

    if style is Format.PDF:
        from ivr.records.render_pdf import as_pdf

        return as_pdf(made)
    if style is Format.XLSX:
        from ivr.records.render_xlsx import as_xlsx

        return as_xlsx(made)
    if style is Format.HTML:
        from ivr.records.render_html import as_html

        return as_html(made)
    if style is Format.TABLE:
        return _as_text(made)
    return render.as_csv(made) if style is Format.CSV else render.as_json(made) + "\n"


def _print(made: Report) -> None:
    from rich.console import Console

    from ivr.records import render

    console = Console(highlight=False)
    for part in render.as_tables(made, console.width):
        console.print(part)


def _as_text(made: Report) -> str:
    from io import StringIO

    from rich.console import Console

    from ivr.records import render

    kept = StringIO()
    console = Console(file=kept, width=160, highlight=False)
    for part in render.as_tables(made, console.width):
        console.print(part)
    return kept.getvalue()


def _write(written: str | bytes, out: Path | None) -> None:
    content = written.encode() if isinstance(written, str) else written
    if out is None:
        if isinstance(written, bytes) and sys.stdout.isatty():
            raise InputError("this format is not for a terminal", todo="add --out FILE")
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", where=str(out), todo="check the folder") from error
