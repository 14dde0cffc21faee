"""Requests are kept once, delivered at least once, and never dropped."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_string
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from ivr.errors import SettingsError
from ivr.model import CallFacts
from ivr.records.outbox import MOST_TRIES, CsvDrop, EmailDrop, Webhook, check_url, deliver_due, next_try
from ivr.records.privacy import Caller
from ivr.records.requests import Requests, Status, new_reference, valid_reference
from ivr.records.retention import erase_caller, expire, export_caller
from ivr.records.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DETAILS = {"postcode": "WX1 1AA", "what": "=HYPERLINK(1)"}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Requests]:
    """Give the requests of a new database."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    yield Requests(store.database)
    store.close()


def _file(book: Requests, call: str = "c1") -> str:
    return book.file(call, "missed_bin", "missed_bin", "a missed bin", DETAILS, NOW)


def test_kept_once(book: Requests) -> None:
    """The same request of the same call has one reference; another call's has its own."""
    first = _file(book)
    assert _file(book) == first
    assert _file(book, "c2") != first
    assert len(book.list()) == 2
    found = book.get(f"{first[:3]} {first[3:]}")
    assert found is not None
    assert (found.details, found.status, found.created) == (DETAILS, Status.WAITING, NOW)
    assert book.get("0000000") is None


def test_references_tell_a_digit_misheard() -> None:
    """Any one digit wrong, and any two neighbours swapped but 0 and 9, is noticed."""
    reference = new_reference()
    assert valid_reference(reference)
    for place, digit in enumerate(reference):
        wrong = reference[:place] + str((int(digit) + 1) % 10) + reference[place + 1 :]
        assert not valid_reference(wrong)


def test_details_are_not_kept_for_ever(book: Requests) -> None:
    """Once delivered and old, a request keeps its reference alone; one that is still waiting keeps all."""
    delivered, waiting = _file(book), _file(book, "c2")
    book.settled(delivered, delivered=NOW)
    expire(book._database, NOW + timedelta(days=400))
    assert {r.reference: bool(r.details) for r in book.list()} == {delivered: False, waiting: True}


def test_a_caller_is_erased_with_their_requests(book: Requests) -> None:
    """A copy names them, and an erasure leaves none."""
    store = Store.__new__(Store)
    store.database = book._database
    facts = CallFacts(call_id="c1", channel="twilio", started=NOW)
    store.begin(facts, Caller(key="k", masked="+44***"))
    _file(book)
    assert "WX1 1AA" in export_caller(book._database, "k")
    assert erase_caller(book._database, "k").calls == 1
    assert book.list() == ()


class _Sink:
    def __init__(self, *faults: str) -> None:
        self.faults, self.got = list(faults), list[str]()

    def deliver(self, request: object, now: datetime) -> str:
        del now
        self.got.append(request.reference)  # type: ignore[attr-defined]
        return self.faults.pop(0) if self.faults else ""


def test_delivered_once(book: Requests) -> None:
    """What is delivered is not delivered again."""
    reference = _file(book)
    sink = _Sink()
    assert deliver_due(book, sink, lambda: NOW).delivered == 1
    assert deliver_due(book, sink, lambda: NOW).delivered == 0
    assert sink.got == [reference]
    assert book.counts() == {"waiting": 0, "delivered": 1, "dead": 0}


def test_retried_with_patience_then_dead_then_retried(book: Requests) -> None:
    """Waits double; after the last try a request waits for a person, who can send it again."""
    _file(book)
    now, waits = NOW, []
    for _ in range(MOST_TRIES):
        assert deliver_due(book, _Sink("answered 503"), lambda: now).failed == 1  # noqa: B023 - used at once
        (request,) = book.list()
        waits.append(request.due - now)
        now = max(now, request.due)
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert (book.list()[0].status, book.list()[0].fault) == (Status.DEAD, "answered 503")
    assert deliver_due(book, _Sink(), lambda: now + timedelta(days=9)).delivered == 0
    assert book.retry(now) == 1
    assert deliver_due(book, _Sink(), lambda: now).delivered == 1


def test_one_fault_holds_up_nobody_else(book: Requests) -> None:
    """A request that cannot be delivered lets the others by."""
    _file(book)
    _file(book, "c2")
    done = deliver_due(book, _Sink("no"), lambda: NOW)
    assert (done.delivered, done.failed, done.dead) == (1, 1, 0)


def test_waits_never_grow_beyond_a_shift() -> None:
    """The longest wait is eight hours."""
    waits = [due - NOW for n in range(1, MOST_TRIES) if (due := next_try(n, NOW))]
    assert max(waits) == timedelta(hours=4, minutes=16) * 2 or max(waits) <= timedelta(hours=8)
    assert next_try(MOST_TRIES, NOW) is None


@contextmanager
def _office(status: int) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/requests", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_is_signed(book: Requests) -> None:
    """The receiver can tell who sent it and when, and that it had it before."""
    reference = _file(book)
    with _office(204) as (url, got):
        assert deliver_due(book, Webhook(url, "secret"), lambda: NOW).delivered == 1
    ((headers, body),) = got
    seconds, made = headers["X-IVR-Signature"].removeprefix("t=").split(",v1=")
    assert made == hmac.new(b"secret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert int(seconds) == int(NOW.timestamp())
    assert headers["Idempotency-Key"] == reference
    assert json.loads(body)["details"] == DETAILS


def test_a_webhook_that_fails(book: Requests) -> None:
    """An answer that is no 2xx, and no answer at all, are faults."""
    _file(book)
    with _office(500) as (url, _):
        assert deliver_due(book, Webhook(url, "secret"), lambda: NOW).failed == 1
    assert book.list()[0].fault == "answered 500"
    later = NOW + timedelta(minutes=5)
    assert deliver_due(book, Webhook(url, "secret"), lambda: later).failed == 1
    assert "Refused" in book.list()[0].fault


def test_dropped_as_files(book: Requests, tmp_path: Path) -> None:
    """A file a request, whole, in which no caller's words run as a formula."""
    reference = _file(book)
    (request,) = book.list()
    assert CsvDrop(tmp_path / "out").deliver(request, NOW) == ""
    with (tmp_path / "out" / f"{reference}.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["reference"], row["details what"]) == (reference, "'=HYPERLINK(1)")
    assert EmailDrop(tmp_path / "out", "bins@council.example").deliver(request, NOW) == ""
    mail = message_from_string((tmp_path / "out" / f"{reference}.eml").read_text())
    assert reference in mail["Subject"]
    assert "WX1 1AA" in mail.get_payload()
    (tmp_path / "file").write_text("")
    assert CsvDrop(tmp_path / "file").deliver(request, NOW)


@pytest.mark.parametrize("url", ["", "ftp://x.example", "http://x.example/a", "x"])
def test_details_only_go_out_sealed(url: str) -> None:
    """Callers' details are not posted in clear."""
    with pytest.raises(SettingsError, match="no https address"):
        check_url(url)
    check_url("https://x.example/a")
