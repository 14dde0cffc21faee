"""`ivr directory`: cleanse an export, keep versions of the directory, look people up."""

from __future__ import annotations

import getpass
import json
import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ivr.errors import DirectoryError
from ivr.model import Entry, Problem, Severity
from ivr.settings import Settings, load_settings

app = typer.Typer(help="The directory: cleanse an export, stage and activate versions, search.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def cleanse(
    file: Annotated[Path, typer.Argument(help="Staff and department export, CSV or XLSX.")],
    out: Annotated[Path | None, typer.Option(help="Write the entries to this CSV file.")] = None,
    problems: Annotated[Path | None, typer.Option(help="Write every problem to this CSV file.")] = None,
    as_json: _Json = False,
) -> None:
    """Turn a raw export into a clean directory and say what is wrong with it. Exit status 1: a person should look."""
    from ivr.directory.load import load_directory
    from ivr.directory.table import write_entries, write_problems

    settings = load_settings()
    with _progress(f"Cleansing {file.name}"):
        loaded = load_directory(settings, file.absolute())
    if out:
        write_entries(loaded.directory.entries, out)
    if problems:
        write_problems(loaded.problems, problems)
    if as_json:
        _print_json({"summary": asdict(loaded.summary), "version": loaded.directory.version}
                    | {"problems": [asdict(p) for p in loaded.problems]})  # fmt: skip
    else:
        _show_summary(asdict(loaded.summary))
        _show_problems(loaded.problems, full=problems is None)
    if any(p.severity is not Severity.INFO for p in loaded.problems):
        raise typer.Exit(1)


@app.command()
def audit(
    file: Annotated[
        Path | None, typer.Argument(help="Export, CSV or XLSX, to audit instead of the active directory.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write every entry, hardest first, to this CSV file.")] = None,
    worst: Annotated[int, typer.Option(help="Entries shown; 0: all.", min=0)] = 20,
    as_json: _Json = False,
) -> None:
    """Say which entries will be hard to reach by voice, and why. Exit status 1: a person should look."""
    from ivr.directory.load import active_directory, load_directory
    from ivr.grammar.pronounce import Pronouncer
    from ivr.match.audit import audit as audited
    from ivr.match.audit import summary
    from ivr.match.audit_table import as_row, write_audit

    settings = load_settings()
    with _progress("Auditing"):
        loaded = load_directory(settings, file.absolute()) if file else active_directory(settings)
        folder = settings.path(settings.grammar.folder)
        found = audited(loaded.directory, Pronouncer(folder, cache=settings.path(settings.recognition.cache)))
    if out:
        write_audit(found, out)
    totals = summary(found)
    shown = found[: worst or None]
    if as_json:
        _print_json({"summary": totals, "entries": [as_row(entry) for entry in shown]})
    else:
        _show_summary({"source": "audit", **totals})
        table = Table("entry", "difficulty", "look at", "said", "from", "taken for", "namesakes", "keyed as")
        for row in map(as_row, shown):
            near = ", ".join(f"{n['name']} {n['distance']:.2f}" for n in row["nearest"])
            namesakes = f"{len(row['namesakes'])} by {row['asked_by'] or 'nothing'}" if row["namesakes"] else ""
            said = " ".join(word["phones"][0].lower() for word in row["said"])
            sources = "/".join(dict.fromkeys(word["source"] for word in row["said"]))
            needs = ", ".join(row["needs"]).replace("_", " ")
            keyed = ", ".join(row["keypad"])
            table.add_row(row["name"], f"{row['difficulty']:.2f}", needs, said, sources, near, namesakes, keyed)
        _console().print(table)
    if totals["needs_a_person"]:
        raise typer.Exit(1)


@app.command()
def stage(
    file: Annotated[Path, typer.Argument(help="Staff and department export, CSV or XLSX.")],
    why: Annotated[str, typer.Option(help="Why it is staged; shown in the list of versions.")] = "",
    by: Annotated[str, typer.Option(help="Who stages it; default: the user running this.")] = "",
    as_json: _Json = False,
) -> None:
    """Cleanse an export and keep it as a version, not yet active."""
    from ivr.records.shelf import Shelf

    settings = load_settings()
    with _progress(f"Staging {file.name}"):
        version, loaded = Shelf(settings).stage(file.absolute(), by or _user(), why)
    if as_json:
        _print_json(asdict(version))
        return
    typer.echo(f"version {version.version}: {version.entries} entries, {loaded.summary.set_aside} rows set aside")
    typer.echo("`ivr directory activate` makes it the one calls are routed against.")


