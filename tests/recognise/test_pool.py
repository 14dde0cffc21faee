"""Recognisers in worker processes."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ivr.errors import RecogniserError, UnavailableError
from ivr.model import Hypothesis, Recognition
from ivr.recognise.base import Capabilities
from ivr.recognise.pool import PoolRecogniser
from ivr.recognise.process import PoolLimits
from ivr.recognise.worker import _Turnstile, _Utterance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.recognise.base import Samples

LIMITS = PoolLimits(workers=2, streams=3, free_wait=0.5, finish_wait=30.0, longest=2.0)


@dataclass(frozen=True)
class Scripted:
    """A recogniser that answers with what it is and how many samples it heard."""

    name: str = "first"
    holds_lock: bool = True
    broken: bool = False
    slow: bool = False

    def __call__(self) -> Scripted:
        """Make it, in the worker."""
        if self.broken:
            raise UnavailableError("no model here")
        if self.slow:
            time.sleep(600)
        return self

    @property
    def capabilities(self) -> Capabilities:
        """What the test wants."""
        return Capabilities(
            engine="scripted",
            grammar=True,
            streaming=True,
            word_times=False,
            confidence=False,
            holds_lock=self.holds_lock,
        )

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> ScriptedHearing:
        """Begin an utterance."""
        del only
        if grammar == "unknown":
            raise RecogniserError('no grammar "unknown"')
        return ScriptedHearing(self.name, grammar)


class ScriptedHearing:
    """One utterance."""

    def __init__(self, name: str, grammar: str) -> None:
        self.name, self.grammar, self.count = name, grammar, 0

    def feed(self, samples: Samples) -> str:
        """Count."""
        self.count += samples.size
        return f"{self.count} so far"

    def finish(self) -> Recognition:
        """Answer, or misbehave as the grammar says."""
        if self.grammar == "hang":
            time.sleep(60)
        if self.grammar == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.grammar == "bug":
            raise ZeroDivisionError
        return Recognition((Hypothesis(f"{self.name} {self.grammar} {self.count}"),), "scripted")


SECOND = np.zeros(8000, np.int16)


@pytest.fixture(scope="module")
def two_workers() -> Iterator[PoolRecogniser]:
    """Two workers that keep the lock, so one utterance each."""
    with PoolRecogniser(Scripted(), LIMITS) as made:
        yield made


@pytest.fixture
def pool(two_workers: PoolRecogniser) -> PoolRecogniser:
    """Give the pool once both workers are free: the test before may have killed one, and machines can be busy."""
    wait_for(lambda: sum(worker.capacity for worker in two_workers._workers) == 2)
    return two_workers


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something has happened, 60 s at most: machines can be busy."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen in 60 s"
        time.sleep(0.01)


def say(pool: PoolRecogniser, grammar: str) -> str:
    """Say a second of something and return what was heard."""
    hearing = pool.start(grammar)
    hearing.feed(SECOND)
    return hearing.finish().text


def test_an_utterance_is_heard_in_another_process(pool: PoolRecogniser) -> None:
    """Samples go out, the partial text and the recognition come back."""
    hearing = pool.start("names")
    hearing.feed(SECOND)
    wait_for(lambda: hearing.feed(SECOND[:0]) == "8000 so far")
    assert hearing.finish().text == "first names 8000"


def test_a_pool_has_no_lock(pool: PoolRecogniser) -> None:
    """Whatever the recogniser inside does, the server's threads stay free."""
    assert pool.capabilities.engine == "scripted"
    assert not pool.capabilities.holds_lock


def test_a_full_pool_says_so_in_time(pool: PoolRecogniser) -> None:
    """A third utterance on two workers is refused, and taken when one is free again."""
    first, second = pool.start("a"), pool.start("b")
    with pytest.raises(RecogniserError, match="full"):
        pool.start("c")
    assert first.finish().text == "first a 0"
    assert say(pool, "c") == "first c 8000"
    assert second.finish().text == "first b 0"


