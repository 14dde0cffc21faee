"""`ivr evaluate`: how often utterances are taken for the right thing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.assembly import Site
    from ivr.match.understand import Understander
    from ivr.model import Expect, Recognition
    from ivr.recognise.base import Recogniser
    from ivr.records.evaluate import Evaluation, Listened, Spread
    from ivr.records.judge import Judge
    from ivr.records.manifest import Utterance
    from ivr.settings import MatchingSettings

ENGINES = ("auto", "vosk", "sphinx")
_ROWS_A_WORKER = 40
"""Fewer utterances are not worth another process."""


def evaluate(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST.csv",
            help="Columns `file` (relative to it) or `text`, and `expected` (empty: must not be taken).",
        ),
    ],
    grammar: Annotated[
        str,
        typer.Option(
            "--grammar", metavar="NAME", help="directory, yes_no, digits, spelling, enquiries, safety, or call."
        ),
    ] = "directory",
    directory: Annotated[
        Path | None, typer.Option("--directory", metavar="FILE", help="Export to use instead of the site's.")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="auto, vosk or sphinx; default: the settings'.")
    ] = "",
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: as many as are worth it.")] = 0,
    scheduler: Annotated[
        str, typer.Option("--scheduler", metavar="ADDRESS", help="Spread over this Dask cluster: tcp://HOST:8786.")
    ] = "",
    results: Annotated[
        Path | None, typer.Option("--results", metavar="OUT.csv", help="Write what became of each utterance.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure recognition on recordings or texts: first time right, wrongly accepted, strangers rejected, speed.

    First time right: the right entry is accepted, put to the caller to confirm, or among those offered.
    Wrong accepted: acted on without asking, and wrong. Out taken: not rejected, though it should have been.
    """
    import json

    from ivr.records.judge import GRAMMARS, Judge
    from ivr.records.manifest import read_manifest, write_results
    from ivr.settings import load_settings

    if grammar not in GRAMMARS:
        raise InputError(f"no grammar {grammar!r}", where="--grammar", todo="one of " + ", ".join(GRAMMARS))
    if engine and engine not in ENGINES:
        raise InputError(f"no engine {engine!r}", where="--engine", todo="one of " + ", ".join(ENGINES))
    utterances = read_manifest(manifest)
    recipe = Recipe(load_settings().root, grammar, directory.resolve() if directory else None, engine)
    site = recipe.site()
    judge = Judge(grammar, site.directory)
    made = measure(utterances, recipe, site, judge, workers, scheduler)
    if results:
        write_results(results, made)
    if as_json:
        typer.echo(json.dumps(made.as_json(), indent=2))
    else:
        _print(made)


def measure(
    utterances: Sequence[Utterance], recipe: Recipe, site: Site, judge: Judge, workers: int, scheduler: str = ""
) -> Evaluation:
    """Hear, understand and judge every utterance, in `workers` processes (0: as many as are worth it).

    `scheduler`: address of a Dask cluster to do it on instead.
    """
    _warn(judge, utterances)
    if scheduler:
        from ivr.records.cluster import listen_on

        return _run(utterances, recipe, judge, 0, partial(listen_on, scheduler))
    workers = workers or _worth(len(utterances))
    return _run(utterances, recipe if workers > 1 else _Ready(recipe, site), judge, workers)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a process makes its listener."""

    root: Path
    grammar: str
    export: Path | None
    engine: str
    matching: MatchingSettings | None = None
    """Thresholds to use instead of the site's."""

    def site(self) -> Site:
        """Open the site."""
        from ivr.assembly import open_site
        from ivr.settings import load_settings

        settings = load_settings(self.root)
        if self.matching:
            settings = settings.model_copy(update={"matching": self.matching})
        return open_site(settings, export=self.export)

    def __call__(self) -> SiteListener:
        """Make a listener of this site's own recogniser and understander."""
        return SiteListener(self, self.site())


@dataclass(frozen=True, slots=True)
class _Ready:
    """The recipe of a site that is open already."""

    recipe: Recipe
    open: Site

    def __call__(self) -> SiteListener:
        return SiteListener(self.recipe, self.open)


