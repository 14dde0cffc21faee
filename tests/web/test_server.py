"""The real server process: refuses to be unsafe, stops cleanly, and a killed one loses no call."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import requests
from pydantic import SecretStr

from ivr.channels.script import CallScript, Turn
from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.stream import Pace
from ivr.channels.simulator.wire import Target
from ivr.errors import SettingsError, UnavailableError
from ivr.records.store import Store
from ivr.web.server import refuse_unsafe, require_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 120.0


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Path:
    """Give the little council's site, with records of its own."""
    made = tmp_path / "site"
    shutil.copytree(folder, made, ignore=shutil.ignore_patterns("var"))
    return made


def _environment(root: Path, site: Path, **more: str) -> dict[str, str]:
    hidden = {"TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "IVR_PUBLIC_URL", "IVR_DATABASE_URL", "IVR_SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"IVR_SITE": str(site), "PYTHONPATH": str(root)} | more


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _server(root: Path, site: Path, *options: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `ivr serve` until the block ends; give the process and its address."""
    port = port or _port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr", "serve", "--port", str(port), *options],
        env=_environment(root, site),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: requests.get(f"{address}/healthz", timeout=5).ok, process)
        yield process, address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _wait_for(ready: Any, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not become ready")


def _post(address: str, path: str, **form: str) -> ET.Element:
    answer = requests.post(address + path, data={"CallSid": "CA1", "From": "+447700900123"} | form, timeout=30)
    assert answer.status_code == 200
    return ET.fromstring(answer.content)  # noqa: S314 (our own answer)


def test_unsafe_service_is_refused(root: Path, site: Path) -> None:
    """Without a token only this machine is served, and that is said in one line."""
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "serve", "--host", "0.0.0.0", "--port", str(_port())],
        env=_environment(root, site),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "no TWILIO_AUTH_TOKEN is set, so anybody could pose as Twilio at 0.0.0.0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "tokens", "url", "refused"),
    [
        ("127.0.0.1", (), "", False),
        ("localhost", (), "", False),
        ("::1", (), "", False),
        ("::", (), "", True),
        ("192.0.2.1", (), "", True),
        ("127.0.0.1", ("t",), "", True),
        ("0.0.0.0", ("t",), "https://phone.example.org", False),
    ],
)
def test_what_is_unsafe(make_site: Any, host: str, tokens: tuple[str, ...], url: str, refused: bool) -> None:
    """Serving others needs a token; checking signatures needs the public address."""
    settings = make_site().settings
    secrets = settings.secrets.model_copy(
        update={"twilio_auth_tokens": tuple(map(SecretStr, tokens)), "public_url": url}
    )
    settings = settings.model_copy(update={"secrets": secrets})
    with pytest.raises(SettingsError) if refused else nullcontext():
        refuse_unsafe(settings, host)


def test_port_in_use() -> None:
    """A port that somebody listens at is said in one line, before the site is opened."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UnavailableError, match="cannot listen at 127"):
            require_port("127.0.0.1", taken.getsockname()[1])


def test_killed_in_mid_call(root: Path, site: Path) -> None:
    """A server killed with SIGKILL in mid-call and started again goes on with the call, and logs each turn once."""
    port = _port()
    with _server(root, site, port=port) as (process, address):
        greeting = _post(address, "/voice")
        assert "Testford Council" in "".join(greeting.itertext())
        asked = _post(address, "/voice/turn/1")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with _server(root, site, port=port) as (process, address):
        assert ET.tostring(_post(address, "/voice/turn/1")) == ET.tostring(asked)
        dial = _post(address, "/voice/turn/2", SpeechResult="Marjorie Featherstone.")
        assert [n.text for n in dial.iter("Number")] == ["+441632960123"]
        _post(address, "/voice/transfer/3", DialCallStatus="completed", DialCallDuration="300")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    store = Store(f"sqlite:///{site}/var/calls.sqlite3", create=False)
    record = store.call("CA1")
    store.close()
    assert record is not None
    assert (record.outcome, [t.turn for t in record.turns]) == ("transferred", [1, 2])


def test_ctrl_c_is_clean(root: Path, site: Path) -> None:
    """Ctrl-C stops the server at once, without a traceback, and with it every process it started."""
    with _server(root, site, "--mode", "stream") as (process, address):
        assert requests.get(f"{address}/readyz", timeout=30).json()["ready"]
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        said = process.stderr.read()
        assert "Traceback" not in said
        assert "SIGKILL" not in said, "a process had to be ended by force"
    until = time.monotonic() + PATIENCE
    while _lives(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(process.pid)


def _lives(session: int) -> bool:
    """Whether any process that a server has started is there."""
    listed = subprocess.run(["ps", "-eo", "sid="], capture_output=True, text=True, check=True).stdout
    return str(session) in listed.split()


def _listening(address: str) -> bool:
    return "sphinx" in requests.get(f"{address}/readyz", timeout=5).json()["recogniser"]


def _streams(address: str) -> float:
    """Return how many streams are open."""
    found = re.search(r"^ivr_streams (\S+)", requests.get(f"{address}/metrics", timeout=30).text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _recognisers(parent: int) -> list[int]:
    """Return the recogniser processes below a server."""
    listed = subprocess.run(["ps", "-wweo", "pid,sid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()[1:]]
    return [int(pid) for pid, session, args in rows if int(session) == parent and "spawn_main" in args]


def test_recogniser_killed_and_many_streams_at_once(root: Path, site: Path) -> None:
    """Twenty streams at once are all held, with webhooks answered beside them; killed recognisers cost a turn."""
    (site / "ivr.toml").write_text(
        (site / "ivr.toml").read_text() + '[recognition]\nengine = "sphinx"\nworkers = 2\n', encoding="utf-8"
    )
    wav = root / "audio" / "calls" / "operator-1.wav"
    spoken = CallScript(id="spoken", turns=(Turn(wav=wav, says="operator"), Turn(keys="0")))
    keyed = CallScript(id="keyed", turns=(Turn(), Turn(keys="0")))
    with _server(root, site, "--mode", "stream", "--log-level", "info") as (process, address):
        _wait_for(lambda: _listening(address), process)
        target = Target(url=f"{address}/voice")
        options = Options(hear=lambda turn: (turn.says, 0.9), pace=Pace(speed=1.0))
        with ThreadPoolExecutor(21) as pool:
            calls = [pool.submit(SimulatedCall(keyed, target, options).run) for _ in range(20)]
            open_at_once, beside = 0.0, itertools.count()
            while open_at_once < 20 and not all(call.done() for call in calls):
                _post(address, "/voice", CallSid=f"CAbeside{next(beside)}")
                open_at_once = max(open_at_once, _streams(address))
            seen = [call.result() for call in calls]
        assert open_at_once == 20
        assert [s.problems for s in seen if s.problems] == []
        assert {s.dialled[0].number for s in seen} == {"+441632960999"}

        killed = SimulatedCall(spoken, target, options)
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(killed.run)
            _wait_for(lambda: _streams(address) > 0, process)
            while not call.done():
                for pid in _recognisers(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.3)
            outcome = call.result()
        assert outcome.problems == []
        assert outcome.turns == 2
        assert [d.number for d in outcome.dialled] == ["+441632960999"]
