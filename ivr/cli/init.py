"""`ivr init`: a new site from the sample one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ivr.errors import InputError

PARTS = ("ivr.toml", "directory", "grammars", "audio")
"""What makes a site."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; must not exist or be empty.")],
) -> None:
    """Make a new site: the sample council's settings, directory, grammars and calls, to change into yours."""
    from ivr.assembly import sample_site

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("exists and is not an empty folder", where=str(folder), todo="name a new one")
    source = sample_site()
    partial = folder / ".partial" if folder.exists() else folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _copy(source, partial)
        if folder.exists():
            for part in PARTS:
                (partial / part).rename(folder / part)
        else:
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    typer.echo(f"{folder} is a site now. Next: cd {folder}; ivr directory cleanse directory/staff.csv; ivr chat")


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for part in PARTS:
        origin = source / part
        if origin.is_dir():
            shutil.copytree(origin, target / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copyfile(origin, target / part)
