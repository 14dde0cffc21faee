"""From scores to calibrated probabilities, and from those to a decision.

The model is a conditional logit: each candidate's log-odds against "none of these" is a weighted sum of its
features, and the candidates share one probability with that alternative, so that two entries that fit
equally well get half each and a stranger's name leaves most of it to nobody. The weights in
`coefficients.json` are fitted by `benchmarks/fit_confidence.py`; they are data, reviewed like code.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from ivr.model import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.model import Candidate
    from ivr.settings import MatchingSettings

_TYPED: Final = "typed"
_CERTAIN: Final = 1e-6


@dataclass(frozen=True)
class Weights:
    """The fitted model."""

    bias: float
    """Log-odds of an entry that fits exactly."""
    features: Mapping[str, float]
    recogniser: Mapping[str, tuple[float, float, float]]
    """Engine -> (log-odds at confidence one half, slope over the confidence's own log-odds, log-odds without one)."""
    enquiry: Mapping[str, float]
    """Bias and weights of an enquiry's fit: covered, explained, told, exact, own."""

    def score(self, features: Mapping[str, float]) -> float:
        """Log-odds against "none of these"."""
        return self.bias + sum(self.features[name] * value for name, value in features.items())

    def asked(self, fit: Mapping[str, float]) -> float:
        """Log-odds, against "none of these", of an enquiry that fits so well."""
        return self.enquiry["bias"] + sum(
            self.enquiry[name] * value for name, value in fit.items() if name in self.enquiry
        )

    def heard_right(self, engine: str, confidence: float | None) -> float:
        """Probability, 0-1, that the recogniser's words are those said, from its own confidence."""
        if engine == _TYPED:
            return 1.0
        # Two recognisers together ("vosk+sphinx") are believed as the first is.
        first = engine.partition("+")[0]
        level, slope, unknown = self.recogniser.get(first, self.recogniser["other"])
        if confidence is None:
            return _sigmoid(unknown)
        held = min(max(confidence, 0.001), 0.999)
        return _sigmoid(level + slope * math.log(held / (1 - held)))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


@cache
def default_weights() -> Weights:
    """Read the weights that come with the product."""
    data = json.loads(resources.files("ivr.match").joinpath("coefficients.json").read_text(encoding="utf-8"))
    recogniser = {engine: (row[0], row[1], row[2]) for engine, row in data["recogniser"].items()}
    return Weights(float(data["bias"]), dict(data["features"]), recogniser, dict(data["enquiry"]))


def share(scores: Sequence[float]) -> list[float]:
    """Probabilities of the candidates with these log-odds; what is left over is "none of these"."""
    top = max([0.0, *scores])
    parts = [math.exp(score - top) for score in scores]
    whole = math.exp(-top) + sum(parts)
    return [part / whole for part in parts]


def decide(candidates: Sequence[Candidate], settings: MatchingSettings) -> tuple[Decision, tuple[Candidate, ...], str]:
    """Decide about candidates in order of confidence: the decision, those it concerns, and why, in one line."""
    if not candidates or candidates[0].confidence < _CERTAIN:
        return Decision.REJECT, (), "nothing in the directory or among the enquiries is like it"
    best = candidates[0]
    offered = [c for c in candidates if c.confidence >= settings.choose][: settings.most_choices]
    close = [c for c in offered if best.confidence - c.confidence < settings.margin]
    if best.confidence >= settings.accept:
        return Decision.ACCEPT, (best,), f"{best.label} at {best.confidence:.2f}, over {settings.accept:g}"
    if len(close) > 1:
        names = ", ".join(c.label for c in close)
        return Decision.CHOOSE, tuple(close), f"equally likely: {names}"
    if best.confidence >= settings.confirm:
        return Decision.CONFIRM, (best,), f"{best.label} at {best.confidence:.2f}, not sure enough to act"
    if len(offered) > 1:
        return Decision.CHOOSE, tuple(offered), f"{len(offered)} possible, none likely enough to confirm"
    why = f"best is {best.label} at {best.confidence:.2f}, under {settings.confirm:g}"
    return Decision.REJECT, tuple(candidates), why
