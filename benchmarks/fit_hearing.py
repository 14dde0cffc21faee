"""Fits how sure recognition is to made-up callers, and prints how far that holds for voices it never met.

    .venv/bin/python benchmarks/heard_turns.py fit judge
    .venv/bin/python benchmarks/fit_hearing.py [--write]

A reading's probability is that of something in the grammar having been said, a logistic of by how much the best
reading explains the sound better than its best rival does, shared among the readings by their softened scores. The
second recogniser's opinion changes the odds of each reading and of none. Both are fitted by maximum likelihood of what
was meant (whatever the words), the second on top of the first, to callers in the voices of `spoken_calls.FITTING`; the
tables are of those in `JUDGING`. `--write` puts the weights beside the model's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from heard_turns import ROOT, Heard, heard

from ivr.recognise.both import SURE, Opinion
from ivr.recognise.builtin_ears import Sureness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Likelihood = Callable[[np.ndarray], float]

MODEL = ROOT / "ivr" / "recognise" / "telephone_model"
SHRINK = 0.002
"""Penalty on the square of each weight: the sets are small."""
STEPS, STEP = 500, 0.05
LEVELS = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.01)
TAKEN_FROM = (0.3, 0.45, 0.6, 0.93)
OUTSIDE = 0.2
"""Share of turns that mean nothing here, whatever their number: the sets are rich in them."""
ASIDE = ("stranger", "aside")


class Turns:
    """Many turns as arrays, a row a turn and a column a reading."""

    def __init__(self, turns: Sequence[Heard]) -> None:
        self.turns = list(turns)
        width = max(len(turn.scores) for turn in turns)

        def table(rows: list[np.ndarray], blank: float) -> np.ndarray:
            return np.array([np.pad(row.astype(float), (0, width - len(row)), constant_values=blank) for row in rows])

        self.features = np.array([[1.0, *turn.features] for turn in turns])
        self.scores = table([turn.scores - turn.scores[0] for turn in turns], -1e9)
        self.behind = table([turn.behind for turn in turns], -1e9)
        self.right = table([turn.right for turn in turns], 0.0) > 0
        self.fit = np.array([turn.fit for turn in turns])
        self.inside = self.right.any(axis=1) | np.array([turn.sort not in ASIDE for turn in turns])
        outside = max((~self.inside).sum(), 1)
        self.weights = np.where(self.inside, (1 - OUTSIDE) / max(self.inside.sum(), 1), OUTSIDE / outside)
        self.weights /= self.weights.sum()

    def first(self, weights: np.ndarray) -> np.ndarray:
        """Return the probability of each reading by the first recogniser; `weights`: bias, features, log softening."""
        sure = 1 / (1 + np.exp(-np.clip(self.features @ weights[:-1], -30, 30)))
        shares = np.exp(np.maximum(self.scores * np.exp(weights[-1]), -700))
        return np.asarray(sure[:, None] * shares / shares.sum(axis=1, keepdims=True))

    def both(self, first: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the same by both; `weights`: log of the texts', doubt, fit. Where the first is sure, it stands."""
        odds = first * np.exp(np.maximum(self.behind * np.exp(weights[0]), -700))
        nothing = (1 - first.sum(axis=1)) * np.exp(weights[1] + weights[2] * self.fit)
        asked = (first.max(axis=1) < SURE)[:, None]
        return np.where(asked, odds / (odds.sum(axis=1) + nothing)[:, None], first)

    def likelihood(self, chances: np.ndarray) -> float:
        """Return the mean log probability given to what was meant, by the weights of the turns."""
        found = (chances * self.right).sum(axis=1)
        meant = np.where(self.right.any(axis=1), found, 1 - chances.sum(axis=1))
        return float(np.log(np.maximum(meant, 1e-4)) @ self.weights)


def climb(likelihood: Likelihood, weights: np.ndarray) -> np.ndarray:
    """Return the weights of most likelihood near `weights` (Adam, slopes by differences)."""
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        aside = 1e-3 * np.eye(len(weights))
        slope = np.array([(likelihood(weights + one) - likelihood(weights - one)) / 2e-3 for one in aside])
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights = weights + STEP * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights


def fit(turns: Turns) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the first recogniser's sureness, and of the second's opinion."""
    start = np.zeros(turns.features.shape[1] + 1)
    first = climb(lambda w: turns.likelihood(turns.first(w)) - SHRINK * float(np.square(w[1:-1]).sum()), start)
    given = turns.first(first)
    begin = np.array([-3.5, 0.0, 0.0])
    second = climb(lambda w: turns.likelihood(turns.both(given, w)) - SHRINK * float(np.square(w[1:]).sum()), begin)
    return first, second


def report(name: str, turns: Turns, chances: np.ndarray) -> None:
    """Print how often readings given so much probability were right, by the best one's meaning."""
    best = chances.argmax(axis=1)
    first = turns.right[np.arange(len(best)), best]
    alike = np.where(first[:, None], turns.right, np.arange(chances.shape[1]) == best[:, None])
    sure = (chances * alike).sum(axis=1)
    inside, weights = turns.inside, turns.weights
    listed = turns.right[inside].any(axis=1).mean()
    print(f"{name}: likelihood {turns.likelihood(chances):.3f}, {inside.sum()} turns with a meaning here")
    print(f"  best reading right {first[inside].mean():.1%}, the right one listed {listed:.1%}")
    print(f"  {'said to be':>12} {'turns':>6} {'mean':>6} {'right':>6}")
    for low, high in itertools.pairwise(LEVELS):
        some = (sure >= low) & (sure < high)
        if some.any():
            mean, right = (np.average(values[some], weights=weights[some]) for values in (sure, first))
            print(f"  {low:5.2f} - {min(high, 1):4.2f} {some.sum():6d} {mean:6.2f} {right:6.2f}")
    for level in TAKEN_FROM:
        kept = (inside & first & (sure >= level)).sum() / max(inside.sum(), 1)
        taken = (~inside & (sure >= level)).sum() / max((~inside).sum(), 1)
        wrong = (inside & ~first & (sure >= level)).sum() / max(inside.sum(), 1)
        print(f"  from {level:4.2f}: right {kept:.1%}, wrong {wrong:.1%}, no meaning here and taken {taken:.1%}")


def main() -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    turns = {name: [turn for turn in heard(name, parts=0).values() if turn] for name in ("fit", "judge")}
    if not turns["fit"]:
        sys.exit("nothing was heard yet: run benchmarks/heard_turns.py fit judge")
    sets = {name: Turns(some) for name, some in turns.items() if some}
    first, second = fit(sets["fit"])
    sureness = Sureness(*(round(float(w), 4) for w in first[:-1]), soften=round(float(np.exp(first[-1])), 4))
    opinion = Opinion(round(float(np.exp(second[0])), 4), round(float(second[1]), 4), round(float(second[2]), 4))
    print(sureness)
    print(opinion)
    for name, some in sets.items():
        given = some.first(first)
        report(f"{name}, the first alone", some, given)
        report(f"{name}, both", some, some.both(given, second))
    for sort in ("names", "turns", "answers") if turns["judge"] else ():
        some = Turns([turn for key, turn in heard("judge", parts=0).items() if turn and key.startswith(sort)])
        report(f"judge, {sort}, both", some, some.both(some.first(first), second))
    print(len(turns["judge"]), "turns judged")
    if options.write:
        (MODEL / "sureness.json").write_text(json.dumps(asdict(sureness)) + "\n")
        (MODEL / "opinion.json").write_text(json.dumps(asdict(opinion)) + "\n")


if __name__ == "__main__":
    main()
