"""Whether recorded prompts are fit to be played: there, readable, long and loud enough, and still what is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ivr.channels.voiceover import LISTING, read_listing
from ivr.errors import AudioError
from ivr.recognise.audio import RATE, read_wav
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ivr.recognise.base import Samples

SHORTEST, LONGEST = 0.2, 60.0
"""Seconds a recording may last."""
SLOWEST, FASTEST = 4.0, 30.0
"""Letters a second of ordinary speech lie between these."""
QUIETEST, LOUDEST = -32.0, -10.0
"""Level of the louder half, dB below full scale (RMS). Telephone prompts are made at about -20."""
CLIPPED = 0.001
"""Share of samples at full scale taken for clipping."""
SILENCE = 0.5
"""Seconds of silence at either end that make a sentence fall apart."""
_FLOOR = -45.0
"""dB below which 20 ms are silence."""
SUFFIXES = frozenset({".wav", ".mp3", ".flac", ".ogg", ".aiff"})
PLAYABLE = frozenset({".wav", ".mp3", ".aiff"})
"""What Twilio plays and we read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a recording."""

    file: str
    kind: str
    """Short stable name, for example `missing`, `unreadable`, `level`."""
    detail: str
    serious: bool = True
    """False: worth knowing, but it can be played."""


def check_recordings(folder: Path, wanted: Iterable[str]) -> tuple[Finding, ...]:
    """Check every listed recording. `wanted`: all stretches the service says. Raises InputError for the listing."""
    rows = read_listing(folder)
    said = {normalise(text) for text in wanted}
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for file, text in rows:
        findings += _file(folder / file, file, text)
        words = normalise(text)
        if words in seen:
            findings.append(Finding(file, "double", f"{seen[words]} has the same words, and is not played"))
        if words not in said:
            findings.append(Finding(file, "unused", f"nothing says {text!r} any more", serious=False))
        seen[words] = file
    return (*findings, *_unlisted(folder, {file for file, _ in rows}))


def _unlisted(folder: Path, listed: set[str]) -> Iterator[Finding]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in SUFFIXES and name not in listed:
            yield Finding(name, "unlisted", f"not in {LISTING}, so never played", serious=False)


def _file(path: Path, name: str, text: str) -> Iterator[Finding]:
    if not path.is_file():
        yield Finding(name, "missing", "listed, and not there; the voice speaks instead")
        return
    if path.suffix.lower() not in PLAYABLE:
        yield Finding(name, "format", f"{path.suffix or 'no suffix'} is not played on the telephone; use .wav")
    try:
        samples = read_wav(path)
    except AudioError as error:
        yield Finding(name, "unreadable", error.what)
        return
    yield from _sound(name, samples, text)


def _sound(name: str, samples: Samples, text: str) -> Iterator[Finding]:
    seconds = samples.size / RATE
    if not SHORTEST <= seconds <= LONGEST:
        yield Finding(name, "length", f"{seconds:.1f} s; {SHORTEST} to {LONGEST:.0f} are played")
        return
    levels = _levels(samples)
    loud = np.flatnonzero(levels > _FLOOR)
    if not loud.size:
        yield Finding(name, "level", "silent")
        return
    before, after = loud[0] * 0.02, (len(levels) - 1 - loud[-1]) * 0.02
    if max(before, after) > SILENCE:
        yield Finding(
            name, "silence", f"{before:.1f} s before and {after:.1f} s after the words; cut it", serious=False
        )
    speech = seconds - before - after
    pace = len(normalise(text)) / max(speech, 0.02)
    if not SLOWEST <= pace <= FASTEST:
        yield Finding(name, "pace", f"{speech:.1f} s for {text[:40]!r}: are these the words?", serious=False)
    volume = 10 * np.log10(np.mean(10 ** (np.sort(levels)[len(levels) // 2 :] / 10)))
    if not QUIETEST <= volume <= LOUDEST:
        yield Finding(name, "level", f"{volume:.0f} dB; make it about -20")
    if float(np.mean(np.abs(samples.astype(np.int32)) >= 32_700)) > CLIPPED:  # noqa: PLR2004 (next to full scale)
        yield Finding(name, "clipped", "the peaks are cut off; record it again, less loud")


def _levels(samples: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Level of each 20 ms, dB below full scale."""
    frame = RATE // 50
    frames = samples[: samples.size // frame * frame].reshape(-1, frame).astype(np.float64) / 32768
    levels: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return levels
