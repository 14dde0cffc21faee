"""`ivr chat`: a typed call."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.model import DialStatus

if TYPE_CHECKING:
    from ivr.channels.console import ConsoleLine
    from ivr.channels.runner import Recorder
    from ivr.dialogue.actions import FileRequest
    from ivr.model import CallFacts, CallRecord, TurnRecord
    from ivr.records.privacy import Caller
    from ivr.records.store import Store


def chat(
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="ISO",
            help="When the call happens, as 2026-12-25T10:00, or `now`. Default: now, or in the next opening hours.",
        ),
    ] = "",
    internal: Annotated[bool, typer.Option("--internal", help="Call as a colleague.")] = False,
    caller: Annotated[
        str, typer.Option("--caller", metavar="NUMBER", help="Caller's number; a mobile is offered texts.")
    ] = "",
    transfers: Annotated[DialStatus, typer.Option("--transfers", help="How transfers end.")] = DialStatus.ANSWERED,
    languages: Annotated[
        str,
        typer.Option(
            "--languages", metavar="CODES", help="Offer these at the greeting, as en-GB,cy; all are understood."
        ),
    ] = "",
    survey: Annotated[bool, typer.Option("--survey", help="Ask at the end how satisfied the caller is.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Show what was made of each line.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Keep the call in the records database.")] = False,
) -> None:
    """Hold a call by typing: words, keys (4711, 1, *, #), or an empty line for silence; Ctrl-D hangs up."""
    from rich.console import Console

    from ivr.assembly import open_site
    from ivr.channels import offline
    from ivr.channels.console import ConsoleLine
    from ivr.channels.runner import Conversation
    from ivr.records.direct import DirectCallers
    from ivr.settings import load_settings

    settings = load_settings()
    if languages:
        codes = tuple(code.strip() for code in languages.split(",") if code.strip())
        spoken = settings.site.model_copy(update={"languages": codes, "recognised": codes})
        settings = settings.model_copy(update={"site": spoken})
    site = open_site(settings)
    settings = site.settings
    started = offline.call_time(at, settings.site)
    line = ConsoleLine(Console(), started, dial=transfers)
    recorder = _Shown(line if why else None, site.store if record else None)
    facts = offline.call_facts(settings, "console", started, offline.Caller(number=caller, internal=internal))
    facts = replace(facts, survey=survey)
    line.clock(by_itself=not at)
    file = partial(_file, site.store) if record else line.file
    parts = offline.call_parts(site, recorder, line.send_text, file)
    if record:
        parts = replace(parts, straight=DirectCallers(site.store.database).has)
    held = Conversation(parts, facts).run(line)
    line.summary(held)


def _file(store: Store, facts: CallFacts, action: FileRequest) -> str:
    from ivr.channels.filing import file_request

    return file_request(store, facts, action, facts.started)


class _Shown:
    """Records a call where it is to be kept, and shows what was made of each turn where that is wanted."""

    def __init__(self, line: ConsoleLine | None, recorder: Recorder | None) -> None:
        self._line, self._recorder = line, recorder

    def begin(
        self, facts: CallFacts, caller: Caller | None = None, *, directory_version: str = "", language: str = "en-GB"
    ) -> bool:
        kept = self._recorder
        return kept is None or kept.begin(facts, caller, directory_version=directory_version, language=language)

    def turn(self, call_id: str, turn: TurnRecord) -> bool:
        if self._line:
            self._line.explain(turn)
        return self._recorder is None or self._recorder.turn(call_id, turn)

    def finish(self, call: CallRecord) -> None:
        if self._recorder:
            self._recorder.finish(call)

    def mark_wrong(self, call_id: str) -> bool:
        return self._recorder is not None and self._recorder.mark_wrong(call_id)
