"""What goes out to other tools is complete, typed, the same on both databases, and names no caller."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from made_calls import NOON, call, turn
from pyarrow import parquet

from ivr.errors import InputError
from ivr.model import Decision, Outcome
from ivr.records.export import VIEWS, rows_of, view_named, write_csv, write_parquet
from ivr.records.period import Period, month_of
from ivr.records.requests import Requests

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.records.store import Store

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def filled(store: Store) -> Store:
    """Give a store with two calls, a turn and a request."""
    said = turn(1, decision=Decision.ACCEPT, heard="my name is jane smith")
    caller = {"caller_key": "secret-key", "caller_masked": "+44 7700 900***"}
    store.save_call(call("CA1", **caller, entry_name="=evil()", answer_seconds=4.5, turns=(said,)))
    store.save_call(call("CA2", **caller, started=NOON + timedelta(days=30), outcome=Outcome.ABANDONED))
    Requests(store.database).file("CA1", "missed_bin", "report", "A missed bin", {"name": "Jane Smith"}, NOON)
    return store


def test_csv_has_every_call_and_nobody(filled: Store, tmp_path: Path) -> None:
    """One row a call, times in UTC, and neither number, key nor words; a name cannot become a formula."""
    out = tmp_path / "calls.csv"
    assert write_csv(filled.database, view_named("calls"), Period(LONDON), out) == 2
    text = out.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["call_id"], row["outcome"], row["contained"]) for row in rows] == [
        ("CA1", "completed", "1"),
        ("CA2", "abandoned", "0"),
    ]
    assert (rows[0]["started"], rows[0]["seconds"], rows[0]["entry_name"]) == (
        "2026-06-15T12:00:00.000Z", "60.0", "'=evil()",
    )  # fmt: skip
    assert float(rows[0]["called_again_after"]) == 30 * 86_400 - 60
    for name in VIEWS:
        write_csv(filled.database, view_named(name), Period(LONDON), out)
        written = out.read_text(encoding="utf-8").casefold()
        assert not [word for word in ("secret-key", "7700", "jane") if word in written], name


@pytest.mark.parametrize("name", VIEWS)
def test_parquet_is_typed_and_equals_the_rows(filled: Store, tmp_path: Path, name: str) -> None:
    """Times are times, flags are flags, and an empty period has the same columns."""
    out = tmp_path / "out.parquet"
    number = write_parquet(filled.database, view_named(name), Period(LONDON), out)
    table = parquet.read_table(out)
    assert table.num_rows == number > 0
    columns, rows = list(rows_of(filled.database, view_named(name), Period(LONDON)))[0]  # noqa: RUF015 (read to its end)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert columns == table.column_names
    assert isinstance(rows[0][columns.index(view_named(name).when)], datetime)
    assert write_parquet(filled.database, view_named(name), month_of("1999-01", LONDON), out) == 0
    assert parquet.read_schema(out) == table.schema


def test_a_period_takes_what_began_in_it(filled: Store) -> None:
    """Bounds are the site's own midnights."""
    found = [
        row[0] for _, rows in rows_of(filled.database, VIEWS["calls"], month_of("2026-06", LONDON)) for row in rows
    ]
    assert found == ["CA1"]
    edge = Period(LONDON, NOON, NOON + timedelta(days=30))
    assert sum(len(rows) for _, rows in rows_of(filled.database, VIEWS["calls"], edge)) == 1
    assert NOON.tzinfo is UTC


def test_an_unknown_view_is_named() -> None:
    """The message says which there are."""
    with pytest.raises(InputError, match="calls or turns or requests"):
        view_named("callers")
