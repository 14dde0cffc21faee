"""`ivr requests`: what callers left for the organisation, and its delivery."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ivr.errors import InputError
from ivr.records.requests import Requests, Status

if TYPE_CHECKING:
    from ivr.records.requests import Request
    from ivr.settings import Settings

app = typer.Typer(help="Requests that callers left: read them, deliver them to the back office.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _now() -> datetime:
    return datetime.now(UTC)


def _open() -> tuple[Settings, Requests]:
    from ivr.records.store import Store
    from ivr.settings import load_settings

    settings = load_settings()
    return settings, Requests(Store(settings.database_url).database)


def _plain(request: Request) -> dict[str, object]:
    return request.as_json() | {
        "status": request.status.value,
        "attempts": request.attempts,
        "due": request.due.isoformat(),
        "delivered": request.delivered.isoformat() if request.delivered else None,
        "fault": request.fault,
        "done": request.done.isoformat() if request.done else None,
    }


@app.command("list")
def list_(
    status: Annotated[Status | None, typer.Option("--status", help="Only those that stand there.")] = None,
    owed: Annotated[bool, typer.Option("--owed", help="Only those promised for a time and not done; soonest.")] = False,
    as_json: Json = False,
) -> None:
    """List requests, oldest first. Exit code 1: some are dead, or, with --owed, late."""
    from rich.console import Console
    from rich.table import Table

    settings, book = _open()
    found = tuple(r for r in book.owed() if status in {None, r.status}) if owed else book.list(status)
    if as_json:
        typer.echo(json.dumps([_plain(request) for request in found], indent=2, ensure_ascii=False))
    else:
        zone = ZoneInfo(settings.site.timezone)
        table = Table("reference", "asked", "about", "promised by", "status", "tries", "fault")
        for r in found:
            promised = (
                _local(r.promised, zone) + ("" if r.done else " late" * (r.promised < _now())) if r.promised else ""
            )
            status_now = "done" if r.done else r.status
            table.add_row(r.reference, _local(r.created, zone), r.title, promised, status_now, str(r.attempts), r.fault)
        Console().print(table)
    late = any(r.promised and r.promised < _now() for r in found) if owed else book.counts()[Status.DEAD]
    raise typer.Exit(1 if late else 0)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


@app.command()
def done(reference: Annotated[str, typer.Argument(help="The reference the caller was given.")]) -> None:
    """Note that a request has been dealt with: the caller was rung back, or seen."""
    _, book = _open()
    if not book.finished(reference, _now()):
        raise InputError(f"no request has the reference {reference}", todo="see `ivr requests list`")
    typer.echo(f"{reference} is done")


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="The reference the caller was given.")], as_json: Json = False
) -> None:
    """Show one request, with what was gathered."""
    _, book = _open()
    found = book.get(reference)
    if found is None:
        raise InputError(f"no request has the reference {reference}", todo="see `ivr requests list`")
    if as_json:
        typer.echo(json.dumps(_plain(found), indent=2, ensure_ascii=False))
        return
    for name, value in {**_plain(found), **found.details}.items():
        if name != "details":
            typer.echo(f"{name}: {value}")


@app.command()
def deliver(
    every: Annotated[float, typer.Option("--every", min=0.0, help="Go on for ever, every so many seconds.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Deliver what is due, as `[requests]` says. Exit code 1: some could not be."""
    from ivr.records.outbox import deliver_due
    from ivr.records.sinks import make_sink

    settings, book = _open()
    sink = make_sink(settings)
    while True:
        done = deliver_due(book, sink, _now)
        if as_json:
            typer.echo(json.dumps({"delivered": done.delivered, "failed": done.failed, "dead": done.dead}))
        elif not every or done.delivered or done.failed:
            typer.echo(f"{done.delivered} delivered, {done.failed} failed, {done.dead} of them for good")
        if not every:
            raise typer.Exit(1 if done.failed else 0)
        time.sleep(every)


@app.command()
def retry(reference: Annotated[str, typer.Argument(help="Only this one; default: every dead one.")] = "") -> None:
    """Let dead requests be delivered again."""
    _, book = _open()
    typer.echo(f"{book.retry(_now(), reference)} wait for delivery again")
