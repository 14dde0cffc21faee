"""Records for the organisation's own tools: the views `bi_calls`, `bi_turns` and `bi_requests`, as CSV or Parquet.

The views hold no caller and no words; what they hold stays the same from release to release, but for new columns.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.errors import InputError, UnavailableError
from ivr.records.render import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ivr.records.database import Database
    from ivr.records.period import Period

CHUNK = 20_000
"""Rows held at once."""
_TIMES = frozenset({"started", "ended", "at", "created", "delivered", "promised", "done"})
_FLAGS = frozenset({"in_hours", "contained", "automated", "bailed", "wrong_transfer", "surveyed"})
_NUMBERS = frozenset({"seconds", "called_again_after", "answer_seconds", "talk_seconds", "confidence", "audio_seconds",
                      "decode_seconds"})  # fmt: skip
_COUNTS = frozenset({"turn", "texts", "satisfaction", "utterances", "accepted", "confirmed", "offered_choice",
                     "rejected", "declined", "silent", "keyed", "attempts"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A view, and what its rows are put in order by."""

    name: str
    when: str
    order: str


VIEWS: Mapping[str, View] = {
    "calls": View("bi_calls", "started", "started, call_id"),
    "turns": View("bi_turns", "at", "at, call_id, turn"),
    "requests": View("bi_requests", "created", "created, reference"),
}


def view_named(name: str) -> View:
    """Return the view of this name. Raises InputError."""
    if name not in VIEWS:
        raise InputError(f"nothing is called {name!r} here", todo="say " + " or ".join(VIEWS))
    return VIEWS[name]


def rows_of(database: Database, view: View, period: Period) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
    """Give (columns, rows), a few thousand rows at a time, at least once; times are aware, flags are true or false.

    Raises RecordsError.
    """
    bounds: list[str] = []
    values: dict[str, Any] = {}
    for name, sign, moment in (("start", ">=", period.start), ("end", "<", period.end)):
        if moment:
            bounds.append(f"{view.when} {sign} :{name}")
            sqlite = database.engine.dialect.name == "sqlite"
            values[name] = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z" if sqlite else moment
    which = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    query = sa.text(f"SELECT * FROM {view.name}{which} ORDER BY {view.order}")  # noqa: S608 (names of ours alone)
    with (
        database.read() as connection,
        connection.execution_options(stream_results=True).execute(query, values) as result,
    ):
        columns = list(result.keys())
        some = False
        while rows := result.fetchmany(CHUNK):
            some = True
            yield columns, [tuple(_value(n, v) for n, v in zip(columns, row, strict=True)) for row in rows]
        if not some:
            yield columns, []


def write_csv(database: Database, view: View, period: Period, out: Path) -> int:
    """Write a view as CSV, times in ISO 8601 UTC. Returns the number of rows."""
    written = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for columns, rows in rows_of(database, view, period):
            if not file.tell():
                writer.writerow(columns)
            writer.writerows([_plain(value) for value in row] for row in rows)
            written += len(rows)
    return written


def write_parquet(database: Database, view: View, period: Period, out: Path) -> int:
    """Write a view as Parquet. Returns the number of rows. Raises UnavailableError without the extra `parquet`."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UnavailableError("Parquet needs the extra `parquet`; pip install 'ivr[parquet]'") from error
    types = {"times": pa.timestamp("us", "UTC"), "flags": pa.bool_(), "numbers": pa.float64(), "counts": pa.int64()}
    writer, written = None, 0
    try:
        for columns, rows in rows_of(database, view, period):
            if writer is None:
                schema = pa.schema([(name, types.get(_kind(name), pa.string())) for name in columns])
                writer = parquet.ParquetWriter(out, schema)
            held: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
            arrays = [pa.array(list(v), field.type) for v, field in zip(held, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            written += len(rows)
    finally:
        if writer is not None:
            writer.close()
    return written


def _kind(name: str) -> str:
    kinds = {"times": _TIMES, "flags": _FLAGS, "numbers": _NUMBERS, "counts": _COUNTS}
    return next((kind for kind, names in kinds.items() if name in names), "text")


def _value(name: str, value: Any) -> Any:
    kind = _kind(name)
    if value is None or kind in {"text", "counts"}:
        return value
    if kind == "times":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)
    return bool(value) if kind == "flags" else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return int(value)
    return harmless(value) if isinstance(value, str) else value
