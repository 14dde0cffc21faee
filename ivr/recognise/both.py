"""Two independent recognisers for one utterance: the second compares what the first thinks was said.

The first names what may have been said, and what else it may have been. The second, of another make and trained on
other voices, tells how well each of those fits the sound; it need not know any grammar, so it takes as long for a large
directory as for a small one.
"""

from __future__ import annotations

import json
import logging
import math
import time
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ivr.errors import RecogniserError
from ivr.recognise.builtin import WEIGHTS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.model import Hypothesis, Recognition
    from ivr.recognise.base import Capabilities, Hearing, Recogniser, Samples

log = logging.getLogger(__name__)
SURE = 0.9
"""Confidence of the first recogniser from which the second is not asked."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How well each of several texts fits one utterance."""

    scores: Mapping[str, float]
    """Log likelihood of each text against the best one's, 0 and below; empty: nothing could be compared."""
    fit: float = 0.0
    """How well the best of them fits the sound, 0-1."""


class Comparer(Protocol):
    """A recogniser that tells which of several texts was said."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def compare(self, samples: Samples, texts: Sequence[str]) -> Comparison:
        """Compare different texts, of words or phones, with 8 kHz samples. Raises RecogniserError where it fails."""
        ...


@dataclass(frozen=True)
class Opinion:
    """Weights of the second recogniser's opinion, fitted by `benchmarks/fit_hearing.py`."""

    texts: float
    """Of a text's log likelihood."""
    doubt: float
    """Log odds added to none of the texts having been said."""
    fit: float
    """Of how well the best text fits the sound, added to the same."""


@cache
def default_opinion() -> Opinion:
    """Read the weights that come with the model."""
    content = json.loads((WEIGHTS_FOLDER / "opinion.json").read_text(encoding="utf-8"))
    return Opinion(**content)


class BothHearing:
    """One utterance being heard by the first, kept for the second."""

    def __init__(self, recogniser: BothRecogniser, first: Hearing) -> None:
        self._recogniser, self._first = recogniser, first
        self._parts: list[Samples] = []

    def feed(self, samples: Samples) -> str:
        """Take samples; return the first recogniser's partial text."""
        self._parts.append(samples)
        return self._first.feed(samples)

    def finish_soon(self) -> Recognition:
        """Return what the first heard, with its own confidences, unless the second is always to be asked."""
        return self.finish() if self._recogniser.always else self._first.finish()

    def finish(self) -> Recognition:
        """Return what the first heard, with confidences that both stand behind."""
        heard = self._first.finish()
        if not self._recogniser.asks_second(heard):
            return heard
        began = time.perf_counter()
        samples = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        second = self._recogniser.second
        try:
            comparison = second.compare(samples, possible(heard))
        except RecogniserError as error:
            log.warning("no second opinion: %s", error)
            return heard
        both = judged(heard, comparison, second.capabilities.engine, self._recogniser.opinion)
        return replace(both, decode_seconds=both.decode_seconds + time.perf_counter() - began)


@dataclass(frozen=True)
class BothRecogniser:
    """Proposes with `first` and lets `second` compare. As shareable as the first."""

    first: Recogniser
    second: Comparer
    always: bool = False
    """False: the second is only asked when the first is unsure."""
    opinion: Opinion = field(default_factory=default_opinion)

    @property
    def capabilities(self) -> Capabilities:
        """Those of the first: the second takes a few hundredths of an utterance's time, after its end."""
        first, second = self.first.capabilities, self.second.capabilities
        return replace(first, engine=f"{first.engine}+{second.engine}")

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> BothHearing:
        """Begin an utterance. Raises RecogniserError for an unknown grammar."""
        return BothHearing(self, self.first.start(grammar, only=only))

    def asks_second(self, heard: Recognition) -> bool:
        """Tell whether the second opinion is worth its time."""
        if not heard.speech or len(possible(heard)) < 2:  # noqa: PLR2004 (one alone cannot be compared)
            return False
        return self.always or (heard.hypotheses[0].confidence or 0.0) < SURE


def possible(heard: Recognition) -> tuple[str, ...]:
    """Return everything that may have been said: the readings, and what else it may have been."""
    texts = (*(hypothesis.text for hypothesis in heard.hypotheses), heard.rival)
    return tuple(dict.fromkeys(filter(None, texts))) if heard.hypotheses else ()


def judged(heard: Recognition, comparison: Comparison, engine: str, opinion: Opinion) -> Recognition:
    """Return the readings with the confidences that both recognisers give them together, best first."""
    if not comparison.scores:
        return heard
    before = [hypothesis.confidence or 0.0 for hypothesis in heard.hypotheses]
    odds = [
        confidence * math.exp(opinion.texts * comparison.scores[hypothesis.text])
        for confidence, hypothesis in zip(before, heard.hypotheses, strict=True)
    ]
    nothing = max(0.0, 1 - sum(before)) * math.exp(opinion.doubt + opinion.fit * comparison.fit)
    whole = sum(odds) + nothing or 1.0
    kept = [
        replace(hypothesis, confidence=round(share / whole, 4))
        for hypothesis, share in zip(heard.hypotheses, odds, strict=True)
    ]
    ranked: list[Hypothesis] = sorted(kept, key=lambda hypothesis: -(hypothesis.confidence or 0.0))
    evidence = (
        *heard.evidence,
        (f"{engine}: fit of the best text", comparison.fit),
        (f"{engine}: {heard.engine}'s best reading behind it, log", comparison.scores[heard.text]),
        (f"{engine}: best reading of both behind it, log", comparison.scores[ranked[0].text]),
    )
    return replace(heard, hypotheses=tuple(ranked), engine=f"{heard.engine}+{engine}", evidence=evidence)
