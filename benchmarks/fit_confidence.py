"""Fit the weights of `ivr/match/coefficients.json`, and show how reliable the probabilities are.

    python benchmarks/fit_confidence.py [--names FOLDER] [--write]

Callers are made up for frequency-true directories of several sizes: most say the name as it is written, some are
misheard or mistyped, some give a part of it or a department beside it, and some ask for people who are not there.
The conditional logit of `ivr.match.confidence` is fitted to two thirds of them by maximum likelihood with a weak pull
towards the weights there are, and the reliability table is made from the rest.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from corrupt import misheard
from synthetic_people import FRAMES, NAMES, Names, directory, read_names

from ivr.grammar.pronounce import Pronouncer
from ivr.match.confidence import default_weights
from ivr.match.forms import Forms
from ivr.match.rank import Ranker
from ivr.match.vocabulary import SAME_SOUND, Vocabulary
from ivr.match.wording import canonical_words, frame_words
from ivr.model import Directory, Entry, Kind

ROOT = Path(__file__).resolve().parents[1]
COEFFICIENTS = ROOT / "ivr" / "match" / "coefficients.json"
MIX = (
    *(("exact", 0.45), ("misheard", 0.2), ("stranger", 0.1), ("neighbour", 0.08)),
    *(("recombined", 0.08), ("part", 0.05), ("swapped", 0.02), ("more", 0.02)),
)
"""How callers are mixed. Neighbours ask for somebody who is not there but sounds much like somebody who is: rarer in
life than here, because acting on one is the worst mistake there is."""
OUTSIDE = ("stranger", "neighbour", "recombined")
MOST = 24
STEPS = 3000
PULL = 0.02
LEAST_COST = -0.2


@dataclass(frozen=True)
class Sample:
    """One utterance: the candidates' features and which of them is right (-1: none)."""

    features: np.ndarray
    right: int
    kind: str


def neighbour(entry: Entry, names: Names, chance: random.Random, known: frozenset[str]) -> str:
    """Give the name of somebody with a real name that sounds like the entry's and is another."""
    first, last = entry.forename.lower(), entry.surname.lower()
    which = chance.random() < 0.7
    real = sounding(names.last if which else names.first)
    near = [real.words[n.word] for n in real.near(last if which else first) if SAME_SOUND < n.distance < 0.25]
    given = [f"{first} {name}" if which else f"{name} {last}" for name in near]
    free = [name for name in given if name not in known]
    return chance.choice(free) if free else "nobody at all"


@cache
def sounding(words: tuple[str, ...]) -> Vocabulary:
    """Give the commonest of these names, searchable by sound."""
    return Vocabulary(words[:2500], Pronouncer(ROOT / "grammars").pronounce)


def utterance(
    kind: str, people: Directory, names: Names, chance: random.Random, known: frozenset[str]
) -> tuple[str, str]:
    """Make up (text, id of the entry meant or "")."""
    entry = chance.choice(people.entries)
    said = entry.name.lower()
    if kind == "stranger":
        said = next(n for n in iter(lambda: " ".join(names.draw(chance)), "") if n not in known)
    elif kind == "neighbour" and entry.kind is Kind.PERSON:
        said = neighbour(entry, names, chance, known)
        return chance.choice(FRAMES).format(said, d=entry.department), ""
    elif kind == "recombined" and entry.kind is Kind.PERSON:
        others = (chance.choice(people.entries).surname.lower() for _ in range(100))
        said = next((n for o in others if o and (n := f"{entry.forename.lower()} {o}") not in known), "nobody")
        return chance.choice(FRAMES).format(said, d=entry.department), ""
    elif kind == "misheard":
        said = misheard(said, chance)
    elif kind == "part" and entry.kind is Kind.PERSON:
        said = chance.choice((entry.forename, entry.surname)).lower()
    elif kind == "swapped" and entry.kind is Kind.PERSON:
        said = f"{entry.surname} {entry.forename}".lower()
    elif kind == "more" and entry.kind is Kind.PERSON:
        said = f"{entry.forename} {names.draw(chance)[0]} {entry.surname}".lower()
    return chance.choice(FRAMES).format(said, d=entry.department), "" if kind == "stranger" else entry.id


