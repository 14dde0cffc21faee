"""How soon callers on media streams are answered, by how many there are at once, with real recognition.

Each caller calls, says the first recording of a sample call on a real web socket in real time, hangs up, and
calls again. The time is the service's own: from the end of the silence that ends an utterance until its answer
is ready to be fetched (the recogniser's last work, understanding, the dialogue, the records). The callers share
the machine with the service. `python benchmarks/bench_media.py [--callers 1 5 10 20 40] [--seconds 60]`
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from serving import ROOT, Service, make_site, quantile, serving

from ivr.channels.script import CallScript, load_calls
from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.wire import Target


def recorded() -> list[CallScript]:
    """Return the first recorded sentence of each sample call, as a call of its own."""
    found = []
    for script in load_calls(ROOT / "audio" / "calls" / "calls.yaml"):
        first = script.turns[0]
        if first.wav is not None and first.wav.is_file() and first.says:
            found.append(script.model_copy(update={"turns": (first,), "dials": ()}))
    return found


def streaming(
    service: Service, scripts: list[CallScript], number: int, stop: threading.Event, faults: list[str]
) -> None:
    """Call on a media stream, again and again until told to stop. `number`: who calls, which decides what is said."""
    chance = random.Random(number)
    target = Target(url=f"{service.address}/voice")
    options = Options(hear=lambda turn: (turn.says, 0.9))
    stop.wait(chance.uniform(0, 3))
    while not stop.is_set():
        seen = SimulatedCall(chance.choice(scripts), target, options).run()
        faults += seen.problems
        stop.wait(chance.uniform(0, 1))


def measure(service: Service, scripts: list[CallScript], callers: int, seconds: float) -> None:
    """Let so many callers call for so long, and print a line."""
    name = "ivr_answer_seconds"
    before, memory_before = service.histogram(name), service.memory()
    gathers = {"route": "/voice/turn/<int:turn>"}
    webhooks = service.histogram("ivr_turn_seconds", **gathers)
    stop = threading.Event()
    faults: list[str] = []
    threads = [
        threading.Thread(target=streaming, args=(service, scripts, n, stop, faults), daemon=True)
        for n in range(callers)
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    memory = service.memory()
    stop.set()
    for thread in threads:
        thread.join(60)
    after = service.histogram(name)
    count = after[-1][1] - (before[-1][1] if before else 0.0)
    p50, p95 = (1000 * quantile(after, before, share) for share in (0.5, 0.95))
    beside = 1000 * quantile(service.histogram("ivr_turn_seconds", **gathers), webhooks, 0.95)
    print(
        f"{callers:>7} {count:>10.0f} {p50:>8.0f} {p95:>8.0f} {beside:>11.0f} {len(faults):>7} "
        f"{(memory - memory_before) / callers:>10.2f}",
        flush=True,
    )
    for fault, times in Counter(re.sub(r"CA\w+|\d+", "N", fault) for fault in faults).most_common(3):
        print(f"        {times} times: {fault[:160]}", flush=True)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 5, 10, 20, 40])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--engine", default="vosk", help="what must be listening: vosk or sphinx")
    options = parser.parse_args()
    scripts = recorded()
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder), options.entries)
        with serving(site, "--mode", "stream", "--log-level", "warning", wait_for=options.engine) as service:
            ready = service.ready()
            os.nice(5)  # the callers' work is done elsewhere in life: it must not come before the service's
            print(f"{ready['directory']}, {ready['recogniser']}; times in ms; endpointing silence 0.5 to 0.7 s on top")
            print(
                f"{'callers':>7} {'utterances':>10} {'p50':>8} {'p95':>8} {'webhook p95':>11} {'faults':>7} "
                f"{'MiB each':>10}"
            )
            measure(service, scripts, 1, 10.0)  # warms up
            for callers in options.callers:
                measure(service, scripts, callers, options.seconds)


if __name__ == "__main__":
    main()
