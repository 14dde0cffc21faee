"""`ivr demo`: the main job on the sample site, from a messy export to a report that adds up."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from ivr.assembly import Site
    from ivr.channels.recording import CallResult
    from ivr.cli.demo_effect import Effect

GOAL = 0.9
"""Share of the sample calls that must end as expected."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demonstration has to show."""

    site: Site
    results: tuple[CallResult, ...]
    effect: Effect
    seconds: float

    @property
    def good(self) -> int:
        """Calls that ended as expected."""
        return sum(result.as_expected for result in self.results)

    @property
    def wrong(self) -> int:
        """Calls that reached somebody not asked for."""
        return sum(result.wrong_transfer for result in self.results)


def demo(
    engine: Annotated[str, typer.Option("--engine", help="Recogniser: auto, vosk or sphinx.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each call as JSON.")] = False,
) -> None:
    """Show the main job on the sample council: cleanse, compile, take the recorded calls, report.

    Exits with 1 where fewer than 90 % of the calls end as expected, or one reaches the wrong person.
    """
    from rich.console import Console

    from ivr.settings import load_settings

    began = time.perf_counter()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="ivr-demo-") as folder:
        from ivr.assembly import sample_site
        from ivr.cli.demo_effect import effect_of

        settings = load_settings(sample_site(), {"IVR_DATABASE_URL": f"sqlite:///{Path(folder) / 'calls.sqlite3'}"})
        settings = settings.model_copy(
            update={"directory": settings.directory.model_copy(update={"versions": Path(folder) / "versions"})}
        )
        site, results = _work(settings, engine or None)
        shown = Shown(site, results, effect_of(site, results), time.perf_counter() - began)
        if as_json:
            _print_json(shown)
        else:
            _print(console, shown)
        site.store.close()
    if shown.wrong or shown.good < GOAL * len(results):
        raise typer.Exit(1)


def _work(settings: object, engine: str | None) -> tuple[Site, tuple[CallResult, ...]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        return _take_calls(progress, settings, engine)


def _take_calls(progress: Progress, settings: object, engine: str | None) -> tuple[Site, tuple[CallResult, ...]]:
    from ivr.assembly import open_site
    from ivr.channels.recording import run_calls
    from ivr.channels.script import load_calls
    from ivr.settings import Settings

    assert isinstance(settings, Settings)  # noqa: S101 (annotated as object to keep --help quick)
    step = progress.add_task("Cleansing the directory, compiling the grammar", total=1)
    site = open_site(settings)
    progress.update(step, completed=1)
    step = progress.add_task("Loading the recogniser", total=1)
    recogniser = site.recogniser(engine)
    progress.update(step, completed=1)
    scripts = load_calls(settings.path("audio/calls/calls.yaml"))
    step = progress.add_task("Taking recorded calls", total=len(scripts))
    return site, run_calls(site, recogniser, scripts, site.store, lambda _: progress.advance(step))


def _print(console: Console, shown: Shown) -> None:
    from ivr.cli.demo_effect import effect_table
    from ivr.records.counting import count_calls
    from ivr.records.period import days, zone_named
    from ivr.records.render import as_tables
    from ivr.records.report import make_report

    settings = shown.site.settings
    console.print(_calls_table(shown.results))
    console.print(
        f"{shown.good} of {len(shown.results)} calls ended as expected; {shown.wrong} reached the wrong person.\n",
        style="green" if shown.good >= GOAL * len(shown.results) and not shown.wrong else "red",
    )
    _print_cleansing(console, shown.site)
    period = days(None, None, zone_named(settings.site.timezone))
    made = make_report(count_calls(shown.site.store.database, period), settings.site.name)
    for part in as_tables(made, console.width, brief=True):
        console.print(part)
    console.print(effect_table(shown.effect))
    console.print(f"\nAll that took {shown.seconds:.0f} seconds. What to try next:")
    console.print("  . .venv/bin/activate; ivr chat         talk to the council by keyboard")
    console.print("  ivr recognise audio/calls/nickname-1.wav --explain    see why it decided as it did")
    console.print("  ivr init mysite                        make a site of your own, and put your directory in")


def _calls_table(results: Sequence[CallResult]) -> Table:
    from rich.table import Table

    table = Table(title="Recorded calls", title_justify="left", pad_edge=False)
    for heading in ("", "said", "heard", "decision", "destination", "outcome"):
        table.add_column(heading, overflow="fold")
    table.add_column("expected", overflow="fold", style="dim")
    for result in results:
        record, expect = result.record, result.script.expect
        mark = "[green]ok[/]" if result.as_expected else "[red]--[/]"
        said = [
            (t.keys and f"keys {t.keys}") or t.says or "(silence)" for t in result.script.turns[: len(record.turns)]
        ]
        heard = [(t.keyed and f"keys {t.keyed}") or t.heard or "-" for t in record.turns]
        decided = [t.decision.value if t.decision else "-" for t in record.turns]
        went = ", ".join(entry.name for entry in result.dialled) or record.enquiry_id or "-"
        wanted = " / ".join(filter(None, (" or ".join(expect.outcome), expect.entry or expect.enquiry)))
        table.add_row(mark, "\n".join(said), "\n".join(heard), "\n".join(decided), went, record.outcome.value, wanted)
        table.add_section()
    return table


def _print_cleansing(console: Console, site: Site) -> None:
    from rich.table import Table

    loaded = site.loaded
    counts = Counter((problem.kind, problem.done.value) for problem in loaded.problems)
    table = Table(title="What cleansing the directory found", title_justify="left", pad_edge=False)
    for heading in ("problem", "done", "rows"):
        table.add_column(heading, justify="right" if heading == "rows" else "left")
    for (kind, done), number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(kind.replace("_", " "), done, str(number))
    console.print(table)
    entries = site.directory.entries
    console.print(f"{len(entries)} entries can be asked for in {sum(len(e.spoken) for e in entries):,} ways.\n")


def _print_json(shown: Shown) -> None:
    import json

    from ivr.cli.demo_effect import effect_json

    calls = [
        {
            "id": result.script.id,
            "outcome": result.record.outcome.value,
            "dialled": [entry.name for entry in result.dialled],
            "as_expected": result.as_expected,
            "wrong_transfer": result.wrong_transfer,
            "problems": list(result.problems),
        }
        for result in shown.results
    ]
    figures = {"as_expected": shown.good, "wrong_transfers": shown.wrong, "seconds": round(shown.seconds, 1)}
    whole = {"calls": calls, **figures, "containment": effect_json(shown.effect)}
    typer.echo(json.dumps(whole, indent=2, ensure_ascii=False))
