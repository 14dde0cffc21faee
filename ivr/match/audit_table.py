"""The audit as rows: for JSON, and as a CSV file for a spreadsheet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ivr.match.audit import Audited

COLUMNS: Final = (
    "id", "name", "kind", "department", "difficulty", "needs", "said", "source", "nearest", "distance", "namesakes",
    "asked_by", "keypad", "unsayable",
)  # fmt: skip


def as_row(found: Audited) -> dict[str, Any]:
    """Give one entry as JSON has it."""
    entry = found.entry
    return {
        "id": entry.id,
        "name": entry.name,
        "kind": entry.kind.value,
        "department": entry.department,
        "difficulty": found.difficulty,
        "needs": list(found.needs),
        "said": [{"word": w.word, "phones": list(w.phones), "source": w.source} for w in found.said],
        "nearest": [{"id": n.id, "name": n.name, "distance": n.distance} for n in found.nearest],
        "namesakes": list(found.namesakes),
        "asked_by": found.asked_by,
        "keypad": list(found.keypad),
        "unsayable": list(found.unsayable),
    }


def write_audit(found: Sequence[Audited], path: Path) -> None:
    """Write a row an entry, lists joined by `|`, whole or not at all. Raises InputError where it cannot be written."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_cells(audited) for audited in found)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", where=str(path), todo="check the folder") from error


def _cells(found: Audited) -> list[str]:
    entry, nearest = found.entry, found.nearest[:1]
    return [
        entry.id,
        _plain(entry.name),
        entry.kind.value,
        _plain(entry.department),
        f"{found.difficulty:.3f}",
        "|".join(found.needs),
        "|".join(" / ".join(word.phones) for word in found.said),
        "|".join(word.source for word in found.said),
        _plain("".join(near.name for near in nearest)),
        "".join(f"{near.distance:.3f}" for near in nearest),
        "|".join(found.namesakes),
        found.asked_by,
        _plain("|".join(found.keypad)),
        "|".join(found.unsayable),
    ]


def _plain(text: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
