"""Whether a service grows: calls at a low, steady rate for hours, and its memory, files and threads all the while.

Writes a plot (SVG) and the samples (CSV), and prints the growth over the second half, which is what matters: caches
fill in the first. `python benchmarks/bench_soak.py --hours 2 [--rate 1] [--plot FILE.svg] [--samples FILE.csv]`
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import threading
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from bench_load import machine, unlimited
from callers import Crowd
from serving import Service, make_site, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = 240
"""Samples taken over the whole time."""
WIDTH, HEIGHT, LEFT, TOP = 760, 150, 70, 30


@dataclass(frozen=True, slots=True)
class Sample:
    """The service at one moment."""

    minutes: float
    memory: float
    """MiB, shared pages counted once."""
    files: int
    threads: int
    calls: int
    """Calls so far."""


def watch(service: Service, crowd: Crowd, every: float, stop: threading.Event) -> list[Sample]:
    """Take samples until told to stop."""
    began, found = time.monotonic(), []
    while not stop.wait(every):
        minutes = (time.monotonic() - began) / 60
        found.append(Sample(minutes, service.memory(), service.files(), service.threads(), crowd.seen.calls))
    return found


def growth(samples: Sequence[Sample], name: str) -> float:
    """Return the growth over the second half, an hour, by least squares."""
    half = samples[len(samples) // 2 :]
    mean_x = sum(s.minutes for s in half) / len(half)
    mean_y = sum(getattr(s, name) for s in half) / len(half)
    spread = sum((s.minutes - mean_x) ** 2 for s in half)
    return 60 * sum((s.minutes - mean_x) * (getattr(s, name) - mean_y) for s in half) / spread if spread else 0.0


def plot(samples: Sequence[Sample], title: str) -> str:
    """Draw memory, files and threads over time, one below the other."""
    size = f'width="{WIDTH + LEFT + 20}" height="{3 * (HEIGHT + 40) + TOP}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<text x="{LEFT}" y="18">{title}</text>',
    ]
    for at, (name, label) in enumerate((("memory", "MiB"), ("files", "open files"), ("threads", "threads"))):
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


def main() -> None:
    """Run, print what grew, and write the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rate", type=float, default=1.0, help="calls a second")
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--samples", type=Path)
    options = parser.parse_args()
    seconds = 3600 * options.hours
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder), options.entries)
        unlimited(site)
        with serving(site) as service:
            said = f"{options.hours:g} hours at {options.rate:g} calls a second; {machine()}"
            print(said, flush=True)
            crowd, stop = Crowd(service.address), threading.Event()
            samples: list[Sample] = []
            watching = threading.Thread(
                target=lambda: samples.extend(watch(service, crowd, max(1.0, seconds / SAMPLES), stop))
            )
            watching.start()
            seen = crowd.ring(options.rate, seconds)
            stop.set()
            watching.join()
    failed = sum(seen.failures.values())
    print(f"{seen.calls:,} calls, {len(seen.seconds):,} requests, {failed} failed, p95 {seen.at(0.95):.0f} ms")
    for name, unit in (("memory", "MiB"), ("files", ""), ("threads", "")):
        first, last = getattr(samples[len(samples) // 2], name), getattr(samples[-1], name)
        print(f"{name}: {first:,.0f} half-way, {last:,.0f} at the end {unit}; {growth(samples, name):+.2f} an hour")
    if options.plot:
        options.plot.write_text(plot(samples, said), encoding="utf-8")
    if options.samples:
        with options.samples.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([field.name for field in fields(Sample)])
            writer.writerows(map(astuple, samples))


if __name__ == "__main__":
    main()
