"""Recordings in and out: any WAV file a telephone system writes, as mono samples at the rate a recogniser takes."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from ivr.errors import AudioError
from ivr.recognise.g711 import mulaw_decode, mulaw_encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from ivr.recognise.base import Samples

RATE = 8000
"""Samples a second of telephone audio."""
LONGEST = 3600.0
"""Seconds of sound read from one file at most."""
SLOWEST, FASTEST = 4000, 384_000
MOST_CHANNELS = 8
_FULL_SCALE = 32768.0
_BLOCK_SECONDS = 1
_QUIET = 1e-3
"""Root mean square (full scale 1) taken for sound that is fainter still: too faint to make anything of."""

log = logging.getLogger(__name__)


def read_wav(path: Path, rate: int = RATE) -> Samples:
    """Read a recording as mono int16 samples at `rate`.

    Takes PCM of 8 to 32 bits, float, mu-law and A-law at any sensible sample rate, mono or more channels (averaged).
    A file cut short gives what it holds, with a warning in the log. Raises AudioError for a file that is missing,
    empty, no recording, without any sound samples, with an impossible header, or longer than an hour.
    """
    blocks = tuple(wav_blocks(path, rate))
    samples: Samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
    if not samples.size:
        raise AudioError("holds no sound: its length is zero", where=str(path), todo="record it again")
    return samples


def wav_blocks(path: Path, rate: int = RATE) -> Iterator[Samples]:
    """Read a recording as `read_wav` does, about a second at a time."""
    with _opened(path) as file:
        _check_header(file, path)
        resampler = None
        if file.samplerate != rate:
            resampler = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32", quality="HQ")
        for sound in _sound(file):
            yield _to_int16(sound if resampler is None else resampler.resample_chunk(sound))
        if resampler is not None:
            yield _to_int16(resampler.resample_chunk(np.zeros(0, np.float32), last=True))


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    where = str(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise AudioError("is a folder", where=where, todo="name a WAV file")
        if not size:
            raise AudioError("is empty", where=where, todo="record it again")
        with path.open("rb") as raw:
            head = raw.read(12)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=where, todo="check the path") from error
    try:
        with soundfile.SoundFile(where) as file:
            _warn_if_cut(head, size, path)
            yield file
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise AudioError(
            f"is no recording that can be read ({_short(error)})", where=where, todo="save it as a WAV file"
        ) from error


def _short(error: Exception) -> str:
    return str(getattr(error, "error_string", "") or error).rstrip(".").splitlines()[0].removeprefix("Error : ")


def _warn_if_cut(head: bytes, size: int, path: Path) -> None:
    claimed = int.from_bytes(head[4:8], "little") + 8
    if head[:4] == b"RIFF" and size < claimed < (1 << 32) - 1:
        log.warning("%s: cut short (%d of %d bytes); reading what is there", path, size, claimed)


def _check_header(file: soundfile.SoundFile, path: Path) -> None:
    where, todo = str(path), "save it again as an 8 kHz WAV file"
    if not SLOWEST <= file.samplerate <= FASTEST:
        raise AudioError(f"claims an impossible {file.samplerate:,} samples a second", where=where, todo=todo)
    if file.channels > MOST_CHANNELS:
        raise AudioError(f"claims {file.channels} channels", where=where, todo=todo)
    if file.frames / file.samplerate > LONGEST:
        raise AudioError(
            f"is longer than {LONGEST / 60:.0f} minutes", where=where, todo="cut it: one turn of the caller a file"
        )


def _sound(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Give the file's sound, mono, full scale 1, values that are no numbers as silence."""
    for block in file.blocks(file.samplerate * _BLOCK_SECONDS, dtype="float32", always_2d=True):
        yield np.nan_to_num(block.mean(axis=1, dtype=np.float32), posinf=1.0, neginf=-1.0)


def _to_int16(sound: NDArray[np.floating]) -> Samples:
    samples: Samples = np.clip(np.rint(sound * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return samples


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write samples as a mono mu-law WAV file, whole or not at all. Raises AudioError where it cannot be written."""
    temporary = path.with_name(path.name + ".part")
    try:
        soundfile.write(str(temporary), mulaw_decode(mulaw_encode(samples)), rate, subtype="ULAW", format="WAV")
        os.replace(temporary, path)  # noqa: PTH105 (the name of what it does)
    except (OSError, soundfile.SoundFileError) as error:
        temporary.unlink(missing_ok=True)
        raise AudioError(f"cannot be written ({error})", where=str(path), todo="check the folder") from error


def resample(samples: Samples, source: int, target: int) -> Samples:
    """Return samples of rate `source` at rate `target`."""
    if source == target:
        return samples
    return _to_int16(soxr.resample(samples.astype(np.float32) / _FULL_SCALE, source, target, quality="HQ"))


def level(samples: Samples) -> float:
    """Return the root mean square in dB below full scale; silence is -96."""
    if not samples.size:
        return -96.0
    power = float(np.mean(np.square(samples.astype(np.float64) / _FULL_SCALE)))
    return 10.0 * float(np.log10(max(power, 10**-9.6)))


def normalise_level(samples: Samples, target: float = -20.0) -> Samples:
    """Remove the constant offset and bring the louder half of the sound to `target` dB below full scale.

    Nothing is amplified by more than 40 dB, nor until its peaks would clip.
    """
    if not samples.size:
        return samples
    sound = samples.astype(np.float32) / _FULL_SCALE
    sound -= sound.mean()
    power = np.square(sound)
    loud = power >= np.median(power)
    strength = max(float(np.sqrt(power[loud].mean())), _QUIET)
    gain = min(10 ** (target / 20) / strength, 0.99 / max(float(np.abs(sound).max()), _QUIET))
    return _to_int16(sound * np.float32(gain))


def telephone_band(samples: Samples, rate: int = RATE) -> Samples:
    """Return 8 kHz samples as a telephone call brings them: 300-3400 Hz, and through mu-law."""
    narrow = resample(samples, rate, RATE).astype(np.float64)
    return mulaw_decode(mulaw_encode(_to_int16(np.convolve(narrow, _band_pass(), "same") / _FULL_SCALE)))


def _band_pass(low: float = 300.0, high: float = 3400.0, taps: int = 129) -> NDArray[np.float64]:
    """Return the impulse response of a linear-phase band-pass filter at 8 kHz (windowed sinc)."""
    time = np.arange(taps) - taps // 2
    upper, lower = (2 * f / RATE * np.sinc(2 * f / RATE * time) for f in (high, low))
    response: NDArray[np.float64] = (upper - lower) * np.hamming(taps)
    return response
