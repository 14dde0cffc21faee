"""The simulator: plays whole calls against a real server, in both modes, and names every fault of a bad one."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr.channels.recording import play_call
from ivr.channels.script import load_calls
from ivr.channels.simulator import stream
from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.play import Spread, play
from ivr.channels.simulator.stream import Pace
from ivr.channels.simulator.wire import Target
from ivr.errors import InputError
from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ivr.channels.script import CallScript

ORIGIN = "https://phone.example.org"
CALLS = """
calls:
  - id: name
    turns: [{says: "marjorie featherstone"}]
    expect: {outcome: transferred, entry: Marjorie Featherstone}
  - id: extension
    turns: [{keys: "4711"}]
    expect: {outcome: transferred, entry: Chidi Okonkwo}
  - id: busy-then-department
    turns: [{says: "marjorie featherstone"}]
    dials: [busy, answered]
    expect: {outcome: transfer_failed, entry: Housing}
  - id: enquiry
    caller: "+447700900123"
    turns: [{says: "report a missed bin"}, {says: "yes"}, {says: "no"}, {says: "no"}]
    expect: {outcome: signposted, said: ["two working days"]}
  - id: operator
    turns: [{keys: "0"}]
    expect: {outcome: operator_requested}
  - id: silence
    turns: [silence, silence, silence]
    expect: {outcome: operator_fallback}
  - id: gives-up-ringing
    turns: [{says: "marjorie featherstone"}]
    dials: [hangup]
    expect: {outcome: [abandoned, transfer_failed]}
  - id: hangs-up
    turns: [hangup]
    expect: {outcome: abandoned}
  - id: needs-another-clock
    at: 2026-12-25T10:00
    turns: [hangup]
"""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for answers on streams however slow this machine is at the moment."""
    monkeypatch.setattr(stream, "PATIENCE", 200_000)


def _said(turn: Any) -> tuple[str, float | None]:
    return turn.says, 0.9


@pytest.fixture
def scripts(tmp_path: Path) -> tuple[CallScript, ...]:
    """Give some calls."""
    file = tmp_path / "calls.yaml"
    file.write_text(CALLS, encoding="utf-8")
    return load_calls(file)


@pytest.fixture
def served() -> Iterator[Callable[[Any], Target]]:
    """Serve an application on this machine."""
    servers = []

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            pass

    def serve(app: Any) -> Target:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return Target(url=f"http://127.0.0.1:{server.port}/voice", public=ORIGIN, token="made-up-token")

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("options", [{}, {"repeat": True}, {"sparse": True}])
def test_whole_calls(
    make_phone: Callable[..., Any], served: Callable[..., Any], scripts: Any, options: dict[str, bool]
) -> None:
    """Every call ends as its script expects, without a fault in any answer, also when every request comes twice."""
    phone = make_phone(accept_key=True)
    records = phone.service.calls.site.store.call
    played = list(play(scripts, served(phone.app), Options(hear=_said, **options), at_once=4, records=records))
    assert [(call.script.id, call.unexpected, call.seen.problems) for call in played if not call.ok] == []
    assert [call.script.id for call in played if call.skipped] == ["needs-another-clock"]
    assert all(call.recorded for call in played if not call.skipped)
    assert Spread.of([s for call in played for s in call.seen.requests]).count > 15


def test_outcome_without_records(make_phone: Callable[..., Any], served: Callable[..., Any], scripts: Any) -> None:
    """Where the server's records cannot be read, what was seen still says which outcomes are possible."""
    played = list(play(scripts, served(make_phone().app), Options(hear=_said)))
    assert [call.script.id for call in played if not call.ok] == []
    assert not any(call.recorded for call in played)


@pytest.fixture(scope="module")
def recogniser(opened: Any) -> Any:
    """Make a real recogniser for the little council, once."""
    return opened.recogniser("sphinx")


class _OneAtATime:
    """The recogniser, for a server of many threads: one utterance after the other."""

    ready = True

    def __init__(self, inner: Any) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self.capabilities = inner.capabilities

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> Any:
        """Begin an utterance, which is heard when it is finished."""
        parts: list[Any] = []

        def finish() -> Any:
            with self._lock:
                hearing = self._inner.start(grammar, only=only)
                for part in parts:
                    hearing.feed(part)
                return hearing.finish()

        return SimpleNamespace(feed=lambda part: parts.append(part) or "", finish=finish)


