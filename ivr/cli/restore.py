"""`ivr restore`: a site made again from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Backup, as `ivr backup` wrote it.")],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder of the new site; empty or not there.")],
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help="Empty PostgreSQL database, for a backup of one.")
    ] = "",
) -> None:
    """Make a site again from a backup, in an empty place; nothing that is there is ever overwritten."""
    from ivr.records.backup import restore as make_again

    manifest = make_again(file, into.absolute(), database)
    typer.echo(f"{manifest['site']} of {manifest['made']} is in {into}: {manifest['calls']:,} calls")
    typer.echo("set the secrets in the environment, then `ivr doctor` there says what is missing")
