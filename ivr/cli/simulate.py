"""`ivr simulate`: callers for a running service."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ivr.channels.script import CallScript, Turn
    from ivr.channels.simulator.caller import Hear
    from ivr.channels.simulator.result import Judged, Records
    from ivr.channels.simulator.wire import Target


def simulate(
    url: Annotated[str, typer.Argument(help="Address of the first webhook, for example http://127.0.0.1:8080/voice.")],
    calls: Annotated[Path, typer.Option(help="Call scripts, as `ivr call` takes them.")] = Path(
        "audio/calls/calls.yaml"
    ),
    only: Annotated[list[str] | None, typer.Option(help="Play only the call of this id; may be repeated.")] = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=500, help="Calls in progress at the same time.")] = 1,
    times: Annotated[int, typer.Option(min=1, help="How often to play the whole file.")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100, help="Pace of media streams: 1 real time, 5 five times as fast.")
    ] = 1.0,
    hear: Annotated[
        bool,
        typer.Option("--hear", help="Hear recordings with this site's recogniser, even where the words are given."),
    ] = False,
    public_url: Annotated[
        str, typer.Option(help="Address the server believes to be seen at; IVR_PUBLIC_URL if not given.")
    ] = "",
    fallback: Annotated[str, typer.Option(help="Address to go to where the server fails, as Twilio does.")] = "",
    barge_in: Annotated[bool, typer.Option("--barge-in", help="Callers talk over recorded prompts.")] = False,
    repeat: Annotated[bool, typer.Option("--repeat", help="Send every request twice, and compare.")] = False,
    sparse: Annotated[bool, typer.Option("--sparse", help="Leave out what Twilio may leave out.")] = False,
    everything: Annotated[
        bool,
        typer.Option("--everything", help="Play calls of another clock or other settings too: the server has them."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play callers against a running server as Twilio would: signed webhooks, checked TwiML, media streams.

    Requests are signed with TWILIO_AUTH_TOKEN. Only the server named is contacted.
    """
    from ivr.channels.script import load_calls
    from ivr.channels.simulator.caller import Options
    from ivr.channels.simulator.play import play
    from ivr.channels.simulator.stream import Pace
    from ivr.errors import InputError

    target = _target(url, public_url)
    scripts = [script for script in load_calls(calls) if not only or script.id in only]
    if not scripts:
        raise InputError("no call of that id", where=str(calls), todo="see the ids in the file")
    options = Options(
        hear=_hearing(scripts, always=hear),
        pace=Pace(speed=speed, barge_in=barge_in),
        repeat=repeat,
        sparse=sparse,
        fallback=fallback,
    )
    calls_of = play(scripts * times, target, options, at_once=at_once, records=_records(), everything=everything)
    played = list(calls_of)
    if as_json:
        typer.echo(json.dumps(_report(played), indent=2))
    else:
        _print(played)
    if not all(call.ok for call in played):
        raise typer.Exit(1)


def _target(url: str, public: str) -> Target:
    """Return the server to call. Raises InputError where `url` is none."""
    from ivr.channels.simulator.wire import Target
    from ivr.errors import InputError

    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise InputError(
            f"`{url}` is no http address", todo="name the server's /voice, as in http://127.0.0.1:8080/voice"
        )
    return Target(
        url=url,
        public=public or os.environ.get("IVR_PUBLIC_URL", ""),
        token=os.environ.get("TWILIO_AUTH_TOKEN", "").split(",")[0].strip(),
    )


def _hearing(scripts: list[CallScript], *, always: bool) -> Hear:
    """Return how words are found in a turn: as the script gives them, or by this site's recogniser."""
    unwritten = any(turn.wav and not turn.says for script in scripts for turn in script.turns)
    if not (always or unwritten):
        return lambda turn: (turn.says, 0.9)
    from threading import Lock

    from ivr.assembly import open_site
    from ivr.model import Expect
    from ivr.recognise.audio import read_wav
    from ivr.recognise.listen import hear

    recogniser, one_at_a_time = open_site().recogniser(), Lock()

    def words(turn: Turn) -> tuple[str, float | None]:
        if turn.wav is None or (turn.says and not always):
            return turn.says, 0.9
        with one_at_a_time:
            heard = hear(recogniser, Expect.CALL, read_wav(turn.wav))
        return heard.text, heard.hypotheses[0].confidence if heard.hypotheses else None

    return words


def _records() -> Records | None:
    """Return the records of the site in this folder, where there are any: they say how each call really ended."""
    from ivr.errors import IvrError
    from ivr.records.store import Store
    from ivr.settings import load_settings

    with suppress(IvrError):
        return Store(load_settings().database_url, create=False).call
    return None


def _report(played: list[Judged]) -> dict[str, Any]:
    from dataclasses import asdict

    from ivr.channels.simulator.play import Spread

    real = [call for call in played if not call.skipped]
    return {
        "calls": len(real),
        "as_expected": sum(call.ok for call in real),
        "skipped": len(played) - len(real),
        "twiml_errors": sum(len(call.seen.problems) for call in real),
        "webhook_ms": asdict(Spread.of([s for call in real for s in call.seen.requests])),
        "stream_answer_ms": asdict(Spread.of([s for call in real for s in call.seen.answers])),
        "results": [
            {
                "id": call.script.id,
                "call": call.seen.call_id,
                "skipped": call.skipped,
                "outcome": sorted(call.outcome),
                "recorded": call.recorded,
                "dialled": [[d.number, d.whisper, d.status] for d in call.seen.dialled],
                "turns": call.seen.turns,
                "stream": call.seen.on_stream,
                "ended_by": call.seen.hung_up,
                "unexpected": list(call.unexpected),
                "problems": call.seen.problems,
                "notes": call.seen.notes,
            }
            for call in played
        ],
    }


def _print(played: list[Judged]) -> None:
    table = Table("call", "turns", "dialled", "outcome", "expected", "", box=None, header_style="bold")
    for call in played:
        dialled = ", ".join(d.whisper or d.number for d in call.seen.dialled) or "-"
        expected = " or ".join(call.script.expect.outcome) or call.script.expect.entry or "-"
        mark = "[yellow]skipped[/]" if call.skipped else "[green]ok[/]" if call.ok else "[red]no[/]"
        table.add_row(
            call.script.id, str(call.seen.turns), dialled, " or ".join(sorted(call.outcome)) or "-", expected, mark
        )
    console = Console()
    console.print(table)
    for call in played:
        for fault in (*call.unexpected, *call.seen.problems):
            console.print(f"{call.script.id}: {fault}", markup=False, highlight=False, soft_wrap=True)
        if call.skipped:
            console.print(f"{call.script.id}: not played: {call.skipped}", markup=False, highlight=False)
    found = _report(played)
    webhook, stream = found["webhook_ms"], found["stream_answer_ms"]
    console.print(
        f"{found['as_expected']} of {found['calls']} calls as expected, {found['twiml_errors']} faults in answers; "
        f"webhooks p50 {webhook['p50']} ms, p95 {webhook['p95']} ms, p99 {webhook['p99']} ms",
        highlight=False,
    )
    if stream["count"]:
        console.print(
            f"media streams: last word to answer p50 {stream['p50']:.0f} ms, p95 {stream['p95']:.0f} ms "
            "(the silence that ends an utterance included)",
            highlight=False,
        )
