"""What everybody builds first, to measure the product beside: PocketSphinx with a plain list of names, or dictation.

Each hears one utterance and gives the name it takes it for, or nothing. None asks a second question, so whatever is
heard is taken. `plain_list` is a JSGF of the names whose words PocketSphinx's own dictionary has; `dictated` is its own
language model, the text then compared with the names by rapidfuzz.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
from rapidfuzz import fuzz, process

from ivr.grammar.pronounce import dictionary_path
from ivr.text import normalise

Peer = Callable[[np.ndarray], str]
RATE, NEEDED = 8_000, 16_000
LIKE = 70
"""Likeness (token set ratio, 0-100) from which a dictated text is taken for a name."""


def plain_list(names: list[str]) -> Peer:
    """Hear one of the names and nothing else."""
    from pocketsphinx import Config, Decoder  # noqa: PLC0415 (a native library loads where it is used)

    known = {line.split(" ", 1)[0] for line in dictionary_path().read_text(encoding="utf-8").splitlines()}
    sayable = sorted({text for text in map(normalise, names) if known.issuperset(text.split())})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.jsgf"
        path.write_text(f"#JSGF V1.0;\ngrammar names;\npublic <name> = {' | '.join(sayable)};\n", encoding="utf-8")
        decoder = Decoder(Config(lm=None, jsgf=str(path), samprate=float(NEEDED), loglevel="FATAL"))
    return lambda samples: _heard(decoder, samples)


def dictated(names: list[str]) -> Peer:
    """Hear any words, and take the name most like them."""
    from pocketsphinx import Config, Decoder  # noqa: PLC0415 (a native library loads where it is used)

    decoder = Decoder(Config(samprate=float(NEEDED), loglevel="FATAL"))
    texts = sorted(set(map(normalise, names)))

    def hear(samples: np.ndarray) -> str:
        found = process.extractOne(_heard(decoder, samples), texts, scorer=fuzz.token_set_ratio, score_cutoff=LIKE)
        return found[0] if found else ""

    return hear


PEERS = {
    "plain": ("PocketSphinx, plain list of names", plain_list),
    "dictated": ("PocketSphinx dictation, rapidfuzz", dictated),
}


def _heard(decoder: object, samples: np.ndarray) -> str:
    sound = soxr.resample(samples.astype(np.float64) / 32768, RATE, NEEDED)
    decoder.start_utt()  # type: ignore[attr-defined]
    decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)  # type: ignore[attr-defined]
    decoder.end_utt()  # type: ignore[attr-defined]
    best = decoder.hyp()  # type: ignore[attr-defined]
    return best.hypstr if best else ""