def test_an_utterance_given_up_frees_its_worker(pool: PoolRecogniser) -> None:
    """A caller who hangs up in mid-word costs nothing."""
    for _ in range(4):
        pool.start("a").cancel()
    assert say(pool, "b") == "first b 8000"


def test_an_unknown_grammar_is_an_error_of_its_utterance(pool: PoolRecogniser) -> None:
    """The recogniser's own error comes back, and the worker lives on."""
    with pytest.raises(RecogniserError, match="unknown"):
        say(pool, "unknown")
    assert say(pool, "b") == "first b 8000"


def test_an_error_nobody_asks_for_frees_its_worker(pool: PoolRecogniser) -> None:
    """The process tells of the error before the samples come: feeding raises it, and the worker is free again."""
    hearing = pool.start("unknown")
    wait_for(hearing.result.done)
    with pytest.raises(RecogniserError, match="unknown"):
        hearing.feed(SECOND)
    wait_for(lambda: sum(worker.capacity for worker in pool._workers) == 2)


def test_sound_beyond_the_longest_utterance_is_not_sent(pool: PoolRecogniser) -> None:
    """A caller who never stops does not fill the memory."""
    hearing = pool.start("long")
    for _ in range(5):
        hearing.feed(SECOND)
    assert hearing.finish().text == "first long 16000"


@pytest.mark.parametrize("how", ["crash", "bug"])
def test_a_death_costs_one_utterance(pool: PoolRecogniser, how: str) -> None:
    """The utterance of a worker that dies fails, others go on, and a new worker takes its place."""
    other = pool.start("other")
    with pytest.raises(RecogniserError, match="died"):
        say(pool, how)
    other.feed(SECOND)
    assert other.finish().text == "first other 8000"
    wait_for(lambda: sum(worker.capacity for worker in pool._workers) == 2)
    assert say(pool, "again") == "first again 8000"


def test_a_killed_worker_is_told_while_feeding(pool: PoolRecogniser) -> None:
    """SIGKILL in mid-utterance: the next samples, not a long wait, tell the caller's thread."""
    hearing = pool.start("a")
    os.kill(hearing._worker.process.pid, signal.SIGKILL)
    wait_for(hearing.result.done)
    with pytest.raises(RecogniserError, match="died"):
        hearing.feed(SECOND)
    hearing.cancel()
    wait_for(lambda: sum(worker.capacity for worker in pool._workers) == 2)


