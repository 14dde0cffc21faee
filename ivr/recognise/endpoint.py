"""Where speech begins and ends in telephone audio.

Sound is looked at in frames of 20 ms. A frame is *loud* when it rises well above the noise floor, which is followed
all the time, and *voiced* when it repeats itself at the pitch of a human voice. Speech begins when enough frames in
a third of a second are loud and some are voiced: steady noise is never loud for long, and a click or a breath is
never voiced. It ends after a silence that is shorter the more has been said. Deterministic: the same samples in any
portions give the same result.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ivr.recognise.base import Samples

RATE = 8000
FRAME = 160
"""Samples a frame."""
FRAME_SECONDS = FRAME / RATE
_WINDOW = 2 * FRAME
"""Samples a frame's pitch is looked for in: the frame and the one before it."""
_SHORTEST_LAG, _LONGEST_LAG = RATE // 400, RATE // 70
_ONSET_FRAMES = 16
_LOUD_AT_ONSET = 4
_VOICED_AT_ONSET = 2
_VOICING = 0.55
_FAINTEST = 36.0
"""Root mean square, in sample units, below which nothing counts as speech (-59 dB)."""


@dataclass(frozen=True, slots=True)
class Endpointing:
    """When an utterance begins and ends. Times in seconds."""

    start_timeout: float = 5.0
    """Time the caller has to start speaking."""
    end_silence: float = 0.6
    """Silence that ends an utterance; a tenth more after a short one, a tenth less after a long one."""
    longest: float = 15.0
    """Speech beyond this is not listened to."""
    before: float = 0.3
    """Sound kept from before the beginning was noticed, so that no first consonant is lost."""
    above_noise: float = 9.0
    """How far above the noise floor speech is, in dB."""


class Stage(StrEnum):
    """How far an utterance has come."""

    WAITING = "waiting"
    SPEAKING = "speaking"
    ENDED = "ended"
    TIMED_OUT = "timed out"
    """Nobody spoke within the time given."""
    TOO_LONG = "too long"


class Endpointer:
    """Finds one utterance in a stream of 8 kHz samples."""

    def __init__(self, settings: Endpointing | None = None) -> None:
        self._settings = settings or Endpointing()
        self.stage = Stage.WAITING
        self.start = 0.0
        """Where speech began, seconds from the first sample; meaningful from SPEAKING on."""
        self.end = 0.0
        """Where it was last heard."""
        self.level = -96.0
        """Level of the last frame, dB below full scale, for a meter."""
        self._meter = _Meter(self._settings.above_noise)
        self._rest: Samples = np.zeros(0, np.int16)
        self._kept: deque[Samples] = deque(maxlen=_ONSET_FRAMES + round(self._settings.before / FRAME_SECONDS))
        self._recent: deque[tuple[bool, bool]] = deque(maxlen=_ONSET_FRAMES)
        self._frames = 0

    @property
    def done(self) -> bool:
        """Nothing more is listened to."""
        return self.stage not in {Stage.WAITING, Stage.SPEAKING}

    def feed(self, samples: Samples) -> Samples:
        """Take the next samples; return those a recogniser should hear now (with what was kept from before)."""
        sound = np.concatenate([self._rest, samples])
        heard: list[Samples] = []
        whole = len(sound) // FRAME * FRAME
        self._rest = sound[whole:]
        for at in range(0, whole, FRAME):
            if self.done:
                break
            heard.extend(self._frame(sound[at : at + FRAME]))
        return np.concatenate(heard) if heard else np.zeros(0, np.int16)

    def _frame(self, frame: Samples) -> list[Samples]:
        self._frames += 1
        loud, voiced = self._meter.look(frame)
        self.level = self._meter.level
        if self.stage is Stage.WAITING:
            return self._wait(frame, loud=loud, voiced=voiced)
        if loud:
            self.end = self._frames * FRAME_SECONDS
        spoken = self.end - self.start
        if self._frames * FRAME_SECONDS - self.start >= self._settings.longest:
            self.stage = Stage.TOO_LONG
        elif self._frames * FRAME_SECONDS - self.end >= self._patience(spoken):
            self.stage = Stage.ENDED
        return [frame]

    def _wait(self, frame: Samples, *, loud: bool, voiced: bool) -> list[Samples]:
        self._kept.append(frame)
        self._recent.append((loud, voiced))
        loud_frames = sum(loud for loud, _ in self._recent)
        if loud_frames >= _LOUD_AT_ONSET and sum(both == (True, True) for both in self._recent) >= _VOICED_AT_ONSET:
            self.stage = Stage.SPEAKING
            first = next(i for i, (was_loud, _) in enumerate(self._recent) if was_loud)
            age = len(self._recent) - first
            self.start = (self._frames - age) * FRAME_SECONDS
            self.end = self._frames * FRAME_SECONDS
            keep = age + round(self._settings.before / FRAME_SECONDS)
            return list(self._kept)[-keep:]
        if self._frames * FRAME_SECONDS >= self._settings.start_timeout and not loud:
            self.stage = Stage.TIMED_OUT
        return []

    def _patience(self, spoken: float) -> float:
        """Return the silence that ends an utterance that has lasted `spoken` seconds."""
        return self._settings.end_silence + 0.1 - 0.2 * min(max((spoken - 0.4) / 1.2, 0.0), 1.0)


