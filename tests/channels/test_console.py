"""A typed call reads lines, keys and the end of the text, and shows how it ended."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from ivr.channels.console import ConsoleLine
from ivr.channels.offline import Caller, call_facts, call_parts
from ivr.channels.runner import Conversation
from ivr.model import DialStatus, Outcome

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def held(site: Any, lines: list[Any], **how: Any) -> tuple[Any, str]:
    """Hold a call with these lines; an exception is raised in its place."""

    def read(_prompt: str) -> str:
        line = lines.pop(0) if lines else EOFError()
        if isinstance(line, BaseException):
            raise line
        return str(line)

    shown = io.StringIO()
    console = ConsoleLine(Console(file=shown, width=200), AT, read=read, **how)
    facts = call_facts(site.settings, "console", AT, Caller(number="+447700900123"))
    record = Conversation(call_parts(site, None, console.send_text), facts).run(console)
    console.summary(record)
    return record, shown.getvalue()


@pytest.mark.parametrize(
    ("lines", "outcome", "shown"),
    [
        (["housing"], Outcome.TRANSFERRED, "dialling Housing on +441632960200: answered"),
        (["4711"], Outcome.TRANSFERRED, "dialling Brendan Kowalski, Planning on 4711: answered"),
        (["priya patel", "1"], Outcome.TRANSFERRED, "Priya Patel, Housing, press or say 1"),
        (["", ""], Outcome.OPERATOR_FALLBACK, "I didn't hear anything"),
        (["???", "!!!"], Outcome.OPERATOR_FALLBACK, "Sorry, I didn't catch that"),
        ([], Outcome.ABANDONED, "outcome: abandoned"),
        ([KeyboardInterrupt()], Outcome.ABANDONED, "outcome: abandoned"),
        (["my bin was missed", "yes", "no"], Outcome.SIGNPOSTED, "text message: https://council.example/bins"),
        (["there is a gas leak"], Outcome.ESCALATED, "with priority"),
        (["[housing]"], Outcome.TRANSFERRED, "Putting you through to Housing."),
    ],
)
def test_typed_calls(small_site: Any, lines: list[Any], outcome: Outcome, shown: str) -> None:
    """What is typed is taken as it would be said or keyed."""
    record, text = held(small_site, list(lines))
    assert record.outcome is outcome
    assert shown in text


def test_transfers_end_as_asked(small_site: Any) -> None:
    """Every dial finds the line busy, and each step is said."""
    record, text = held(small_site, ["margaret holloway"], dial=DialStatus.BUSY)
    assert record.outcome is Outcome.TRANSFER_FAILED
    steps = ("Margaret Holloway is on another call", "try Housing", "Housing is on another call", "nobody is free")
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
