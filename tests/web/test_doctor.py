"""`ivr doctor` looks at everything a site needs, says what to do, and breaks on nothing."""

from __future__ import annotations

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ivr.cli.app import build
from ivr.records.database import Room
from ivr.web import doctor
from ivr.web.doctor import Check, State, examine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask nobody outside this machine, and inherit no secrets."""
    monkeypatch.setattr(doctor, "TWILIO", "http://127.0.0.1:1/")
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "IVR_PUBLIC_URL", "IVR_DATABASE_URL", "IVR_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Path:
    """Give the little council's site, which nothing was done with yet."""
    made = tmp_path / "site"
    shutil.copytree(folder, made, ignore=shutil.ignore_patterns("var"))
    return made


@pytest.mark.parametrize(
    ("connections", "most", "state"),
    [(10, 97, State.OK), (40, 97, State.WARN), (0, 97, State.FAIL), (97, 96, State.FAIL)],
)
def test_connections(site: Path, monkeypatch: pytest.MonkeyPatch, connections: int, most: int, state: State) -> None:
    """Two processes must not be able to open more connections than the server takes; two hosts should not."""
    text = (site / "ivr.toml").read_text(encoding="utf-8")
    more = f"[server]\nthreads = 200\nprocesses = 2\n[records]\nconnections = {connections}\n"
    (site / "ivr.toml").write_text(text + more, encoding="utf-8")
    monkeypatch.setattr(doctor, "peek_room", lambda _: Room(most, 3))
    found = {check.name: check for check in examine(site)}["connections"]
    assert found.state is state
    assert (f"the server takes {most}" in found.found, bool(found.todo)) == (True, state is not State.OK)


class Answer(BaseHTTPRequestHandler):
    """A server behind the public address."""

    healthy, status = b"ok\n", 204
    asked: list[str]

    def do_GET(self) -> None:
        """Answer `/healthz`."""
        self._reply(200, self.healthy)

    def do_POST(self) -> None:
        """Answer a signed notice."""
        self._reply(self.status, b"")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answer]]:
    """Serve a public address."""
    handler = type("Own", (Answer,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("IVR_PUBLIC_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "made-up")
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def _found(site: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(site)}


def test_nothing_set_up(tmp_path: Path) -> None:
    """In an empty folder it says how to begin, and looks at the machine all the same."""
    found = _found(tmp_path)
    assert found["site"].state is State.FAIL
    assert "ivr init" in found["site"].todo
    assert set(found) == {"site", "sound card"}
    assert list(tmp_path.iterdir()) == []


def test_a_new_site(site: Path) -> None:
    """Everything is looked at; what is missing is said with what to do, and no database is made by looking."""
    found = _found(site)
    assert found["directory"].state is State.OK
    assert found["numbers"].state is State.OK
    assert (found["telephony"].state, found["public address"].state) == (State.WARN, State.SKIP)
    assert found["database"].state is State.WARN
    assert {"spool", "models", "audio", "disk", "clock", "server", "certificate"} <= set(found)
    assert all(check.todo for check in found.values() if check.state is State.FAIL)
    assert not (site / "var" / "calls.sqlite3").exists()


def test_the_public_address_is_tried(site: Path, public: type[Answer]) -> None:
    """The service answers there, and believes a signed request."""
    found = _found(site)
    assert (found["public address"].state, found["signature"].state) == (State.OK, State.OK)
    public.status = 403
    assert _found(site)["signature"].state is State.FAIL
    public.healthy = b"<html>some other service</html>"
    assert _found(site)["public address"].state is State.FAIL


def test_what_is_broken(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grammar, a database and an address that cannot be used are three findings, not an end."""
    monkeypatch.setenv("IVR_PUBLIC_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("IVR_DATABASE_URL", "postgresql://postgres@127.0.0.1:1/none")
    (site / "staff.csv").write_text("nothing\n", encoding="utf-8")
    found = _found(site)
    failed = {name for name, check in found.items() if check.state is State.FAIL}
    assert {"directory", "public address", "database"} <= failed
    assert found["disk"].state is not State.FAIL


def test_the_command(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 where calls would go wrong, and JSON for a monitor."""
    monkeypatch.setenv("IVR_SITE", str(site))
    done = CliRunner().invoke(build(), ["doctor", "--json"])
    checks = json.loads(done.stdout)
    assert {"name", "state", "found", "todo"} == set(checks[0])
    assert done.exit_code == int(any(check["state"] == "fail" for check in checks))
