"""How much likelier than others an entry is, from how often callers were put through to it.

The counts are a snapshot in a file (`ivr history` writes it), so the same file, directory and words always give the
same answer, in every process. They are damped: the most called is at most `MOST / LEAST` times as likely as the least,
which alone never makes one of two namesakes sure.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from ivr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

DAMPING: Final = 20.0
"""Calls that everybody is taken to have had besides."""
STRENGTH: Final = 0.5
"""Power of how much oftener than on average an entry is called."""
LEAST, MOST = 0.5, 4.0
"""Factors beyond which no history goes."""
COLUMNS: Final = ("entry", "calls")


def likelihoods(calls: Mapping[str, int], entries: Iterable[str]) -> Mapping[str, float]:
    """Return a factor for each of `entries` (ids): 1 for one called as often as the average; empty without history."""
    known = {entry: calls.get(entry, 0) for entry in entries}
    if not any(known.values()):
        return {}
    average = sum(known.values()) / len(known)
    return {
        entry: min(MOST, max(LEAST, ((count + DAMPING) / (average + DAMPING)) ** STRENGTH))
        for entry, count in known.items()
    }


def read_history(path: Path) -> Mapping[str, int]:
    """Read calls by entry id; a file that is not there is no history. Raises InputError naming the line of a fault."""
    counts: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise InputError("columns must be entry, calls", where=str(path), todo="run `ivr history` again")
            for row in reader:
                counts[row["entry"]] = counts.get(row["entry"], 0) + int(row["calls"])
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), todo="run `ivr history` again") from error
    except (ValueError, TypeError) as error:
        where = f"{path}, line {reader.line_num}"
        raise InputError("calls must be a whole number", where=where, todo="run `ivr history` again") from error
    return counts


def write_history(path: Path, calls: Mapping[str, int]) -> None:
    """Write calls by entry id, most called first; whole or not at all. Raises OSError."""
    ranked = sorted(calls.items(), key=lambda row: (-row[1], row[0]))
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.partial")
    with aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(ranked)
    aside.replace(path)