def test_a_machine_out_of_file_descriptors_gets_its_worker_back(pool: PoolRecogniser) -> None:
    """A process that cannot be started now is started as soon as the machine lets it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    victim = pool._workers[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, before[1]))
    try:
        victim.kill()
        wait_for(lambda: victim not in pool._workers)
        time.sleep(0.2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    wait_for(lambda: sum(worker.capacity for worker in pool._workers) == 2)
    assert say(pool, "b") == "first b 8000"


def test_a_hung_worker_is_killed_and_replaced() -> None:
    """No answer within the limit is an error, and the pool is whole again."""
    with PoolRecogniser(Scripted(), PoolLimits(workers=1, finish_wait=0.3)) as small:
        with pytest.raises(RecogniserError, match="did not answer"):
            say(small, "hang")
        small.limits = PoolLimits(workers=1)
        wait_for(lambda: any(worker.capacity for worker in small._workers))
        assert say(small, "b") == "first b 8000"


def test_reload_serves_new_utterances_anew_and_lets_old_ones_finish() -> None:
    """A new directory is heard without stopping; the caller in mid-word is heard with the old one."""
    with PoolRecogniser(Scripted(), PoolLimits(workers=1, free_wait=5.0)) as small:
        old = small.start("a")
        old_process = old._worker.process
        small.reload(Scripted("second"))
        assert say(small, "b") == "second b 8000"
        assert old.finish().text == "first a 0"
        wait_for(lambda: not old_process.is_alive())
        with pytest.raises(UnavailableError, match="no model here"):
            small.reload(Scripted(broken=True))
        assert say(small, "c") == "second c 8000"


def test_a_recogniser_without_lock_hears_several_at_once() -> None:
    """One worker takes as many utterances as the limit says."""
    with PoolRecogniser(Scripted(holds_lock=False), PoolLimits(workers=1, streams=3, free_wait=0.1)) as small:
        hearings = [small.start(name) for name in "abc"]
        with pytest.raises(RecogniserError, match="full"):
            small.start("d")
        assert [hearing.finish().text for hearing in hearings] == ["first a 0", "first b 0", "first c 0"]


def test_many_threads_share_a_pool() -> None:
    """Twenty callers at once all get their own answer."""
    limits = PoolLimits(workers=1, streams=20)
    texts: dict[int, str] = {}
    with PoolRecogniser(Scripted(holds_lock=False), limits) as small:

        def caller(number: int) -> None:
            texts[number] = say(small, f"g{number}")

        threads = [threading.Thread(target=caller, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == {number: f"first g{number} 8000" for number in range(20)}


def test_a_recogniser_that_cannot_be_made_is_named() -> None:
    """The reason of the process reaches whoever starts the pool."""
    with pytest.raises(UnavailableError, match="no model here"):
        PoolRecogniser(Scripted(broken=True), PoolLimits(workers=1))


def test_a_closed_pool_leaves_no_process_and_refuses() -> None:
    """Closing ends every process, also with an utterance under way, which then fails."""
    small = PoolRecogniser(Scripted(), PoolLimits(workers=2))
    processes = [worker.process for worker in small._workers]
    hearing = small.start("a")
    small.close()
    assert not any(process.is_alive() for process in processes)
    with pytest.raises(RecogniserError):
        hearing.finish()
    with pytest.raises(RecogniserError, match="closed"):
        small.start("a")


def test_a_pool_that_is_still_starting_is_closed_at_once() -> None:
    """A server that is stopped while a large directory compiles does not wait for that, and leaves no process."""
    small = PoolRecogniser(Scripted(slow=True), PoolLimits(workers=2), begin=False)
    with ThreadPoolExecutor(1) as beside:
        begun = beside.submit(small.begin)
        wait_for(lambda: len(small._coming) == 2)
        processes = [worker.process for worker in small._coming]
        small.close()
        with pytest.raises(UnavailableError, match="did not start"):
            begun.result()
    assert not any(process.is_alive() for process in processes)
    with pytest.raises(UnavailableError, match="closed"):
        small.begin()


def test_who_waits_makes_a_crowd() -> None:
    """One utterance being decoded and one that waits are none; two that wait are."""
    turnstile = _Turnstile()
    inside, leave = threading.Event(), threading.Event()

    def hold(utterance: _Utterance) -> None:
        with turnstile.turn(utterance):
            inside.set()
            leave.wait(120)

    threads = [threading.Thread(target=hold, args=(_Utterance(),), daemon=True) for _ in range(3)]
    threads[0].start()
    assert inside.wait(120)
    for waiting, thread in enumerate(threads[1:], 1):
        assert not turnstile.crowded
        thread.start()
        wait_for(lambda waiting=waiting: len(turnstile._waiting) == waiting)
    assert turnstile.crowded
    leave.set()
    for thread in threads:
        thread.join(120)
    assert not turnstile.crowded


def test_turns_are_never_lost() -> None:
    """Utterances that become urgent while they wait go first, and all of them get all their turns."""
    turnstile = _Turnstile()
    utterances = [_Utterance() for _ in range(8)]
    inside: list[_Utterance] = []
    order: list[_Utterance] = []

    def decode(utterance: _Utterance) -> None:
        for _ in range(200):
            with turnstile.turn(utterance):
                inside.append(utterance)
                assert inside == [utterance]
                order.append(inside.pop())

    threads = [threading.Thread(target=decode, args=(utterance,), daemon=True) for utterance in utterances]
    for thread in threads:
        thread.start()
    for utterance in utterances:
        time.sleep(0)
        turnstile.hurry(utterance)
    for thread in threads:
        thread.join(60)
    assert len(order) == 8 * 200
