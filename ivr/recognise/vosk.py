"""Vosk behind the Recogniser protocol, on the built-in telephone model or one that a site has installed.

With the built-in model every grammar is a closed graph of its own, which hears nothing but whole sentences; a second
graph, of any sounds at all, hears the same audio, and how much worse it explains it is the confidence.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ivr.errors import GrammarError, RecogniserError
from ivr.model import Hypothesis, Recognition, WordHeard
from ivr.recognise.base import Capabilities
from ivr.recognise.endpoint import RATE, speech_span
from ivr.recognise.quieten import Quietener

if TYPE_CHECKING:
    from ivr.recognise.base import Samples

ENGINE = "vosk"
BLOCK = 1600
"""Samples given to Vosk at once, however they arrive: so that portions never change the result."""


class Decoder(Protocol):
    """One utterance inside libvosk (`vosk.KaldiRecognizer`)."""

    def AcceptWaveform(self, data: bytes) -> int: ...  # noqa: N802, D102 - libvosk's name
    def PartialResult(self) -> str: ...  # noqa: N802, D102
    def Result(self) -> str: ...  # noqa: N802, D102
    def FinalResult(self) -> str: ...  # noqa: N802, D102


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an utterance, as libvosk gives it."""

    text: str
    score: float
    """Log likelihood of the whole utterance; only differences mean anything."""
    words: tuple[WordHeard, ...]


class Ears(Protocol):
    """Makes the decoders of one grammar, and makes sense of their readings."""

    def decoders(self) -> tuple[Decoder, ...]:
        """Return fresh decoders, the one that proposes first."""
        ...

    def hypotheses(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[Hypothesis, ...]:
        """Return what was heard from each decoder's readings."""
        ...

    def rival(self, readings: tuple[tuple[Reading, ...], ...]) -> str:
        """Return what else it may have been that is no sentence of the grammar; empty: not known."""
        ...

    def evidence(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[tuple[str, float], ...]:
        """Return the named measures behind the confidences."""
        ...


class Source(Protocol):
    """Gives ears for a grammar."""

    def ears(self, grammar: str, only: frozenset[str]) -> Ears:
        """Return the ears for a grammar. Raises RecogniserError for an unknown one, GrammarError for a faulty one."""
        ...


class VoskHearing:
    """One utterance being heard."""

    def __init__(self, ears: Ears, longest: float, *, quieten: bool = False) -> None:
        self._ears, self._decoders = ears, ears.decoders()
        self._quietener = Quietener() if quieten else None
        self._left = round(longest * RATE)
        self._all: list[Samples] = []
        self._rest: Samples = np.zeros(0, np.int16)
        self._text = ""
        self._seconds = 0.0
        self._results: list[list[str]] = [[] for _ in self._decoders]

    def feed(self, samples: Samples) -> str:
        """Take samples; return the text so far. Sound beyond the longest utterance is not listened to."""
        began = time.perf_counter()
        samples = samples[: self._left]
        self._left -= samples.size
        self._all.append(samples)
        self._rest = np.concatenate([self._rest, samples])
        while self._rest.size >= BLOCK:
            self._accept(self._rest[:BLOCK])
            self._rest = self._rest[BLOCK:]
            self._text = _known(json.loads(self._decoders[0].PartialResult()).get("partial", ""))
        self._seconds += time.perf_counter() - began
        return self._text

    def _accept(self, block: Samples) -> None:
        self._decode(self._quietener.feed(block) if self._quietener else block)

    def _decode(self, block: Samples) -> None:
        for decoder, results in zip(self._decoders, self._results, strict=True):
            if decoder.AcceptWaveform(block.tobytes()):
                results.append(decoder.Result())

    def finish(self) -> Recognition:
        """Return what was heard."""
        began = time.perf_counter()
        if self._rest.size:
            self._accept(self._rest)
        if self._quietener:
            self._decode(self._quietener.finish())
        for decoder, results in zip(self._decoders, self._results, strict=True):
            results.append(decoder.FinalResult())
        sound = np.concatenate(self._all) if self._all else np.zeros(0, np.int16)
        speech = speech_span(sound) is not None
        readings = tuple(map(joined, self._results))
        return Recognition(
            self._ears.hypotheses(readings) if speech else (),
            ENGINE,
            speech=speech,
            audio_seconds=sound.size / RATE,
            decode_seconds=self._seconds + time.perf_counter() - began,
            evidence=self._ears.evidence(readings) if speech else (),
            rival=self._ears.rival(readings) if speech else "",
        )


class VoskRecogniser:
    """Hears telephone utterances. May be shared between threads: each utterance has decoders of its own."""

    def __init__(self, source: Source, *, longest: float = 15.0, quieten: bool = False) -> None:
        """Make one whose utterances last `longest` seconds at most; `quieten`: noise is taken out first."""
        self._source, self._longest, self._quieten = source, longest, quieten

    @property
    def capabilities(self) -> Capabilities:
        """Follows grammars, streams, and lets Python's lock go while it decodes."""
        return Capabilities(
            engine=ENGINE, grammar=True, streaming=True, word_times=True, confidence=True, holds_lock=False
        )

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> VoskHearing:
        """Begin an utterance. Raises RecogniserError for an unknown grammar or one that cannot be compiled."""
        try:
            return VoskHearing(self._source.ears(grammar, only), self._longest, quieten=self._quieten)
        except GrammarError as error:
            raise RecogniserError(str(error)) from error


def joined(results: list[str]) -> tuple[Reading, ...]:
    """Return the readings of a whole utterance whose decoder ended it in one or more stretches."""
    stretches = [found for found in map(readings, results) if found]
    if not stretches:
        return ()
    best = [found[0] for found in stretches[:-1]]
    return tuple(
        Reading(
            " ".join(filter(None, [*(part.text for part in best), last.text])),
            sum(part.score for part in best) + last.score,
            (*(word for part in best for word in part.words), *last.words),
        )
        for last in stretches[-1]
    )


def readings(result: str) -> tuple[Reading, ...]:
    """Return the readings in one result of libvosk: one best, or several alternatives."""
    content: dict[str, Any] = json.loads(result)
    found = content.get("alternatives", [content])
    return tuple(
        Reading(text, float(part.get("confidence", 0.0)), tuple(map(_word, part.get("result", []))))
        for part in found
        if (text := str(part.get("text", "")).strip())
    )


def _word(part: dict[str, Any]) -> WordHeard:
    return WordHeard(part["word"], float(part["start"]), float(part["end"]), part.get("conf"))


def _known(text: str) -> str:
    return " ".join(word for word in text.split() if word != "[unk]")


def logistic(value: float) -> float:
    """Return a probability for a log odds."""
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))
