"""`ivr telephony`: what a telephony engineer needs beside `ivr serve`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    help="Twilio: the static fallback, recogniser hints, and whether the site is ready.", no_args_is_help=True
)


@app.command()
def fallback() -> None:
    """Print the static fallback TwiML, for hosting it elsewhere: it apologises and dials the operator."""
    from ivr.channels.dialling import say_and_dial
    from ivr.channels.phrases import Style
    from ivr.dialogue.prompts import Prompts
    from ivr.settings import load_settings

    settings = load_settings()
    prompts = Prompts.load(settings.path(settings.grammar.folder), settings.site.language)
    apology, sorry = prompts.render("fault", {}), prompts.render("nobody_free", {})
    typer.echo(say_and_dial(apology, sorry, settings.site.operator, Style.of(settings)))


@app.command()
def hints(
    internal: Annotated[bool, typer.Option("--internal", help="As a colleague would get them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the names and phrases given to Twilio's recogniser at the greeting, best first."""
    from datetime import UTC, datetime

    from ivr.assembly import open_site
    from ivr.channels.hints import Hints
    from ivr.channels.recent import Recent
    from ivr.model import Expect

    site = open_site()
    called = Recent(site.store.database).popular(datetime.now(UTC))
    most = site.settings.telephony.hints
    found = Hints(site.directory, site.enquiries, site.pronouncer.pronounce, most=most, called=called)
    chosen = found.of(Expect.CALL, internal=internal)
    typer.echo(json.dumps(chosen, indent=2, ensure_ascii=False) if as_json else "\n".join(chosen))


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what is missing before the first call can come in; exits with 1 where calls would go wrong."""
    from ivr.assembly import open_site
    from ivr.channels.telephony_check import check_telephony

    site = open_site()
    findings = check_telephony(site.settings, site.directory)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in findings:
            style = "red" if finding.serious else "yellow"
            console.print(f"{finding.what}; {finding.todo}", style=style, markup=False)
        if not findings:
            console.print("ready for calls", style="green")
    if any(finding.serious for finding in findings):
        raise typer.Exit(1)
