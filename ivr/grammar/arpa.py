"""An n-gram language model of what a grammar allows, in the ARPA format."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ivr.grammar.expand import generate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.grammar.tree import Grammar

    Gram = tuple[str, ...]

ORDER = 3
_SAMPLES = 5000
"""Sentences drawn beside every name said alone."""
_NEVER = -99.0
"""Log probability of what cannot follow (the beginning of a sentence)."""


def arpa(grammar: Grammar, *, order: int = ORDER, samples: int = _SAMPLES, seed: int = 0) -> str:
    """Write a back-off model of `order` words, Witten-Bell smoothed (Witten and Bell 1991), log base 10.

    It is counted over every slot value said alone and `samples` sentences; the same seed gives the same model.
    """
    counts = _count(_corpus(grammar, samples, seed), order)
    probabilities, backoffs = _smooth(counts, order)
    lines = ["\\data\\", *(f"ngram {n}={len(probabilities[n])}" for n in range(1, order + 1)), ""]
    for n in range(1, order + 1):
        lines.append(f"\\{n}-grams:")
        lines += [_line(gram, value, backoffs.get(gram)) for gram, value in sorted(probabilities[n].items())]
        lines.append("")
    return "\n".join([*lines, "\\end\\", ""])


def _line(gram: Gram, value: float, backoff: float | None) -> str:
    said = f"{value:.4f}\t{' '.join(gram)}"
    return said if backoff is None else f"{said}\t{backoff:.4f}"


def _corpus(grammar: Grammar, samples: int, seed: int) -> Iterator[list[str]]:
    for values in grammar.slots.values():
        for value in values:
            yield value.text.split()
    for said in generate(grammar, limit=samples, seed=seed):
        yield said.text.split()


def _count(corpus: Iterable[list[str]], order: int) -> list[Counter[Gram]]:
    counts: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
    for said in corpus:
        row = ("<s>", *said, "</s>")
        for n in range(1, order + 1):
            counts[n].update(row[i : i + n] for i in range(len(row) - n + 1))
    counts[1].pop(("<s>",), None)
    if not counts[1]:
        counts[1]["</s>",] = 1
    return counts


def _smooth(counts: list[Counter[Gram]], order: int) -> tuple[list[dict[Gram, float]], dict[Gram, float]]:
    """Return log probabilities by length, and the back-off weight of each history."""
    total = sum(counts[1].values())
    shares: dict[Gram, float] = {gram: count / total for gram, count in counts[1].items()}
    logs: list[dict[Gram, float]] = [{} for _ in range(order + 1)]
    logs[1] = {gram: math.log10(share) for gram, share in shares.items()}
    logs[1]["<s>",] = _NEVER
    backoffs: dict[Gram, float] = {}
    for n in range(2, order + 1):
        following: dict[Gram, list[Gram]] = defaultdict(list)
        for gram in counts[n]:
            following[gram[:-1]].append(gram)
        for history, grams in following.items():
            seen = sum(counts[n][gram] for gram in grams)
            kinds = len(grams)
            rest = kinds / (seen + kinds)
            for gram in grams:
                shares[gram] = counts[n][gram] / (seen + kinds) + rest * _lower(shares, gram[1:])
                logs[n][gram] = math.log10(shares[gram])
            left = 1.0 - sum(shares[gram] for gram in grams)
            below = 1.0 - sum(_lower(shares, gram[1:]) for gram in grams)
            backoffs[history] = math.log10(left / below) if left > _TINY and below > _TINY else _NEVER
    return logs, backoffs


_TINY = 1e-9


def _lower(shares: dict[Gram, float], gram: Gram) -> float:
    """Probability of the last word after a shorter history; seen, since its longer history was."""
    return shares[gram]