@app.command()
def columns(
    file: Annotated[Path, typer.Argument(help="Export, CSV or XLSX.")],
    decide: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="HEADING=FIELD", help="What a column is, now and later; FIELD empty: kept aside."
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Show what each column of an export is taken for, with its first cells. Exit status 1: no name is among them."""
    from ivr.directory.sources import read_table
    from ivr.directory.uploads import remember, remembered
    from ivr.web.admin.worker import columns_of

    settings = load_settings()
    folder = settings.path(settings.directory.versions)
    pairs = [one.rpartition("=") for one in decide or ()]
    if any(not heading for heading, _, _ in pairs):
        raise DirectoryError("write HEADING=FIELD", where="--set", todo='for example "Nachname=surname"')
    if pairs:
        remember(folder, {heading: found for heading, _, found in pairs})
    table, _ = read_table(file.absolute())
    found = columns_of(table, remembered(folder))
    if as_json:
        _print_json(found)
    else:
        shown = Table("heading", "taken for", "first cells")
        for column in found["columns"]:
            shown.add_row(column["heading"][:60], column["field"] or "kept aside", ", ".join(column["samples"][:3]))
        _console().print(shown)
    if not found["found"]:
        typer.echo("no column is a name or a department: say which with --set HEADING=FIELD", err=True)
        raise typer.Exit(1)


@app.command()
def correct(
    name: Annotated[str, typer.Argument(help="Name of the entry, as cleansed, or its id.")],
    field: Annotated[
        str, typer.Argument(help="number, name, department, role, spoken, audience, hours or prompt.")
    ] = "",
    value: Annotated[str, typer.Argument(help="What it becomes.")] = "",
    department: Annotated[str, typer.Option(help="Whose, where a name is not enough.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep a row that would be set aside.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the entry.")] = False,
    reason: Annotated[str, typer.Option(help="Why; stays with the correction.")] = "",
) -> None:
    """Correct an entry, from the next version on and in every later export."""
    from datetime import UTC, datetime

    from ivr.directory.corrections import Correction, add_corrections

    settings = load_settings()
    action = "keep" if keep else "remove" if remove else "set"
    if action == "set" and not (field and value):
        raise DirectoryError("nothing to correct", where=name, todo="give a field and a value, --keep or --remove")
    known = name[1:2] == "-" and " " not in name
    made = Correction(
        row=0, entry=name if known else "", name="" if known else name, department=department, action=action,
        field="" if action != "set" else field, after=value, reason=reason, reviewer=_user(),
        date=datetime.now(UTC).date().isoformat(),
    )  # fmt: skip
    add_corrections(settings.path(settings.directory.corrections), [made])
    _note(settings, "directory.correct", name, f"{action} {field} {value}".strip())
    typer.echo("noted; it counts from the next `ivr directory stage FILE` on")


@app.command()
def accept(
    file: Annotated[Path, typer.Argument(help="Export, CSV or XLSX.")],
    kind: Annotated[str, typer.Argument(help="Kind of problem, as `ivr directory cleanse` names it.")],
) -> None:
    """Let all problems of a kind be, as cleansing left them: the pages no longer show them as open."""
    from ivr.directory.accepted import accept as let_be
    from ivr.directory.load import load_directory
    from ivr.directory.uploads import remembered
    from ivr.web.admin.worker import problems_of

    settings = load_settings()
    folder, wanted = settings.path(settings.directory.versions), kind.replace(" ", "_")
    report = problems_of(load_directory(settings, file.absolute(), mapping=remembered(folder)))
    found = [problem for problem in report["problems"] if problem["kind"] == wanted]
    if not found:
        kinds = ", ".join(sorted({problem["kind"] for problem in report["problems"]})) or "none"
        raise DirectoryError(f"no problem of kind {wanted!r}", where=file.name, todo=f"there are: {kinds}")
    let_be(folder, found, _user())
    _note(settings, "directory.accept", file.name, f"{wanted}: {len(found)}")
    typer.echo(f"{len(found)} accepted as cleansing left them")


@app.command()
def pull(as_json: _Json = False) -> None:
    """Fetch the export named by `[pull]` and stage it; nothing new: nothing is staged."""
    from datetime import UTC, datetime

    from ivr.directory.pull import pull as fetched
    from ivr.directory.uploads import read_upload
    from ivr.web.admin.worker import do

    settings = load_settings()
    folder = settings.path(settings.directory.versions)
    with _progress("Fetching"):
        upload = fetched(settings, datetime.now(UTC).isoformat(timespec="seconds"))
    if upload is None:
        _print_json(None) if as_json else typer.echo("nothing new: it is as it was the last time")
        return
    with _progress(f"Checking {upload.name}"):
        status = do(settings, upload.id, "check", upload.id)
    if status.state != "done":
        raise DirectoryError(status.step, where=upload.name, todo="see /admin/directory")
    found = read_upload(folder, upload.id)
    _note(settings, "directory.pull", found.version, found.name)
    if as_json:
        _print_json(asdict(found))
    elif found.version:
        typer.echo(f"version {found.version} is staged from {found.name}; `ivr directory activate` makes it live")
    else:
        typer.echo(f"no heading of {found.name} is known: say at /admin/directory which column is which")


@app.command()
def difference(
    version: Annotated[str, typer.Argument(help="Version, or its first digits; default: the one staged last.")] = "",
    as_json: _Json = False,
) -> None:
    """Say what a version changes against the live one. Exit status 1: it looks wrong."""
    from ivr.directory.versions import choose
    from ivr.web.admin.gate import compare

    settings = load_settings()
    found = compare(settings, choose(settings.path(settings.directory.versions), version).version)
    alarm = found.alarm(settings.admin.most_changed)
    if as_json:
        _print_json(found.as_json() | {"alarm": alarm})
    else:
        lists = {name: getattr(found, name) for name in ("left", "joined", "moved", "renamed", "changed")}
        _show_summary({"source": "what changes", "before": found.before, "after": found.after}
                      | {name: len(rows) for name, rows in lists.items()})  # fmt: skip
        table = Table("", "entry", "department", "before", "after")
        for name, rows in lists.items():
            for c in rows:
                before, after = (", ".join(f"{k}: {v or 'none'}" for k, v in facts) for facts in (c.before, c.after))
                table.add_row(name, c.name, c.department, before, after)
        _console().print(table)
    if alarm:
        typer.echo(f"this looks wrong: {alarm}", err=True)
        raise typer.Exit(1)


@app.command()
def replay(
    version: Annotated[str, typer.Argument(help="Version, or its first digits; default: the one staged last.")] = "",
    listen: Annotated[bool, typer.Option("--listen", help="Listen to recordings again; default: their words.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Spread over this Dask cluster; default: `admin.scheduler`.")
    ] = "",
    as_json: _Json = False,
) -> None:
    """Play golden calls and what callers said against a version. Exit status 1: a golden call breaks."""
    from rich.progress import Progress

    from ivr.directory.versions import choose
    from ivr.web.admin.replaying import replay as played

    settings = load_settings()
    found = choose(settings.path(settings.directory.versions), version)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=None)

        def show(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total or None)

        report = played(settings, found.version, workers=workers, scheduler=scheduler, listen=listen, progress=show)
    if as_json:
        _print_json(report)
    else:
        _show_replay(report)
    if report["golden_broken"]:
        raise typer.Exit(1)


@app.command()
def activate(
    version: Annotated[str, typer.Argument(help="Version, or its first digits; default: the one staged last.")] = "",
    why: Annotated[str, typer.Option(help="Why; kept in the audit log.")] = "",
    meant: Annotated[bool, typer.Option("--meant", help="Do not ask, although it looks wrong.")] = False,
    as_json: _Json = False,
) -> None:
    """Make a staged version the one calls are routed against."""
    from ivr.directory.versions import choose
    from ivr.records.shelf import Shelf
    from ivr.web.admin.gate import objections, refuse

    settings = load_settings()
    shelf = Shelf(settings)
    if shelf.shared:
        shelf.bring(everything=True)
    wanted = choose(shelf.folder, version)
    against = objections(settings, wanted, _user())
    refuse([objection for objection in against if objection.final], meant=meant)
    for objection in against:
        typer.echo(f"this looks wrong: {objection.what}", err=True)
        # A script that activates goes on: it cannot be asked, and `ivr directory difference` told it with its status.
        if not meant and sys.stdin.isatty():
            typer.confirm("Make it live all the same?", abort=True, err=True)
    found = shelf.activate(wanted.version)
    _note(settings, "directory.activate", found.version, why)
    _print_json(asdict(found) | {"active": True}) if as_json else typer.echo(f"active: version {found.version}")


@app.command()
def rollback(
    why: Annotated[str, typer.Option(help="Why; kept in the audit log.")] = "", as_json: _Json = False
) -> None:
    """Go back to the version that was active before."""
    from ivr.records.shelf import Shelf

    settings = load_settings()
    found = Shelf(settings).rollback()
    _note(settings, "directory.rollback", found.version, why)
    _print_json(asdict(found)) if as_json else typer.echo(f"active: version {found.version}")


@app.command()
def versions(as_json: _Json = False) -> None:
    """List the versions kept, the latest staged last."""
    from ivr.records.shelf import Shelf

    found = Shelf(load_settings()).versions()
    if as_json:
        _print_json([asdict(v) for v in found])
        return
    if not found:
        typer.echo("no version is staged: the export named in ivr.toml is cleansed whenever it is needed")
        return
    table = Table("version", "staged", "by", "from", "entries", "why", "")
    for v in found:
        when = v.staged[:16].replace("T", " ")
        table.add_row(v.version, when, v.by, v.source, str(v.entries), v.why, "active" if v.active else "")
    _console().print(table)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A name, department, number or id, or part of one.")],
    most: Annotated[int, typer.Option(help="Most entries shown.", min=1)] = 20,
    as_json: _Json = False,
) -> None:
    """Look entries up in the active directory, best first. Exit status 1: none found."""
    from ivr.directory.load import active_directory
    from ivr.directory.search import search_entries

    found = search_entries(active_directory(load_settings()).directory.entries, text, most)
    if as_json:
        _print_json([asdict(entry) for entry in found])
    elif found:
        _console().print(_entries(found))
    else:
        typer.echo(f"nobody and nothing like {text!r} in the directory")
    if not found:
        raise typer.Exit(1)


def _entries(found: tuple[Entry, ...]) -> Table:
    table = Table("id", "name", "department", "role", "number", "audience", "said as")
    for entry in found:
        said = ", ".join(entry.spoken[:4]) + (", ..." if len(entry.spoken) > 4 else "")  # noqa: PLR2004 - one line
        table.add_row(entry.id, entry.name, entry.department, entry.role, entry.number, entry.audience, said)
    return table


def _console() -> Console:
    """Make a console as wide as its terminal, or wide enough for a table where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _note(settings: Settings, action: str, subject: str, detail: str) -> None:
    """Add to the audit log. A database that is away does not hold up the directory: then nobody is told."""
    from datetime import UTC, datetime

    from ivr.errors import RecordsError
    from ivr.records.database import Database
    from ivr.records.trail import note

    try:
        database = Database(settings.database_url)
        note(database, datetime.now(UTC), f"{_user()} (command line)", action, subject, detail)
        database.close()
    except RecordsError as error:
        typer.echo(f"not in the audit log: {error}", err=True)


def _show_replay(report: dict[str, Any]) -> None:
    counts = report["counts"]
    wrong = report["accepted_wrongly"]["after"]
    _show_summary({
        "source": "replay", "golden calls": len(report["golden"]), "broken": len(report["golden_broken"]),
        "mended": len(report["golden_mended"]), "utterances": report["utterances"], "meaning known": report["known"],
        "right before": report["right_before"], "right after": report["right_after"], **counts,
        "acted on without asking": wrong["acted"], "and wrong": wrong["wrong"],
    })  # fmt: skip
    for call in report["golden"]:
        if call["after"]:
            typer.echo(f"{call['id']}: {'; '.join(call['after'])}" + (" (as before)" if call["before"] else ""))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return ""


def _progress(what: str) -> AbstractContextManager[Any]:
    """Show a spinner on stderr, where that is a terminal."""
    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _show_summary(summary: dict[str, Any]) -> None:
    table = Table(show_header=False, title=str(summary.pop("source")), title_justify="left")
    for name, value in summary.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    _console().print(table)


def _show_problems(problems: tuple[Problem, ...], *, full: bool) -> None:
    serious = [p for p in problems if p.severity is not Severity.INFO]
    table = Table("problem", "severity", "rows", "for example")
    kinds = Counter((p.severity, p.kind) for p in problems)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    for (severity, kind), count in sorted(kinds.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1])):
        first = next(p for p in problems if p.kind == kind and p.severity is severity)
        table.add_row(kind.replace("_", " "), severity, str(count), f"row {first.row}: {first.found}")
    _console().print(table)
    if full and serious:
        typer.echo(f"{len(serious)} of {len(problems)} are for a person to look at: `--problems FILE.csv` lists them.")