class SiteListener:
    """Hears and understands as a call of this site would."""

    def __init__(self, recipe: Recipe, site: Site) -> None:
        self._recipe, self._site = recipe, site
        self._understander = _understander(site, recipe.grammar)
        self._recogniser: Recogniser | None = None

    def listen(self, utterance: Utterance) -> Listened:
        """Recognise a recording, or take a text as it stands, and understand it."""
        from time import perf_counter

        from ivr.records.evaluate import Listened

        samples = None
        if utterance.file:
            from ivr.recognise.audio import read_wav

            samples = read_wav(utterance.file)
            self._recogniser = self._recogniser or self._site.recogniser(self._recipe.engine or None)
        began = perf_counter()
        recognition = self._typed(utterance.text) if samples is None else self._recognised(samples)
        understanding = self._understander.understand(recognition, expect=_expect(self._recipe.grammar))
        return Listened(recognition, understanding, perf_counter() - began)

    def _recognised(self, samples: object) -> Recognition:
        assert self._recogniser is not None  # noqa: S101 - made by `listen`
        hearing = self._recogniser.start(self._recipe.grammar)
        hearing.feed(samples)  # type: ignore[arg-type]
        return hearing.finish()

    @staticmethod
    def _typed(text: str) -> Recognition:
        from ivr.recognise.typed import recognise_typed

        return recognise_typed(text)


def _understander(site: Site, grammar: str) -> Understander:
    """Return what understands this grammar alone: names without enquiries, and enquiries without names."""
    from ivr.match.understand import Understander
    from ivr.model import Directory

    if grammar not in {"directory", "enquiries"}:
        return site.understander
    names = grammar == "directory"
    grammars = {name: made for name, made in site.grammars.items() if not (names and name == "enquiries")}
    return Understander(
        site.directory if names else Directory(()),
        () if names else site.enquiries,
        grammars,
        site.settings.matching,
        site.pronouncer.pronounce,
    )


def _expect(grammar: str) -> Expect:
    from ivr.model import Expect

    return Expect(grammar) if grammar in {"yes_no", "digits", "spelling"} else Expect.CALL


def _worth(utterances: int) -> int:
    import os

    return max(1, min(os.cpu_count() or 1, utterances // _ROWS_A_WORKER))


def _run(
    utterances: Sequence[Utterance],
    recipe: Recipe | _Ready,
    judge: Judge,
    workers: int,
    spread: Spread | None = None,
) -> Evaluation:
    from rich.console import Console
    from rich.progress import Progress

    from ivr.records.evaluate import evaluate as run

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Listening", total=len(utterances))
        return run(utterances, recipe, judge, workers=workers, spread=spread, progress=lambda: progress.advance(task))


def _warn(judge: Judge, utterances: Sequence[Utterance]) -> None:
    unknown = [u for u in utterances if judge.unknown(u.expected)]
    if unknown:
        first = unknown[0]
        typer.echo(
            f"ivr: {len(unknown)} expected names are in no entry of the directory, first {first.expected!r} in row "
            f"{first.row}; they count as wrong",
            err=True,
        )


def _print(made: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    from ivr.records.figures import percent

    figures = made.as_json()
    inside, outside = figures["expected_in"], figures["expected_out"]
    table = Table(show_header=False)
    if inside:
        right = sum(result.right for result in made.results)
        low, high = (100 * end for end in figures["first_time_right_interval"])
        sure = f"{right:,} of {inside:,}; 95 % interval {low:.1f} to {high:.1f} %"
        table.add_row("first time right", f"{percent(right, inside)}  ({sure})")
    if outside:
        rejected = figures["out_rejected"]
        table.add_row("rejected, as it should be", f"{percent(rejected, outside)}  ({rejected:,} of {outside:,})")
        table.add_row("taken, though it should not be", f"{figures['out_taken']:,}")
    table.add_row("wrong, and acted on without asking", f"{figures['wrong_accepted']:,}")
    factor, turn = figures["real_time_factor"], figures["turn_ms"]
    table.add_row("real-time factor of decoding", "-" if factor is None else f"{factor:.3f}")
    table.add_row("utterance to decision, p50 / p95", f"{turn['p50']:.0f} / {turn['p95']:.0f} ms")
    table.add_row("engine", figures["engine"])
    table.add_row("entries in the directory", f"{figures['directory_entries']:,}")
    Console(highlight=False).print(table)
