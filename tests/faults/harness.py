"""A real server, callers who keep ringing it as Twilio would, and faults put in the middle of their calls.

Shared by the tests of this folder and by `benchmarks/bench_faults.py`. A caller is lost where the call ended neither
with somebody dialled nor with words and a farewell; a record is lost where a call that ended is not in the database
with its outcome, once the fault is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

import requests
import sqlalchemy as sa

from ivr.channels.script import CallScript, Turn
from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.wire import Target
from ivr.directory.load import stage_export
from ivr.directory.versions import activate
from ivr.errors import RecordsError
from ivr.records.spool import Spool
from ivr.records.store import Store
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.channels.simulator.result import Seen

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
START_PATIENCE = 600.0
SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/"
SETTINGS = """
[site]
name = "Testford Council"
operator = "+441632960999"
hours = "24/7"
[directory]
export = "staff.csv"
area_code = "01632"
[server]
processes = {processes}
threads = 16
drain_seconds = 300
"""
STAFF = """Surname,Forename,Department,Job title,Telephone,Directory
,,Housing,,01632 960100,public
,,Council Tax,,01632 960200,public
Featherstone,Marjorie,Housing,Officer,01632 960123,public
"""
SCRIPT = CallScript(id="name", turns=(Turn(), Turn(says="Marjorie Featherstone"), Turn(), Turn(keys="0")))
"""A caller who hesitates, and then asks for somebody."""
TEXTED = CallScript(
    id="text", caller="+447700900123", turns=(Turn(says="parking permit"), Turn(says="yes please"), Turn(says="no"))
)
"""A caller who is sent a link."""


@dataclass
class Result:
    """What became of the callers."""

    calls: int = 0
    lost: list[str] = field(default_factory=list)
    """Callers lost, and how."""
    operator: int = 0
    """Callers who got the operator instead of whom they asked for."""
    unrecorded: list[str] = field(default_factory=list)
    untold: int = 0
    """Calls recorded but for their end, of which the server was never told: they are closed by their age."""
    recovery: float = 0.0
    """Seconds from the end of the fault until every record was in the database."""
    slowest: float = 0.0
    """Seconds that the slowest answer took."""


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Where:
    """Where a server listens."""

    host: str
    port: int
    inside: tuple[str, ...] = ()
    """Command that runs another one there: in another network namespace."""


class Town:
    """A little council and its server."""

    public = token = ""

    def __init__(
        self, folder: Path, *, processes: int = 1, database: str = "", launcher: str = "", where: Where | None = None
    ) -> None:
        """Make its site in `folder`. `database`: URL, else SQLite; `launcher`: the server's way to start."""
        self.folder, self.database, self.launcher = folder, database, launcher
        self.where = where or Where("127.0.0.1", free_port())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ivr.toml").write_text(SETTINGS.format(processes=processes), encoding="utf-8")
        (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
        shutil.copytree(ROOT / "grammars", folder / "grammars", dirs_exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self._log = folder / "server.log"

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://{self.where.host}:{self.where.port}"

    @property
    def url(self) -> str:
        """Address of the records, as this process reaches them."""
        return self.database or f"sqlite:///{self.folder}/var/calls.sqlite3"

    def start(self, **more: str) -> None:
        """Start the server and wait until it answers."""
        hidden = {"TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "IVR_PUBLIC_URL", "IVR_DATABASE_URL", "IVR_SITES"}
        environ = {name: value for name, value in os.environ.items() if name not in hidden}
        environ |= {"IVR_SITE": str(self.folder), "PYTHONPATH": str(ROOT)}
        environ |= {"IVR_DATABASE_URL": self.database} if self.database else {}
        command = [sys.executable, self.launcher] if self.launcher else [sys.executable, "-m", "ivr"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.where.inside, *command, "serve", "--host", self.where.host, "--port", str(self.where.port)],
                env=environ | more, stderr=log, stdout=log, start_new_session=True,
            )  # fmt: skip
        try:
            wait_for(lambda: self._answers() and bool(self.workers()), self.log, seconds=START_PATIENCE)
        except BaseException:
            self.stop()
            raise

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Stop the server and all it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        self.process = None

    def log(self) -> str:
        """Return what the server said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def workers(self) -> list[int]:
        """Return the processes that answer calls."""
        assert self.process is not None
        listed = subprocess.run(["ps", "-wweo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in listed.splitlines()[1:]]
        return [int(pid) for pid, parent in rows if int(parent) == self.process.pid]

    def take_texts(self, rest: Rest) -> None:
        """Start it with a way to send texts."""
        file = self.folder / "ivr.toml"
        more = f'[telephony]\nnumber = "+441632960001"\nrest_url = "http://127.0.0.1:{rest.port}"\n'
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        self.public, self.token = "https://phone.example.org", "made-up"
        self.activate(STAFF)
        self.start(TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN=self.token, IVR_PUBLIC_URL=self.public)

    def waiting(self) -> int:
        """Return how many records wait on its disk, whether it runs or not."""
        return Spool(self.folder / "var" / "spool").lines()

    def ready(self) -> dict[str, Any]:
        """Return what `/readyz` says."""
        return dict(requests.get(f"{self.address}/readyz", timeout=30).json())

    def activate(self, staff: str) -> str:
        """Stage and activate a directory."""
        file = self.folder / "export.csv"
        file.write_text(staff, encoding="utf-8")
        settings = load_settings(self.folder, {})
        version = stage_export(settings, file, "a test", "")[0].version
        activate(settings.path(settings.directory.versions), version)
        return version

    def _answers(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.log()[-3000:]
        try:
            return requests.get(f"{self.address}/healthz", timeout=30).ok
        except requests.RequestException:
            return False


class Rung(Protocol):
    """What is rung."""

    public: str
    """Origin under which it believes to be seen; empty: that of its address."""
    token: str
    """Auth token; empty: requests are not signed."""

    @property
    def address(self) -> str:
        """Where it is reached."""
        ...

    @property
    def url(self) -> str:
        """Address of its records."""
        ...

    def log(self) -> str:
        """Return what it said."""
        ...


def ring(
    town: Rung,
    calls: int,
    break_it: Callable[[], None],
    mend_it: Callable[[], None],
    threads: int = 6,
    script: CallScript = SCRIPT,
) -> Result:
    """Have callers ring: a third of them before the fault, a third in it, a third after, several at once throughout.

    Calls in progress when it begins and ends are in it, too.
    """
    result, seen = Result(calls), []
    started, broken, mended = threading.Semaphore(0), threading.Event(), threading.Event()
    target = Target(url=f"{town.address}/voice", public=town.public, token=town.token)
    options = Options(hear=lambda turn: (turn.says, 0.9), fallback=f"{town.address}/voice/fallback")

    def one(number: int) -> Seen:
        if number >= calls // 3:
            broken.wait(PATIENCE)
        if number >= 2 * calls // 3:
            mended.wait(PATIENCE)
        started.release()
        return SimulatedCall(script, target, options).run()

    with ThreadPoolExecutor(threads) as pool:
        ringing = [pool.submit(one, number) for number in range(calls)]
        try:
            _let(started, max(1, calls // 3 - 1))
            break_it()
            broken.set()
            _let(started, calls // 3)
            wait_for(lambda: sum(call.done() for call in ringing) >= 2 * calls // 3 - threads, town.log)
            mend_it()
        finally:  # whatever went wrong here: the callers are to come to their end
            broken.set()
            mended.set()
        ended = time.monotonic()
        seen = [call.result() for call in ringing]
    _judge(result, seen)
    with contextlib.suppress(AssertionError):
        wait_for(lambda: not _missing(town, seen), town.log)
    result.recovery = time.monotonic() - ended
    result.unrecorded = _missing(town, seen)
    result.untold = sum(map(_untold, seen))
    return result


def _let(started: threading.Semaphore, calls: int) -> None:
    for _ in range(calls):
        assert started.acquire(timeout=PATIENCE)


def _judge(result: Result, seen: list[Seen]) -> None:
    for call in seen:
        dialled = [one.number for one in call.dialled]
        if not dialled and call.hung_up != "service":
            result.lost.append(f"{call.call_id}: {call.problems or call.hung_up}")
        result.operator += "+441632960999" in dialled
        result.slowest = max([result.slowest, *call.requests])


def records(town: Rung, *, ended: bool = True) -> dict[str, Any]:
    """Return the calls on record by their id; `ended=False`: those in progress, too."""
    store = Store(town.url, create=False)
    try:
        found: dict[str, Any] = {record.call_id: record for record in store.calls()}
        return found if ended else {facts.call_id: facts for facts in store.in_progress()} | found
    finally:
        store.close()


def _untold(call: Seen) -> bool:
    """Whether the notice of a call's end reached nobody."""
    return any("status callback failed" in note for note in call.notes)


def _missing(town: Rung, seen: list[Seen]) -> list[str]:
    """Return the calls that are not recorded with their end, each of their turns once."""
    try:
        store = Store(town.url, create=False)
    except RecordsError as error:
        return [f"{call.call_id}: {error}" for call in seen]
    try:
        found = {record.call_id: record for record in store.calls()}
        begun = {facts.call_id for facts in store.in_progress()}
    finally:
        store.close()
    missing = []
    for call in seen:
        if call.call_id in begun and _untold(call):
            continue
        record = found.get(call.call_id)
        turns = [turn.turn for turn in record.turns] if record else []
        answered = call.turns > 0  # else Twilio had to ask the fallback address at once
        if record is None or turns != list(range(1, len(turns) + 1)) or (answered and not turns):
            missing.append(f"{call.call_id}: {turns} {call.problems}")
    return missing


def wait_for(ready: Callable[[], bool], said: Callable[[], str] = str, seconds: float = PATIENCE) -> None:
    """Wait until something is so; `said` tells what to show where it never is."""
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"waited too long\n{said()[-3000:]}"
        time.sleep(0.05)


class Rest:
    """Twilio's REST service, which takes texts, or cannot be reached."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        """To whom a text was taken."""
        self.port = free_port()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.up()

    def up(self) -> None:
        """Take texts."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _taking(self.texts))
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
            self._thread.start()

    def down(self) -> None:
        """Be away: connections are refused."""
        server, self._server = self._server, None
        if server and self._thread:
            server.shutdown()
            self._thread.join()
            server.server_close()


def _taking(texts: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            texts.append(body["To"][0])
            answer = json.dumps({"sid": "SM1", "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            pass

    return Handler


class Cable:
    """The way to a PostgreSQL server, which can be cut."""

    def __init__(self, port: int = 5432, host: str = "127.0.0.1") -> None:
        self._to, self._host = port, host
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.port = free_port()
        self.mend()

    def cut(self) -> None:
        """Break every connection, and refuse new ones. Returns when that is done."""
        listener, self._listener = self._listener, None
        ends = [*([listener] if listener else []), *list(self._open)]
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._threads.clear()
        for one in [*ends, *list(self._open)]:
            one.close()

    def mend(self) -> None:
        """Take connections again."""
        if self._listener is None:
            self._listener = socket.create_server((self._host, self.port))
            self._start(self._accept, self._listener)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self, listener: socket.socket) -> None:
        with listener, contextlib.suppress(OSError):
            while True:
                here = listener.accept()[0]
                self._open.add(here)
                self._start(self._join, here)

    def _join(self, here: socket.socket) -> None:
        with here, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as there:
            both = {here, there}
            self._open |= both
            back = self._start(self._carry, there, here)
            self._carry(here, there)
            back.join(PATIENCE)
            self._open -= both

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """Give the name of an empty PostgreSQL database, dropped afterwards. Raises sa.exc.OperationalError."""
    name = f"ivr_faults_{os.getpid()}_{time.monotonic_ns()}"
    server = sa.create_engine(f"{SERVER}postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def as_json(result: Result) -> str:
    """Return a result for a machine to read."""
    return json.dumps({name: getattr(result, name) for name in ("calls", "lost", "unrecorded", "recovery")})
