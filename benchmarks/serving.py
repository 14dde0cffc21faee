"""A service to measure: a site of so many entries in a folder of its own, served by `ivr serve`, and its figures."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
WEDNESDAY = "2026-03-04T10:30"
PATIENCE = 1200.0


def make_site(folder: Path, entries: int) -> Path:
    """Make the sample site with invented people added until it has about `entries` entries."""
    for name in ("ivr.toml", "directory", "grammars"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    with (ROOT / "directory" / "staff.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    people = [row for row in rows if row["Surname"] and row["Forename"]]
    chance = random.Random(7)
    firsts, lasts = sorted({r["Forename"] for r in people}), sorted({r["Surname"] for r in people})
    taken = {(r["Forename"], r["Surname"]) for r in people}
    while len(rows) < entries + 40:  # some of the sample's rows are set aside
        first, last = chance.choice(firsts), chance.choice(lasts)
        if (first, last) not in taken:
            taken.add((first, last))
            like = chance.choice(people)
            rows.append(
                dict.fromkeys(rows[0], "")
                | {"Surname": last, "Forename": first, "Department": like["Department"], "Job Title": like["Job Title"]}
                | {"Telephone": f"01632 960{chance.randrange(1000):03}", "Directory": "Public"}
            )
    with (folder / "directory" / "staff.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


class Service:
    """A running service."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process, self.address = process, address

    def ready(self) -> dict[str, object]:
        """Return what `/readyz` says."""
        found: dict[str, object] = requests.get(f"{self.address}/readyz", timeout=10).json()
        return found

    def memory(self, pids: Iterable[int] | None = None) -> float:
        """Return the memory of its processes, MiB, shared pages counted once (proportional set size); None: of all."""
        total = 0
        for pid in self.pids() if pids is None else pids:
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            except OSError:
                continue
            found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(found[1]) if found else 0
        return total / 1024

    def pids(self) -> list[int]:
        """Return its processes."""
        listed = subprocess.run(["ps", "-eo", "pid,sid"], capture_output=True, text=True, check=True).stdout
        return [int(a) for a, b in (line.split() for line in listed.splitlines()[1:]) if int(b) == self.process.pid]

    def servers(self) -> list[int]:
        """Return those of its processes that answer requests; the others listen to callers."""
        listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in listed.splitlines()[1:]]
        return [int(pid) for pid, parent in rows if int(parent) == self.process.pid]

    def processor(self) -> float:
        """Return the processor seconds that its processes have taken so far."""
        ticks = 0
        for pid in self.pids():
            try:
                stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def threads(self) -> int:
        """Return how many threads they have."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.pids())

    def files(self) -> int:
        """Return how many files and sockets they have open."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids())

    def histogram(self, name: str, **labels: str) -> list[tuple[float, float]]:
        """Return (upper limit in seconds, count up to it) of a histogram on `/metrics`."""
        page = requests.get(f"{self.address}/metrics", timeout=30).text
        found = []
        for inside, count in re.findall(rf"^{name}_bucket\{{([^}}]*)\}} (\S+)", page, re.MULTILINE):
            values = dict(re.findall(r'(\w+)="([^"]*)"', inside))
            if all(values.get(k) == v for k, v in labels.items()):
                found.append((float(values["le"].replace("+Inf", "inf")), float(count)))
        return found


def quantile(histogram: list[tuple[float, float]], before: list[tuple[float, float]], share: float) -> float:
    """Return a quantile of what a histogram took in since `before`, seconds, straight lines inside a bucket."""
    old = dict(before)
    counts = [(limit, count - old.get(limit, 0.0)) for limit, count in histogram]
    total = counts[-1][1] if counts else 0.0
    lower = last = 0.0
    for limit, count in counts:
        if total and count >= share * total:
            if limit == float("inf"):
                return lower
            return lower + (limit - lower) * (share * total - last) / max(count - last, 1e-9)
        lower, last = limit, count
    return float("nan")


@contextmanager
def serving(site: Path, *options: str, wait_for: str = "", launcher: Path | None = None) -> Iterator[Service]:
    """Run `ivr serve` on a site; `wait_for`: an engine that must be listening before it counts as ready.

    `launcher`: a script in the place of `ivr`.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            *([str(launcher)] if launcher else ["-m", "ivr"]),
            "serve",
            "--port",
            str(port),
            "--at",
            WEDNESDAY,
            *options,
        ],
        env={k: v for k, v in os.environ.items() if not k.startswith("TWILIO")}
        | {"IVR_SITE": str(site), "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    service = Service(process, f"http://127.0.0.1:{port}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends us ends the service too
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if wait_for in str(service.ready()["recogniser"]):
                    break
            except requests.RequestException:
                pass
            time.sleep(0.5)
        yield service
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
