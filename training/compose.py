"""Strings of digits put together from single words of real speakers, who never said a telephone number for us."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ivr.recognise.phones import is_phone
from training.align import Segments
from training.speech import STUDIO_RATE, Samples, Utterance, read_audio, write_audio

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FRAME = STUDIO_RATE // 100
LEAST, MOST = 2, 6
"""Digits in a string."""
MARGIN_FRAMES = 4
"""Sound kept on either side of a word, beyond its first and last phone."""
LONGEST_GAP = 0.25
"""Seconds between two words at most."""


def strings(words: Iterable[Utterance], count: int, folder: Path, seed: int) -> Iterator[Utterance]:
    """Yield `count` strings made of the digits among `words`; each digit equally often, whoever said it."""
    chance = random.Random(seed)
    spoken: dict[str, list[Utterance]] = defaultdict(list)
    for word in words:
        if word.text in DIGITS and word.voice.startswith("word:"):
            spoken[word.text].append(word)
    for number in range(count if spoken else 0):
        chosen = [chance.choice(spoken[chance.choice(sorted(spoken))]) for _ in range(chance.randint(LEAST, MOST))]
        samples, segments = joined(chosen, chance)
        path = folder / f"{number:06d}.wav"
        write_audio(path, samples)
        yield Utterance(str(path), "strings:several", " ".join(word.text for word in chosen), segments)


def joined(words: list[Utterance], chance: random.Random) -> tuple[Samples, Segments]:
    """Return the words one after the other at like levels, with their phones."""
    parts: list[Samples] = []
    segments: list[tuple[str, float, float]] = []
    frames = 0
    for word in words:
        samples, phones = trimmed(word)
        gap = int(chance.uniform(0, LONGEST_GAP) * 100) if chance.random() < 0.7 else 0
        parts += [samples * np.float32(chance.uniform(0.6, 1)), np.zeros(gap * FRAME, np.float32)]
        segments += [(phone, frames + start, length) for phone, start, length in phones]
        frames += len(samples) // FRAME + gap
    return np.concatenate(parts), tuple(segments)


def trimmed(word: Utterance) -> tuple[Samples, Segments]:
    """Return a word's sound from shortly before its first phone to shortly after its last, in whole frames."""
    phones = [segment for segment in word.segments if is_phone(segment[0])]
    samples = read_audio(word.path)
    first = max(0, int(phones[0][1]) - MARGIN_FRAMES)
    last = min(len(samples) // FRAME, int(phones[-1][1] + phones[-1][2]) + MARGIN_FRAMES)
    return samples[first * FRAME : last * FRAME], tuple((phone, at - first, length) for phone, at, length in phones)