class _Meter:
    """Tells of each frame whether it is loud and whether it is voiced."""

    def __init__(self, above_noise: float) -> None:
        self._ratio = 10 ** (above_noise / 20)
        self._floor = 0.0
        self._before: NDArray[np.float64] = np.zeros(FRAME)
        self._recent: deque[float] = deque(maxlen=75)
        self.level = -96.0

    def look(self, frame: Samples) -> tuple[bool, bool]:
        sound = frame.astype(np.float64)
        sound -= sound.mean()
        strength = float(np.sqrt(np.mean(np.square(sound))))
        self.level = max(20 * float(np.log10(max(strength, 0.5) / 32768)), -96.0)
        self._recent.append(strength)
        self._follow_noise()
        loud = strength > max(_FAINTEST, self._floor * self._ratio)
        voiced = loud and _voicing(np.concatenate([self._before, sound])) > _VOICING
        self._before = sound
        return loud, voiced

    def _follow_noise(self) -> None:
        """Take the quiet tenth of the last second and a half for the noise; follow it down fast and up slowly."""
        quiet = sorted(self._recent)[len(self._recent) // 10]
        if len(self._recent) < 10 and not self._floor:  # noqa: PLR2004 (a fifth of a second: too little to know)
            quiet = min(quiet, 4 * _FAINTEST)
        self._floor = quiet if quiet < self._floor or not self._floor else min(quiet, self._floor * 1.03)


def _voicing(sound: NDArray[np.float64]) -> float:
    """Return the highest correlation (0-1) of a window with itself one pitch period later."""
    sound = sound - sound.mean()
    spectrum = np.fft.rfft(sound, 2 * _WINDOW)
    correlation = np.fft.irfft(spectrum * spectrum.conj())[: _LONGEST_LAG + 1]
    energy = np.cumsum(np.square(sound))
    total = energy[-1]
    lags = np.arange(_SHORTEST_LAG, _LONGEST_LAG + 1)
    overlap = np.sqrt(energy[_WINDOW - 1 - lags] * (total - energy[lags - 1])) + 1e-9
    return float(np.max(correlation[lags] / overlap))


def speech_span(samples: Samples, margin: float = 0.3) -> tuple[int, int] | None:
    """Return where the speech in a whole recording begins and ends, in samples; None: there is none.

    From its first utterance to the end of its last, however long the pauses, with `margin` seconds on both sides.
    """
    first: int | None = None
    last = at = 0
    while at < samples.size:
        endpointer = Endpointer(Endpointing(start_timeout=float("inf"), longest=float("inf")))
        for block in range(at, samples.size, RATE):
            endpointer.feed(samples[block : block + RATE])
            if endpointer.done:
                break
        if endpointer.stage is Stage.WAITING:
            break
        first = at + round(endpointer.start * RATE) if first is None else first
        last = at + round(endpointer.end * RATE)
        at = last if endpointer.done else samples.size
    if first is None:
        return None
    room = round(margin * RATE)
    return max(first - room, 0), min(last + room, samples.size)


def has_speech(samples: Samples) -> bool:
    """Tell whether anybody speaks in 8 kHz samples."""
    return speech_span(samples) is not None
