"""What is known about versions and uploads, worked out once: FOLDER/reports/<version or upload>/NAME.json."""

from __future__ import annotations

import json
import re
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ivr.directory.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"[0-9a-z_-]{1,64}")
_KEPT: Final = 8
"""Reports held in memory: a page need not read twenty thousand rows again for each look at fifty."""


def report_path(folder: Path, about: str, name: str) -> Path:
    """Return where a report about a version (or an upload) stands."""
    if not _NAME.fullmatch(about) or not _NAME.fullmatch(name):
        raise ValueError(f"{about}/{name} is no report")
    return folder / "reports" / about / f"{name}.json"


def write_report(folder: Path, about: str, name: str, data: object) -> None:
    """Keep a report. Raises UnavailableError where it cannot be written."""
    text = json.dumps(data, ensure_ascii=False, default=str)
    write_whole(report_path(folder, about, name), text.encode("utf-8", "replace"))


def read_report(folder: Path, about: str, name: str) -> Any:
    """Return a report as it was written, or None where there is none. Not to be changed: others read it too."""
    try:
        path = report_path(folder, about, name)
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=_KEPT)
def _read(path: Path, _changed: int) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def forget_reports(folder: Path, about: str) -> None:
    """Throw the reports about a version or an upload away."""
    shutil.rmtree(report_path(folder, about, "x").parent, ignore_errors=True)
