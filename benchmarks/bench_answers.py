"""Real speakers answering a yes-or-no question: how many answers are taken right, how many other words and noises.

    python benchmarks/bench_answers.py [--most 60]

Hears one-word recordings of many people (`../shared/data/speech/one_word_commands`, speakers the telephone model was
not trained on) over a mu-law line against everything the sample site may be told after "Did you say ...?", and decides
as a call would. "Taken" is any answer acted on; words that are commands there ("stop") are a sort of their own, right
when carried out. 95 % intervals are Wilson's.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from ivr.assembly import open_site
from ivr.grammar.interpret import interpret
from ivr.model import Decision, Expect, TargetKind
from ivr.recognise.g711 import mulaw_decode, mulaw_encode
from ivr.recognise.listen import hear

if TYPE_CHECKING:
    from ivr.assembly import Site

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "speech" / "one_word_commands"


def judged_speaker(speaker: str) -> bool:
    """Tell whether training left this speaker out, as `training/recordings.py` does."""
    return hashlib.md5(speaker.encode(), usedforsecurity=False).digest()[0] % 2 == 0


def interval(count: int, total: int) -> str:
    """Write a share with its 95 % interval (Wilson)."""
    if not total:
        return "-"
    z, share = 1.96, count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{share:.1%} of {total} ({max(0, middle - half):.1%} - {min(1, middle + half):.1%})"


def telephone(path: Path) -> np.ndarray:
    """Read a recording as the telephone would carry it, silence around it."""
    sound, rate = soundfile.read(path, dtype="float64")
    line = soxr.resample(sound, rate, 8000)
    samples = np.clip(line * 32767, -32768, 32767).astype(np.int16)
    quiet = np.zeros(2000, np.int16)
    return mulaw_decode(mulaw_encode(np.concatenate([quiet, samples, quiet])))


def _command(site: Site, word: str) -> str:
    """Return the command that a word is, said alone; empty: none."""
    targets = interpret(site.grammars["yes_no"], word)
    return next((target.id for target in targets if target.kind is TargetKind.COMMAND), "")


def _sort(word: str, command: str) -> str:
    if word in {"yes", "no"}:
        return word
    return "commands" if command else "other words" if word else "noise"


def main() -> None:
    """Print a line for each sort of recording."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--most", type=int, default=60, help="recordings of a sort")
    options = parser.parse_args()
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if judged_speaker(row["speaker"] or row["file"])]
    random.Random(5).shuffle(rows)
    site = open_site()
    recogniser = site.recogniser()
    person = next(e for e in site.directory.entries if e.kind == "person" and e.spoken)
    meanings = {word: _command(site, word) for word in {row["says"] for row in rows}}
    drawn: dict[str, list[dict[str, str]]] = {"yes": [], "no": [], "commands": [], "other words": [], "noise": []}
    for row in rows:
        sort = _sort(row["says"], meanings[row["says"]])
        if len(drawn[sort]) < options.most and (row["says"] or row["kind"] == "silence"):
            drawn[sort].append(row)
    for sort, chosen in drawn.items():
        became: Counter[str] = Counter()
        right = 0
        began = time.process_time()
        for row in chosen:
            heard = hear(recogniser, "yes_no", telephone(DATA / "wav" / row["file"]))
            meant = site.understander.understand(heard, expect=Expect.YES_NO, offered=(f"entry:{person.id}",))
            acted = meant.decision is Decision.ACCEPT
            what = (meant.safety or meant.command or "an entry") if acted else "asked again"
            right += what == meanings[row["says"]]
            became[what] += 1
        taken = sum(count for what, count in became.items() if what != "asked again")
        spent = (time.process_time() - began) / max(len(chosen), 1)
        print(f"{sort:12} right {interval(right, len(chosen))}, taken {interval(taken, len(chosen))}, "
              f"{spent:.2f} s each: {dict(became.most_common(6))}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
