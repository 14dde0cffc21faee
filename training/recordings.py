"""Recordings of real people, split once and for all into those to train with and those to judge with.

Trained with: half of the speakers of the one-word commands, and two of the three studio prompt voices. Judged with:
the other half, the third voice (prompts, letters, NATO alphabet), the spoken digits and the short commands, all of it.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

from training.align import align, in_dictionary
from training.speech import Utterance, read_audio, write_audio
from training.voices import loud

JUDGE_LOCALE = "en_AU"
LONGEST_PROMPT_CHARACTERS = 160


@dataclass(frozen=True)
class Recording:
    """One real recording."""

    path: Path
    voice: str
    text: str
    """What is said; empty for noise."""


def judged_speaker(speaker: str) -> bool:
    """Tell whether a speaker of the one-word commands is kept for judging: every other one, by digest."""
    return hashlib.md5(speaker.encode(), usedforsecurity=False).digest()[0] % 2 == 0


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def one_word_commands(speech: Path, *, judged: bool) -> Iterator[Recording]:
    """Yield the one-word recordings of one half of the speakers, and that half of the noises."""
    folder = speech / "one_word_commands"
    for row in _rows(folder):
        speaker = row["speaker"] or row["file"]
        if judged_speaker(speaker) == judged and (row["says"] or row["kind"] == "silence"):
            yield Recording(folder / "wav" / row["file"], f"word:{speaker}", row["says"])


def prompts(speech: Path, *, judged: bool) -> Iterator[Recording]:
    """Yield studio prompts, letters and digits of the voices to train or to judge with."""
    for name in ("prompts", "letters"):
        folder = speech / name
        for row in _rows(folder):
            text = _spoken(row["says"], spelled=row.get("set") == "letters")
            here = (row["locale"] == JUDGE_LOCALE) == judged
            if here and text and len(text) < LONGEST_PROMPT_CHARACTERS and in_dictionary(text):
                inner = folder / "wav" / row["file"]
                yield Recording(inner if inner.exists() else folder / row["file"], f"{name}:{row['locale']}", text)


def _spoken(says: str, *, spelled: bool) -> str:
    if re.search(r"\d|\[|\(", says):
        return ""
    if spelled and len(says.strip()) == 1:
        return says.strip().upper()
    return " ".join(re.sub(r"[^a-z' -]+", " ", says.lower()).split())


def align_all(recordings: list[Recording], folder: Path, processes: int) -> Iterator[Utterance]:
    """Yield the recordings as training utterances at 16 kHz; noises carry no phones."""
    jobs = [(recording, folder / f"{number:06d}.wav") for number, recording in enumerate(recordings)]
    with Pool(processes) as pool:
        yield from (found for found in pool.imap_unordered(_aligned, jobs, chunksize=16) if found)


def _aligned(job: tuple[Recording, Path]) -> Utterance | None:
    recording, path = job
    samples = read_audio(str(recording.path))
    segments = align(loud(samples), recording.text) if recording.text else (("SIL", 0.0, len(samples) / 160),)
    if not segments:
        return None
    write_audio(path, loud(samples) if recording.text else samples)
    return Utterance(str(path), recording.voice, recording.text, segments)
