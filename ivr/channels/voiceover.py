"""Recordings a voice artist made of what the service says, found by their words.

`audio/prompts/prompts.csv` lists them: `file` (in the same folder or below it) and `text`, the words as
recorded. A fixed stretch of a prompt, an answer or a name is played where a recording of just those words
is listed; anything else is spoken by the synthetic voice, within the same sentence if need be. Words are
compared normalised, so capitals and punctuation may differ.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from ivr.channels.phrases import Piece, Recorded, Spoken
from ivr.errors import InputError
from ivr.recognise.audio import read_wav
from ivr.recognise.g711 import mulaw_encode
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.dialogue.prompts import Segment

LISTING = "prompts.csv"
COLUMNS = ("file", "text")
PAUSE = np.zeros(400, np.int16)
"""50 ms between recordings that are played one after the other."""


@dataclass(frozen=True)
class Voiceover:
    """The recordings of one site."""

    folder: Path
    files: Mapping[str, str] = field(default_factory=dict)
    """Normalised words -> file, relative to the folder, with forward slashes."""
    words: Mapping[str, str] = field(default_factory=dict)
    """File -> normalised words recorded in it, where it is listed."""

    @classmethod
    def load(cls, folder: Path) -> Voiceover:
        """Read the listing in `folder`; no listing: nothing is recorded. Raises InputError where it cannot be used.

        A listed file that is missing is left out here, so that the voice speaks instead, and named by `check`.
        """
        rows = [(file, normalise(text)) for file, text in read_listing(folder) if (folder / file).is_file()]
        return cls(folder, {words: file for file, words in reversed(rows)}, dict(rows))

    def find(self, segment: Segment) -> str:
        """Return the file with these words, or ''.

        A file that the prompts or the directory name counts unless it is listed with other words: then the
        words have changed since it was recorded.
        """
        words, named = normalise(segment.text), segment.recording
        if words in self.files:
            return self.files[words]
        known = named and is_inside(named) and self.words.get(named, words) == words
        return named if known and (self.folder / named).is_file() else ""

    def pieces(self, segments: Iterable[Segment]) -> tuple[Piece, ...]:
        """Return what is to be said as recordings where there are any, and speech for the rest."""
        found = ((segment, self.find(segment)) for segment in segments)
        return tuple(Recorded(file) if file else Spoken(segment.text) for segment, file in found)

    def sound(self, files: Iterable[str]) -> bytes:
        """Return recordings one after the other as mu-law, 8 kHz. Raises AudioError where one cannot be read."""
        parts = [part for file in files for part in (read_wav(self.folder / file), PAUSE)]
        return mulaw_encode(np.concatenate(parts)) if parts else b""


def is_inside(file: str) -> bool:
    """Say whether a listed name stays in its folder."""
    path = PurePosixPath(file)
    return bool(file) and not path.is_absolute() and ".." not in path.parts and "\\" not in file and "\0" not in file


def read_listing(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return (file, text) of every listed recording; no listing: none. Raises InputError, naming the row."""
    path = folder / LISTING
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return tuple(_rows(csv.DictReader(lines), path))
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", where=str(path), todo="save it as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"is not a CSV file: {error}", where=str(path)) from error


def _rows(reader: csv.DictReader[str], path: Path) -> Iterable[tuple[str, str]]:
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"has no column `{missing[0]}`", where=str(path), todo="head it file,text")
    for row in reader:
        file, text = (row["file"] or "").strip(), (row["text"] or "").strip()
        where = f"{path}, row {reader.line_num}"
        if not is_inside(file):
            raise InputError(f"{file!r} is not a file in this folder", where=where, todo="name a file below it")
        if not normalise(text):
            raise InputError("has no words", where=where, todo="write what is recorded")
        yield file, text
