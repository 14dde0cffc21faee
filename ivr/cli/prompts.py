"""`ivr prompts`: recorded prompts, checked, and what is still to be recorded."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.channels.voiceover_script import ToRecord

app = typer.Typer(
    help="Recorded prompts and names: check them, and list what is still to be recorded.", no_args_is_help=True
)


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check length, level and wording of every recording in audio/prompts; exits with 1 where one cannot be played."""
    from ivr.assembly import open_site
    from ivr.channels.voiceover_check import check_recordings

    site = open_site()
    folder = _folder(site)
    findings = check_recordings(folder, [line.text for line in _script(site)])
    serious = sum(finding.serious for finding in findings)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        table = Table("file", "kind", "what", box=None, header_style="bold")
        for finding in findings:
            table.add_row(finding.file, finding.kind, finding.detail, style="red" if finding.serious else "yellow")
        console = Console()
        if findings:
            console.print(table)
        console.print(f"{serious} faults, {len(findings) - serious} remarks in {folder}", highlight=False)
    if serious:
        raise typer.Exit(1)


@app.command()
def script(
    out: Annotated[Path | None, typer.Option(help="CSV file to write; printed if not given.")] = None,
    people: Annotated[bool, typer.Option(help="Names of people too.")] = True,
    everything: Annotated[bool, typer.Option("--all", help="What is recorded already, too.")] = False,
) -> None:
    """List what is still to be recorded, for the voice artist: file, words, and which part of the service says them.

    Recordings go under audio/prompts; adding these rows to audio/prompts/prompts.csv makes them played.
    """
    from ivr.assembly import open_site
    from ivr.channels.voiceover import Voiceover
    from ivr.channels.voiceover_script import missing

    site = open_site()
    lines = _script(site)
    if not everything:
        lines = missing(lines, Voiceover.load(_folder(site)))
    if not people:
        lines = tuple(line for line in lines if line.part != "people")
    if out is None:
        _write(typer.get_text_stream("stdout"), lines)
        return
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        _write(file, lines)
    os.replace(part, out)  # noqa: PTH105 (the name of what it does)
    Console(stderr=True).print(f"{len(lines)} recordings to make: {out}", highlight=False)


def _folder(site: Site) -> Path:
    return site.settings.path(site.settings.telephony.audio)


def _script(site: Site) -> tuple[ToRecord, ...]:
    from ivr.channels.voiceover_script import script

    return script(site.prompts, site.enquiries, site.directory)


def _write(file: TextIO, lines: tuple[ToRecord, ...]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("file", "text", "part"))
    writer.writerows((line.file, line.text, line.part) for line in lines)
