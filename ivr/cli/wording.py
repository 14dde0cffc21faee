"""`ivr wording`: enquiries, prompts, hours, closures and pronunciations changed, to go live with a version."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ivr.assembly import Site

app = typer.Typer(
    help="What is said, and when somebody is there: changed like the directory, staged, live and back.",
    no_args_is_help=True,
)
_Preview = Annotated[bool, typer.Option("--preview", help="Show what would follow, and keep nothing.")]


@app.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is changed and not live yet: what, as it is live, as it would be."""
    from ivr.directory.load import active_wording
    from ivr.directory.wording import described, read_wording
    from ivr.settings import load_settings

    settings = load_settings()
    found = described(active_wording(settings), read_wording(settings.path(settings.directory.versions)))
    if as_json:
        rows = [{"what": what, "live": before, "changed": after} for what, before, after in found]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for what, before, after in found:
        typer.echo(f"{what}: {before or 'as in the files'} -> {after or 'as in the files'}")
    if not found:
        typer.echo("nothing is changed that is not live")


@app.command("enquiry")
def enquiry(
    name: Annotated[str, typer.Argument(help="Id of the enquiry.")],
    field: Annotated[str, typer.Argument(help="title, answer, text, hours, entry or phrases (one a line).")],
    text: Annotated[str, typer.Argument(help="What it becomes; empty: as in the file again.")] = "",
) -> None:
    """Change one text of an enquiry."""
    from ivr.web.admin.words import changed_words, set_enquiry

    with _site() as site:
        kept = changed_words(site.given).enquiries.get(name, {})
        set_enquiry(site.given, name, kept | {field: text})
        _note(site, "wording.enquiry", name, f"{field}: {text}")
    _kept()


@app.command("prompt")
def prompt(
    name: Annotated[str, typer.Argument(help="Id of the prompt.")],
    text: Annotated[str, typer.Argument(help="Its words; empty: as in the file again.")] = "",
) -> None:
    """Change the words of a prompt."""
    from ivr.web.admin.words import set_prompt

    with _site() as site:
        _note(site, "wording.prompt", name, set_prompt(site.given, name, text))
    _kept()


@app.command("hours")
def hours(
    text: Annotated[str, typer.Argument(help="OpenStreetMap syntax; empty: as in `ivr.toml` again.")] = "",
    preview: _Preview = False,
) -> None:
    """Change the operators' hours."""
    from ivr.web.admin.words import changed_words, checked_hours, open_days, set_hours, today_of

    with _site() as site:
        if preview:
            checked_hours(site, text or site.usual_hours)
            _show(open_days(site, changed_words(site.given), today_of(site.settings), text or site.usual_hours))
            return
        _note(site, "wording.hours", "", set_hours(site, text))
    _kept()


@app.command("close")
def close(
    first: Annotated[str, typer.Argument(metavar="FROM", help="First day: 2026-12-24.")],
    last: Annotated[str, typer.Argument(metavar="[TO]", help="Last day; empty: that day alone.")] = "",
    who: Annotated[str, typer.Option(help="Department, service or enquiry's id; empty: everybody.")] = "",
    open_hours: Annotated[str, typer.Option("--hours", help="As 09:00-12:00; empty: closed.")] = "",
    reason: Annotated[str, typer.Option(help="For colleagues.")] = "",
    preview: _Preview = False,
) -> None:
    """Close everybody, or a department, for some days, or give them other hours."""
    from datetime import date as day

    from ivr.web.admin.words import changed_words, checked_closure, open_days, set_closure

    row = {"from": first, "to": last, "who": who, "hours": open_hours, "reason": reason}
    with _site() as site:
        if preview:
            kept = checked_closure(site, row)
            _show(open_days(site, changed_words(site.given), day.fromisoformat(first), closure=kept))
            return
        set_closure(site, row)
        _note(site, "wording.closure", who, f"{first} {last}".strip())
    _kept()


@app.command("closures")
def closures() -> None:
    """List the closures as they would be, each with the key that `ivr wording reopen` takes."""
    from ivr.settings import load_settings
    from ivr.web.admin.words import changed_words, closures_of

    settings = load_settings()
    for key, row in closures_of(settings, changed_words(settings)).items():
        typer.echo(f"{key}: {row.get('who') or 'everybody'}, {row.get('hours') or 'closed'} {row.get('reason', '')}")


@app.command("reopen")
def reopen(key: Annotated[str, typer.Argument(help="As `ivr wording closures` has it.")]) -> None:
    """Take a closure away."""
    from ivr.web.admin.words import drop_closure

    with _site() as site:
        drop_closure(site.given, key)
        _note(site, "wording.closure.drop", key, "")
    _kept()


@app.command("say")
def say(
    word: Annotated[str, typer.Argument(help="One word of a name.")],
    respelt: Annotated[str, typer.Argument(help="How it sounds, in everyday words; empty: as in the files.")] = "",
) -> None:
    """Have a word said as it is respelt: `ivr wording say siobhan "shiv awn"`."""
    from ivr.web.admin.words import set_said

    with _site() as site:
        plain, phones = set_said(site, word, respelt)
        _note(site, "pronunciation.add", plain, f"{respelt}: {' '.join(phones)}")
    typer.echo(f"{plain} is said {' '.join(phones).lower() or 'as in the files'}")
    _kept()


@app.command("stage")
def stage() -> None:
    """Make a version of the live directory with the changed words, to be replayed and made live."""
    from ivr.directory.wording import read_wording
    from ivr.records.shelf import Shelf
    from ivr.web.admin.live import keep_live

    with _site() as site:
        shelf = Shelf(site.given, site.store.database)
        kept = keep_live(shelf, _user(), "changed words", read_wording(shelf.folder))
        _note(site, "directory.stage", kept.version, "changed words")
    typer.echo(f"version {kept.version}; `ivr directory replay` tries it, `ivr directory activate` makes it live")


def _show(days: list[tuple[date, str]]) -> None:
    for day, shown in days:
        typer.echo(f"{day:%a %d %b %Y}  {shown}")


def _kept() -> None:
    typer.echo("kept; it goes live with a version: `ivr wording stage`")


@contextmanager
def _site() -> Iterator[Site]:
    from ivr.assembly import open_site

    site = open_site()
    try:
        yield site
    finally:
        site.store.close()


def _note(site: Site, action: str, subject: str, detail: str) -> None:
    from datetime import UTC, datetime

    from ivr.records.trail import note

    note(site.store.database, datetime.now(UTC), _user(), action, subject, detail)


def _user() -> str:
    from ivr.cli.admin import command_line_user

    return command_line_user()
