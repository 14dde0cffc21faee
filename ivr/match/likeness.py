"""How much a sentence is like those of people in danger, learnt from lists of what people said.

What nobody wrote down as a phrase or a sign is compared as a whole: its words (as families), its pairs of words and
the meanings in it (rules of the signs) each have a weight, fitted by `benchmarks/fit_safety.py` to the lists of the
tests; the sum is the log of the odds that somebody is in danger (logistic regression).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ivr.match.signs import family

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WEIGHTS: Final = "safety_weights.csv"
ENOUGH: Final = 2.0
"""Log odds from which it counts: of look-alikes that were not fitted, about one in a hundred and fifty reaches it."""
_BIAS: Final = "bias"


def features(said: Sequence[str], meanings: Iterable[str]) -> frozenset[str]:
    """Give what is weighed in plain words and the names of the meanings found in them."""
    kin = [family(word) for word in said]
    found = {*kin, *(f"{one} {other}" for one, other in pairwise(kin)), *(f"<{name}>" for name in meanings)}
    return frozenset(found | {_BIAS})


@cache
def weights() -> Mapping[str, float]:
    """Read the fitted weights."""
    text = resources.files("ivr.match").joinpath(WEIGHTS).read_text(encoding="utf-8")
    return {row["feature"]: float(row["weight"]) for row in csv.DictReader(text.splitlines())}


def likeness(said: Sequence[str], meanings: Iterable[str]) -> float:
    """Give the log odds that these words are of somebody in danger."""
    known = weights()
    return sum(known.get(feature, 0.0) for feature in features(said, meanings))
