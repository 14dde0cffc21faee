"""Two hosts that share a PostgreSQL database, one of them killed under load, and who is lost by that.

The hosts are network namespaces of this machine, each with its own address, server and folder; a balancer in front of
them gives each connection to the next one that answers. In the middle of the calls one host's processes are killed and
its cable is pulled, so that nothing there even says that it is gone; later it is started again. With `--cut`, that host
loses the database first, so that it is killed while records wait on its disk and calls are known to it alone. Needs
root, `ip` and a PostgreSQL server at 127.0.0.1:5432; says so where one is missing. Exit code 1: a caller or a record
was lost.

    python benchmarks/bench_hosts.py [--calls N] [--threads N] [--runs N] [--cut]
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "faults")]

import faults  # noqa: E402 (found by the line above)
from harness import Cable, Town, Where, free_port, ring, scratch_database  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

NET = "10.231.7"
BRIDGE = "ivr-bridge"
HOSTS = ("ivr-one", "ivr-two")
SECRETS = {
    "TWILIO_AUTH_TOKEN": "made-up", "IVR_PUBLIC_URL": "https://phone.example.org", "IVR_SECRET_KEY": "made-up too",
}  # fmt: skip
CONNECT_SECONDS = 1.0
CUT_SECONDS = 3.0
"""How long a host goes on without the database until it is killed."""
REST_SECONDS = 3.0
"""How long the balancer leaves a host alone that did not answer."""


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Make a bridge and a namespace for each host, with a cable between them. Raises OSError where it cannot be."""
    try:
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        _run("ip", "addr", "add", f"{NET}.1/24", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        for number, name in enumerate(HOSTS, 2):
            _run("ip", "netns", "add", name)
            _run("ip", "link", "add", f"{name}-o", "type", "veth", "peer", "name", "eth0", "netns", name)
            _run("ip", "link", "set", f"{name}-o", "master", BRIDGE, "up")
            _run("ip", "-n", name, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
            _run("ip", "-n", name, "link", "set", "eth0", "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in HOSTS:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            subprocess.run(["ip", "link", "del", f"{name}-o"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True, check=False)


class Balancer:
    """Gives each connection to the next host that answers. Stands for both hosts towards those who ring them."""

    public, token = SECRETS["IVR_PUBLIC_URL"], SECRETS["TWILIO_AUTH_TOKEN"]

    def __init__(self, towns: list[Town], url: str) -> None:
        self._towns, self.url, self.port = towns, url, free_port()
        self._turn = itertools.count()
        self._resting: dict[int, float] = {}
        listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        """Return what the servers said."""
        return "".join(town.log() for town in self._towns)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            here, _ = listener.accept()
            threading.Thread(target=self._serve, args=(here,), daemon=True).start()

    def _serve(self, here: socket.socket) -> None:
        there = self._connect()
        if there is None:
            here.close()
            return
        for pair in ((here, there), (there, here)):
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _connect(self) -> socket.socket | None:
        first = next(self._turn)
        for number in range(len(self._towns)):
            at = (first + number) % len(self._towns)
            if self._resting.get(at, 0.0) > time.monotonic():
                continue
            where = self._towns[at].where
            try:
                found = socket.create_connection((where.host, where.port), CONNECT_SECONDS)
            except OSError:
                self._resting[at] = time.monotonic() + REST_SECONDS
                continue
            found.settimeout(None)
            return found
        return None

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


HEADS = (
    "callers lost",
    "records lost",
    "end never told",
    "operator instead",
    "waited on disk",
    "slowest",
    "recorded after",
)


def _measure(folder: Path, database: str, wanted: argparse.Namespace) -> bool:
    """Ring two hosts, kill one, and print a row. Returns whether anything was lost."""
    cables = [Cable(host=f"{NET}.1") for _ in HOSTS]
    towns = []
    for number, (name, cable) in enumerate(zip(HOSTS, cables, strict=True), 2):
        url = f"postgresql://postgres@{NET}.1:{cable.port}/{database}"
        where = Where(f"{NET}.{number}", 8080, ("ip", "netns", "exec", name))
        towns.append(Town(folder / name, processes=1, database=url, where=where))
        towns[-1].activate(faults.STAFF)
    pulled, waited = f"{HOSTS[1]}-o", []

    def kill() -> None:
        if wanted.cut:
            cables[1].cut()
            time.sleep(CUT_SECONDS)
        _run("ip", "link", "set", pulled, "down")
        towns[1].stop()
        waited.append(towns[1].waiting())

    def back() -> None:
        cables[1].mend()
        _run("ip", "link", "set", pulled, "up")
        towns[1].start(**SECRETS)

    try:
        for town in towns:
            town.start(**SECRETS)
        result = ring(Balancer(towns, towns[0].database), wanted.calls, kill, back, wanted.threads)
        for what in (*result.lost, *result.unrecorded):
            print(f"  {what}; on disk: {[town.waiting() for town in towns]}", file=sys.stderr)
    finally:
        for town in towns:
            town.stop()
        for cable in cables:
            cable.cut()
    row = (len(result.lost), len(result.unrecorded), result.untold, result.operator, waited[0])
    print("| " + " | ".join(map(str, row)) + f" | {result.slowest:.1f} s | {result.recovery:.1f} s |", flush=True)
    return bool(result.lost or result.unrecorded)


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=120, help="calls in all (default 120)")
    parser.add_argument("--threads", type=int, default=8, help="calls at a time (default 8)")
    parser.add_argument("--runs", type=int, default=1, help="times all of it is done (default once)")
    parser.add_argument("--cut", action="store_true", help="cut the host off from the database before it is killed")
    wanted = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("needs root and `ip` (Debian: iproute2) to make network namespaces")
        return 0
    try:
        print(f"{wanted.calls} calls a run, {wanted.threads} at a time, load average {os.getloadavg()[0]:.1f}\n")
        print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
        lost = []
        for _ in range(wanted.runs):
            with tempfile.TemporaryDirectory() as name, _network(), scratch_database() as database:
                lost.append(_measure(Path(name), database, wanted))
        return 1 if any(lost) else 0
    except sa.exc.OperationalError:
        print("PostgreSQL does not answer at 127.0.0.1:5432")
    except OSError as error:
        print(f"network namespaces cannot be made here: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
