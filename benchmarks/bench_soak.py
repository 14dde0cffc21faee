"""Whether a service grows: calls at a low, steady rate for hours, and its memory, files and threads all the while.

Callers by webhook come at a rate; beside them some on media streams say recorded sentences, one call after another.
Writes a plot (SVG) and the samples (CSV), and prints the growth over the second half, which is what matters: caches
fill in the first. What grew inside the server process (`inside.py`) says why.

    python benchmarks/bench_soak.py --hours 2 [--rate 1] [--streams 2] [--plot FILE.svg] [--samples FILE.csv]
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import threading
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from bench_load import machine, unlimited
from bench_media import recorded, streaming
from callers import Crowd
from inside import Inside, read
from serving import Service, make_site, quantile, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = 240
"""Samples taken over the whole time."""
WIDTH, HEIGHT, LEFT, TOP = 760, 150, 70, 30
SHOWN = {
    "memory": "MiB of the server", "listening": "MiB of the recognisers", "files": "open files", "threads": "threads",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """The service at one moment."""

    minutes: float
    memory: float
    """MiB of the processes that answer requests, shared pages counted once."""
    listening: float
    """MiB of the others, above all recognisers."""
    files: int
    threads: int
    calls: int
    """Calls so far."""


def watch(service: Service, crowd: Crowd, every: float, stop: threading.Event, keep: Path | None) -> list[Sample]:
    """Take samples until told to stop; `keep`: where they are written all the while."""
    began, found = time.monotonic(), []
    while not stop.wait(every):
        minutes = (time.monotonic() - began) / 60
        servers = service.servers()
        others = set(service.pids()) - set(servers)
        memory = (service.memory(servers), service.memory(others))
        found.append(Sample(minutes, *memory, service.files(), service.threads(), crowd.seen.calls))
        if keep:
            write(found, keep)
    return found


def write(samples: Sequence[Sample], file: Path) -> None:
    """Write the samples as CSV."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([field.name for field in fields(Sample)])
        writer.writerows(map(astuple, samples))


def growth(points: Sequence[tuple[float, float]]) -> float:
    """Return the growth of (minutes, value) over the second half, an hour, by least squares."""
    half = points[len(points) // 2 :]
    mean_x = sum(x for x, _ in half) / len(half)
    mean_y = sum(y for _, y in half) / len(half)
    spread = sum((x - mean_x) ** 2 for x, _ in half)
    return 60 * sum((x - mean_x) * (y - mean_y) for x, y in half) / spread if spread else 0.0


def plot(samples: Sequence[Sample], title: str) -> str:
    """Draw memory, files and threads over time, one below the other."""
    size = f'width="{WIDTH + LEFT + 20}" height="{len(SHOWN) * (HEIGHT + 40) + TOP}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<text x="{LEFT}" y="18">{title}</text>',
    ]
    for at, (name, label) in enumerate(SHOWN.items()):
        parts += _panel(samples, name, label, TOP + at * (HEIGHT + 40))
    return "\n".join((*parts, "</svg>", ""))


def _panel(samples: Sequence[Sample], name: str, label: str, top: float) -> list[str]:
    values = [float(getattr(s, name)) for s in samples]
    high, last = max(values) * 1.1 or 1.0, samples[-1].minutes or 1.0
    points = " ".join(
        f"{LEFT + WIDTH * s.minutes / last:.1f},{top + HEIGHT - HEIGHT * v / high:.1f}"
        for s, v in zip(samples, values, strict=True)
    )
    base = top + HEIGHT
    return [
        f'<path d="M{LEFT} {top}V{base}H{LEFT + WIDTH}" fill="none" stroke="#888"/>',
        f'<polyline points="{points}" fill="none" stroke="#0b5394" stroke-width="1.5"/>',
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{high:.0f}</text>',
        f'<text x="{LEFT - 6}" y="{base}" text-anchor="end">0</text>',
        f'<text x="{LEFT + 8}" y="{top + 12}">{label}</text>',
        f'<text x="{LEFT + WIDTH}" y="{base + 16}" text-anchor="end">{last:.0f} minutes</text>',
    ]


def told(samples: Sequence[Sample], inside: Sequence[Inside]) -> None:
    """Print what grew."""
    for name, label in SHOWN.items():
        first, last = getattr(samples[len(samples) // 2], name), getattr(samples[-1], name)
        grew = growth([(s.minutes, getattr(s, name)) for s in samples])
        print(f"{label}: {first:,.1f} half-way, {last:,.1f} at the end; {grew:+.2f} an hour")
    print("inside the server process:")
    for name in ("blocks", "sqlite", "used", "free", "mapped"):
        points = [(one.seconds / 60, float(getattr(one, name))) for one in inside]
        print(f"  {name}: {points[len(points) // 2][1]:,.1f}, {points[-1][1]:,.1f}; {growth(points):+,.2f} an hour")


def main() -> None:
    """Run, print what grew, and write the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rate", type=float, default=1.0, help="calls a second by webhook")
    parser.add_argument("--streams", type=int, default=2, help="callers on media streams at any time")
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--inside", type=Path, help="where the server process tells how its memory stands")
    options = parser.parse_args()
    seconds = 3600 * options.hours
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder), options.entries)
        unlimited(site)
        inside = options.inside or Path(folder) / "inside.csv"
        inside.unlink(missing_ok=True)
        os.environ["IVR_INSIDE"] = str(inside)
        stream = ("--mode", "stream") if options.streams else ()
        launcher = Path(__file__).with_name("inside.py")
        heard_by = "vosk" if options.streams else ""
        with serving(site, "--log-level", "error", *stream, wait_for=heard_by, launcher=launcher) as service:
            said = f"{options.hours:g} h, {options.rate:g} calls a second, {options.streams} on streams; {machine()}"
            print(said, flush=True)
            crowd, stop, samples, faults = Crowd(service.address), threading.Event(), list[Sample](), list[str]()
            every = max(1.0, seconds / SAMPLES)
            beside = [
                threading.Thread(target=lambda: samples.extend(watch(service, crowd, every, stop, options.samples))),
                *(
                    threading.Thread(target=streaming, args=(service, recorded(), number, stop, faults))
                    for number in range(options.streams)
                ),
            ]
            for thread in beside:
                thread.start()
            try:
                seen = crowd.ring(options.rate, seconds)
                heard = service.histogram("ivr_answer_seconds")
            finally:
                stop.set()
                for thread in beside:
                    thread.join()
            print(f"{sum(seen.failures.values())} requests failed {dict(seen.failures)}; p95 {seen.at(0.95):.0f} ms")
            print(f"{seen.calls:,} calls by webhook, {len(seen.seconds):,} requests", flush=True)
            answered = heard[-1][1] if heard else 0.0
            slow = 1000 * quantile(heard, [], 0.95)
            print(f"{answered:,.0f} utterances on streams, p95 {slow:.0f} ms, {len(faults)} faults {faults[:3]}")
        told(samples, read(inside))
    if options.plot:
        options.plot.write_text(plot(samples, said), encoding="utf-8")


if __name__ == "__main__":
    main()
