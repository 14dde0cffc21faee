"""`ivr tune`: thresholds solved from a target, on the site's own recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.records.manifest import Utterance
    from ivr.records.tune import Outcome, Tuned

GRAMMARS = ("directory", "call", "enquiries")
ENGINES = ("auto", "vosk", "sphinx")


def tune(
    recordings: Annotated[
        Path | None,
        typer.Option(
            "--recordings", metavar="MANIFEST.csv", help="As for `ivr evaluate`; with callers who should not be taken."
        ),
    ] = None,
    judged: Annotated[
        bool, typer.Option("--judged", help="The site's own calls, as people judged them at /admin/calls, as well.")
    ] = False,
    wrong_transfers: Annotated[
        str, typer.Option("--wrong-transfers", metavar="SHARE", help="Most utterances wrongly accepted: 0.5% or 0.005.")
    ] = "0.5%",
    grammar: Annotated[
        str,
        typer.Option(
            "--grammar", metavar="NAME", help="directory, call or enquiries; default: directory, with --judged call."
        ),
    ] = "",
    directory: Annotated[
        Path | None, typer.Option("--directory", metavar="FILE", help="Export to use instead of the site's.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", metavar="NAME", help="auto, vosk or sphinx.")] = "",
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: as many as are worth it.")] = 0,
    plot: Annotated[Path, typer.Option("--plot", metavar="FILE.svg", help="Where the picture goes.")] = Path(
        "tune.svg"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Solve accept, confirm and choose so that wrong transfers stay under a target, with 95 % confidence.

    Prints the lines for ivr.toml, says what they cost in questions, and draws the trade-off.
    Exit status 1: no threshold holds the target, so that everything would have to be asked about.
    """
    import json

    from ivr.cli.evaluate import Recipe, measure
    from ivr.records.judge import Judge
    from ivr.records.manifest import read_manifest
    from ivr.records.tune import UNDECIDED, heard, require_enough
    from ivr.records.tune import tune as solve
    from ivr.settings import load_settings

    target = _share(wrong_transfers)
    grammar = grammar or ("call" if judged else "directory")
    _known("--grammar", grammar, GRAMMARS)
    _known("--engine", engine or "auto", ENGINES)
    if not (recordings or judged):
        raise InputError("nothing to tune on", todo="name `--recordings MANIFEST.csv`, or `--judged`, or both")
    utterances = read_manifest(recordings) if recordings else ()
    settings = load_settings()
    recipe = Recipe(settings.root, grammar, directory.resolve() if directory else None, engine, UNDECIDED)
    site = recipe.site()
    utterances += _judged(site) if judged else ()
    require_enough(len(utterances), target)  # before an hour of listening, not after
    judge = Judge(grammar, site.directory)
    made = measure(utterances, recipe, site, judge, workers)
    tuned = solve(heard(made, judge), settings.matching, target)
    _draw(tuned, plot)
    if as_json:
        typer.echo(json.dumps(_json(tuned), indent=2))
    else:
        _print(tuned, plot)
    if tuned.after.settings.accept >= 1:
        raise typer.Exit(1)


def _judged(site: Site) -> tuple[Utterance, ...]:
    from ivr.records.database import Database
    from ivr.records.reviews import judged
    from ivr.records.schedule import RECORDINGS

    database = Database(site.settings.database_url, create=False)
    try:
        return judged(database, site.directory, site.settings.path(RECORDINGS))
    finally:
        database.close()


def _share(text: str) -> float:
    """Read `0.5%` or `0.005`."""
    number = text.strip().removesuffix("%").strip()
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise InputError(f"no share: {text!r}", where="--wrong-transfers", todo="write 0.5% or 0.005, between 0 and 1")
    return share


def _known(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"unknown: {value!r}", where=option, todo="one of " + ", ".join(allowed))


def _draw(tuned: Tuned, path: Path) -> None:
    from ivr.records.tune_plot import plot

    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(plot(tuned), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", where=str(path), todo="check the folder") from error


def _json(tuned: Tuned) -> dict[str, Any]:
    return {
        "target": tuned.target,
        "holds": tuned.after.settings.accept < 1,
        "utterances": tuned.after.utterances,
        "strangers": tuned.strangers,
        "matching": _lines(tuned.after),
        "before": _figures(tuned.before),
        "after": _figures(tuned.after),
    }


def _lines(at: Outcome) -> dict[str, float]:
    return {"accept": at.settings.accept, "confirm": at.settings.confirm, "choose": at.settings.choose}


def _figures(at: Outcome) -> dict[str, float]:
    return {
        **_lines(at),
        "accepted": at.accepted,
        "wrong_accepted": at.wrong,
        "wrong_accepted_upper": round(at.wrong_upper, 6),
        "confirmed": at.confirmed,
        "chosen": at.chosen,
        "rejected": at.rejected,
        "first_time_right": at.right,
        "questions_per_100": round(at.questions, 2),
    }


def _print(tuned: Tuned, plot: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    before, after = tuned.before, tuned.after
    table = Table("", "now", "tuned", title=f"{after.utterances:,} utterances, {tuned.strangers:,} of them strangers'")
    for name, one, other in (
        ("accepted without asking", before.accepted, after.accepted),
        ("of those, wrong", before.wrong, after.wrong),
        ("asked to confirm", before.confirmed, after.confirmed),
        ("asked to choose", before.chosen, after.chosen),
        ("not taken", before.rejected, after.rejected),
        ("first time right", before.right, after.right),
    ):
        table.add_row(name, f"{one:,}", f"{other:,}")
    table.add_row("wrong transfers, at most", f"{before.wrong_upper:.2%}", f"{after.wrong_upper:.2%}")
    console = Console(highlight=False)
    console.print(table)
    more = after.questions - before.questions
    console.print(f"Questions: {abs(more):.1f} {'more' if more >= 0 else 'fewer'} for every 100 utterances.")
    if after.settings.accept >= 1:
        console.print(f"No threshold holds {tuned.target:.2%} with 95 % confidence: everything would be asked about.")
    if not tuned.strangers:
        console.print("No recording is of somebody who is not there: strangers are not guarded against.")
    console.print(f"The trade-off is drawn in {plot}. For ivr.toml:\n", soft_wrap=True)
    lines = "\n".join(f"{name} = {value:g}" for name, value in _lines(after).items())
    console.print("[matching]\n" + lines, markup=False)
