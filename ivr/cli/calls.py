"""`ivr calls`: calls found, told turn by turn, and judged, as on the pages."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ivr.assembly import Site

app = typer.Typer(help="Calls: find them, read one turn by turn, say what was right.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Id = Annotated[str, typer.Argument(metavar="CALL", help="Id of the call.")]


@app.command("find")
def find(
    about: Annotated[str, typer.Option(help="Part of an entry's name, a department or an enquiry's id.")] = "",
    words: Annotated[str, typer.Option(help="Part of what the caller said.")] = "",
    outcome: Annotated[str, typer.Option(help="transferred, operator_fallback, ...")] = "",
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="From this day on: 2026-03-31.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="Up to the end of this day.")] = "",
    most: Annotated[int, typer.Option(help="Calls shown.", min=1)] = 50,
    as_json: _Json = False,
) -> None:
    """List finished calls, the latest first; callers are masked. Exit status 1: none found."""
    from datetime import timedelta

    from ivr.model import Outcome
    from ivr.records.browse import Wanted, find_calls

    if outcome and outcome not in set(Outcome):
        raise InputError(f"no outcome {outcome!r}", where="--outcome", todo=f"one of {', '.join(Outcome)}")
    with _site() as site:
        end = _day(site, last)
        wanted = Wanted(
            start=_day(site, first), end=end + timedelta(days=1) if end else None, outcome=outcome, about=about,
            words=words,
        )  # fmt: skip
        found = find_calls(site.store.database, wanted, most=most)
        _note(site, "calls.search", "", " ".join(filter(None, (about, words, outcome, first, last))))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2, default=str, ensure_ascii=False))
    for one in () if as_json else found:
        what = " ".join(filter(None, (one.outcome.replace("_", " "), one.about, one.reason)))
        typer.echo(f"{one.call_id}  {one.started:%Y-%m-%d %H:%M:%S} UTC  {one.caller or 'withheld'}  {what}")
    if not found:
        typer.echo("no calls like that", err=True)
        raise typer.Exit(1)


@app.command("show")
def show(call: _Id, as_json: _Json = False) -> None:
    """Tell one call turn by turn: what was heard, the candidates, the decision and its reason. It is noted."""
    from ivr.records.privacy import mask_words
    from ivr.records.reviews import reviews_of

    with _site() as site:
        found = site.store.call(call)
        if found is None:
            raise InputError(f"no call {call[:60]!r}, or it is still going on", todo="see `ivr calls find`")
        judged = reviews_of(site.store.database, call)
        _note(site, "calls.read", call, "")
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2, default=str, ensure_ascii=False))
        return
    typer.echo(f"{found.started:%Y-%m-%d %H:%M:%S} UTC  {found.caller_masked or 'withheld'}  {found.outcome}  "
               f"{found.entry_name or found.enquiry_id}  {found.reason}".rstrip())  # fmt: skip
    for turn in found.turns:
        said = "keys " + "*" * len(turn.keyed) if turn.keyed else mask_words(turn.heard) or "silence"
        typer.echo(f"{turn.turn}. “{said}”: {turn.decision or 'no decision'}{f', {turn.why}' if turn.why else ''}")
        if turn.candidates:
            typer.echo("   " + ", ".join(f"{c.label} {c.confidence:.0%}" for c in turn.candidates[:5]))
        if turn.audio:
            typer.echo(f"   recording {turn.audio}")
        if review := judged.get(turn.turn):
            typer.echo(f"   {'right' if review.right else 'wrong'}, says {review.by} {review.meant}".rstrip())


@app.command("judge")
def judge(
    call: _Id,
    turn: Annotated[int, typer.Option(help="Number of the turn; 0: the call as a whole.", min=0)] = 0,
    right: Annotated[bool, typer.Option("--right/--wrong", help="How it was taken.")] = True,
    meant: Annotated[str, typer.Option(help="What the caller wanted: a name, an enquiry, or nobody.")] = "",
    note: Annotated[str, typer.Option(help="For colleagues.")] = "",
) -> None:
    """Say whether a turn, or a call, was taken rightly; it counts in replays and in `ivr tune --judged`."""
    from datetime import UTC, datetime

    from ivr.records.reviews import Review, add_review
    from ivr.web.admin.judging import wanted_by

    with _site() as site:
        wanted = wanted_by(site, meant)
        said = Review(call, turn, right, wanted, note[:500], _user(), datetime.now(UTC))
        if not add_review(site.store.database, said):
            raise InputError(f"no turn {turn} of a call {call[:60]!r}", todo="see `ivr calls show`")
        if not turn:
            site.store.mark_wrong(call, wrong=not right)
        _note(site, "calls.review", call, f"turn {turn}: {'right' if right else 'wrong'} {wanted}".strip())
    typer.echo("noted")


@app.command("judged")
def judged(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Where it goes; default: standard output.")
    ] = None,
) -> None:
    """Write the turns that people judged as a list that `ivr evaluate` and `ivr tune` read."""
    from ivr.records.manifest import manifest_text
    from ivr.records.reviews import judged as read
    from ivr.records.schedule import RECORDINGS

    with _site() as site:
        found = read(site.store.database, site.directory, site.settings.path(RECORDINGS))
        _note(site, "calls.export", "", f"{len(found)} judged turns")
    if out is None:
        typer.echo(manifest_text(found), nl=False)
        return
    try:
        out.write_text(manifest_text(found), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(out), todo="check the folder") from error
    typer.echo(f"{len(found)} judged turns in {out}")


@app.command("operators")
def operators(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns `call` and `put_to` (a number or a name).")],
) -> None:
    """Learn from whom operators put callers to: what those callers said, and was not understood, meant them."""
    from datetime import UTC, datetime

    from ivr.web.admin.judging import learn_transfers, read_transfers

    with _site() as site:
        done = learn_transfers(site, read_transfers(file.name, _bytes(file)), datetime.now(UTC))
        _note(site, "calls.operators", file.name, f"{done.learned} of {done.rows}")
    typer.echo(f"{done.learned} turns of {done.rows} calls learned from; `ivr gaps` suggests what follows")
    for problem in done.problems:
        typer.echo(problem, err=True)
    if done.problems:
        raise typer.Exit(1)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file), todo="check the path") from error


@contextmanager
def _site() -> Iterator[Site]:
    """Open the site with its records; closed again when done."""
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


def _day(site: Site, text: str) -> datetime | None:
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    if not text:
        return None
    try:
        day: Any = datetime.fromisoformat(text).date()
    except ValueError:
        raise InputError(f"{text[:20]!r} is no day", todo="write it as 2026-03-31") from None
    return datetime.combine(day, time(), ZoneInfo(site.settings.site.timezone))