def samples(names: Names, size: int, count: int, seed: int) -> list[Sample]:
    """Rank made-up utterances against a directory of one size."""
    chance = random.Random(seed)
    people = directory(names, size, seed)
    forms = Forms(people.entries, Pronouncer(ROOT / "grammars").pronounce)
    weights = default_weights()
    ranker = Ranker(forms, frame_words(), weights)
    order = list(weights.features)
    known = frozenset(entry.name.lower() for entry in people.entries)
    kinds, shares = zip(*MIX, strict=True)
    found = []
    for _ in range(count):
        kind = chance.choices(kinds, shares)[0]
        text, meant = utterance(kind, people, names, chance, known)
        matches = ranker.rank(canonical_words(text))[:MOST]
        rows = np.array([[dict(m.features).get(name, 0.0) for name in order] for m in matches]).reshape(-1, len(order))
        right = next((i for i, m in enumerate(matches) if people.entries[m.entry].id == meant), -1)
        if meant and right < 0:
            kind = "lost"
        found.append(Sample(rows, right, kind))
    return found


def chances(weights: np.ndarray, sample: Sample) -> np.ndarray:
    """Probabilities of the candidates and, last, of none of them."""
    scores = np.append(weights[0] + sample.features @ weights[1:], 0.0)
    parts = np.exp(scores - scores.max())
    return parts / parts.sum()


def fit(data: list[Sample], start: np.ndarray, helps: np.ndarray) -> np.ndarray:
    """Maximum likelihood by Adam, what speaks against an entry kept below zero."""
    weights, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, STEPS + 1):
        slope = PULL * (weights - start) / len(data)
        for sample in data if step % 10 == 0 else data[step % 10 :: 10]:
            off = chances(weights, sample)
            off[sample.right] -= 1
            slope += np.append(off[:-1].sum(), off[:-1] @ sample.features) / (len(data) / (1 if step % 10 == 0 else 10))
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights -= 0.02 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        weights[1:] = np.where(helps, weights[1:], np.minimum(weights[1:], LEAST_COST))
    return weights


def reliability(weights: np.ndarray, data: list[Sample]) -> str:
    """Table: of the best candidates given about this probability, how many were right."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for sample in data:
        likely = chances(weights, sample)[:-1]
        if len(likely):
            best = int(likely.argmax())
            bins.setdefault(min(9, int(likely[best] * 10)), []).append((float(likely[best]), best == sample.right))
    rows = [
        f"{b / 10:.1f}-{(b + 1) / 10:.1f} {len(v):6d}"
        f" {np.mean([p for p, _ in v]):9.3f} {np.mean([r for _, r in v]):8.3f}"
        for b, v in sorted(bins.items())
    ]
    return "\n".join(["best at    count predicted   right", *rows])


def by_kind(weights: np.ndarray, data: list[Sample]) -> str:
    """Table: for each kind of caller, accepted right, accepted wrong, asked, not taken."""
    rows = ["kind        count  accepted   wrong   asked  rejected"]
    for kind in sorted({s.kind for s in data}):
        some = [s for s in data if s.kind == kind]
        best = [(chances(weights, s)[:-1], s.right) for s in some]
        tops = [(float(p.max()), int(p.argmax()) == r) if len(p) else (0.0, False) for p, r in best]
        accepted = [ok for p, ok in tops if p >= 0.93]
        asked = sum(0.45 <= p < 0.93 for p, _ in tops)
        n = len(some)
        rows.append(
            f"{kind:10} {n:6d} {sum(accepted) / n:9.3f} {(len(accepted) - sum(accepted)) / n:7.3f}"
            f" {asked / n:7.3f} {(n - len(accepted) - asked) / n:9.3f}"
        )
    return "\n".join(rows)


def main() -> None:
    """Fit, print the tables, and write the coefficients where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=Path, default=NAMES)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    names = read_names(options.names)
    data = [s for seed, size in enumerate((300, 1000, 5000), 11) for s in samples(names, size, options.count, seed)]
    random.Random(3).shuffle(data)
    cut = 2 * len(data) // 3
    now = default_weights()
    start = np.array([now.bias, *now.features.values()])
    print("before\n" + by_kind(start, data[cut:]))
    fitted = fit(data[:cut], start, np.array([name == "qualified" for name in now.features]))
    print("after\n" + by_kind(fitted, data[cut:]))
    print(reliability(fitted, data[cut:]))
    values = dict(zip(["bias", *now.features], (round(float(w), 2) for w in fitted), strict=True))
    print(json.dumps(values, indent=2))
    if options.write:
        written = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
        written["bias"] = values.pop("bias")
        written["features"] = values
        COEFFICIENTS.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
