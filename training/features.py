"""Kaldi's MFCC in numpy, the network's input: equal to the decoder's own to about one part in a million.

8 kHz, windows of 25 ms every 10 ms, 40 mel bands from 20 to 3,800 Hz, 40 coefficients, Povey window, pre-emphasis
0.97, lifter 22, no energy and no dither: what `conf/mfcc.conf` of the shipped model says. Definition: Kaldi's
`feat/feature-mfcc.cc` and `feat/mel-computations.cc`.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.speech import Samples

RATE, WINDOW, HOP, TRANSFORM = 8000, 200, 80, 256
BANDS, LOWEST, HIGHEST = 40, 20.0, 3800.0
PRE_EMPHASIS, LIFTER = 0.97, 22.0
FLOOR = np.float32(np.finfo(np.float32).eps)

_RAMP = np.arange(WINDOW) * 2 * np.pi / (WINDOW - 1)
_POVEY = ((0.5 - 0.5 * np.cos(_RAMP)) ** 0.85).astype(np.float32)


def _mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0))


@cache
def _bands(stretch: float) -> NDArray[np.float32]:
    """Return the triangular mel filters; `stretch` above 1 moves every formant down, as a longer throat would."""
    low, high = _mel(LOWEST), _mel(HIGHEST)
    step = (high - low) / (BANDS + 1)
    hertz = np.arange(TRANSFORM // 2) * RATE / TRANSFORM
    mel = _mel(np.minimum(hertz * stretch, RATE / 2))
    centre = (low + step * np.arange(1, BANDS + 1))[:, None]
    return np.maximum(0, 1 - np.abs(mel[None] - centre) / step).astype(np.float32)


@cache
def _cosines() -> NDArray[np.float32]:
    order = np.arange(BANDS)
    table = np.sqrt(2.0 / BANDS) * np.cos(np.pi / BANDS * np.outer(order, order + 0.5))
    table[0] = np.sqrt(1.0 / BANDS)
    lifter = 1.0 + 0.5 * LIFTER * np.sin(np.pi * order / LIFTER)
    return np.asarray((table * lifter[:, None]).T, dtype=np.float32)


def wave_coefficients(count: int) -> NDArray[np.float32]:
    """Return how far coefficients 1 to `count` move when a cosine of amplitude 1 is added to the log energies."""
    order = np.arange(1, count + 1)
    return np.asarray(np.sqrt(BANDS / 2) * (1.0 + 0.5 * LIFTER * np.sin(np.pi * order / LIFTER)), dtype=np.float32)


def mfcc(samples: Samples, stretch: float = 1.0) -> NDArray[np.float32]:
    """Return [frames, 40] coefficients of 8 kHz `samples` on the scale of 16-bit integers."""
    if len(samples) < WINDOW:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float32), WINDOW)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft((frames - PRE_EMPHASIS * before) * _POVEY, TRANSFORM)) ** 2
    energies = power[:, : TRANSFORM // 2].astype(np.float32) @ _bands(stretch).T
    return np.asarray(np.log(np.maximum(energies, FLOOR)) @ _cosines(), dtype=np.float32)
