"""`ivr call`: recorded calls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.errors import InputError
from ivr.model import DialStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ivr.channels.recording import CallResult
    from ivr.channels.script import CallScript


def call(
    turns: Annotated[
        list[str] | None,
        typer.Argument(metavar="WAV ...", help="A recording a caller's turn; also `silence`, `keys:1`, `hangup`."),
    ] = None,
    calls: Annotated[
        Path | None,
        typer.Option("--calls", metavar="FILE.yaml", help="Play the calls of a file, and check what became of them."),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="Recogniser: auto, vosk or sphinx.")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="ISO", help="When the call happens, or `now`. Default: in office hours.")
    ] = "",
    internal: Annotated[bool, typer.Option("--internal", help="Call as a colleague.")] = False,
    caller: Annotated[str, typer.Option("--caller", metavar="NUMBER", help="Caller's number.")] = "",
    transfers: Annotated[
        list[DialStatus] | None, typer.Option("--transfers", help="How each dial ends, in order. Default: answered.")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the calls in the records database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each call as JSON.")] = False,
) -> None:
    """Play recorded calls through the recogniser and the dialogue, and show what becomes of them.

    Exits with 1 where a call of `--calls` did not end as expected.
    """
    from rich.console import Console

    from ivr.assembly import open_site
    from ivr.channels.recording import play_calls
    from ivr.channels.script import load_calls, script_of

    if bool(turns) == bool(calls):
        raise InputError("name the recordings of one call, or a file of calls with --calls", todo="see ivr call --help")
    more = {"at": at, "internal": internal, "caller": caller, "dials": tuple(d.value for d in transfers or ())}
    scripts = load_calls(calls) if calls else (script_of(turns or (), **more),)
    _check_files(scripts)
    site = open_site()
    recogniser = site.recogniser(engine or None) if any(t.wav for s in scripts for t in s.turns) else None
    results = []
    for result in play_calls(site, recogniser, scripts, site.store if record else None):
        results.append(result)
        if not as_json:
            (_line if calls else _transcript)(Console(soft_wrap=True, highlight=False), result)
    if as_json:
        typer.echo(json.dumps([_plain(result) for result in results], indent=2, ensure_ascii=False))
    elif calls:
        good = sum(result.as_expected for result in results)
        wrong = sum(result.wrong_transfer for result in results)
        typer.echo(f"{good} of {len(results)} calls ended as expected; {wrong} in a wrong transfer")
    if calls and not all(result.as_expected for result in results):
        raise typer.Exit(1)


def _check_files(scripts: Sequence[CallScript]) -> None:
    """Name a recording that is not there before any call is played. Raises AudioError."""
    from ivr.errors import AudioError

    for script in scripts:
        for turn in script.turns:
            if turn.wav and not turn.wav.is_file():
                raise AudioError("no such recording", where=str(turn.wav), todo="check the path")


def _line(console: Console, result: CallResult) -> None:
    record = result.record
    heard = " / ".join(turn.heard or turn.keyed or "-" for turn in record.turns)
    where = record.entry_name or record.enquiry_id or "-"
    mark = "[green]ok[/]" if result.as_expected else "[red]--[/]"
    console.print(mark, end=" ")
    console.print(f"{result.script.id}: {heard} -> {where}, {record.outcome.value}", markup=False)
    for problem in result.problems:
        console.print(f"     {problem}", style="yellow", markup=False)


def _transcript(console: Console, result: CallResult) -> None:
    for turn in result.record.turns:
        found = ", ".join(f"{c.label} {c.confidence:.2f}" for c in turn.candidates[:3])
        decision = turn.decision.value if turn.decision else "silence"
        heard = f"keys {turn.keyed}" if turn.keyed else repr(turn.heard)
        console.print(f"{turn.turn}. {turn.state}: heard {heard}: {decision}", markup=False)
        console.print(f"   {'; '.join(filter(None, (found, turn.why)))}", style="dim", markup=False)
    console.print("said:", style="dim")
    for text in result.said:
        console.print(f"   {text}", style="cyan", markup=False)
    for entry in result.dialled:
        console.print(f"dialled: {entry.name} on {entry.number}", markup=False)
    record = result.record
    about = "; ".join(filter(None, (record.entry_name, record.enquiry_id, record.reason)))
    console.print(f"outcome: {record.outcome.value} ({about})", style="bold", markup=False)


def _plain(result: CallResult) -> dict[str, Any]:
    record = replace(result.record, turns=())
    return {
        "id": result.script.id,
        "outcome": record.outcome.value,
        "entry": record.entry_name,
        "entry_id": record.entry_id,
        "enquiry": record.enquiry_id,
        "reason": record.reason,
        "as_expected": result.as_expected,
        "problems": list(result.problems),
        "wrong_transfer": result.wrong_transfer,
        "said": list(result.said),
        "dialled": [entry.name for entry in result.dialled],
        "turns": [
            {
                "turn": turn.turn,
                "state": turn.state,
                "expect": turn.expect,
                "heard": turn.heard,
                "keyed": turn.keyed,
                "decision": turn.decision.value if turn.decision else "",
                "candidates": [
                    {"target": str(c.target), "confidence": round(c.confidence, 4)} for c in turn.candidates
                ],
                "why": turn.why,
                "audio_seconds": round(turn.audio_seconds, 3),
                "decode_seconds": round(turn.decode_seconds, 3),
            }
            for turn in result.record.turns
        ],
    }
