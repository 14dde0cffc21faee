"""`ivr recognise`: what was heard in a recording, what it was taken to mean, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.errors import AudioError, InputError

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.model import Recognition, Understanding
    from ivr.recognise.base import Recogniser


class GrammarName(StrEnum):
    """What to listen for."""

    DIRECTORY = "directory"
    CALL = "call"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DIGITS = "digits"
    SPELLING = "spelling"
    ENQUIRIES = "enquiries"
    SAFETY = "safety"


class EngineName(StrEnum):
    """Which recogniser."""

    AUTO = "auto"
    VOSK = "vosk"
    SPHINX = "sphinx"


@dataclass(frozen=True, slots=True)
class _Result:
    file: Path
    recognition: Recognition
    understanding: Understanding


def recognise(
    wav: Annotated[
        list[Path] | None, typer.Argument(metavar="WAV ...", help="Recordings, one turn of a caller each.")
    ] = None,
    grammar: Annotated[GrammarName, typer.Option("--grammar", help="What to listen for.")] = GrammarName.DIRECTORY,
    engine: Annotated[
        EngineName | None, typer.Option("--engine", help="Recogniser; without it, the settings'.")
    ] = None,
    text: Annotated[str, typer.Option("--text", help="Words as a recogniser would give them, instead of WAV.")] = "",
    version: Annotated[str, typer.Option("--version", help="Against this version of the directory.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show the evidence for each candidate too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of results as JSON.")] = False,
) -> None:
    """Say what is heard in recordings, the candidates, the decision and why.

    A recording that cannot be read is named, the others are still heard, and the exit code is 2.
    """
    from ivr.assembly import open_site

    if not (wav or text):
        raise InputError("nothing to recognise", todo="name recordings, or give `--text` the words")
    site = open_site(version=_chosen(version) if version else "")
    results: list[dict[str, Any]] = []
    broken = 0
    if text:
        typed = _typed(site, text, grammar)
        results.append(_as_data(typed))
        if not as_json:
            _show(typed, explain=explain)
    recogniser = site.recogniser(engine) if wav else None
    for file in wav or ():
        try:
            result = _hear(site, recogniser or site.recogniser(engine), file, grammar)
        except AudioError as error:
            broken += 1
            typer.echo(f"ivr: {error}", err=True)
            results.append({"file": str(file), "error": str(error)})
            continue
        results.append(_as_data(result))
        if not as_json:
            _show(result, explain=explain)
    if as_json:
        typer.echo(json.dumps(results, indent=2))
    if broken:
        raise typer.Exit(AudioError.exit_code)


def _chosen(version: str) -> str:
    from ivr.directory.versions import choose
    from ivr.settings import load_settings

    settings = load_settings()
    return choose(settings.path(settings.directory.versions), version).version


def _typed(site: Site, text: str, grammar: GrammarName) -> _Result:
    from ivr.model import Expect
    from ivr.recognise.typed import recognise_typed

    expect = Expect(grammar.value) if grammar.value in {e.value for e in Expect} else Expect.CALL
    heard = recognise_typed(text)
    return _Result(Path(text), heard, site.understander.understand(heard, expect=expect))


def _hear(site: Site, recogniser: Recogniser, file: Path, grammar: GrammarName) -> _Result:
    from ivr.model import Expect
    from ivr.recognise.audio import read_wav
    from ivr.recognise.listen import hear

    longest = site.settings.recognition.longest_utterance
    recognition = hear(recogniser, grammar, read_wav(file), longest=longest)
    expect = Expect(grammar.value) if grammar.value in {e.value for e in Expect} else Expect.CALL
    return _Result(file, recognition, site.understander.understand(recognition, expect=expect))


def _as_data(result: _Result) -> dict[str, Any]:
    heard, meant = result.recognition, result.understanding
    return {
        "file": str(result.file),
        "speech": heard.speech,
        "heard": heard.text,
        "hypotheses": [
            {
                "text": hypothesis.text,
                "confidence": hypothesis.confidence,
                "words": [
                    {"word": w.word, "start": round(w.start, 2), "end": round(w.end, 2), "confidence": w.confidence}
                    for w in hypothesis.words
                ],
            }
            for hypothesis in heard.hypotheses
        ],
        "decision": str(meant.decision),
        "candidates": [
            {
                "target": str(c.target),
                "label": c.label,
                "confidence": round(c.confidence, 4),
                "evidence": {name: round(score, 4) for name, score in c.evidence},
            }
            for c in meant.candidates
        ],
        "command": str(meant.command) if meant.command else None,
        "safety": meant.safety or None,
        "value": meant.value or None,
        "why": meant.why,
        "engine": heard.engine,
        "rival": heard.rival,
        "evidence": {name: round(value, 4) for name, value in heard.evidence},
        "audio_seconds": round(heard.audio_seconds, 3),
        "decode_seconds": round(heard.decode_seconds, 3),
    }


def _show(result: _Result, *, explain: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    heard, meant = result.recognition, result.understanding
    table = Table("", "", show_header=False, box=None, pad_edge=False, title=escape(str(result.file)))
    table.title_justify = "left"
    readings = [f'"{h.text}"' + ("" if h.confidence is None else f"  {h.confidence:.2f}") for h in heard.hypotheses]
    table.add_row("heard", "\n".join(readings) or ("(nothing said)" if not heard.speech else "(nothing recognised)"))
    if explain and heard.rival:
        table.add_row("otherwise", escape(f'"{heard.rival}"'))
    if explain and heard.evidence:
        table.add_row("evidence", "\n".join(escape(f"{value:6.2f}  {name}") for name, value in heard.evidence))
    for name, value in (("command", meant.command or ""), ("safety", meant.safety), ("value", meant.value)):
        if value:
            table.add_row(name, value)
    table.add_row("candidates", "\n".join(_candidates(meant, explain=explain)) or "none")
    table.add_row("decision", f"[bold]{meant.decision}[/bold]")
    table.add_row("why", escape(meant.why))
    table.add_row("engine", f"{heard.engine}, {heard.decode_seconds:.2f} s for {heard.audio_seconds:.2f} s of sound")
    console.print(table)
    console.print()


def _candidates(meant: Understanding, *, explain: bool) -> list[str]:
    from rich.markup import escape

    lines = []
    for candidate in meant.candidates:
        evidence = ", ".join(f"{name} {score:.2f}" for name, score in candidate.evidence) if explain else ""
        lines.append(
            escape(f"{candidate.confidence:.2f}  {candidate.label}  ({candidate.target})  {evidence}".rstrip())
        )
    return lines
