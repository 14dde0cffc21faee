"""Traces, where they are wanted: how long each step of a request took, by OpenTelemetry.

Off unless the extra `tracing` is installed and OpenTelemetry's own variable `OTEL_EXPORTER_OTLP_ENDPOINT` says where
traces go. A span carries the call's id, the route and the turn, never a number or a word of the caller.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


class _Tracing:
    """The tracer of this process; None: nothing is traced."""

    tracer: Any = None


def set_up() -> bool:
    """Trace from here on where that is asked for; to be called in each server process. Returns whether.

    Raises UnavailableError where it is asked for and the extra is missing.
    """
    if not os.environ.get(ENDPOINT):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnavailableError(f"{ENDPOINT} needs the extra `tracing`; pip install 'ivr[tracing]'") from error
    use(BatchSpanProcessor(OTLPSpanExporter()))
    return True


def use(processor: Any) -> None:
    """Trace into an OpenTelemetry span processor."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "ivr")}))
    provider.add_span_processor(processor)
    _Tracing.tracer = provider.get_tracer("ivr")


def stop() -> None:
    """Trace no more."""
    _Tracing.tracer = None


@contextmanager
def span(name: str, **attributes: str | float) -> Iterator[None]:
    """Trace a step; where nothing is traced, this costs nothing."""
    if _Tracing.tracer is None:
        yield
        return
    with _Tracing.tracer.start_as_current_span(name, attributes={f"ivr.{key}": v for key, v in attributes.items()}):
        yield
