"""Cuts utterances into the fixed-length pieces that the network is trained on, each utterance down several lines."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.recognise.phones import SILENCE_PDF, enter_pdf, is_phone, stay_pdf
from training.features import mfcc
from training.network import CONTEXT
from training.speech import Samples, Utterance, read_audio
from training.telephone import Line

SUBSAMPLING = 3
"""The network gives one output for three frames of 10 ms."""
LENGTH = 40
"""Outputs in one piece: 1.2 seconds."""
INPUT_LENGTH = SUBSAMPLING * (LENGTH - 1) + 1 + 2 * CONTEXT
NO_LABEL = -100
WINDOW_CENTRE = 0.4
"""Outputs from the start of an analysis window to its middle."""

Piece = tuple[NDArray[np.float16], NDArray[np.int16]]


@dataclass(frozen=True)
class Job:
    """One utterance to be sent down one line; without an utterance, noise alone."""

    utterance: Utterance | None
    seed: int


def labels(segments: tuple[tuple[str, float, float], ...], faster: float, count: int) -> NDArray[np.int16]:
    """Return the pdf of each of `count` outputs. Every phone keeps at least one output, however short it is."""
    row = np.full(count, SILENCE_PDF, np.int16)
    scale, free = 1 / (faster * SUBSAMPLING), 0
    for phone, start, length in segments:
        if not is_phone(phone):
            continue
        first = max(free, math.ceil(start * scale - WINDOW_CENTRE))
        last = max(first + 1, math.ceil((start + length) * scale - WINDOW_CENTRE))
        row[first : first + 1] = enter_pdf(phone)
        row[first + 1 : last] = stay_pdf(phone)
        free = last
    return row


def pieces(frames: NDArray[np.float32], row: NDArray[np.int16]) -> Iterator[Piece]:
    """Cut one utterance, its edges repeated as the decoder repeats them; overlapping outputs are labelled once."""
    count = len(row)
    frames = frames[: SUBSAMPLING * (count - 1) + 1]
    padded = np.concatenate(
        [np.repeat(frames[:1], CONTEXT, 0), frames, np.repeat(frames[-1:], CONTEXT + SUBSAMPLING * LENGTH, 0)]
    )
    starts = list(range(0, max(1, count - LENGTH + 1), LENGTH))
    if count > LENGTH and starts[-1] + LENGTH < count:
        starts.append(count - LENGTH)
    done = 0
    for start in starts:
        piece = np.full(LENGTH, NO_LABEL, np.int16)
        piece[: len(row[start : start + LENGTH])] = row[start : start + LENGTH]
        piece[: max(0, done - start)] = NO_LABEL
        done = start + LENGTH
        first = SUBSAMPLING * start
        yield padded[first : first + INPUT_LENGTH].astype(np.float16), piece


_LINES: list[Line] = []


def _start(noises: list[Samples], babble: list[Samples]) -> None:
    _LINES[:] = [Line(noises, babble, 0)]


def _work(job: Job) -> list[Piece]:
    line = Line(_LINES[0].noises, _LINES[0].babble, job.seed)
    if job.utterance is None:
        return _noise_alone(line)
    studio, segments = _padded(read_audio(job.utterance.path), job.utterance.segments, line.chance)
    samples, faster = line.send(studio)
    frames = mfcc(samples, round(line.chance.uniform(0.86, 1.16), 2))
    if not len(frames):
        return []
    count = (len(frames) + SUBSAMPLING - 1) // SUBSAMPLING
    return list(pieces(frames, labels(segments, faster, count)))


def _padded(
    studio: Samples, segments: tuple[tuple[str, float, float], ...], chance: random.Random
) -> tuple[Samples, tuple[tuple[str, float, float], ...]]:
    """Put up to half a second of silence on either side of every other utterance."""
    if chance.random() < 0.5:
        return studio, segments
    before, after = (int(16000 * chance.uniform(0, 0.5)) for _ in range(2))
    studio = np.concatenate([np.zeros(before, np.float32), studio, np.zeros(after, np.float32)])
    return studio, tuple((phone, start + before / 160, length) for phone, start, length in segments)


def _noise_alone(line: Line) -> list[Piece]:
    count = int(8000 * line.chance.uniform(0.5, 2.5))
    samples, _ = line.send(np.repeat(line.noise(count), 2) * np.float32(0.1))
    if line.chance.random() < 0.1:
        samples = np.zeros(count, np.float32)
    frames = mfcc(samples)
    return list(pieces(frames, np.full((len(frames) + 2) // 3, SILENCE_PDF, np.int16)))


def write_examples(
    jobs: list[Job], noises: list[Samples], babble: list[Samples], path: Path, processes: int
) -> tuple[int, ...]:
    """Write `<path>.inputs.npy` and `<path>.labels.npy`; return the inputs' shape."""
    inputs, rows = [], []
    with Pool(processes, _start, (noises, babble)) as pool:
        for made in pool.imap_unordered(_work, jobs, chunksize=32):
            for frames, row in made:
                inputs.append(frames)
                rows.append(row)
    stacked = np.stack(inputs)
    np.save(f"{path}.inputs.npy", stacked)
    np.save(f"{path}.labels.npy", np.stack(rows))
    return stacked.shape
