"""`ivr privacy`: what is kept of callers: removed by age, given out, and erased on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from ivr.records.database import Database
    from ivr.records.retention import Removed
    from ivr.settings import Settings

app = typer.Typer(
    name="privacy",
    help="What is kept of callers and how long; removed by age, given out, erased on request.",
    invoke_without_command=True,
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The caller's number, as in +447700900123.")]


@app.callback()
def shown(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Without a command: show what is kept of callers, how long, and when the oldest of it goes."""
    if context.invoked_subcommand:
        return
    import json

    from rich.console import Console
    from rich.table import Column, Table

    from ivr.records.schedule import schedule

    settings, database = _open()
    try:
        kept = schedule(settings, database)
    finally:
        database.close()
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in kept], indent=2))
        return
    table = Table(Column("kind", no_wrap=True), "kept for", "held", "oldest", "next goes", box=None)
    for one in kept:
        days = "until deleted" if one.days is None else f"{one.days} days" if one.days > 1 else "1 day"
        times = [f"{time:%Y-%m-%d}" if time else "-" for time in (one.oldest, one.next_expiry)]
        table.add_row(one.kind, days, f"{one.held:,}", *times)
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print("The service removes what is over its time four times an hour; `ivr privacy expire` does so at once.")


@app.command()
def expire(
    days: Annotated[int, typer.Option("--days", min=0, help="Age; 0: [records] keep_days.")] = 0,
) -> None:
    """Remove the words and callers of old calls, and old recordings; the figures stay. The service does so too."""
    from ivr.records.schedule import enforce

    settings, database = _open()
    if days:
        sooner = min(days, settings.records.keep_recordings_days)
        kept = settings.records.model_copy(update={"keep_days": days, "keep_recordings_days": sooner})
        settings = settings.model_copy(update={"records": kept})
    now = datetime.now(UTC)
    try:
        removed = enforce(settings, database, now)
    finally:
        database.close()
    _say(removed, f"of calls before {now - timedelta(days=settings.records.keep_days):%Y-%m-%d}")


@app.command()
def export(
    number: Number,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here instead of printing.")] = None,
) -> None:
    """Give out all that is known about one caller, as JSON."""
    from ivr.records.retention import export_caller

    settings, database = _open()
    try:
        known = export_caller(database, _key(settings, number))
    finally:
        database.close()
    if out is None:
        typer.echo(known)
        return
    partial = out.with_name(out.name + ".partial")
    partial.write_text(known + "\n", encoding="utf-8")
    partial.replace(out)


@app.command()
def erase(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase all that is known about one caller: words, masked number, recordings; the figures stay."""
    from ivr.records.backup import holding
    from ivr.records.retention import erase_caller
    from ivr.records.schedule import RECORDINGS, delete_recordings
    from ivr.records.spool import Spool

    settings, database = _open()
    try:
        if not yes:
            typer.confirm("This cannot be undone. Erase all that is known about this caller?", abort=True, err=True)
        removed = erase_caller(database, _key(settings, number))
    finally:
        database.close()
    delete_recordings(settings.path(RECORDINGS), removed.recordings)
    _say(removed, "of this caller")
    held = holding(settings.path(settings.records.backups), _key(settings, number))
    for file in held:
        typer.echo(f"still in the backup {file}: delete it, or make a new one and then delete it")
    waiting = Spool(settings.path(settings.records.spool)).lines()
    if waiting:
        typer.echo(
            f"{waiting:,} records wait on disk for the database, this caller's perhaps too: run this again later"
        )
    raise typer.Exit(1 if held or waiting else 0)


def _open() -> tuple[Settings, Database]:
    from ivr.records.database import Database
    from ivr.settings import load_settings

    settings = load_settings()
    return settings, Database(settings.database_url, create=False)


def _key(settings: Settings, number: str) -> str:
    from ivr.records.privacy import hashed

    key = hashed(number, settings.secrets.secret_key.get_secret_value())
    if not key:
        raise InputError("a withheld number names nobody", where=number or "NUMBER", todo="give the caller's number")
    return key


def _say(removed: Removed, whose: str) -> None:
    typer.echo(
        f"removed the words of {removed.turns:,} turns in {removed.calls:,} calls {whose}, "
        f"{removed.sessions:,} sessions, {len(removed.recordings):,} recordings"
    )
