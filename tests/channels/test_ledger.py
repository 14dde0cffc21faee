"""A host killed at any moment: wherever the call goes on, nothing of it is missing from the records."""

from __future__ import annotations

import itertools
import os
import sqlite3
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ivr.channels.ledger import Ledger
from ivr.errors import AwayError
from ivr.model import CallFacts, CallRecord, Outcome, TurnRecord
from ivr.records import database as opening
from ivr.records.privacy import Caller
from ivr.records.sessions import StaleRequestError
from ivr.records.spool import Spool
from ivr.records.spooled import Wrong
from ivr.records.standby import Standby, SteadySessions
from ivr.records.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
END = NOON + timedelta(minutes=1)
LAST = 3
"""The request that ends a call; each before it but the first brings a turn."""
LASTING = frozenset({"commit", "execute", "write", "fsync", "replace", "unlink"})
"""What changes anything that outlives a process: it is killed before each of them in turn."""


def _record(call_id: str, outcome: Outcome) -> CallRecord:
    return CallRecord(call_id=call_id, channel="twilio", started=NOON, ended=END, outcome=outcome, caller_key="key")


class Host:
    """A host: its folder, and its way to the database that all share."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(url, live=True)
        self.spool = Spool(folder)
        self.sessions = SteadySessions(self.store.database, Standby(folder / "live.sqlite3"))

    def take(self, call_id: str, request: int) -> None:
        """Answer a request: the call comes in, a turn is taken, or one is taken that ends the call."""
        ledger = Ledger(self.store, self.spool)
        if request == 0:
            facts = CallFacts(call_id=call_id, channel="twilio", started=NOON)
            ledger.begin(facts, Caller("key", "masked"))
        else:
            said = TurnRecord(turn=request, at=NOON, expect="call", state="listening", heard="jane")
            ledger.turn(call_id, said)
            if request == LAST:
                ledger.finish(_record(call_id, Outcome.TRANSFERRED))
        with suppress(StaleRequestError):
            self.sessions.advance(call_id, request, f"state {request}", f"answer {request}", kept=ledger.kept)

    def go_on(self, call_id: str) -> None:
        """Take the call from where this host knows it to be to its end."""
        for _ in range(2 * LAST):
            session = self.sessions.load(call_id)
            request = session.turn if session else 0
            if request > LAST:
                return
            self.take(call_id, request)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Have the database away from this host."""

        def gone() -> None:
            raise AwayError("gone")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(self.store.database, "read", gone)
            patched.setattr(self.store.database, "write", gone)
            yield


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    """Make two hosts with one database."""
    url = f"sqlite:///{tmp_path}/calls.sqlite3"
    made = (Host(url, tmp_path / "one"), Host(url, tmp_path / "two"))
    yield made
    for host in made:
        host.store.close()


def _killed(host: Host, call_id: str, request: int, point: int) -> bool:
    """Have a process of the host take a request, killed at a point. Returns whether it came that far."""
    child = os.fork()
    if child == 0:
        seen = itertools.count(1)

        def look(_frame: FrameType, event: str, what: object) -> None:
            if event == "c_call" and _lasts(what) and next(seen) == point:
                os._exit(9)

        sys.setprofile(look)
        try:
            host.take(call_id, request)
        except BaseException:  # noqa: BLE001 (the child must not go on as a test)
            os._exit(3)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9


def _lasts(what: object) -> bool:
    # The database is changed by a commit alone, the copy of live calls by each statement.
    of_ours = isinstance(getattr(what, "__self__", None), sqlite3.Connection)
    return getattr(what, "__name__", "") in LASTING and (of_ours or getattr(what, "__module__", "") == "posix")


def _whole(host: Host, call_id: str) -> None:
    record = host.store.call(call_id)
    assert record is not None
    assert ([turn.turn for turn in record.turns], record.outcome) == ([1, 2, 3], Outcome.TRANSFERRED)
    assert record.caller_key == "key"


@pytest.mark.parametrize("request_", [0, 1, LAST])
def test_killed_while_the_database_is_there(hosts: tuple[Host, Host], request_: int) -> None:
    """Another host goes on with the call, and the dead one is not needed any more."""
    one, two = hosts
    for point in itertools.count(1):
        call_id = f"CA{point}"
        for before in range(request_):
            one.take(call_id, before)
        reached = _killed(one, call_id, request_, point)
        two.go_on(call_id)
        _whole(two, call_id)
        if not reached:
            break
    assert point > 2


