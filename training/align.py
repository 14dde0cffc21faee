"""Finds where each phone of a known text lies in a recording, with PocketSphinx (used for this alone)."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pocketsphinx

from ivr.recognise.phones import is_phone
from training.speech import STUDIO_RATE, Samples

Segments = tuple[tuple[str, float, float], ...]
LEAST_PHONE_FRAMES = 3


@cache
def dictionary() -> dict[str, list[tuple[str, ...]]]:
    """Return the CMU pronouncing dictionary that PocketSphinx carries: lower-case word to pronunciations."""
    found: dict[str, list[tuple[str, ...]]] = {}
    path = Path(pocketsphinx.get_model_path("en-us")) / "cmudict-en-us.dict"
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        found.setdefault(re.sub(r"\(\d+\)$", "", word), []).append(tuple(phones))
    return found


def spoken_words(text: str) -> list[str]:
    """Return dictionary words for a training text: an upper-case letter is spelled, everything else a word."""
    words = []
    for word in text.split():
        letter = word.lower()
        spelled = len(word) == 1 and word.isupper()
        words.append(f"{letter}." if spelled and f"{letter}." in dictionary() else letter)
    return words


def in_dictionary(text: str) -> bool:
    """Tell whether every word of `text` can be aligned."""
    return all(word in dictionary() for word in spoken_words(text))


@cache
def _decoder() -> pocketsphinx.Decoder:
    return pocketsphinx.Decoder(lm=None, loglevel="FATAL", samprate=STUDIO_RATE, beam=1e-80, wbeam=1e-60, pbeam=1e-80)


def align(samples: Samples, text: str) -> Segments | None:
    """Return the phones of `text` with start and duration in 10 ms frames, or None where no path is found."""
    decoder, raw = _decoder(), (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    try:
        decoder.set_align_text(" ".join(spoken_words(text)))
        _decode(decoder, raw)
        if decoder.hyp() is None:
            return None
        decoder.set_alignment()
        _decode(decoder, raw)
        found = tuple(
            (part.name, float(part.start), float(part.duration)) for word in decoder.get_alignment() for part in word
        )
    except RuntimeError:
        return None
    return found if any(is_phone(phone) for phone, _, _ in found) else None


def _decode(decoder: pocketsphinx.Decoder, raw: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(raw, full_utt=True)
    decoder.end_utt()
