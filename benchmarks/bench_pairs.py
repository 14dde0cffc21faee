"""Are two spellings the same name? Precision and recall on lists of pairs that people have judged.

    python benchmarks/bench_pairs.py [FILE.csv ...] [--pairs 6000] [--threshold 0.2]

A file has columns HeadName and VariantName (or the last two of name columns) and Bad, where `1` means two different
names, empty the same; other marks are doubtful and left out. Half of the pairs choose the threshold (unless one is
given), the other half is reported, beside Jaro-Winkler and Levenshtein from rapidfuzz with thresholds chosen alike.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from ivr.grammar.pronounce import Pronouncer
from ivr.match.phonetic import sound_distance
from ivr.match.vocabulary import word_distance
from ivr.match.wording import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
NAMES = Path(__file__).resolve().parents[2] / "shared" / "data" / "text" / "names"
Scored = list[tuple[float, bool]]


def read_pairs(path: Path, most: int, seed: int = 5) -> list[tuple[str, str, bool]]:
    """Read up to `most` pairs, drawn evenly: (name, name, whether they are the same)."""
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig", newline="")))
    judged = [(r["HeadName"], r["VariantName"], not r["Bad"].strip()) for r in rows if r["Bad"].strip() in ("", "1")]
    usable = [(canonical(a), canonical(b), same) for a, b, same in judged if canonical(a or "") and canonical(b or "")]
    return random.Random(seed).sample(usable, min(most, len(usable)))


def measures() -> dict[str, Callable[[str, str], float]]:
    """Name each distance compared, 0 the same to 1."""
    say = Pronouncer(ROOT / "grammars").pronounce

    def ours(one: str, other: str) -> float:
        if one == other:
            return 0.0
        return word_distance(sound_distance(say(one), say(other)), OSA.normalized_distance(one, other))

    return {
        "switchboard": ours,
        "jaro-winkler": JaroWinkler.normalized_distance,
        "levenshtein": Levenshtein.normalized_distance,
    }


def figures(scored: Scored, threshold: float) -> tuple[float, float, float]:
    """Precision, recall and F1 of calling a pair the same at or under a distance."""
    taken = [same for distance, same in scored if distance <= threshold]
    right = sum(taken)
    precision = right / len(taken) if taken else 1.0
    recall = right / (sum(same for _, same in scored) or 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def area(scored: Scored) -> float:
    """Area under the curve: chance that a pair of the same name is nearer than a pair of different ones."""
    ranked = sorted(scored, key=lambda pair: pair[0])
    different = total = 0.0
    same = sum(s for _, s in ranked)
    for _, is_same in reversed(ranked):
        different += not is_same
        total += different if is_same else 0.0
    return total / ((same * (len(ranked) - same)) or 1)


def main() -> None:
    """Print a row a list and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--threshold", type=float)
    options = parser.parse_args()
    files = options.files or [NAMES / "AncestryGivennamePairs.csv", NAMES / "AncestrySurnamePairs.csv"]
    columns = f"{'list':26} {'measure':14} {'area':>6} {'cut':>6}"
    print(f"{columns} {'precision':>9} {'recall':>7} {'F1':>6}   at 95 % precision")
    for path in files:
        pairs = read_pairs(path, options.pairs)
        for name, measure in measures().items():
            scored = [(measure(one, other), same) for one, other, same in pairs]
            tune, test = scored[::2], scored[1::2]
            cuts = sorted({round(distance, 3) for distance, _ in tune})
            cut = options.threshold or max(cuts, key=lambda c: figures(tune, c)[2])
            strict = max((c for c in cuts if figures(tune, c)[0] >= 0.95), default=0.0)
            p, r, f = figures(test, cut)
            sure = figures(test, strict)
            row = f"{path.stem:26} {name:14} {area(test):6.3f} {cut:6.3f} {p:9.3f} {r:7.3f} {f:6.3f}"
            print(f"{row}   recall {sure[1]:.3f} (cut {strict:.3f}, precision {sure[0]:.3f})")


if __name__ == "__main__":
    main()
