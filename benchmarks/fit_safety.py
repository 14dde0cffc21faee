"""Fit the weights of `ivr/match/safety_weights.csv`, and show what they find in sentences they were not fitted to.

    python benchmarks/fit_safety.py [--write]

Sentences of danger are those of `tests/match/safety_said.csv` and `benchmarks/safety/tune.csv`; harmless ones are the
look-alikes beside them, ways of asking enquiries, and a sample of what the sample site's templates and directory let
callers say. `benchmarks/safety/report.csv` and `benchmarks/enquiries/report.csv` are never read here. Logistic
regression, by gradient descent on the likelihood with a pull of every weight towards nothing.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ivr.assembly import open_site
from ivr.grammar.expand import texts
from ivr.match.likeness import ENOUGH, WEIGHTS
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.assembly import Site

    Weighed = frozenset[str]

ROOT = Path(__file__).resolve().parents[1]
LISTS = ("tests/match/safety_said.csv", "tests/match/safety_harmless.csv", "benchmarks/safety/tune.csv")
SAMPLE, PULL, STEPS, RATE = 6000, 0.5, 400, 0.1
ROUNDS = 4
LEAST = 0.05
"""Weights nearer to nothing are left out."""


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((ROOT / name).read_text(encoding="utf-8").splitlines()))


def listed() -> tuple[list[str], list[str]]:
    """Sentences of danger, and harmless ones."""
    rows = [row for name in LISTS for row in _rows(name)]
    harmless = [row["text"] for row in rows if not row["expected"]]
    harmless += [row["text"] for row in _rows("benchmarks/enquiries/tune.csv")]
    reviewed = (ROOT / "grammars/safety_negatives.txt").read_text(encoding="utf-8").splitlines()
    harmless += [text for line in reviewed if (text := line.partition("#")[0].strip())]
    return [row["text"] for row in rows if row["expected"]], list(dict.fromkeys(harmless))


def ordinary(site: Site, chance: random.Random) -> list[str]:
    """Give a sample of what callers may ask for."""
    found: set[str] = {way for entry in site.directory.entries for way in entry.spoken}
    for sentence in site.grammars["enquiries"].sentences:
        ways = texts(sentence.expression, site.grammars["enquiries"].rules, limit=300)
        found.update(chance.sample(ways, min(10, len(ways))))
    safety = site.understander.safety
    harmless = sorted(text for text in found if not safety.heard(text))
    return chance.sample(harmless, min(SAMPLE, len(harmless)))


def fit(sentences: Sequence[Weighed], danger: Sequence[bool]) -> dict[str, float]:
    """Fit a weight for each feature that two sentences have."""
    often = Counter(feature for sentence in sentences for feature in sentence)
    known = {feature: n for n, feature in enumerate(sorted(f for f, times in often.items() if times > 1))}
    cells = [(i, known[f]) for i, sentence in enumerate(sentences) for f in sentence if f in known]
    rows, columns = np.array(cells).T
    wanted = np.array(danger, dtype=float)
    pull = np.full(len(known), PULL)
    pull[known["bias"]] = 0.0
    weight, speed, size = np.zeros(len(known)), np.zeros(len(known)), np.zeros(len(known))
    for step in range(1, STEPS + 1):
        odds = np.bincount(rows, weights=weight[columns], minlength=len(sentences))
        wrong = 1 / (1 + np.exp(-odds)) - wanted
        slope = np.bincount(columns, weights=wrong[rows], minlength=len(known)) + pull * weight
        speed, size = 0.9 * speed + 0.1 * slope, 0.999 * size + 0.001 * slope**2  # Adam (Kingma and Ba, 2015)
        weight -= RATE * (speed / (1 - 0.9**step)) / (np.sqrt(size / (1 - 0.999**step)) + 1e-8)
    return {feature: round(float(weight[n]), 3) for feature, n in known.items() if abs(weight[n]) >= LEAST}


def score(weights: Mapping[str, float], sentence: Weighed) -> float:
    """Log odds of danger."""
    return sum(weights.get(feature, 0.0) for feature in sentence)


def main() -> None:
    """Fit, try, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write ivr/match/{WEIGHTS}")
    arguments = parser.parse_args()
    site = open_site(load_settings(ROOT, {}))
    safety, chance = site.understander.safety, random.Random(1)
    said, harmless = listed()
    asked = ordinary(site, chance)

    def weighed(texts_: Sequence[str]) -> list[Weighed]:
        return [safety.features(text) for text in texts_]

    dangers, lookalikes, others = weighed(said), weighed(harmless), weighed(asked)
    chance.shuffle(dangers)
    chance.shuffle(lookalikes)
    found = taken = 0
    for n in range(ROUNDS):
        fitted = [s for i, s in enumerate(dangers) if i % ROUNDS != n]
        spared = [s for i, s in enumerate(lookalikes) if i % ROUNDS != n] + others
        weights = fit([*fitted, *spared], [True] * len(fitted) + [False] * len(spared))
        found += sum(score(weights, s) >= ENOUGH for s in dangers[n::ROUNDS])
        taken += sum(score(weights, s) >= ENOUGH for s in lookalikes[n::ROUNDS])
    print(f"not fitted: {found} of {len(dangers)} found, {taken} of {len(lookalikes)} look-alikes taken")
    weights = fit([*dangers, *lookalikes, *others], [True] * len(dangers) + [False] * (len(lookalikes) + len(others)))
    print(f"{len(weights)} weights, fitted to {len(dangers)} and {len(lookalikes) + len(others)} sentences")
    if arguments.write:
        lines = [f"{feature},{weight}" for feature, weight in sorted(weights.items())]
        (ROOT / "ivr" / "match" / WEIGHTS).write_text("\n".join(["feature,weight", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
