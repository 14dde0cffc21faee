"""PocketSphinx behind the Recogniser protocol: works out of the box, follows any Grammar, knows every name.

One decoder, and so one acoustic model, serves all grammars of a recogniser; a search is made for a grammar when it
is first used. An utterance is decoded when it ends, as a whole, so that its own average (cepstral mean) can be taken
and nothing of one call colours the next: the same samples always give the same result.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ivr.errors import GrammarError, RecogniserError
from ivr.model import Hypothesis, Recognition, WordHeard
from ivr.recognise.base import Capabilities
from ivr.recognise.both import Comparison
from ivr.recognise.builtin_ears import narrowed
from ivr.recognise.endpoint import RATE, speech_span
from ivr.recognise.graph.network import closed
from ivr.recognise.phones import is_phone
from ivr.recognise.quieten import quietened
from ivr.recognise.shared import shared_network
from ivr.recognise.wideband import fill_upper_band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ivr.grammar.tree import Grammar
    from ivr.recognise.base import Samples
    from ivr.recognise.graph.network import Network

    Pronounce = Callable[[str], tuple[tuple[str, ...], ...]]

ENGINE = "sphinx"
FRAME_RATE = 100
MOST_NARROWED = 8
"""Narrowed searches kept beside the grammars' own."""
SILENCE_CHANCE = 0.1
"""Of a pause between words: callers hesitate more than the readers PocketSphinx's own 0.005 was chosen for."""
MOST_ACTIVE = 5000
"""Sounds followed at once; halves the time of large grammars."""
COMPARING = "texts compared"
"""Name of the search for one comparison."""
FARTHEST, CUT_SHORT = 60.0, 10.0
"""Log scores: how far behind the best a text counts at most; and how far, where only its beginning was heard."""
_READ = 300
"""Paths of the lattice looked at for different readings."""
_SCORE_SHIFT = 1024.0
"""PocketSphinx gives path scores divided by this, as the exponential."""
_SOFTEN = 1 / 15
"""Log scores of whole paths are this much too sure of themselves: neighbouring frames repeat each other."""


class SphinxHearing:
    """One utterance being heard."""

    def __init__(self, recogniser: SphinxRecogniser, search: str) -> None:
        self._recogniser, self._search = recogniser, search
        self._parts: list[Samples] = []

    def feed(self, samples: Samples) -> str:
        """Keep the samples; there is no partial text."""
        self._parts.append(samples)
        return ""

    def finish(self) -> Recognition:
        """Decode what was fed. Raises RecogniserError where PocketSphinx fails."""
        samples = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        return self._recogniser.decode(samples, self._search)


