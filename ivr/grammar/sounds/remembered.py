"""Words sounded out before, kept in a file: a directory's names are read once, not at every start.

The file's name holds a digest of everything that decides how words are read, so no old reading outlives a change.
Many processes may read and replace it at once; what one has missed, another works out again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import cache
from pathlib import Path

Phones = tuple[str, ...]


@cache
def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in {".py", ".txt", ".l2s"}:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


class Remembered:
    """Pronunciations by word, kept in one file of `folder`. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"sounded-{_digest()}.tsv"
        self._known = self._read()
        self._new = False
        self._open = True

    def get(self, word: str) -> tuple[Phones, ...]:
        """Return the pronunciations kept for `word`, or none."""
        return self._known.get(word, ())

    def add(self, word: str, said: tuple[Phones, ...]) -> None:
        """Take in a word of the directory; after `save`, words are callers' own and not kept."""
        if self._open:
            self._known[word] = said
            self._new = True

    def save(self) -> None:
        """Write the file where there is something new; a folder that cannot be written to only costs time."""
        self._open = False
        if not self._new:
            return
        self._new = False
        lines = (f"{word}\t{'|'.join(map(' '.join, said))}\n" for word, said in sorted(self._known.items()))
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # a cache, and nothing else, is lost
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text("".join(lines), encoding="ascii")
            partial.replace(self._path)

    def _read(self) -> dict[str, tuple[Phones, ...]]:
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):  # not there yet, or not ours: made anew
            return {}
        rows = (line.partition("\t") for line in text.splitlines())
        return {word: tuple(tuple(way.split()) for way in ways.split("|")) for word, _, ways in rows if word and ways}
