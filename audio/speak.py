"""Makes telephone speech with free synthetic voices: text in, 8 kHz samples as a poor line carries them.

Needs Debian's `flite` and `espeak-ng` (and `festival` with its voices where a festival voice is asked for).
Used by `make_calls.py`; every WAV in this folder comes out of these functions, so all of them are ours.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 8000
"""Samples a second on a telephone line."""

FLITE = ("awb", "kal", "kal16", "rms", "slt")
"""Voices built from recorded people (awb a Scot, the others from North America)."""
ESPEAK = {
    "british": ("en-gb", 50, 150),
    "british-f": ("en-gb+f3", 60, 155),
    "scottish": ("en-gb-scotland", 45, 150),
    "rp": ("en-gb-x-rp", 50, 150),
    "northern": ("en-gb-x-gbclan+m3", 45, 155),
    "midlands-f": ("en-gb-x-gbcwmd+f2", 65, 150),
}
"""Formant voices with British accents: name, pitch (0-99), words a minute."""

Sound = NDArray[np.float64]


def speak(text: str, voice: str) -> Sound:
    """Say `text` with one of the voices; mono at 8 kHz, peak 0.5, in -1..1."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        subprocess.run(_command(text, voice, wav), check=True, capture_output=True)
        sound, rate = soundfile.read(wav, dtype="float64")
    line = soxr.resample(sound, rate, RATE) if rate != RATE else sound
    return line * (0.5 / max(float(np.abs(line).max()), 1e-6))


def _command(text: str, voice: str, wav: Path) -> list[str]:
    if voice in FLITE:
        return ["flite", "-voice", voice, "-t", text, "-o", str(wav)]
    name, pitch, speed = ESPEAK[voice]
    return ["espeak-ng", "-v", name, "-p", str(pitch), "-s", str(speed), "-w", str(wav), text]


def pad(sound: Sound, before: float = 0.4, after: float = 0.5) -> Sound:
    """Add seconds of silence around a sound, as a caller leaves them."""
    return np.concatenate([np.zeros(int(before * RATE)), sound, np.zeros(int(after * RATE))])


def band(sound: Sound, low: float = 300.0, high: float = 3400.0, order: int = 5) -> Sound:
    """Keep the telephone band: 3 dB down at its edges and falling as a line's Butterworth filters do."""
    spectrum = np.fft.rfft(sound)
    hertz = np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE), 1.0)
    gain = 1 / np.sqrt((1 + (low / hertz) ** (2 * order)) * (1 + (hertz / high) ** (2 * order)))
    return np.fft.irfft(spectrum * gain, len(sound))


def noise(kind: str, length: int, seed: int) -> Sound:
    """Make noise of unit power: `hiss` (white), `street` (low, in slow swells), `hum` (mains), `babble` (voices)."""
    random = np.random.default_rng(seed)
    white = random.standard_normal(length)
    if kind == "hiss":
        made = white
    elif kind == "street":
        spectrum = np.fft.rfft(white) / np.maximum(np.fft.rfftfreq(length, 1 / RATE), 80) ** 0.8
        swell = 1 + 0.5 * np.sin(np.arange(length) * 2 * np.pi * 0.3 / RATE + random.uniform(0, 6))
        made = np.fft.irfft(spectrum, length) * swell
    elif kind == "hum":
        time = np.arange(length) / RATE
        made = sum(np.sin(2 * np.pi * 50 * n * time) / n for n in range(1, 12)) + 0.2 * white
    elif kind == "babble":
        made = _babble(length, random)
    else:
        raise ValueError(f"no such noise: {kind}")
    return np.asarray(made / np.sqrt(np.mean(made**2)))


def _babble(length: int, random: np.random.Generator) -> Sound:
    said = (
        "well I told her that we would be round on Tuesday and she never came so there it is what can you do about it"
    )
    made = np.zeros(length)
    for voice in ("rms", "slt", "awb", "british", "british-f"):
        talk = np.tile(speak(said, voice), 1 + length // RATE)
        start = int(random.integers(0, 3 * RATE))
        made += talk[start : start + length]
    return made


def line(sound: Sound, *, hiss: float = 38.0, seed: int = 0, extra: tuple[str, float] | None = None) -> Sound:
    """Send a sound over a telephone line: band-limited, hiss and perhaps a louder noise, in dB below the speech."""
    loud = sound[np.abs(sound) > 0.02]
    power = np.sqrt(np.mean(loud**2)) if len(loud) else 0.1
    out = sound + noise("hiss", len(sound), seed) * power * 10 ** (-hiss / 20)
    if extra:
        out = out + noise(extra[0], len(sound), seed + 1) * power * 10 ** (-extra[1] / 20)
    return np.clip(band(out), -1, 1)


def write(path: Path, sound: Sound) -> None:
    """Write 8 kHz mu-law WAV, the telephone's own format."""
    soundfile.write(path, sound, RATE, subtype="ULAW", format="WAV")
