"""Pronunciations that people give by respelling: "shiv awn" for Siobhan, written into the reviewed ones."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.errors import GrammarError, UnavailableError
from ivr.grammar.pronounce import PHONES, REVIEWED, read_reviewed
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.grammar.pronounce import Phones, Pronouncer

_MOST = 40
"""Phones that a word may have."""


def phones_of(pronouncer: Pronouncer, respelt: str) -> Phones:
    """Return the sounds of a respelling: words said one after the other, or the phones themselves ("SH IH V AO N").

    Raises GrammarError where there is nothing to say in it.
    """
    parts = respelt.split()
    if parts and all(part in PHONES for part in parts):
        return tuple(parts)
    said = tuple(phone for word in normalise(respelt).split() for phone in pronouncer.pronounce(word)[0])
    if not 0 < len(said) <= _MOST:
        raise GrammarError(f"{respelt[:40]!r} cannot be said", todo='write it as it sounds, for example "shiv awn"')
    return said


def add_pronunciation(folder: Path, pronouncer: Pronouncer, word: str, respelt: str) -> Phones:
    """Write how a word is said to the reviewed pronunciations of `folder`, once, and return its phones.

    Raises GrammarError for what is no single word or cannot be said, UnavailableError where it cannot be written.
    """
    plain = normalise(word)
    if not plain or " " in plain:
        raise GrammarError(f"{word[:40]!r} is not one word", todo="give each word of a name on its own")
    phones = phones_of(pronouncer, respelt)
    path = folder / REVIEWED
    if phones in read_reviewed(path).get(plain, ()):
        return phones
    try:
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        gap = "" if not before or before.endswith("\n") else "\n"
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{REVIEWED}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{before}{gap}{plain} {' '.join(phones)}\n")
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be written: {error.strerror}; check its owner") from error
    return phones
