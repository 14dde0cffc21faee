"""Takes steady noise out of telephone sound before it is recognised, as it arrives.

A Wiener filter: each band of a short frame is turned down by how much of it is noise, the signal's strength being
followed from frame to frame (the decision-directed estimate of Ephraim and Malah, 1984). The noise of a band is what
its quiet moments so far hold. No band is turned down below a floor, since holes in the spectrum are worse for a
recogniser than noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ivr.recognise.base import Samples

    Frames = NDArray[np.float64]

WINDOW, HOP = 256, 128
"""Samples of a frame, and between frames."""
FLOOR = 0.25
"""Least gain: 12 dB down."""
_QUIET = 15
"""Percentile of a band's power so far that is taken for its noise,"""
_ABOVE = 1.5
"""times this: the mean of noise is above its quiet moments."""
_AROUND = 2
"""Frames on either side that a band's power is averaged over before it is looked at for noise."""
_MEMORY = 0.85
"""How much of the signal's strength in a frame is told by the frame before."""
_SHAPE = np.sqrt(np.hanning(WINDOW + 1)[:-1])
_LOUDEST = 32767


def quietened(samples: Samples) -> Samples:
    """Return a whole utterance of mono 8 kHz samples without its steady noise."""
    quietener = Quietener()
    return np.concatenate([quietener.feed(samples), quietener.finish()])


class Quietener:
    """Quietens one utterance of mono 8 kHz samples, given in portions. What comes out is as long as what went in.

    The portions matter a little: noise is learnt from portion to portion.
    """

    def __init__(self) -> None:
        self._sound = np.zeros(WINDOW - HOP)
        self._overlap = np.zeros(WINDOW - HOP)
        self._powers: list[Frames] = []
        self._before = np.zeros(WINDOW // 2 + 1)
        self._skip = WINDOW - HOP
        self._owed = 0

    def feed(self, samples: Samples) -> Samples:
        """Take samples; return those that are ready, up to 16 ms fewer."""
        self._owed += samples.size
        return self._pass(samples.astype(np.float64))

    def finish(self) -> Samples:
        """Return the rest."""
        return self._pass(np.zeros(2 * WINDOW))

    def _pass(self, samples: Frames) -> Samples:
        self._sound = np.concatenate([self._sound, samples])
        count = (self._sound.size - WINDOW) // HOP + 1
        if count <= 0:
            return np.zeros(0, np.int16)
        places = np.arange(WINDOW) + HOP * np.arange(count)[:, None]
        spectra = np.fft.rfft(self._sound[places] * _SHAPE)
        self._sound = self._sound[count * HOP :]
        frames = np.fft.irfft(spectra * self._gains(np.square(np.abs(spectra)))) * _SHAPE
        whole = np.zeros(count * HOP + WINDOW - HOP)
        whole[: self._overlap.size] = self._overlap
        for place, frame in enumerate(frames):
            whole[place * HOP : place * HOP + WINDOW] += frame
        self._overlap = whole[count * HOP :]
        ready = whole[: count * HOP][self._skip :][: self._owed]
        self._skip = max(self._skip - count * HOP, 0)
        self._owed -= ready.size
        return np.clip(np.rint(ready), -_LOUDEST, _LOUDEST).astype(np.int16)

    def _gains(self, powers: Frames) -> Frames:
        """Return the gain of each band of each frame."""
        noise = self._noise(powers)
        gains = np.empty_like(powers)
        strength = self._before
        for place, ratio in enumerate(powers / noise):
            signal = _MEMORY * strength + (1 - _MEMORY) * np.maximum(ratio - 1, 0)
            gain = signal / (1 + signal)
            strength = np.square(gain) * ratio
            gains[place] = np.maximum(gain, FLOOR)
        self._before = strength
        return gains

    def _noise(self, powers: Frames) -> Frames:
        """Return the noise of each band, by all that was heard so far."""
        self._powers.append(powers)
        known = np.concatenate(self._powers)
        sums = np.vstack([np.zeros(known.shape[1]), np.cumsum(known, axis=0)])
        places = np.arange(len(known))
        first, last = np.maximum(places - _AROUND, 0), np.minimum(places + _AROUND + 1, len(known))
        smooth = (sums[last] - sums[first]) / (last - first)[:, None]
        return np.asarray(np.maximum(np.percentile(smooth, _QUIET, axis=0) * _ABOVE, 1.0))
