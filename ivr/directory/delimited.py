"""CSV as systems really write it: encoding and delimiter detected, quoted line breaks kept, lost quotes survived."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, Final

from ivr.directory.headings import heading_score
from ivr.errors import DirectoryError
from ivr.model import Done, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DELIMITERS: Final = (",", ";", "\t", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_LINES_A_CELL: Final = 12
"""A cell with more line breaks than this is a quote that was never closed."""
_LONGEST_CELL: Final = 1_000_000


def read_delimited(path: Path) -> tuple[list[list[str]], tuple[Problem, ...]]:
    """Read a delimited text file into rows of cells, with what was odd about the file.

    Raises DirectoryError where the file is not text.
    """
    data = path.read_bytes()
    text, encoding = decode(data, path.name)
    problems = []
    if encoding not in {"utf-8", "utf-8-sig"}:
        todo = "nothing, if names with accents look right; UTF-8 is safest"
        problems.append(Problem(0, "", "encoding", Severity.INFO, encoding, Done.FIXED, todo))
    lines = text.splitlines(keepends=True) if "\r" in text else text.split("\n")
    delimiter, text = find_delimiter(text, [line.rstrip("\r\n") for line in lines[:40]])
    rows = _parse(text, delimiter)
    if any(cell.count("\n") > _MOST_LINES_A_CELL for row in rows for cell in row):
        rows = [cells for line in text.splitlines() for cells in _parse(line, delimiter)]
        problems.append(
            Problem(0, "", "unclosed_quote", Severity.WARNING, '"', Done.FIXED, "a quotation mark has no partner; look")
        )
    return rows, tuple(problems)


def decode(data: bytes, source: str = "") -> tuple[str, str]:
    """Decode the bytes of a text file; returns the text and the encoding it was found to be in.

    Lines that are not UTF-8 in a file that otherwise is are read as Windows-1252, as where two systems'
    exports were joined. Raises DirectoryError where this is no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data, encoding, source), encoding
    wide = _utf16_without_bom(data)
    if wide:
        return _strictly(data, wide, source), wide
    if b"\0" in data[:100_000] or _controls(data[:100_000]) > 0.05:  # noqa: PLR2004 - more than a slip of the keyboard
        raise DirectoryError("not text: this is a binary file", where=source, todo="export CSV or XLSX")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    lines = [_line(line) for line in data.split(b"\n")]
    kinds = {kind for _, kind in lines if kind != "ascii"}
    name = "mixed utf-8 and windows-1252" if len(kinds) > 1 else "windows-1252"
    return "\n".join(line for line, _ in lines), name


def find_delimiter(text: str, sample: list[str]) -> tuple[str, str]:
    """Return the delimiter under which most headings are recognised, and the text less Excel's `sep=` line."""
    first = sample[0].strip() if sample else ""
    if first.casefold().startswith("sep=") and len(first) == len("sep=x"):
        return first[-1], text.partition("\n")[2]
    best = max(_DELIMITERS, key=lambda d: _recognised(sample, d))
    if _recognised(sample, best) <= 1:
        best = max(_DELIMITERS, key=lambda d: min((line.count(d) for line in sample if line.strip()), default=0))
    return best, text


def _recognised(sample: Iterable[str], delimiter: str) -> int:
    return max((heading_score(row) for row in _parse("\n".join(sample), delimiter)), default=0)


def _parse(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.splitlines()]


def _strictly(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig":
            return decode(data[len(codecs.BOM_UTF8) :], source)[0]
        raise DirectoryError(
            f"starts as {encoding} but is damaged at byte {error.start}", where=source, todo="export it again as UTF-8"
        ) from None


def _utf16_without_bom(data: bytes) -> str:
    head = data[:2000]
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.7 * pairs:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > 0.7 * pairs else ""


def _controls(data: bytes) -> float:
    return sum(1 for b in data if b < 32 and b not in b"\t\n\r\f\v\x1a\x1b") / max(len(data), 1)  # noqa: PLR2004


def _line(line: bytes) -> tuple[str, str]:
    if line.isascii():
        return line.decode("ascii"), "ascii"
    try:
        return line.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return line.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        return line.decode("latin-1"), "windows-1252"
