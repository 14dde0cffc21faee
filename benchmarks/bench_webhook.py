"""How long a webhook takes with many calls in progress, over real HTTP, without recognition.

Each caller calls, says three things two to six seconds apart, is put through, and calls again. The callers
share the machine with the service. `python benchmarks/bench_webhook.py [--calls 20 50 100] [--seconds 60]`
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from serving import Service, make_site, serving

WORDS = ("council tax please", "no", "missed bin collection", "yes", "could i speak to huw llewellyn please", "")
THINK = (2.0, 6.0)


class Caller(threading.Thread):
    """One caller, who calls again and again until told to stop."""

    def __init__(self, service: Service, number: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.host = service.address.removeprefix("http://")
        self.number, self.stop = number, stop
        self.chance = random.Random(number)
        self.seconds: list[float] = []
        self.calls = 0

    def run(self) -> None:
        """Call until told to stop."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        self.stop.wait(self.chance.uniform(0, THINK[1]))
        while not self.stop.is_set():
            self.calls += 1
            call = f"CA{self.number:04}x{self.calls:06}"
            self.post(connection, "/voice", call)
            for turn in range(1, 4):
                if self.stop.wait(self.chance.uniform(*THINK)):
                    break
                words = self.chance.choice(WORDS)
                self.post(connection, f"/voice/turn/{turn}", call, SpeechResult=words, Confidence="0.9")
            # When the measurement stops all callers would hang up in the same instant, as real ones do not.
            if not self.stop.is_set():
                self.post(connection, "/voice/status", call, CallStatus="completed")
        connection.close()

    def post(self, connection: http.client.HTTPConnection, path: str, call: str, **form: str) -> None:
        """Post one webhook and keep how long it took."""
        body = urlencode({"CallSid": call, "From": "+447700900123", "To": "+441632960001"} | form)
        began = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        self.seconds.append(time.perf_counter() - began)
        assert answer.status in {200, 204}, answer.status


def measure(service: Service, calls: int, seconds: float) -> None:
    """Hold so many calls for so long, and print a line."""
    stop = threading.Event()
    before = service.memory()
    callers = [Caller(service, n, stop) for n in range(calls)]
    for caller in callers:
        caller.start()
    time.sleep(seconds)
    memory = service.memory()
    stop.set()
    for caller in callers:
        caller.join(60)
    took = sorted(s for caller in callers for s in caller.seconds)

    def at(share: float) -> float:
        return 1000 * took[min(len(took) - 1, int(share * len(took)))]

    print(
        f"{calls:>5} {len(took):>9} {len(took) / seconds:>8.1f} {at(0.5):>8.1f} {at(0.95):>8.1f} {at(0.99):>8.1f} "
        f"{at(1.0):>8.1f} {(memory - before) * 1024 / calls:>10.0f}"
    )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--entries", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(make_site(Path(folder), options.entries)) as service:
        print(f"{service.ready()['directory']}; times in ms, as the caller's end sees them; {THINK} s between requests")
        heads = ("calls", "requests", "a second", "p50", "p95", "p99", "most", "KiB a call")
        widths = (5, 9, 8, 8, 8, 8, 8, 10)
        print(" ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
        for calls in options.calls:
            measure(service, calls, options.seconds)


if __name__ == "__main__":
    main()
