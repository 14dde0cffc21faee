"""Recognition measured: many utterances heard and understood, each compared with what it should be taken for."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ivr.errors import InputError, RecogniserError
from ivr.model import Decision
from ivr.records.chance import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.model import Recognition, Understanding
    from ivr.records.judge import Judge, Taken
    from ivr.records.manifest import Utterance

    Spread = Callable[[Sequence[Utterance], Callable[[], "Listener"]], Iterator["Listened"]]
    """Hears utterances elsewhere, in order, with what a recipe makes."""


@dataclass(frozen=True, slots=True)
class Listened:
    """What became of one utterance, before it is judged."""

    recognition: Recognition
    understanding: Understanding
    seconds: float
    """From the last sample to the decision, at full speed: recognising and understanding."""


class Listener(Protocol):
    """Hears and understands utterances the way a call does. One a process."""

    def listen(self, utterance: Utterance) -> Listened:
        """Return what was made of one utterance. Raises IvrError."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """One utterance, judged."""

    utterance: Utterance
    listened: Listened
    taken: Taken
    right: bool

    @property
    def wrong_accepted(self) -> bool:
        """Acted on without asking, and wrong."""
        return self.taken.decision is Decision.ACCEPT and not self.right


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one evaluation."""

    results: tuple[Result, ...]
    engine: str
    directory_entries: int

    def as_json(self) -> dict[str, Any]:
        """Return every figure: shares 0-1, counts, milliseconds."""
        inside = [result for result in self.results if result.utterance.expected]
        outside = [result for result in self.results if not result.utterance.expected]
        right = sum(result.right for result in inside)
        taken = sum(result.taken.decision is not Decision.REJECT for result in outside)
        return {
            "utterances": len(self.results),
            "expected_in": len(inside),
            "expected_out": len(outside),
            "first_time_right": round(right / len(inside), 6) if inside else None,
            "first_time_right_interval": [round(end, 6) for end in wilson(right, len(inside))] if inside else None,
            "wrong_accepted": sum(result.wrong_accepted for result in self.results),
            "out_taken": taken,
            "out_rejected": len(outside) - taken,
            "real_time_factor": self.real_time_factor,
            "turn_ms": {"p50": self.turn_ms(50), "p95": self.turn_ms(95)},
            "engine": self.engine,
            "directory_entries": self.directory_entries,
        }

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of decoding for a second of audio; None where there was no audio."""
        audio = sum(result.listened.recognition.audio_seconds for result in self.results)
        decode = sum(result.listened.recognition.decode_seconds for result in self.results)
        return round(decode / audio, 6) if audio else None

    def turn_ms(self, percentile: int) -> float:
        """Return the time in milliseconds within which this share of turns was decided (nearest rank)."""
        times = sorted(result.listened.seconds for result in self.results)
        rank = -(-percentile * len(times) // 100)
        return round(1000 * times[max(rank, 1) - 1], 3) if times else 0.0


def evaluate(
    utterances: Sequence[Utterance],
    recipe: Callable[[], Listener],
    judge: Judge,
    *,
    workers: int = 1,
    spread: Spread | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Hear, understand and judge every utterance, in `workers` processes (1: in this one) or as `spread` does it.

    `recipe` makes a listener; it is sent to the processes, so it must survive pickling.
    Raises InputError naming the row for a recording that cannot be read, RecogniserError where a worker died.
    """
    results = []
    every = spread(utterances, recipe) if spread else _listen(utterances, recipe, workers)
    for utterance, listened in zip(utterances, every, strict=True):
        taken = judge.taken(listened.understanding)
        right = judge.right(utterance.expected, taken) if utterance.expected else False
        results.append(Result(utterance, listened, taken, right))
        progress()
    engines = {result.listened.recognition.engine for result in results}
    return Evaluation(tuple(results), "+".join(sorted(engines)), judge.entries)


def _listen(utterances: Sequence[Utterance], recipe: Callable[[], Listener], workers: int) -> Iterator[Listened]:
    if workers <= 1:
        listener = recipe()
        yield from (heard(listener, utterance) for utterance in utterances)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_start, initargs=(recipe,)) as pool:
        try:
            yield from pool.map(_work, utterances, chunksize=4)
        except BrokenProcessPool as error:
            raise RecogniserError("a recogniser process died; try --workers 1 to see which utterance") from error


def heard(listener: Listener, utterance: Utterance) -> Listened:
    """Hear one utterance. Raises InputError naming its row where its recording cannot be read."""
    try:
        return listener.listen(utterance)
    except InputError as error:
        raise InputError(error.what, where=f"row {utterance.row}, {error.where}", todo=error.todo) from error


_LISTENER: list[Listener] = []
"""The listener of this worker process."""


def _start(recipe: Callable[[], Listener]) -> None:
    _LISTENER[:] = [recipe()]


def _work(utterance: Utterance) -> Listened:
    return heard(_LISTENER[0], utterance)
