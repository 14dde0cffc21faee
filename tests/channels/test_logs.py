"""Logs are lines that machines read, with the call's id and nobody's number; traces say how long steps took."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ivr.channels import tracing
from ivr.channels.logs import CALL, PLAIN, JsonLines, Masked

if TYPE_CHECKING:
    from collections.abc import Iterator


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    """Make a log record."""
    made = logging.LogRecord("ivr.channels.calls", logging.ERROR, "calls.py", 1, message, arguments, None)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_line_is_one_object_with_the_calls_id() -> None:
    """The id comes from the request, or from a message that names it first."""
    CALL.set("")
    said = json.loads(JsonLines().format(record("call %s: not recorded: %s", "CA12", "the disk is full")))
    assert (said["call_id"], said["level"], said["logger"]) == ("CA12", "error", "ivr.channels.calls")
    assert said["message"] == "call CA12: not recorded: the disk is full"
    token = CALL.set("CA99")
    try:
        said = json.loads(JsonLines().format(record("/voice answered 200", route="/voice", milliseconds=12.5)))
    finally:
        CALL.reset(token)
    assert (said["call_id"], said["route"], said["milliseconds"]) == ("CA99", "/voice", 12.5)


def test_no_number_is_logged_and_an_exception_stays_one_line() -> None:
    """A number in an error's own words is hidden, in either form."""
    made = record("failed for %s", "07700 900123")
    made.exc_info = (ValueError, ValueError("cannot call +44 7700 900123"), None)
    for formatter in (JsonLines(), Masked(PLAIN)):
        assert "900123" not in formatter.format(made)
    line = JsonLines().format(made)
    assert "\n" not in line
    assert "ValueError" in json.loads(line)["exception"]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Trace into memory."""
    kept = InMemorySpanExporter()
    tracing.use(SimpleSpanProcessor(kept))
    yield kept
    tracing.stop()


def test_steps_are_traced_within_each_other(spans: InMemorySpanExporter) -> None:
    """A step's span is a child of that of the request, and carries the call's id."""
    with tracing.span("call.request", call_id="CA1", turn=2), tracing.span("call.dialogue"):
        pass
    inner, outer = spans.get_finished_spans()
    assert (inner.name, outer.name) == ("call.dialogue", "call.request")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert dict(outer.attributes or {}) == {"ivr.call_id": "CA1", "ivr.turn": 2}


def test_nothing_is_traced_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenTelemetry's address nothing is set up."""
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    assert not tracing.set_up()
    with tracing.span("call.request", call_id="CA1"):
        pass
