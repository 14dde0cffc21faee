"""Cells made clean: invisible characters, doubly encoded letters, placeholders for nothing, Excel's leftovers."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_EXCEL: Final = re.compile(r"_x[0-9A-Fa-f]{4}_")
_NOTHING: Final = frozenset(
    {
        "null", "(null)", "<null>", "n/a", "n.a.", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "none", "nil",
        "-", "--", "---", ".", "..", "...", "?", "??", "???", "tbc", "tba", "t.b.c.", "unknown", "not known",
        "not applicable", "not set", "blank", "(blank)", "_", "x", "xx", "/", "\\", "0", "nan", "undefined",
    }
)  # fmt: skip
_NAMES_NOT_NOTHING: Final = frozenset({"x", "xx", "none", "nil", "nan"})
"""Placeholders elsewhere that may be a name or an initial."""


def _bytes_of(char: str) -> int | None:
    try:
        return char.encode("cp1252")[0]
    except UnicodeEncodeError:
        return ord(char) if ord(char) < 256 else None  # noqa: PLR2004 - cp1252 leaves five bytes to latin-1


_CONTINUATION: Final = "".join(
    sorted(
        {bytes([b]).decode("cp1252", "ignore") for b in range(0x80, 0xC0)} | {chr(b) for b in range(0x80, 0xC0)} - {""}
    )
)
_DOUBLE: Final = re.compile(
    "[\u00c2-\u00df][{c}]|[\u00e0-\u00ef][{c}]{{2}}|[\u00f0-\u00f4][{c}]{{3}}".format(c=re.escape(_CONTINUATION))
)


def mend_mojibake(text: str) -> str:
    """Undo UTF-8 read as Windows-1252, up to three times over, wherever it occurs in `text`.

    >>> mend_mojibake("Si\u00c3\u00a2n")
    'Siân'
    """
    for _ in range(3):
        mended = _DOUBLE.sub(lambda found: _redecode(found.group()), text)
        if mended == text:
            return mended
        text = mended
    return text


def _redecode(run: str) -> str:
    values = [_bytes_of(char) for char in run]
    try:
        return bytes(v for v in values if v is not None).decode("utf-8")
    except UnicodeDecodeError:
        return run


@lru_cache(maxsize=65536)
def tidy(text: str) -> str:
    """Return a cell's text without invisible characters, mis-encodings, entities or superfluous space. Idempotent."""
    if text.isascii() and "&" not in text and "_x" not in text:
        return " ".join(_CONTROL.sub(" ", text).split())
    for _ in range(3):
        text, before = _once(text), text
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = mend_mojibake(html.unescape(text))
    text = _INVISIBLE.sub("", _CONTROL.sub(" ", _EXCEL.sub(" ", text)))
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_nothing(text: str, *, name: bool = False) -> bool:
    """Tell whether a tidy cell only says that it is empty; a name may be "Null" or "X", so `name` is stricter.

    >>> is_nothing("N/A"), is_nothing("Null", name=True), is_nothing("NULL", name=True)
    (True, False, True)
    """
    folded = text.casefold()
    if name and (folded in _NAMES_NOT_NOTHING or text == "Null"):
        return False
    return folded in _NOTHING


def is_damaged(text: str) -> bool:
    """Tell whether letters were lost for good: a replacement character, or a question mark inside a word."""
    return "\ufffd" in text or bool(re.search(r"\w\?\w", text))
