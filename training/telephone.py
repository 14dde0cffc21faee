"""Makes a clean recording sound as it would down a telephone line: room, noise, band, codec and lost packets."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, ellip, fftconvolve, firwin, lfilter, resample_poly, sosfilt

from training.speech import Samples, read_audio

RATE = 8000
PACKET = 160
KEPT_NOISES = ("4-", "dtmf-7", "dtmf-8", "dtmf-9")
"""Recordings whose names begin so are kept for judging: a quarter of the noises."""


@dataclass
class Line:
    """Draws telephone lines. Holds the random generators and the noises of one process."""

    noises: list[Samples]
    babble: list[Samples]
    """Other people's speech at 8 kHz, to be mixed into a murmur."""
    seed: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.numbers = np.random.default_rng(self.seed)

    def send(self, studio: Samples) -> tuple[Samples, float]:
        """Return 16 kHz `studio` as received (8 kHz, scale of 16-bit integers), and how much faster it became."""
        chance = self.chance
        step = chance.randint(44, 57)
        samples = resample_poly(studio, 25, step).astype(np.float32)
        if chance.random() < 0.35:
            samples = self._room(samples)
        if chance.random() < 0.6:
            samples = lfilter([1, chance.uniform(-0.6, 0.5)], [1, chance.uniform(-0.3, 0.3)], samples)
        samples = samples / (np.sqrt(np.mean(samples**2)) + 1e-6)
        if chance.random() < 0.75:
            samples = samples + self.noise(len(samples)) * 10 ** (-chance.uniform(3, 35) / 20)
        if chance.random() < 0.75:
            samples = self._band(samples)
        samples = samples * 10 ** (chance.uniform(-38, -12) / 20)
        samples = self._coded(np.clip(samples, -1, 1))
        if chance.random() < 0.15:
            samples = self._band(samples)
        return np.round(samples * 32767), step / 50

    def noise(self, count: int) -> Samples:
        """Return `count` samples of one noise at a root mean square of 1."""
        kind, numbers = self.chance.random(), self.numbers
        if kind < 0.2:
            noise = numbers.normal(size=count)
        elif kind < 0.35:
            noise = self._wind(count)
        elif kind < 0.42:
            hum = self.chance.choice((50, 60, 100, 120))
            noise = np.sin(2 * np.pi * hum * np.arange(count) / RATE) + 0.3 * numbers.normal(size=count)
        elif kind < 0.6 and self.babble:
            noise = np.sum([_cut(self.chance.choice(self.babble), count, self.chance) for _ in range(4)], axis=0)
        else:
            noise = _cut(self.chance.choice(self.noises), count, self.chance)
        return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-9), dtype=np.float32)

    def _wind(self, count: int) -> NDArray[np.float64]:
        gusts = np.abs(lfilter([0.002], [1, -0.998], self.numbers.normal(size=count))) + 0.02
        return lfilter([1], [1, -self.chance.uniform(0.85, 0.98)], self.numbers.normal(size=count)) * gusts

    def _room(self, samples: Samples) -> Samples:
        """Add a room's reverberation, now and then with the strong early echo of a hands-free telephone."""
        length = int(self.chance.uniform(0.08, 0.45) * RATE)
        tail = self.numbers.normal(size=length) * np.exp(-6.9 * np.arange(length) / length)
        tail *= self.chance.uniform(0.02, 0.12)
        tail[0] = 1
        if self.chance.random() < 0.3:
            tail[self.chance.randint(40, length - 1)] += self.chance.uniform(-0.5, 0.5)
        return np.asarray(fftconvolve(samples, tail)[: len(samples)], dtype=np.float32)

    def _band(self, samples: Samples) -> Samples:
        """Cut the band as one of the filters on a call's way does: gently, steeply, or like a wall."""
        kind, low, high = self.chance.random(), self.chance.uniform(100, 350), self.chance.uniform(3000, 3850)
        if kind < 0.35:
            sections = butter(self.chance.choice((2, 3, 4)), [low, high], "bandpass", fs=RATE, output="sos")
        elif kind < 0.5:
            order, depth = self.chance.choice((4, 6, 8)), self.chance.uniform(30, 70)
            sections = ellip(order, 0.5, depth, [low, high], "bandpass", fs=RATE, output="sos")
        else:
            taps, open_below = self.chance.choice((101, 201, 401)), self.chance.random() < 0.25
            return wall(samples, 0.0 if open_below else low, high, taps)
        return np.asarray(sosfilt(sections, samples), dtype=np.float32)

    def _coded(self, samples: Samples) -> Samples:
        kind = self.chance.random()
        if self.chance.random() < 0.12:
            samples = self._lose_packets(samples)
        if kind < 0.55:
            samples = mu_law(samples)
        elif kind < 0.75:
            samples = _through(samples, "ALAW")
        elif kind < 0.87:
            samples = _through(samples, "GSM610")
        return samples

    def _lose_packets(self, samples: Samples) -> Samples:
        """Lose 1 to 6 % of the 20 ms packets: silent, or the one before again at half strength."""
        kept, rate = samples.copy(), self.chance.uniform(0.01, 0.06)
        again = self.chance.random() < 0.5
        for start in range(PACKET, len(kept) - PACKET, PACKET):
            if self.chance.random() < rate:
                kept[start : start + PACKET] = kept[start - PACKET : start] * 0.5 if again else 0
        return kept


def wall(samples: Samples, low: float, high: float, taps: int = 401) -> Samples:
    """Return `samples` with nothing left outside `low` to `high` Hz; a `low` of 0 lets all low sounds through."""
    edges = [low, high] if low else high
    kernel = firwin(taps, edges, pass_zero=not low, fs=RATE)
    return np.asarray(fftconvolve(samples, kernel, mode="same"), dtype=np.float32)


def mu_law(samples: Samples) -> Samples:
    """Return `samples` in [-1, 1] after G.711 mu-law coding."""
    return _through(samples, "ULAW")


def _through(samples: Samples, codec: str) -> Samples:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE, format="WAV", subtype=codec)
    buffer.seek(0)
    coded, _ = soundfile.read(buffer, dtype="float32")
    return np.asarray(coded[: len(samples)], dtype=np.float32)


def _cut(noise: Samples, count: int, chance: random.Random) -> Samples:
    start = chance.randrange(len(noise))
    return np.take(noise, np.arange(start, start + count), mode="wrap")


def read_noises(folder: Path, *, judged: bool) -> list[Samples]:
    """Return the noise recordings at 8 kHz: those kept for judging, or all the others."""
    found = []
    for path in sorted(folder.rglob("*.wav")):
        if path.name.startswith(KEPT_NOISES) == judged:
            samples = read_audio(str(path), RATE)
            if np.abs(samples).max() > 1e-3:
                found.append(samples)
    return found
