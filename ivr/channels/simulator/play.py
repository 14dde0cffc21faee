"""Many simulated calls, some at once, and their figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.channels.simulator.caller import Options, SimulatedCall
from ivr.channels.simulator.result import Judged, Seen, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ivr.channels.script import CallScript
    from ivr.channels.simulator.result import Records
    from ivr.channels.simulator.wire import Target


@dataclass(frozen=True, slots=True)
class Spread:
    """How a set of durations lies, in milliseconds; zeros where there were none."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Return how durations (in seconds) lie."""
        if not seconds:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        ordered = sorted(seconds)

        def at(share: float) -> float:
            return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

        return cls(len(ordered), at(0.5), at(0.95), at(0.99), at(1.0))


def unplayable(script: CallScript) -> str:
    """Say why a script cannot be played by telephone; '': it can."""
    for name in ("settings", "at", "last_entry"):
        if getattr(script, name):
            return f"`{name}` belongs to the server"
    if script.languages:
        return "`languages` belong to the server"
    if script.survey:
        return "`survey` belongs to the server"
    if script.open is not None:
        return "`open` belongs to the server"
    return ""


def play(
    scripts: Sequence[CallScript],
    target: Target,
    options: Options,
    *,
    at_once: int = 1,
    records: Records | None = None,
    everything: bool = False,
) -> Iterator[Judged]:
    """Play calls against a server, `at_once` at a time; give each as it was, in the order of the scripts.

    `records` gives how the server recorded a call, where that can be seen. Scripts that ask for another clock
    or other settings than the server's are skipped, unless `everything` says that the server has them.
    """

    def one(script: CallScript) -> Judged:
        why = "" if everything else unplayable(script)
        if why:
            return Judged(script=script, seen=Seen(""), outcome=frozenset(), recorded=False, unexpected=(), skipped=why)
        return judge(script, SimulatedCall(script, target, options).run(), records)

    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="caller") as pool:
        yield from pool.map(one, scripts)
