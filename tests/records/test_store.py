"""Calls and turns come back as they were, whatever is said twice, on either database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_calls import NOON, call, call_records, moments, turn

from ivr.errors import RecordsError
from ivr.model import CallFacts, CallRecord, Outcome
from ivr.records.privacy import Caller
from ivr.records.tables import calls

if TYPE_CHECKING:
    from ivr.records.store import Store

SHARED = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FACTS = CallFacts(call_id="CA1", channel="twilio", started=NOON, caller="+447700900123")


@SHARED
@given(call_records)
def test_a_call_comes_back_as_it_was_saved(store: Store, record: CallRecord) -> None:
    """Saved and loaded again, a call is equal in every field, turns included, however often it is saved."""
    store.save_call(record)
    store.save_call(record)
    assert store.call(record.call_id) == record


@SHARED
@given(st.lists(call_records, max_size=8, unique_by=lambda c: c.call_id))
def test_an_import_comes_back_in_order_of_time(store: Store, records: list[CallRecord]) -> None:
    """A bulk import gives back the same calls, ordered by start; importing twice adds nothing."""
    with store.database.write() as connection:
        connection.execute(sa.delete(calls))
    assert store.save_calls(records) == len(records)
    assert store.save_calls(records) == 0
    assert {c.call_id: c for c in store.calls()} == {c.call_id: c for c in records}
    starts = [c.started for c in store.calls()]
    assert starts == sorted(starts)


def test_more_calls_than_a_chunk_are_read_once_each(store: Store) -> None:
    """Reading goes on over chunks, also where many calls began in the same moment."""
    records = [call(f"CA{n:04}", started=NOON + timedelta(seconds=n // 700)) for n in range(2300)]
    store.save_calls(records)
    assert list(store.calls()) == records
    later = NOON + timedelta(seconds=1)
    assert len(list(store.calls(NOON, later))) == 700
    assert len(list(store.calls(later))) == 1600


def test_a_call_is_recorded_step_by_step(store: Store) -> None:
    """Begun, turned and finished, a call is the same as one saved whole."""
    record = call(caller_key="k", caller_masked="+44 7700 900***", channel="twilio", turns=(turn(1), turn(2)))
    assert store.begin(FACTS, Caller("k", "+44 7700 900***"))
    for one in record.turns:
        assert store.turn("CA1", one)
    assert store.call("CA1") is None
    assert [facts.call_id for facts in store.in_progress()] == ["CA1"]
    store.finish(replace(record, turns=()))
    assert store.call("CA1") == record
    assert store.in_progress() == ()


def test_said_twice_is_recorded_once(store: Store) -> None:
    """A repeated begin, turn or finish changes nothing; the first turn of a number stays."""
    assert store.begin(FACTS)
    assert not store.begin(replace(FACTS, channel="console"))
    assert store.turn("CA1", turn(1, heard="first"))
    assert not store.turn("CA1", turn(1, heard="second"))
    store.finish(call())
    store.finish(call())
    found = store.call("CA1")
    assert found is not None
    assert [one.heard for one in found.turns] == ["first"]
    assert len(list(store.calls())) == 1


def test_later_news_of_a_call_replaces_its_outcome(store: Store) -> None:
    """A call finished as transferred can become failed when the transfer's end is known; its turns stay."""
    store.finish(call(outcome=Outcome.TRANSFERRED, turns=(turn(1),)))
    store.finish(call(outcome=Outcome.TRANSFER_FAILED, dial_status="busy"))
    found = store.call("CA1")
    assert found is not None
    assert (found.outcome, found.dial_status, len(found.turns)) == (Outcome.TRANSFER_FAILED, "busy", 1)


def test_a_turn_of_a_call_never_begun_is_refused(store: Store) -> None:
    """A turn belongs to a call; without one it is an error of one clear line."""
    with pytest.raises(RecordsError, match="never begun"):
        store.turn("nobody", turn(1))


def test_calls_whose_end_never_came_are_closed_as_failed(store: Store) -> None:
    """After a crash, calls left open end as technical faults at their last turn, so that figures add up."""
    store.begin(FACTS)
    store.turn("CA1", turn(1, at=NOON + timedelta(seconds=30)))
    store.begin(replace(FACTS, call_id="CA2", started=NOON + timedelta(hours=5)))
    assert store.close_stale(NOON + timedelta(hours=1)) == 1
    found = store.call("CA1")
    assert found is not None
    assert (found.outcome, found.ended) == (Outcome.FAILED, NOON + timedelta(seconds=30))


def test_times_are_kept_to_the_microsecond_in_utc(store: Store) -> None:
    """Both of the clock's two half past ones in October come back as the moments they were."""
    london = ZoneInfo("Europe/London")
    for fold in (0, 1):
        moment = datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=london, fold=fold)
        store.save_call(call(f"CA{fold}", started=moment))
    found = [c.started for c in store.calls()]
    assert found == [datetime(2026, 10, 25, hour, 30, 0, 123456, tzinfo=UTC) for hour in (0, 1)]
    assert all(moment.tzinfo is UTC for moment in found)


def test_what_no_database_can_hold_is_replaced(store: Store) -> None:
    """NUL and half a surrogate pair, which a stranger may send, are kept as U+FFFD and lose nothing else."""
    store.save_call(call(reason="a\0b\ud800c", turns=(turn(1, heard="\0 \N{GRINNING FACE}"),)))
    found = store.call("CA1")
    assert found is not None
    assert found.reason == "a\ufffdb\ufffdc"
    assert found.turns[0].heard == "\ufffd \N{GRINNING FACE}"


def _next_starts(store: Store) -> dict[str, datetime | None]:
    with store.database.read() as connection:
        rows = connection.execute(sa.select(calls.c.call_id, calls.c.next_started))
        return {row.call_id: row.next_started for row in rows}


def _expected_next(records: list[CallRecord]) -> dict[str, datetime | None]:
    """Find each caller's next call the slow way."""
    order = sorted(records, key=lambda c: (c.started, c.call_id))
    return {
        one.call_id: next(
            (c.started for c in order[at + 1 :] if one.caller_key and c.caller_key == one.caller_key), None
        )
        for at, one in enumerate(order)
    }


few_callers = st.builds(
    call,
    st.text("abcdef", min_size=1, max_size=2),
    started=st.integers(0, 5).map(lambda n: NOON + timedelta(hours=n)) | moments,
    caller_key=st.sampled_from(["", "k", "l"]),
)


@SHARED
@given(st.lists(few_callers, max_size=12), st.booleans())
def test_each_call_knows_when_its_caller_called_next(store: Store, records: list[CallRecord], bulk: bool) -> None:
    """In whatever order calls are saved, replaced or imported, the next call of the same caller is right."""
    with store.database.write() as connection:
        connection.execute(sa.delete(calls))
    kept: dict[str, CallRecord] = {}
    if bulk:
        for record in records:
            kept.setdefault(record.call_id, record)
        store.save_calls(records)
    else:
        for record in records:
            kept[record.call_id] = record
            store.save_call(record)
    assert _next_starts(store) == _expected_next(list(kept.values()))


def test_two_calls_of_one_caller_at_once_see_each_other(store: Store) -> None:
    """Begun by many threads in the same moment, every call but the last knows the next."""

    def begin(n: int) -> None:
        facts = CallFacts(call_id=f"CA{n:02}", channel="twilio", started=NOON + timedelta(seconds=n))
        store.begin(facts, Caller("k"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(24)))
    expected = {f"CA{n:02}": NOON + timedelta(seconds=n + 1) if n < 23 else None for n in range(24)}
    assert _next_starts(store) == expected
