"""A directory activated while callers ring: how soon all processes use it, and what callers notice.

Callers ask for one person, steadily, before and during the change; the new version has another number for that person.
Printed: seconds from the activation until a new call got the new number, until none got the old one any more, and how
long answers took before and while the new site was built.

    python benchmarks/bench_activation.py [--entries N ...]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "faults")]

from harness import Town, wait_for  # noqa: E402 (found by the line above)

from ivr.directory.load import stage_export  # noqa: E402
from ivr.directory.versions import activate  # noqa: E402
from ivr.settings import load_settings  # noqa: E402

HEAD = "Surname,Forename,Department,Job title,Telephone,Directory\n"
ASKED = "Featherstone,Marjorie,Housing,Officer,01632 960{:03},public\n"
GIVEN = 12.0
"""Seconds of calls before the change."""
CALLERS = 3
UNLIMITED = "[limits]\nentry_transfers = 0\nhour_pence = 0.0\ncaller_calls = 0\ncaller_names = 0\n"


@dataclass(frozen=True)
class Rung:
    """One call."""

    began: float
    number: str
    seconds: float
    """Of its slowest answer."""


def _export(entries: int, number: int) -> str:
    chance = random.Random(11)
    letters = "bcdfghjklmnprstvw"
    rows = [HEAD, ",,Housing,,01632 960100,public\n", ASKED.format(number)]
    for _ in range(entries - 2):
        last = "".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(chance.randint(2, 4))).title()
        first = "".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(2)).title()
        rows.append(f"{last},{first},Housing,Officer,01632 960{chance.randrange(1000):03},public\n")
    return "".join(rows)


class Callers:
    """Callers who ring until they are stopped."""

    def __init__(self, town: Town) -> None:
        self._town, self._stop = town, threading.Event()
        self.rung: list[Rung] = []
        self._threads = [threading.Thread(target=self._ring, args=(number,)) for number in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let them finish."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ring(self, caller: int) -> None:
        number = 0
        while not self._stop.wait(0.1):
            number += 1
            form = {"CallSid": f"CA{caller}x{number}", "From": "anonymous", "To": "+441632960001"}
            began, taken = time.monotonic(), []
            for path, more in (("/voice", {}), ("/voice/turn/1", {"SpeechResult": "Marjorie Featherstone."})):
                at = time.monotonic()
                answer = requests.post(self._town.address + path, data=form | more, timeout=60)
                taken.append(time.monotonic() - at)
            dialled = [noun.text or "" for noun in ET.fromstring(answer.content).iter("Number")]  # noqa: S314 (ours)
            self.rung.append(Rung(began, dialled[0] if dialled else "", max(taken)))


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _measure(folder: Path, entries: int) -> None:
    town = Town(folder, processes=2)
    with (folder / "ivr.toml").open("a", encoding="utf-8") as file:
        file.write(UNLIMITED)  # one entry gets more calls here than it may
    settings = load_settings(town.folder, {})
    versions = settings.path(settings.directory.versions)
    town.activate(_export(entries, 123))
    export = folder / "next.csv"
    export.write_text(_export(entries, 777), encoding="utf-8")
    following = stage_export(settings, export, "", "")[0].version
    town.start()
    callers = Callers(town)
    try:
        time.sleep(GIVEN)
        changed = time.monotonic()
        activate(versions, following)
        wait_for(lambda: sum(r.number.endswith("777") for r in callers.rung[-40:]) >= 40, town.log)
    finally:
        callers.stop()
        town.stop()
    new = [r.began - changed for r in callers.rung if r.number.endswith("777")]
    old = [r.began - changed for r in callers.rung if r.number.endswith("123")]
    before = [r.seconds for r in callers.rung if r.began < changed]
    during = [r.seconds for r in callers.rung if changed <= r.began <= changed + max(old)]
    odd = sum(not r.number for r in callers.rung)
    print(
        f"| {entries} | {min(new):.1f} s | {max(old):.1f} s | {len(before)} | {_percentile(before, 0.5) * 1000:.0f} / "
        f"{_percentile(before, 0.95) * 1000:.0f} / {max(before) * 1000:.0f} | {len(during)} "
        f"| {_percentile(during, 0.5) * 1000:.0f} / {_percentile(during, 0.95) * 1000:.0f} / {max(during) * 1000:.0f} "
        f"| {odd} |",
        flush=True,
    )


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, nargs="+", default=[500, 5000, 20000], help="sizes of the directory")
    print("| entries | first call with it | last without it | calls before | ms p50 / p95 / max | calls while built "
          "| ms p50 / p95 / max | not put through |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for entries in parser.parse_args().entries:
        with tempfile.TemporaryDirectory() as name:
            _measure(Path(name) / "site", entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
