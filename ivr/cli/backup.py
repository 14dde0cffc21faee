"""`ivr backup`: everything of a site in one file, made while it runs."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def backup(
    out: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="File to write; default: a dated one in [records] backups.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Do not write: read FILE through and say if it is whole.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Keep settings, directory, grammars, prompts, recordings and records in one file, and read it again to be sure."""
    from ivr.errors import InputError
    from ivr.records import backup as backups

    if check:
        if out is None:
            raise InputError("no file to check", todo="name one: `ivr backup --check FILE`")
        manifest = backups.check(out)
        told = {name: manifest[name] for name in ("made", "site", "release", "schema", "calls")}
        typer.echo(
            json.dumps(told | {"files": len(manifest["files"])}, indent=2, ensure_ascii=False)
            if as_json
            else f"{out} is whole: {manifest['site']}, {manifest['calls']:,} calls, made {manifest['made']}"
        )
        return
    from ivr.settings import load_settings

    settings = load_settings()
    console = Console(stderr=True)
    with console.status("Backing up") if console.is_terminal else nullcontext():
        made = backups.make(settings, out or settings.path(settings.records.backups) / backups.name_now())
    told = {"file": str(made.file), "bytes": made.size, "files": made.files, "calls": made.calls}
    typer.echo(
        json.dumps(told, indent=2)
        if as_json
        else f"{made.file}: {made.calls:,} calls and {made.files} files in {made.size / 1e6:.1f} MB, read again"
    )
