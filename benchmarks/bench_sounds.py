"""Phone error rate of letters to sounds on words kept from training: `python benchmarks/bench_sounds.py [NAMES.csv]`.

NAMES.csv (first column: surnames, commonest first) narrows the test to surnames people have. A word's error is the
edit distance to the nearest of the dictionary's pronunciations; errors are summed over the phones of that one.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from ivr.grammar.pronounce import dictionary_path
from ivr.grammar.sounds.learned import learned_sounds
from ivr.grammar.sounds.say import sound_out
from ivr.grammar.sounds.train import held_out, read_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Phones = tuple[str, ...]

MOST = 2000


def words_to_test(names: Path | None) -> dict[str, list[Phones]]:
    """Held-out words and their pronunciations; with `names`, just those."""
    known = [row[0] for row in csv.reader(names.open(encoding="utf-8"))][1:] if names else None
    found: dict[str, list[Phones]] = defaultdict(list)
    for word, phones in read_dictionary(dictionary_path()):
        if held_out(word):
            found[word].append(phones)
    chosen = [word for word in known if word in found] if known else list(found)[:: max(1, len(found) // MOST)]
    return {word: found[word] for word in chosen[:MOST]}


def measure(
    say: Callable[[str], Sequence[Phones]], words: Mapping[str, list[Phones]]
) -> tuple[float, float, float, float]:
    """Return phone error rate and word error rate of the first reading, PER of the best of all, and ms a word."""
    errors = best_errors = total = wrong = 0
    began = time.perf_counter()
    said = {word: say(word) for word in words}
    took = time.perf_counter() - began
    for word, right in words.items():
        first = min(Levenshtein.distance(said[word][0], phones) for phones in right) if said[word] else 9
        errors += first
        best_errors += min(Levenshtein.distance(s, phones) for s in said[word] for phones in right) if said[word] else 9
        wrong += first > 0
        total += min(len(phones) for phones in right)
    return errors / total, wrong / len(words), best_errors / total, 1000 * took / len(words)


def main() -> None:
    """Print the table."""
    words = words_to_test(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    model = learned_sounds()
    model.read("warm")
    print(f"{len(words)} held-out words")
    print(f"{'':10} {'PER':>7} {'WER':>7} {'PER, best of all':>17} {'ms a word':>10}")
    ways: dict[str, Callable[[str], Sequence[Phones]]] = {
        "learned": lambda word: [reading.phones for reading in model.read(word)],
        "shipped": sound_out,
    }
    for name, say in ways.items():
        per, wer, best, each = measure(say, words)
        print(f"{name:10} {per:7.1%} {wer:7.1%} {best:17.1%} {each:10.1f}")


if __name__ == "__main__":
    main()
