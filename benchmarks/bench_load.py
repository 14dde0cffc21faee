"""How many calls a machine takes: rising rates until it can no more, by who listens and by database.

Webhooks: calls come in at a rate (`callers.py`), say three things four seconds apart, and end; a call takes about
thirteen seconds and five requests. Media: callers on real web sockets say recorded sentences in real time
(`bench_media.py`). The knee is the highest load whose answers come within half a second 95 times in 100, without a
failure or a caller sent on for want of room. The callers share the machine: what they take of it is said. Processor
time for a call is the service's alone, so it means the same on a machine that is busy with other things.

    python benchmarks/bench_load.py [--modes webhook media] [--databases sqlite postgresql] [--seconds 30]
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from bench_media import measure as measure_media
from bench_media import recorded
from callers import Crowd
from serving import Service, make_site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432"
GOOD_MS = 500.0
"""Time in which 95 of 100 answers come where callers notice nothing."""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of a new, empty records database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/load.sqlite3"
        return
    name = f"bench_{uuid.uuid4().hex[:12]}"
    server = sa.create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def unlimited(site: Path) -> None:
    """Let the site take whatever comes: its limits would send callers on before the machine is at its end."""
    file = site / "ivr.toml"
    text = file.read_text(encoding="utf-8")
    for name in ("conversations", "slow_seconds", "caller_calls", "caller_names", "entry_transfers", "hour_pence"):
        text = re.sub(rf"^# {name} = \S+", f"{name} = 0", text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")


def machine() -> str:
    """Say what the machine was doing besides."""
    return f"{len(os.sched_getaffinity(0))} cores, load average {os.getloadavg()[0]:.1f} as this began"


def webhooks(service: Service, rates: list[float], seconds: float) -> None:
    """Raise the rate of calls, a line each, until the service can no more."""
    print(
        f"{'calls/s':>7} {'at once':>7} {'requests/s':>10} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} "
        f"{'failed':>6} {'sent on':>7} {'CPU ms/call':>11} {'cores':>5} {'callers':>7} {'MiB':>5}"
    )
    crowd = Crowd(service.address)
    crowd.ring(1.0, 5.0)  # warms up
    knee = None
    for rate in rates:
        cpu, began = service.processor(), time.monotonic()
        seen = crowd.ring(rate, seconds)
        took = time.monotonic() - began
        used = service.processor() - cpu
        failed = sum(seen.failures.values())
        print(
            f"{rate:>7.1f} {seen.most:>7} {len(seen.seconds) / took:>10.1f} {seen.at(0.5):>7.0f} {seen.at(0.95):>7.0f} "
            f"{seen.at(0.99):>7.0f} {failed:>6} {seen.short:>7} {1000 * used / seen.calls:>11.1f} {used / took:>5.2f} "
            f"{seen.own_cpu / took:>7.2f} {service.memory():>5.0f}",
            flush=True,
        )
        if seen.at(0.95) <= GOOD_MS and not failed and not seen.short:
            knee = (rate, seen.most)
        elif seen.at(0.95) > 10 * GOOD_MS or failed > seen.calls / 2:
            break
    print(f"knee: {knee[0]:g} calls a second, {knee[1]} at once" if knee else "knee: below the first rate", flush=True)


def media(service: Service, callers: list[int], seconds: float) -> None:
    """Raise the number of callers on media streams, a line each."""
    scripts = recorded()
    print(f"{'callers':>7} {'utterances':>10} {'p50':>8} {'p95':>8} {'webhook p95':>11} {'faults':>7} {'MiB each':>10}")
    for number in callers:
        cpu, began = service.processor(), time.monotonic()
        measure_media(service, scripts, number, seconds)
        took = time.monotonic() - began
        print(f"        {(service.processor() - cpu) / took:.2f} cores, {service.memory():.0f} MiB", flush=True)


def main() -> None:
    """Measure, and print a table for each combination."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modes", nargs="+", default=["webhook", "media"], choices=["webhook", "media"])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--rates", type=float, nargs="+", default=[2, 5, 10, 15, 20, 30, 40, 60])
    parser.add_argument("--callers", type=int, nargs="+", default=[5, 10, 20, 40])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--limits", action="store_true", help="with the site's limits, to see them send callers on")
    options = parser.parse_args()
    for mode in options.modes:
        for kind in options.databases:
            with tempfile.TemporaryDirectory() as folder:
                site = make_site(Path(folder), options.entries)
                if not options.limits:
                    unlimited(site)
                with database(kind, Path(folder)) as url:
                    os.environ["IVR_DATABASE_URL"] = url
                    listening = ("--mode", "stream", "--log-level", "error") if mode == "media" else ()
                    with serving(site, *listening, wait_for="vosk" if mode == "media" else "") as service:
                        ready = service.ready()
                        print(f"\n{mode}, {kind}: {ready['directory']}, {ready['recogniser']}; {machine()}", flush=True)
                        if mode == "media":
                            media(service, options.callers, options.seconds)
                        else:
                            webhooks(service, options.rates, options.seconds)


if __name__ == "__main__":
    main()
