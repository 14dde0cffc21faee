"""`ivr export`: records for the organisation's own tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ivr.errors import InputError


class What(StrEnum):
    """What is exported."""

    CALLS = "calls"
    TURNS = "turns"
    REQUESTS = "requests"


class Form(StrEnum):
    """How it is written."""

    CSV = "csv"
    PARQUET = "parquet"


def export(
    what: Annotated[What, typer.Argument(help="calls, turns, or requests.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, whole or not: .csv or .parquet.")],
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="One month.")] = "",
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day, included.")] = "",
    form: Annotated[Form | None, typer.Option("--format", help="How to write it; else as FILE's name ends.")] = None,
) -> None:
    """Write calls, turns or requests of a period, without callers or words, for the organisation's own tools."""
    from ivr.records.database import Database
    from ivr.records.export import view_named, write_csv, write_parquet
    from ivr.records.period import days, month_of, read_day, zone_named
    from ivr.settings import load_settings

    if month and (first or last):
        raise InputError("--month and --from or --to exclude each other", todo="give one of them")
    form = form or _form(out)
    settings = load_settings()
    zone = zone_named(settings.site.timezone)
    period = days(read_day(first) if first else None, read_day(last) if last else None, zone)
    period = month_of(month, zone) if month else period
    if not out.parent.is_dir():
        raise InputError("there is no such folder", where=str(out.parent), todo="make it, or check the path")
    part = out.with_name(f".{out.name}.part")
    database = Database(settings.database_url, create=False)
    try:
        write = write_parquet if form is Form.PARQUET else write_csv
        number = write(database, view_named(what.value), period, part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
        database.close()
    typer.echo(f"{number:,} {what.value} written to {out}")


def _form(out: Path) -> Form:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in tuple(Form):
        raise InputError(f"what is {out.suffix or 'a name without ending'!r}?", where=str(out), todo="add --format")
    return Form(ending)
