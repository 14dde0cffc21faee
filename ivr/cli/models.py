"""`ivr models`: recogniser models beside the built-in one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.recognise.models import ModelCheck

app = typer.Typer(no_args_is_help=True, help="Recogniser models: which there are, install one, see what it knows.")

MODELS = Path("var/models")
_SHOWN = 20

AsJson = Annotated[bool, typer.Option("--json", help="For a machine to read.")]
Folder = Annotated[Path, typer.Option("--models", help="Folder that models are installed in.")]


@app.command("list")
def list_models(models: Folder = MODELS, as_json: AsJson = False) -> None:
    """List the models that can be installed, and those that are."""
    from rich.console import Console
    from rich.table import Column, Table

    from ivr.recognise.models import KNOWN, installed_models

    there = {path.name: path for path in installed_models(models)}
    rows = [{**asdict(model), "url": model.url, "installed": str(there.pop(model.name, ""))} for model in KNOWN]
    rows += [{"name": name, "installed": str(path)} for name, path in there.items()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(
        Column("model", no_wrap=True), Column("MB", justify="right", no_wrap=True), Column("licence", no_wrap=True),
        Column("word errors, published"), Column("grammars", no_wrap=True), box=None,
    )  # fmt: skip
    for row in rows:
        grammars = {True: "yes", False: "no"}.get(row.get("grammars"), "")  # type: ignore[arg-type]
        cells = (row.get("megabytes", ""), row.get("licence", ""), row.get("word_error", ""))
        table.add_row(row["name"], *map(str, cells), grammars)
    Console().print(table)
    for row in rows:
        if row["installed"]:
            typer.echo(f"Installed: {row['installed']}")
    typer.echo("Built in: a telephone model that hears every name of the directory; nothing need be installed.")


@app.command()
def install(
    source: Annotated[str, typer.Argument(help="A model's name, a web address, a zip file or a folder.")],
    models: Folder = MODELS,
    checksum: Annotated[str, typer.Option(help="SHA-256 that the archive must have.")] = "",
) -> None:
    """Install a model; a download that was cut off goes on where it stopped."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from ivr.recognise.install import install as run

    with Progress("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(), transient=True) as bar:
        task = bar.add_task(source, total=None)
        place = run(source, models, checksum=checksum, progress=_shown(bar.update, task))
    typer.echo(f"installed: {place}\nuse it: set vosk_model = '{place}' in [recognition] of ivr.toml")


def _shown(update: Callable[..., None], task: int) -> Callable[[int, int], None]:
    return lambda done, whole: update(task, completed=done, total=whole or None)


@app.command()
def check(
    model: Annotated[Path, typer.Argument(help="Folder of a model.")],
    as_json: AsJson = False,
) -> None:
    """Say what a model knows: words, sample rate, grammar support, and the names of the directory it can hear."""
    from ivr.assembly import open_site
    from ivr.recognise.models import check_model
    from ivr.recognise.vosk_library import check_folder

    check_folder(model)
    site = open_site()
    names = {way for entry in site.directory.entries for way in entry.spoken}
    found = check_model(model, names, site.pronouncer.pronounce)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "problems": found.problems}, indent=2, default=str))
    else:
        _say(found)
    raise typer.Exit(1 if found.problems else 0)


def _say(found: ModelCheck) -> None:
    grammars = "takes runtime grammars" if found.grammars else "takes no runtime grammars"
    typer.echo(f"{found.folder}: {found.words:,} words, {found.rate} Hz, {grammars}")
    typer.echo(f"knows {found.known:,} of {found.names:,} ways to say an entry")
    for problem in found.problems:
        typer.echo(f"note: {problem}")
    if found.respelled:
        typer.echo(f"words it lacks, and how it would hear them (least alike first, {len(found.respelled)} in all):")
    for respelling in found.respelled[:_SHOWN]:
        typer.echo(f'  {respelling.name}: "{respelling.said}" ({respelling.error:.0%} of the sounds differ)')
