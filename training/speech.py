"""Utterances with their sounds and times: the records that pass between the stages, and how audio is read."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

Samples = NDArray[np.float32]
STUDIO_RATE = 16000


@dataclass(frozen=True)
class Utterance:
    """One recording and the phones in it."""

    path: str
    voice: str
    """Who speaks, such as `flite:awb` or `word:0a2b400e`."""
    text: str
    segments: tuple[tuple[str, float, float], ...]
    """(phone, start, duration) in frames of 10 ms; everything else is silence."""


def write_utterances(path: Path, utterances: Iterable[Utterance]) -> int:
    """Write one JSON object a line; return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for count, utterance in enumerate(utterances, start=1):  # noqa: B007 - the count is the result
            out.write(json.dumps(asdict(utterance)) + "\n")
    return count


def read_utterances(path: Path) -> Iterator[Utterance]:
    """Read what `write_utterances` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            row["segments"] = tuple((phone, start, length) for phone, start, length in row["segments"])
            yield Utterance(**row)


def read_audio(path: str, rate: int = STUDIO_RATE) -> Samples:
    """Return mono samples in [-1, 1] at `rate` Hz."""
    samples, found = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if found != rate:
        divisor = np.gcd(found, rate)
        mono = resample_poly(mono, rate // divisor, found // divisor).astype(np.float32)
    return mono


def write_audio(path: Path, samples: Samples, rate: int = STUDIO_RATE) -> None:
    """Write 16-bit mono WAV."""
    soundfile.write(path, np.clip(samples, -1, 1), rate, subtype="PCM_16")
