"""The list of utterances to evaluate: a CSV file of recordings or texts, and what each should be taken for."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.directory.table import guarded
from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ivr.records.evaluate import Evaluation, Result

TODO = "see `ivr evaluate --help` for the columns"

FOUND = ("heard", "decision", "matched", "confidence", "audio_seconds", "decode_seconds")
"""Columns that the results add, after `file` or `text` and `expected`, before the manifest's other ones."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One row of a manifest."""

    row: int
    """Row of the file, the heading being row 1."""
    expected: str
    """What it should be taken for; empty: it must not be taken."""
    file: Path | None = None
    text: str = ""
    """Where there is no file: the words as typed, or as Twilio's recogniser returns them."""
    given: Mapping[str, str] = field(default_factory=dict)
    """The row as it stands, all columns."""


def read_manifest(path: Path) -> tuple[Utterance, ...]:
    """Read a manifest; every recording must be there.

    Columns: `file` (relative to the manifest) or `text`, and `expected`; others are carried through.
    Raises InputError, naming the row, for a file that is missing, empty, not CSV, or short of a column.
    """
    where = path.name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            headings = [(name or "").strip() for name in reader.fieldnames or ()]
            _check(headings, where)
            reader.fieldnames = headings
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), todo="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=where, todo="save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", where=where, todo="mend the file") from error
    if not rows:
        raise InputError("has no utterances below its headings", where=where, todo="add some")
    return tuple(_utterance(line, row, path) for line, row in rows)


def _check(headings: list[str], where: str) -> None:
    if not any(headings):
        raise InputError("is empty", where=where, todo=TODO)
    if "expected" not in headings:
        raise InputError("has no column `expected`", where=where, todo=TODO)
    if "file" not in headings and "text" not in headings:
        raise InputError("has neither a column `file` nor `text`", where=where, todo=TODO)
    twice = next((name for name in headings if name and headings.count(name) > 1), "")
    if twice:
        raise InputError(f"has the column `{twice}` twice", where=where, todo="remove one")


def _utterance(line: int, row: dict[str | None, str | None], path: Path) -> Utterance:
    where = f"{path.name}, row {line}"
    if None in row:
        raise InputError("more cells than headings", where=where, todo="put text with commas in quotes")
    cells = {str(name): value or "" for name, value in row.items()}
    name, text = cells.get("file", "").strip(), cells.get("text", "")
    if name and "\0" in name:
        raise InputError("a file's name with a NUL character", where=where, todo="mend the row")
    file = path.parent / name if name else None
    if file is not None and not file.is_file():
        raise InputError(
            f"no such recording: {name}", where=where, todo="check the path; it is relative to the manifest"
        )
    if file is None and "text" not in cells:
        raise InputError("names no recording", where=where, todo="fill in `file`")
    return Utterance(line, cells["expected"].strip(), file, text, cells)


def manifest_text(utterances: Sequence[Utterance]) -> str:
    """Return utterances as the text of a manifest, with everything given about each."""
    text = io.StringIO()
    given = list(utterances[0].given) if utterances else ["text", "expected"]
    writer = csv.DictWriter(text, given, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: guarded(cell) for name, cell in utterance.given.items()} for utterance in utterances)
    return text.getvalue()


def write_results(path: Path, evaluation: Evaluation) -> None:
    """Write a row an utterance, whole or not at all. Raises InputError where the file cannot be written."""
    given = list(evaluation.results[0].utterance.given) if evaluation.results else ["file", "expected"]
    first = [name for name in ("file", "text") if name in given]
    others = [name for name in given if name not in {*first, *FOUND, "expected"}]
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*first, "expected", *FOUND, *others])
            for result in evaluation.results:
                cells = result.utterance.given
                before = [*(cells[name] for name in first), cells["expected"]]
                writer.writerow([*before, *_found(result), *(cells[name] for name in others)])
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", where=str(path), todo="check the folder") from error


def _found(result: Result) -> tuple[str, ...]:
    recognition, taken = result.listened.recognition, result.taken
    return (
        recognition.text,
        taken.decision.value,
        "|".join(taken.names),
        f"{taken.confidence:.4f}",
        f"{recognition.audio_seconds:.3f}",
        f"{recognition.decode_seconds:.4f}",
    )
