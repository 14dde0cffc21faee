"""Text messages: to mobiles only, once, and never a reason to lose a caller. Twilio's side is a small real server."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from ivr.channels.messages import Messages, is_mobile
from ivr.records.sessions import Sessions
from ivr.records.store import Store
from ivr.settings import Secrets, Settings, TelephonySettings

if TYPE_CHECKING:
    from collections.abc import Iterator

MOBILE = "+447700900123"
FORM = {"status": "queued", "sid": "SM1"}


@dataclass
class Edge:
    """Twilio's REST service as far as messages go: answers what it is told to, and keeps what it was sent."""

    url: str
    answers: list[tuple[int, Any]] = field(default_factory=list)
    got: list[dict[str, list[str]]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def edge() -> Iterator[Edge]:
    """Play Twilio's REST service, on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.got.append(parse_qs(body) | {"auth": [self.headers["Authorization"]]})
            found.paths.append(self.path)
            status, answer = found.answers.pop(0) if found.answers else (201, FORM)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Edge(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def _messages(edge: Edge, sessions: Sessions | None = None, *, number: str = "+441632960000") -> Messages:
    settings = Settings(
        root=Path(),
        telephony=TelephonySettings(number=number, rest_url=edge.url),
        secrets=Secrets(twilio_account_sid="AC1", twilio_auth_tokens=(SecretStr("token"),)),
    )
    return Messages.of(settings, sessions)


def test_a_text_is_sent(edge: Edge) -> None:
    """The caller's mobile gets the link, from the service's own number."""
    assert _messages(edge).send("CA1", "missed_bin", MOBILE, "Report it: example.org/bins")
    (got,) = edge.got
    assert (got["To"], got["From"], got["Body"]) == ([MOBILE], ["+441632960000"], ["Report it: example.org/bins"])
    assert edge.paths == ["/2010-04-01/Accounts/AC1/Messages.json"]


@pytest.mark.parametrize("number", ["", "anonymous", "+441632960123", "+447012345678", "+447600123456", "client:jane"])
def test_only_mobiles(edge: Edge, number: str) -> None:
    """Landlines, personal numbers, pagers and withheld numbers are sent nothing."""
    assert not is_mobile(number)
    assert not _messages(edge).send("CA1", "missed_bin", number, "Hello")
    assert edge.got == []


@pytest.mark.parametrize("number", [MOBILE, "+447624900123", "+353851234567"])
def test_mobiles(number: str) -> None:
    """British (fictional too), Manx and Irish mobiles are mobiles."""
    assert is_mobile(number)


def test_one_per_call_and_enquiry(edge: Edge, tmp_path: Path) -> None:
    """A repeated request, on this server or another, sends nothing again; another enquiry does."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    one, other = (_messages(edge, Sessions(store.database)) for _ in range(2))
    assert one.send("CA1", "missed_bin", MOBILE, "Hello")
    assert other.send("CA1", "missed_bin", MOBILE, "Hello")
    assert len(edge.got) == 1
    assert one.send("CA1", "bin_day", MOBILE, "Hello")
    assert one.send("CA2", "missed_bin", MOBILE, "Hello")
    assert len(edge.got) == 3
    store.close()


def test_opted_out_numbers_are_left_alone(edge: Edge) -> None:
    """Once Twilio says that a number has opted out, it is not tried again."""
    edge.answers = [(400, {"code": 21610, "message": "unsubscribed", "status": 400})]
    messages = _messages(edge)
    assert not messages.send("CA1", "missed_bin", MOBILE, "Hello")
    assert not messages.send("CA2", "bin_day", MOBILE, "Hello")
    assert len(edge.got) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"code": 21211, "message": "not valid", "status": 400}),
        (401, {"code": 20003, "message": "authenticate", "status": 401}),
        (429, {"code": 20429, "message": "too many", "status": 429}),
        (500, b"<html>oops</html>"),
        (201, b"not json"),
        (201, {"status": "failed", "sid": "SM1"}),
    ],
)
def test_failures_are_told_and_logged(edge: Edge, answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever Twilio answers: False, a line in the log without the number, and no exception."""
    edge.answers = [answer]
    assert not _messages(edge).send("CA1", "missed_bin", MOBILE, "Hello")
    assert MOBILE not in caplog.text


def test_nobody_there(edge: Edge) -> None:
    """A service that cannot be reached, and an account that is not configured, are failures like any other."""
    edge.url = "http://127.0.0.1:9"
    assert not _messages(edge).send("CA1", "missed_bin", MOBILE, "Hello")
    assert not _messages(edge, number="").send("CA1", "missed_bin", MOBILE, "Hello")
    assert not Messages.of(Settings(root=Path())).send("CA1", "missed_bin", MOBILE, "Hello")
    assert not _messages(edge).send("CA1", "missed_bin", MOBILE, "  ")
