"""Problems that a person has looked at and let be: not shown again for the same finding in the next export."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from ivr.directory.whole import locked, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_FILE: Final = "accepted.json"


def key_of_problem(problem: Mapping[str, Any]) -> str:
    """Return what a finding is known by, wherever its row stands: kind, column, what was found, and about whom."""
    identity = "\x1f".join(str(problem[name]) for name in ("kind", "column", "found", "id"))
    return blake2b(identity.encode("utf-8", "replace"), digest_size=10).hexdigest()


def accept(folder: Path, problems: Iterable[Mapping[str, Any]], by: str) -> None:
    """Let problems be. Raises UnavailableError."""
    with locked(folder):
        found = _read(folder) | {key_of_problem(problem): by for problem in problems}
        write_whole(folder / _FILE, json.dumps(found).encode())


def accepted_keys(folder: Path) -> frozenset[str]:
    """Return what was let be so far."""
    return frozenset(_read(folder))


def _read(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
