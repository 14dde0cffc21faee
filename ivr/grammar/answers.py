"""What an enquiry answers: the site's values filled in, short enough to say, links that can be opened.

`values.yaml` beside the enquiries holds what changes more often than the words around it (fees, telephone hours),
each written as it is said: `parking_permit_fee: forty five pounds`. An answer uses it as `{parking_permit_fee}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml
from rapidfuzz import process

from ivr.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VALUES = "values.yaml"
LONGEST_ANSWER = 60
"""Words; at 170 words a minute, 21 seconds."""
LONGEST_TEXT = 306
"""Letters of a text message in two parts."""
_PLACE = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(r"\S*(?:://|www\.|\bhttps?[:/;])\S*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_UNSAYABLE = re.compile(r"https?://|www\.|[<>{}@_#*]")


def load_values(folder: Path, language: str = "") -> Mapping[str, str]:
    """Read the site's values, or those in another language; a folder without the file has none. Raises GrammarError."""
    path = folder / (f"values.{language}.yaml" if language else VALUES)
    if not path.exists():
        return {}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        what = f"cannot be read: {' '.join(str(error).split())}"
        raise GrammarError(what, where=str(path), todo="write a `name: words` a line") from error
    if not isinstance(data, dict):
        raise GrammarError("holds no values", where=str(path), todo="write a `name: words` a line")
    for name, words in data.items():
        if not isinstance(words, str) or not words.strip():
            raise GrammarError(f"`{name}` is not words", where=str(path), todo="write it as it is said, in quotes")
    return {str(name): words.strip() for name, words in data.items()}


def fill(text: str, values: Mapping[str, str], what: str, where: str) -> str:
    """Put values in their `{places}`. Raises GrammarError for a place without a value."""
    for name in _PLACE.findall(text):
        if name not in values:
            near = process.extractOne(name, list(values), score_cutoff=60)
            todo = f"did you mean {{{near[0]}}}?" if near else f"add it to {VALUES}"
            raise GrammarError(f"{what}: no value is called {{{name}}}", where=where, todo=todo)
    return _PLACE.sub(lambda place: values[place[1]], text)


def check_said(name: str, answer: str, text: str, where: str) -> None:
    """Refuse an answer nobody could listen to and a text nobody could open. Raises GrammarError."""
    count = len(answer.split())
    if count > LONGEST_ANSWER:
        what = f"{name}: answer: {count} words are too long to say"
        raise GrammarError(what, where=where, todo=f"keep it to {LONGEST_ANSWER}; put the rest on the page linked to")
    if found := _UNSAYABLE.search(answer):
        raise GrammarError(f"{name}: answer: '{found[0]}' cannot be said", where=where, todo="put the link in `text`")
    if len(text) > LONGEST_TEXT:
        what = f"{name}: text: {len(text)} letters are more than two messages"
        raise GrammarError(what, where=where, todo=f"keep it to {LONGEST_TEXT}")
    for link in _LINK.findall(text):
        if not _opens(link.rstrip(".,;)")):
            raise GrammarError(f"{name}: text: '{link}' is no link", where=where, todo="write https://host/path")


def _opens(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.hostname or "")) and parts.username is None
