"""Steady noise is taken out of sound as it arrives, and speech is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ivr.recognise.audio import read_wav
from ivr.recognise.quieten import Quietener, quietened

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.recognise.base import Samples


def hiss(seconds: float, level: float) -> Samples:
    """Make white noise."""
    return np.random.default_rng(3).normal(0, level, round(seconds * 8000)).astype(np.int16)


def loudness(samples: Samples) -> float:
    """Return the root mean square, in dB."""
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples.astype(np.float64)))) + 1e-9))


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 257, 1600, 12345])
def test_as_much_comes_out_as_went_in(length: int) -> None:
    """Of any length, however short, and in any portions."""
    sound = hiss(2, 1000)[:length]
    for portion in (80, 1111, 1600):
        quietener = Quietener()
        parts = [quietener.feed(sound[start : start + portion]) for start in range(0, length, portion)]
        assert sum(part.size for part in (*parts, quietener.finish())) == length


def test_steady_noise_goes_down() -> None:
    """Hiss and hum alone lose 6 dB at least, and no more than the floor allows."""
    hum = (2000 * np.sin(2 * np.pi * 100 * np.arange(16000) / 8000)).astype(np.int16)
    for noise in (hiss(2, 500), hum):
        assert 6 < loudness(noise) - loudness(quietened(noise)) < 13


def test_speech_stays(root: Path) -> None:
    """A clear recording comes through nearly as it was, in its place; with hiss it is nearer to the clear one."""
    clear = read_wav(root / "audio" / "calls" / "full-name-1.wav")
    noisy = np.clip(clear.astype(np.int32) + hiss(10, 600)[: clear.size], -32768, 32767).astype(np.int16)
    assert np.corrcoef(clear, quietened(clear))[0, 1] > 0.98
    assert np.corrcoef(clear, quietened(noisy))[0, 1] > np.corrcoef(clear, noisy)[0, 1]


def test_silence_and_full_scale_stay_in_range() -> None:
    """Digital silence is silence, and the loudest sound does not turn over."""
    assert not quietened(np.zeros(4000, np.int16)).any()
    loud = np.tile(np.array([32767, 32767, -32768, -32768], np.int16), 4000)
    assert np.abs(quietened(loud).astype(int)).max() <= 32767


def test_the_same_sound_gives_the_same() -> None:
    """Nothing of one utterance colours the next."""
    sound = hiss(1, 700)
    assert np.array_equal(quietened(sound), quietened(sound.copy()))
