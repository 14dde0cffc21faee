"""`ivr gaps`: what callers said that was not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.gaps import Gap
    from ivr.settings import Settings

_CALLS_SHOWN = 3


def gaps(
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="One month.")] = "",
    least: Annotated[int, typer.Option("--least", min=1, help="Leave out what was said less often.")] = 1,
    most: Annotated[int, typer.Option("--most", min=1, help="Rows to show.")] = 50,
    accept: Annotated[str, typer.Option("--accept", metavar="TEXT", help="What was said, to be understood.")] = "",
    meaning: Annotated[str, typer.Option("--as", metavar="NAME", help="The entry or enquiry that it means.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List what callers said that was not understood, gathered by sound, with suggested additions.

    With --accept and --as: have it understood from the next version on.
    """
    if accept or meaning:
        _accept(accept, meaning)
        return
    import json

    from ivr.records.database import Database
    from ivr.records.gaps import find_gaps, read_misses
    from ivr.records.period import Period, month_of, zone_named
    from ivr.settings import load_settings

    settings = load_settings()
    zone = zone_named(settings.site.timezone)
    database = Database(settings.database_url, create=False)
    try:
        misses = read_misses(database, month_of(month, zone) if month else Period(zone))
    finally:
        database.close()
    found = find_gaps(misses, _sound(settings) if misses else str, least, _names(settings) if misses else None)[:most]
    if as_json:
        typer.echo(json.dumps([gap.as_json() for gap in found], indent=2, ensure_ascii=False))
    elif found:
        _print(found)
    else:
        typer.echo("Nothing said that was not understood.")


def _accept(said: str, meaning: str) -> None:
    from datetime import UTC, datetime

    from ivr.assembly import open_site
    from ivr.cli.admin import command_line_user
    from ivr.records.trail import note
    from ivr.web.admin.judging import learn, wanted_by
    from ivr.web.admin.words import add_phrase

    site, now, who = open_site(), datetime.now(UTC), command_line_user()
    try:
        kind, _, name = wanted_by(site, meaning).partition(":")
        if kind == "enquiry":
            add_phrase(site.given, name, said)
            done = f"“{said}” asks for {name}; `ivr wording stage` makes a version"
        else:
            made = learn(site, said, meaning, who, now)
            done = f"{made.name} is also called “{made.after}”; `ivr directory stage FILE` makes a version"
        note(site.store.database, now, who, "gaps.accept", name, said)
    finally:
        site.store.close()
    typer.echo(done)


def _sound(settings: Settings) -> Callable[[str], str]:
    from ivr.grammar.pronounce import Pronouncer
    from ivr.records.gaps import sound_key

    return sound_key(Pronouncer(settings.path(settings.grammar.folder)).pronounce)


def _names(settings: Settings) -> dict[str, str]:
    from ivr.directory.load import active_directory
    from ivr.grammar.enquiries import load_enquiries

    found = {f"entry:{entry.id}": entry.name for entry in active_directory(settings).directory.entries}
    return found | {f"enquiry:{e.id}": e.id for e in load_enquiries(settings.path(settings.grammar.folder))}


def _print(found: tuple[Gap, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Said, and not understood", title_justify="left")
    for name in ("said", "times", "what became of the calls", "may mean", "calls"):
        table.add_column(name, overflow="fold", justify="right" if name == "times" else "left")
    for gap in found:
        wordings = " / ".join(wording for wording, _ in gap.wordings)
        became = ", ".join(f"{outcome.replace('_', ' ')} {number}" for outcome, number in gap.outcomes)
        means = f"{gap.suggestion} ({gap.why})" if gap.suggestion else ""
        more = " ..." if len(gap.calls) > _CALLS_SHOWN else ""
        calls = " ".join(gap.calls[:_CALLS_SHOWN]) + more
        table.add_row(*(Text(cell) for cell in (wordings, str(gap.turns), became, means, calls)))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "Have one understood: `ivr gaps --accept TEXT --as NAME`, with the name of an entry or the id of an enquiry.",
        markup=False,
    )