class SphinxRecogniser:
    """Hears telephone utterances against grammars. For one thread; a process may hold several."""

    def __init__(
        self, grammars: Mapping[str, Grammar], pronounce: Pronounce, *, alternatives: int = 5, longest: float = 15.0
    ) -> None:
        self._grammars, self._pronounce = grammars, pronounce
        self._alternatives, self._longest = alternatives, longest
        self._decoder = _new_decoder()
        self._lock = threading.Lock()
        self._words: set[str] = set()
        self._searches: set[str] = set()
        self._narrowed: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        """Follows grammars, hears whole utterances, keeps the interpreter lock."""
        return Capabilities(
            engine=ENGINE, grammar=True, streaming=False, word_times=True, confidence=True, holds_lock=True
        )

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> SphinxHearing:
        """Begin an utterance. Raises RecogniserError for an unknown grammar or one that cannot be compiled."""
        if grammar not in self._grammars:
            raise RecogniserError(f'no grammar "{grammar}"; known: {", ".join(sorted(self._grammars))}')
        try:
            return SphinxHearing(self, self._search(grammar, only))
        except GrammarError as error:
            raise RecogniserError(str(error)) from error

    def decode(self, samples: Samples, search: str) -> Recognition:
        """Return what was said in 8 kHz samples, against a search made by `start`."""
        began = time.perf_counter()
        span = speech_span(samples)
        if span is None:
            return Recognition((), ENGINE, speech=False, audio_seconds=samples.size / RATE,
                               decode_seconds=time.perf_counter() - began)  # fmt: skip
        first, last = span[0], min(span[1], span[0] + round(self._longest * RATE))
        sound = fill_upper_band(samples[first:last]).tobytes()
        try:
            self._hear(sound, search)
            hypotheses = self._readings(first / RATE)
        except RuntimeError as error:
            raise RecogniserError(f"PocketSphinx failed: {error}") from error
        return Recognition(
            hypotheses, ENGINE, audio_seconds=samples.size / RATE, decode_seconds=time.perf_counter() - began
        )

    def compare(self, samples: Samples, texts: Sequence[str]) -> Comparison:
        """Compare different texts, of words or phones, with 8 kHz samples; threads take turns.

        Raises RecogniserError where PocketSphinx fails.
        """
        span = speech_span(samples)
        if span is None:
            return Comparison({})
        first, last = span[0], min(span[1], span[0] + round(self._longest * RATE))
        sound = fill_upper_band(quietened(samples[first:last])).tobytes()
        network = closed([text.split() for text in texts])
        with self._lock:
            self._add_words(network.vocabulary())
            search = self._decoder.create_fsg(COMPARING, 0, len(network.words), transitions(network))
            self._decoder.add_fsg(COMPARING, search)
            try:
                self._hear(sound, COMPARING)
                best = self._decoder.hyp()
                if best is None or not best.hypstr:
                    return Comparison({})
                words, fit = self._best_words(0.0)
                found = self._scores(" ".join(word.word for word in words))
            except RuntimeError as error:
                raise RecogniserError(f"PocketSphinx failed: {error}") from error
            finally:
                self._decoder.remove_search(COMPARING)
        return Comparison({text: _behind(text, found) for text in texts}, round(fit, 4))

    def _hear(self, sound: bytes, search: str) -> None:
        self._decoder.reinit_feat()  # forgets the last caller's noise and average
        self._decoder.activate_search(search)
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()

    def _readings(self, offset: float) -> tuple[Hypothesis, ...]:
        """Return the distinct readings, best first, each with a confidence from the sound and from its rivals."""
        best = self._decoder.hyp()
        if best is None or not best.hypstr:
            return ()
        words, fit = self._best_words(offset)
        scores = self._scores(" ".join(word.word for word in words))
        top = max(scores.values())
        shares = {text: math.exp((score - top) * _SOFTEN) for text, score in scores.items()}
        whole = sum(shares.values())
        ranked = sorted(shares, key=lambda text: -shares[text])[: self._alternatives]
        first = " ".join(word.word for word in words)
        ranked = [first, *(text for text in ranked if text != first)]
        return tuple(
            Hypothesis(text, round(fit * shares[text] / whole, 4), words if text == first else ()) for text in ranked
        )

    def _scores(self, first: str) -> dict[str, float]:
        """Return the log score of each distinct reading of the lattice, `first` among them."""
        scores: dict[str, float] = {}
        with suppress(RuntimeError):  # an utterance too short or too odd for a lattice has its one reading
            for _, path in zip(range(_READ), self._decoder.nbest(), strict=False):
                if path is None or len(scores) > 2 * self._alternatives:
                    break
                text = " ".join(plain(word) for word in path.hypstr.split())
                if text and path.score > 0:
                    scores[text] = max(scores.get(text, -math.inf), _SCORE_SHIFT * math.log(path.score))
        return {first: max(scores.values(), default=0.0), **scores}

    def _best_words(self, offset: float) -> tuple[tuple[WordHeard, ...], float]:
        words, fits = [], []
        for part in self._decoder.seg():
            if part.word.startswith(("<", "[", "+")):
                continue
            frames = part.end_frame - part.start_frame + 1
            fits.append((math.log(max(part.ascore, 1e-308)), frames))
            start, end = (offset + frame / FRAME_RATE for frame in (part.start_frame, part.end_frame + 1))
            words.append(WordHeard(plain(part.word), start, end, round(_fit(fits[-1:]), 4)))
        return tuple(words), _fit(fits)

    def _search(self, grammar: str, only: frozenset[str]) -> str:
        name = str(grammar) if not only else f"{grammar} {_digest(only)}"
        if name in self._searches:
            return name
        network = shared_network(narrowed(self._grammars[grammar], only) if only else self._grammars[grammar])
        self._add_words(network.vocabulary())
        self._decoder.add_fsg(name, self._decoder.create_fsg(name, 0, len(network.words), transitions(network)))
        self._searches.add(name)
        if only:
            self._forget_narrowed(name)
        return name

    def _forget_narrowed(self, name: str) -> None:
        self._narrowed.append(name)
        if len(self._narrowed) > MOST_NARROWED:
            old = self._narrowed.pop(0)
            self._decoder.remove_search(old)
            self._searches.remove(old)

    def _add_words(self, words: Iterable[str]) -> None:
        for word in sorted(set(words) - self._words):
            ways = ((word,),) if is_phone(word) else self._pronounce(word)
            for number, phones in enumerate(dict.fromkeys(ways), start=1):
                self._decoder.add_word(word if number == 1 else f"{word}({number})", " ".join(phones), update=False)
            self._words.add(word)


