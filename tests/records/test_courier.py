"""Requests are delivered while the service runs, by one deliverer at a time, whatever fails."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ivr.errors import RecordsError, SettingsError
from ivr.records.courier import Courier
from ivr.records.outbox import CsvDrop
from ivr.records.requests import Requests, Status
from ivr.settings import RequestsSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.records.requests import Request
    from ivr.records.store import Store

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class _Slow:
    """Counts what it is given, and takes its time."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self._lock = threading.Lock()
        self.both = threading.Barrier(2, timeout=60)

    def deliver(self, request: Request, now: datetime) -> str:
        """Take it."""
        del now
        with self._lock:
            self.got.append(request.reference)
        return ""


def _file(store: Store, many: int) -> list[str]:
    book = Requests(store.database)
    return [book.file(f"c{n}", "missed_bin", "missed_bin", "a bin", {"n": str(n)}, NOW) for n in range(many)]


def test_it_delivers_by_itself(store: Store, tmp_path: Path) -> None:
    """What is filed while it runs is delivered, and it ends when it is told to."""
    courier = Courier(Requests(store.database), CsvDrop(tmp_path / "out"), every=0.01, clock=lambda: NOW)
    courier.start()
    (reference,) = _file(store, 1)
    done = threading.Event()
    for _ in range(6000):
        if Requests(store.database).counts()[Status.DELIVERED]:
            break
        done.wait(0.01)
    courier.stop()
    assert (tmp_path / "out" / f"{reference}.csv").exists()
    assert Requests(store.database).counts() == {"waiting": 0, "delivered": 1, "dead": 0}


def test_two_hosts_deliver_each_request_once(store: Store) -> None:
    """Both look at the same moment, on a database they share."""
    references, sink = _file(store, 20), _Slow()

    def host() -> None:
        courier = Courier(Requests(store.database), sink, clock=lambda: NOW)
        sink.both.wait()
        courier.look()

    threads = [threading.Thread(target=host) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sink.got) == sorted(references)


def test_a_delivery_that_was_slower_than_its_claim_stays_delivered(store: Store) -> None:
    """A second deliverer that failed meanwhile does not undo it."""
    book = Requests(store.database)
    (reference,) = _file(store, 1)
    assert book.claim(NOW, NOW + timedelta(minutes=2))
    assert book.claim(NOW, NOW + timedelta(minutes=2)) is None
    assert book.claim(NOW + timedelta(minutes=3), NOW + timedelta(minutes=5))
    book.settled(reference, delivered=NOW)
    book.failed(reference, "answered 503", due=None)
    assert book.list()[0].status is Status.DELIVERED


def test_a_database_that_fails_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The look is lost, the courier is not."""
    _file(store, 1)
    book = Requests(store.database)
    courier = Courier(book, CsvDrop(tmp_path), clock=lambda: NOW)

    def broken(*_: Any) -> None:
        raise RecordsError("the database is away")

    monkeypatch.setattr(book, "claim", broken)
    assert courier.look() is None
    monkeypatch.undo()
    done = courier.look()
    assert done is not None
    assert done.delivered == 1


def test_made_as_the_settings_say(store: Store, tmp_path: Path) -> None:
    """None where requests wait to be read; a setting that makes no sense is said at once."""
    settings = Settings(root=tmp_path)
    assert Courier.of(settings, store.database) is None
    settings = Settings(root=tmp_path, requests=RequestsSettings(deliver="email"))
    with pytest.raises(SettingsError, match=r"requests\.email"):
        Courier.of(settings, store.database)


def test_what_was_promised_is_owed_until_it_is_done(store: Store) -> None:
    """Soonest first; done once, for good."""
    book = Requests(store.database)
    hours = {name: NOW + timedelta(hours=n) for name, n in {"late": -1, "soon": 1, "later": 5}.items()}
    made = {
        name: book.file(name, "call_back", "callback", "a call", {}, NOW, promised=at) for name, at in hours.items()
    }
    _file(store, 1)
    assert [r.reference for r in book.owed()] == [made["late"], made["soon"], made["later"]]
    assert [r.reference for r in book.owed(NOW)] == [made["late"]]
    assert book.finished(made["late"], NOW)
    assert book.owed(NOW) == ()
    assert not book.finished("0000000", NOW)
    assert book.get(made["soon"]).as_json()["promised"] == hours["soon"].isoformat()  # type: ignore[union-attr]
