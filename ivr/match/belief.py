"""How far each reading of an utterance is believed, and what readings that mean the same come to together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivr.match.confidence import Weights
    from ivr.model import Recognition

Meaning = TypeVar("Meaning")

SHARING: Final = frozenset({"vosk", "sphinx"})
"""Recognisers whose readings share one probability, what is left being that none of them was said."""
ENOUGH_DANGER: Final = 0.25
"""Probability from which words of danger count with such a recogniser; with others any reading will do."""
_MOST_READINGS: Final = 16
_FIRST_READING: Final = 0.8
"""Belief in the best reading of other recognisers; each further one gets half of what is left."""


def believed(recognition: Recognition, texts: Sequence[str], weights: Weights) -> dict[str, float]:
    """Return the probability that each of the different normalised `texts` was said, best first."""
    texts = texts[:_MOST_READINGS]
    confidences = [hypothesis.confidence for hypothesis in recognition.hypotheses]
    engine = recognition.engine
    if engine.partition("+")[0] not in SHARING or None in confidences:
        trust = weights.heard_right(engine, confidences[0])
        return {text: trust * belief for text, belief in zip(texts, beliefs(len(texts)), strict=True)}
    shares = dict.fromkeys(texts, 0.0)
    for hypothesis in recognition.hypotheses:
        text = normalise(hypothesis.text)
        if text in shares:
            shares[text] += hypothesis.confidence or 0.0
    whole = sum(shares.values())
    trust = weights.heard_right(engine, min(whole, 1.0))
    return {text: trust * share / (whole or 1.0) for text, share in shares.items()}


def beliefs(count: int) -> list[float]:
    """Return the probability of each of `count` readings of which only the order is known, best first."""
    if count == 1:
        return [1.0]
    left = 1 - _FIRST_READING
    halves = [0.5 ** (i + 1) for i in range(count - 1)]
    return [_FIRST_READING, *(left * half / sum(halves) for half in halves)]


def pooled(meanings: Iterable[tuple[Meaning | None, float]]) -> dict[Meaning, float]:
    """Add up the probabilities of equal meanings; None and the empty meaning are left out."""
    found: dict[Meaning, float] = {}
    for meaning, belief in meanings:
        if meaning:
            found[meaning] = found.get(meaning, 0.0) + belief
    return found
