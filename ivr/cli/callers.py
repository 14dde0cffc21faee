"""`ivr callers`: who is always put straight through to a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.errors import InputError, SettingsError

if TYPE_CHECKING:
    from ivr.records.direct import DirectCallers

app = typer.Typer(
    help="Callers who are always put straight through to a person: a reasonable adjustment.", no_args_is_help=True
)
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The caller's number, as +447700900123.")]


def _open(number: str = "") -> tuple[DirectCallers, str]:
    """Open the register, and give the key of `number`."""
    from ivr.records.direct import DirectCallers
    from ivr.records.privacy import hashed
    from ivr.records.store import Store
    from ivr.settings import load_settings

    settings = load_settings()
    secret = settings.secrets.secret_key.get_secret_value()
    if not secret:
        raise SettingsError("no IVR_SECRET_KEY, and numbers are only kept as hashes keyed with it", todo="set it")
    key = ""
    if number:
        if not number.startswith("+") or not number[1:].replace(" ", "").isdigit():
            raise InputError(f"`{number}` is no number as calls bring it", todo="write it as +447700900123")
        key = hashed(number, secret)
    return DirectCallers(Store(settings.database_url).database), key


@app.command()
def add(
    number: Number, note: Annotated[str, typer.Option("--note", help="For staff; no name, no diagnosis.")] = ""
) -> None:
    """Put this caller straight through from now on. Only a hash of the number is kept."""
    register, key = _open(number)
    typer.echo("entered" if register.add(key, note, datetime.now(UTC)) else "was entered before")


@app.command()
def remove(number: Number) -> None:
    """Let this caller be answered like others again. Exit code 1: they were not in the register."""
    register, key = _open(number)
    gone = register.remove(key)
    typer.echo("removed" if gone else "was not in the register")
    raise typer.Exit(0 if gone else 1)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the register; it holds no numbers."""
    register, _ = _open()
    rows = [{"caller": c.caller_key, "note": c.note, "added": c.added.isoformat()} for c in register.list()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['caller'][:8]}  {row['added'][:10]}  {row['note']}")