def transitions(network: Network) -> list[tuple[int, int, float, str] | tuple[int, int, float]]:
    """Return the arcs of a network as PocketSphinx takes them; the end is the state after the last one."""
    listed: list[tuple[int, int, float, str] | tuple[int, int, float]] = [
        (source, target, math.exp(-cost), word)
        for source, arcs in enumerate(network.words)
        for word, target, cost in arcs
    ]
    listed.extend(
        (source, target, math.exp(-cost)) for source, arcs in enumerate(network.skips) for target, cost in arcs
    )
    listed.extend((final, len(network.words), math.exp(-cost)) for final, cost in sorted(network.finals.items()))
    return listed


def _behind(text: str, found: Mapping[str, float]) -> float:
    """Return by how much a text's log score is below the best one's; one that was heard in part is further behind."""
    best = max(found.values())
    in_part = [found[begun] - CUT_SHORT for begun in found if text.startswith(f"{begun} ")]
    return max([found.get(text, best - FARTHEST) - best, -FARTHEST, *(score - best for score in in_part)])


def plain(word: str) -> str:
    """Return a dictionary word without the number of its pronunciation: "to(3)" is "to"."""
    return word.partition("(")[0]


def _new_decoder() -> Any:
    from pocketsphinx import Config, Decoder  # noqa: PLC0415 (a native library loads where it is used)

    options: dict[str, Any] = {"lm": None, "dict": None, "samprate": 16000.0, "cmn": "batch", "loglevel": "FATAL"}
    return Decoder(Config(**options, silprob=SILENCE_CHANCE, maxhmmpf=MOST_ACTIVE))


def _fit(scores: list[tuple[float, int]]) -> float:
    """Return how well words fit their sound, 0-1, from the log score and frames of each.

    PocketSphinx scores a frame against its best-fitting sound of all, so 0 a frame is a perfect fit. The curve was
    fitted on in- and out-of-grammar telephone speech (benchmarks/bench_sphinx.py).
    """
    frames = sum(count for _, count in scores)
    if not frames:
        return 0.0
    mean = sum(score for score, _ in scores) / frames
    return 1.0 / (1.0 + math.exp(-2.0 * (mean + 4.5)))


def _digest(only: frozenset[str]) -> str:
    return hashlib.sha256("\n".join(sorted(only)).encode()).hexdigest()[:16]
