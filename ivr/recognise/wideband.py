"""Telephone sound for a recogniser that learnt from wider sound: the missing upper band, filled in.

A telephone call stops at 3400 Hz; PocketSphinx's acoustic model expects sound up to 6800 Hz and takes the emptiness
above for a property of every phone. Noise that follows the loudness of the band from 2000 to 3400 Hz is closer to
what speech would have had there. The noise is the same for the same number of frames, so results repeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ivr.recognise.base import Samples

RATE = 16_000
_HOP = 160
_WINDOW = 2 * _HOP
_POINTS = 512
_SEED = 20

_FREQUENCIES = RATE / _POINTS
_KNOWN = slice(round(2000 / _FREQUENCIES), round(3400 / _FREQUENCIES))
_MISSING = slice(round(3500 / _FREQUENCIES), _POINTS // 2 + 1)


def fill_upper_band(samples: Samples) -> Samples:
    """Return 8 kHz telephone samples at 16 kHz with the band above 3500 Hz filled."""
    sound = soxr.resample(samples.astype(np.float32), RATE // 2, RATE)
    spectra = _analyse(sound)
    strength = np.sqrt(np.mean(np.square(np.abs(spectra[:, _KNOWN])), axis=1))
    shape = spectra[:, _MISSING].shape
    noise = np.random.default_rng(_SEED).standard_normal((*shape, 2)) / np.sqrt(2)
    spectra[:, _MISSING] = strength[:, None] * (noise[..., 0] + 1j * noise[..., 1])
    filled = _synthesise(spectra)[: sound.size]
    whole: Samples = np.clip(np.rint(filled), -32768, 32767).astype(np.int16)
    return whole


def _slope() -> NDArray[np.float64]:
    """Return the square root of a raised cosine: windows that overlap by half add up to one when applied twice."""
    return np.sin(np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW)


def _analyse(sound: NDArray[np.float32]) -> NDArray[np.complex128]:
    count = sound.size // _HOP + 2
    padded = np.zeros((count + 1) * _HOP)
    padded[_HOP : _HOP + sound.size] = sound
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    return np.fft.rfft(frames * _slope(), _POINTS, axis=1)


def _synthesise(spectra: NDArray[np.complex128]) -> NDArray[np.float64]:
    frames = np.fft.irfft(spectra, _POINTS, axis=1)[:, :_WINDOW] * _slope()
    sound = np.zeros((len(frames) + 1, _HOP))
    sound[:-1] += frames[:, :_HOP]
    sound[1:] += frames[:, _HOP:]
    return sound.reshape(-1)[_HOP:]