@pytest.mark.parametrize(("away", "more"), [(0, 0), (1, 1), (2, 0)])
def test_killed_after_an_outage(hosts: tuple[Host, Host], away: int, more: int) -> None:
    """What waits on the dead host's disk goes into the database with the call's next step, or with the host's return.

    The call is taken alone from request `away` on; the database is back one request later, and the process is killed
    in that, or in the one after.
    """
    one, two = hosts
    for point in itertools.count(1):
        call_id = f"CA{point}"
        for request in range(away):
            one.take(call_id, request)
        with one.cut_off():
            one.take(call_id, away)
        for request in range(away + 1, away + 1 + more):
            one.take(call_id, request)
        stood = two.sessions.load(call_id)
        reached = _killed(one, call_id, away + 1 + more, point)
        two.go_on(call_id)
        if stood and stood.turn > away:  # the database had caught up: the dead host is not needed
            _whole(two, call_id)
        one.spool.replay(one.store)
        _whole(two, call_id)
        if not reached:
            break


@pytest.mark.parametrize("request_", [0, 1, LAST])
def test_killed_while_the_database_is_away(hosts: tuple[Host, Host], request_: int) -> None:
    """The host's next process goes on with the call, whether that step was taken or not."""
    one, _ = hosts
    for point in itertools.count(1):
        call_id = f"CA{point}"
        with one.cut_off():
            for before in range(request_):
                one.take(call_id, before)
            reached = _killed(one, call_id, request_, point)
            one.go_on(call_id)
        one.spool.replay(one.store)
        _whole(one, call_id)
        if not reached:
            break
    assert point > 3


def test_a_call_takes_its_own_waiting_records_along(hosts: tuple[Host, Host]) -> None:
    """The database never holds a call that is further than its records; what others wait for is left to wait."""
    one, two = hosts
    with one.cut_off():
        for call_id in ("CA1", "CA2"):
            one.take(call_id, 0)
            one.take(call_id, 1)
    one.take("CA1", 2)
    assert [turn.turn for turn in two.store.turns("CA1")] == [1, 2]
    assert two.store.turns("CA2") == ()
    one.spool.replay(one.store)
    assert not one.spool.lines()
    assert [turn.turn for turn in two.store.turns("CA1")] == [1, 2]
    assert [turn.turn for turn in two.store.turns("CA2")] == [1]


def test_a_wrong_transfer_waits_for_the_call_it_was_in(hosts: tuple[Host, Host]) -> None:
    """A caller who comes back after an outage marks the call before, which is still on disk."""
    one, two = hosts
    with one.cut_off():
        one.go_on("CA1")
    ledger = Ledger(one.store, one.spool)
    ledger.begin(CallFacts(call_id="CA2", channel="twilio", started=NOON + timedelta(minutes=1)))
    ledger.mark_wrong("CA1")
    assert one.sessions.advance("CA2", 0, "state", "answer", kept=ledger.kept).won
    one.spool.replay(one.store)
    record = two.store.call("CA1")
    assert record is not None
    assert record.wrong_transfer
    assert Wrong("CA1").call_id == "CA1"


def test_an_end_that_nobody_waited_for(hosts: tuple[Host, Host]) -> None:
    """A call that no host answered is in the records; what is known of one, then or later, goes before that."""
    one, two = hosts
    with one.cut_off():
        one.go_on("CA2")
        one.take("CA3", 0)
        one.take("CA3", 1)
    two.go_on("CA4")
    two.take("CA5", 0)
    for call_id in ("CA1", "CA2", "CA3", "CA4", "CA5"):
        ledger = Ledger(two.store, two.spool)
        ledger.over(_record(call_id, Outcome.OPERATOR_FALLBACK))
        ledger.flush()
    one.spool.replay(one.store)
    found = {record.call_id: record for record in two.store.calls()}
    assert found["CA1"].outcome == Outcome.OPERATOR_FALLBACK
    _whole(two, "CA2")
    assert [turn.turn for turn in found["CA3"].turns] == [1]
    _whole(two, "CA4")
    assert (found["CA5"].outcome, found["CA5"].ended) == (Outcome.ABANDONED, END)


def test_an_end_waits_on_disk_too(hosts: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the database it is spooled like everything else."""
    monkeypatch.setattr(opening, "REST_SECONDS", 0.0)
    one, two = hosts
    with one.cut_off():
        ledger = Ledger(one.store, one.spool)
        ledger.over(_record("CA1", Outcome.OPERATOR_FALLBACK))
        ledger.flush()
    assert two.store.call("CA1") is None
    assert one.spool.replay(one.store) == 1
    assert two.store.call("CA1") is not None