def test_the_same_audio_has_the_same_outcome_on_every_channel(
    make_site: Callable[..., Any], make_phone: Callable[..., Any], served: Callable[..., Any], root: Path,
    tmp_path: Path, recogniser: Any,
) -> None:  # fmt: skip
    """A recorded call ends alike offline, over gathers, and over media streams; so do its decisions on streams."""
    rows = yaml.safe_load((root / "audio" / "calls" / "calls.yaml").read_text(encoding="utf-8"))["calls"]
    wanted = {"operator", "only-noise", "silence", "goodbye", "a-human", "department"}
    kept = [row | {"expect": {}} for row in rows if row["id"] in wanted]
    for row in kept:
        row["turns"] = [
            t | {"wav": str(root / "audio" / "calls" / t["wav"])} if isinstance(t, dict) and "wav" in t else t
            for t in row["turns"]
        ]
    (tmp_path / "some.yaml").write_text(yaml.safe_dump({"calls": kept}), encoding="utf-8")
    scripts = load_calls(tmp_path / "some.yaml")
    assert len(scripts) == len(wanted)
    from ivr.model import Expect
    from ivr.recognise.audio import read_wav
    from ivr.recognise.listen import hear

    def heard(turn: Any) -> tuple[str, float | None]:
        found = hear(recogniser, Expect.CALL, read_wav(turn.wav))
        return found.text, found.hypotheses[0].confidence if found.hypotheses else None

    site = make_site()
    offline = {s.id: play_call(site, recogniser, s).record for s in scripts}
    for mode in ("gather", "stream"):
        phone = make_phone(_OneAtATime(recogniser) if mode == "stream" else None, mode=mode)
        store = phone.service.calls.site.store
        options = Options(hear=heard, pace=Pace(speed=20.0))
        played = list(play(scripts, served(phone.app), options, records=store.call))
        assert [call.seen.problems for call in played if call.seen.problems] == []
        assert all(call.seen.on_stream == (mode == "stream") for call in played)
        found = {call.script.id: store.call(call.seen.call_id) for call in played}
        assert {i: r.outcome for i, r in found.items()} == {i: r.outcome for i, r in offline.items()}
        if mode == "stream":
            decided = {i: [t.decision for t in r.turns] for i, r in found.items()}
            assert decided == {i: [t.decision for t in r.turns] for i, r in offline.items()}


# --- bad servers ---


@pytest.fixture
def bad_server() -> Iterator[Callable[..., Target]]:
    """Serve the same wrong answer to every request."""
    servers = []

    def serve(body: bytes, kind: str = "text/xml", status: int = 200) -> Target:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815 (the base class calls it so)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return Target(url=f"http://127.0.0.1:{server.server_port}/voice")

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("<Speak>Hi</Speak>", "unknown verb <Speak>"),
        ("<Redirect>/voice</Redirect>", "round in circles"),
        ("<Redirect>https://elsewhere.example/x</Redirect>", "not an address of this server, so not contacted"),
        ('<Connect><Stream url="wss://elsewhere.example/x"/></Connect>', "not contacted"),
        ("<Play>/missing.wav</Play>", "not a recording"),
        ('<Gather timeout="soon"/>', "cannot be 'soon'"),
        (
            '<Dial action="/x"><Number url="/voice">+441632960123</Number></Dial>',
            "cannot be played to the person called",
        ),
    ],
)
def test_faults_of_answers_are_named(
    bad_server: Callable[..., Target], scripts: Any, inside: str, problem: str
) -> None:
    """Whatever is wrong with an answer is said, and only the server named is contacted."""
    target = bad_server(f"<Response>{inside}</Response>".encode())
    seen = SimulatedCall(scripts[0], target, Options(hear=_said)).run()
    assert any(problem in each for each in seen.problems), seen.problems


@pytest.mark.parametrize(
    ("body", "kind", "status", "problem"),
    [
        (b"oops", "text/plain", 500, "answered 500"),
        (b"", "text/xml", 403, "answered 403"),
        (b"<Response/>", "application/json", 200, "content type"),
        (b"<Response>", "text/xml", 200, "not XML"),
        (b"<Response>" + b" " * 70_000 + b"</Response>", "text/xml", 200, "64 kB"),
    ],
)
def test_faults_of_documents_are_named(
    bad_server: Callable[..., Target], scripts: Any, body: bytes, kind: str, status: int, problem: str
) -> None:
    """Errors, wrong types, broken and oversized documents are said."""
    seen = SimulatedCall(scripts[0], bad_server(body, kind, status), Options(hear=_said)).run()
    assert any(problem in each for each in seen.problems), seen.problems


def test_fallback_address(make_phone: Callable[..., Any], served: Callable[..., Any], scripts: Any) -> None:
    """Where the server fails, the call goes on at the fallback address, as with Twilio."""
    target = served(make_phone().app)
    wrong = Target(url=target.url, public=ORIGIN, token="another token")
    options = Options(hear=_said, fallback=f"{ORIGIN}/voice/fallback")
    seen = SimulatedCall(scripts[0], wrong, options).run()
    assert [d.number for d in seen.dialled] == ["+441632960999"]
    assert any("answered 403" in problem for problem in seen.problems)


def test_nobody_there(scripts: Any) -> None:
    """A server that cannot be reached is said in one line."""
    seen = SimulatedCall(scripts[0], Target(url="http://127.0.0.1:9/voice"), Options(hear=_said)).run()
    assert len(seen.problems) == 1
    assert "cannot be reached" in seen.problems[0]


def test_bad_scripts(tmp_path: Path) -> None:
    """A call script that cannot be used names the call."""
    (tmp_path / "bad.yaml").write_text("calls:\n  - {id: a, turns: [{spoken: hi}]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="call 1"):
        load_calls(tmp_path / "bad.yaml")


def test_outcomes_are_those_of_the_records() -> None:
    """Every outcome there is can be expected in a script."""
    assert {outcome.value for outcome in Outcome} >= {"transferred", "completed", "abandoned"}
