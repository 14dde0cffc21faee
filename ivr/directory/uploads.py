"""Exports that were sent in: the file as it came, what its columns are, and which version was made of it.

FOLDER/uploads/<id>/source.csv   the file (or .xlsx), never changed
FOLDER/uploads/<id>/upload.json  who sent it, when, why, and how its columns are read
"""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Final

from ivr.directory.headings import FIELDS
from ivr.directory.sources import MOST_BYTES
from ivr.directory.whole import locked, write_whole
from ivr.errors import DirectoryError, UnavailableError
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Mapping

_META: Final = "upload.json"
_MEMORY: Final = "columns.json"
_ID: Final = re.compile(r"[0-9a-f]{20}")
_KINDS: Final = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
_BLOCK: Final = 1 << 20
_MOST: Final = 30
"""Uploads kept; older ones go, their versions stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One export sent in."""

    id: str
    name: str
    """File name as it was sent."""
    by: str
    at: str
    """ISO 8601 in UTC."""
    why: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    """Heading (squashed) -> field a person has decided about; "": kept aside."""
    version: str = ""
    """Version made of it; empty: none yet."""


def keep_upload(folder: Path, name: str, data: IO[bytes], *, by: str, at: str, why: str = "") -> Upload:
    """Keep a file that was sent in, with what is remembered of headings like its own.

    Raises DirectoryError for a file of a kind that is no export, or too large; UnavailableError for a full disk.
    """
    shown = Path(name.replace("\\", "/")).name[:200] or "export.csv"
    kind = Path(shown).suffix.casefold()
    if kind not in _KINDS:
        raise DirectoryError(f"{kind or 'a file without an ending'} is no directory export", where=shown,
                             todo="send CSV or XLSX")  # fmt: skip
    own_id = f"{time.time_ns() // 1_000_000:012x}{token_hex(4)}"  # sorts by time
    upload = Upload(id=own_id, name=shown, by=by, at=at, why=why[:500], mapping=remembered(folder))
    place = _place(folder, upload.id)
    try:
        place.mkdir(parents=True)
        _copy(data, place / f"source{kind}", shown)
        save_upload(folder, upload)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise UnavailableError(f"{folder}: cannot be written: {error.strerror}; check its free space") from error
    except DirectoryError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    for old in uploads(folder)[_MOST:]:
        forget_upload(folder, old.id)
    return upload


def _copy(data: IO[bytes], path: Path, shown: str) -> None:
    size = 0
    with path.open("wb") as file:
        while block := data.read(_BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                most = f"more than {MOST_BYTES // 1_000_000} MB"
                raise DirectoryError(most, where=shown, todo="export staff and departments only")
            file.write(block)
    if not size:
        raise DirectoryError("the file is empty", where=shown, todo="export it again")


def save_upload(folder: Path, upload: Upload) -> None:
    """Keep what is known about an upload. Raises UnavailableError."""
    write_whole(_place(folder, upload.id) / _META, json.dumps(asdict(upload), ensure_ascii=False).encode())


def uploads(folder: Path) -> tuple[Upload, ...]:
    """Return the uploads kept, the latest first."""
    place = folder / "uploads"
    names = sorted((p.name for p in place.iterdir() if (p / _META).is_file()), reverse=True) if place.is_dir() else []
    return tuple(read_upload(folder, name) for name in names)


def read_upload(folder: Path, upload_id: str) -> Upload:
    """Return one upload. Raises DirectoryError where there is none."""
    try:
        return Upload(**json.loads((_place(folder, upload_id) / _META).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DirectoryError("no such upload", where=upload_id[:20], todo="send the file again") from error


def source_of(folder: Path, upload_id: str) -> Path:
    """Return the file of an upload. Raises DirectoryError where there is none."""
    found = next(_place(folder, upload_id).glob("source.*"), None)
    if found is None:
        raise DirectoryError("no such upload", where=upload_id[:20], todo="send the file again")
    return found


def forget_upload(folder: Path, upload_id: str) -> None:
    """Throw an upload away; a version made of it stays."""
    shutil.rmtree(_place(folder, upload_id), ignore_errors=True)


def map_columns(folder: Path, upload: Upload, mapping: Mapping[str, str]) -> Upload:
    """Decide what columns are: heading -> field, or "" to keep it aside. Remembered for the next file.

    Raises DirectoryError for a field that does not exist.
    """
    decided = _decided(mapping, upload.name)
    changed = replace(upload, mapping=upload.mapping | decided)
    with locked(folder):
        _remember(folder, decided)
        save_upload(folder, changed)
    return changed


def remember(folder: Path, mapping: Mapping[str, str]) -> None:
    """Decide what columns of the files to come are, as `map_columns` does. Raises DirectoryError, UnavailableError."""
    decided = _decided(mapping, "columns")
    with locked(folder):
        _remember(folder, decided)


def _decided(mapping: Mapping[str, str], where: str) -> dict[str, str]:
    unknown = next((f for f in mapping.values() if f and f not in FIELDS), None)
    if unknown is not None:
        raise DirectoryError(f"no field {unknown!r}", where=where, todo=f"one of {', '.join(FIELDS)}")
    return {squash(heading): found for heading, found in mapping.items() if squash(heading)}


def _remember(folder: Path, decided: dict[str, str]) -> None:
    write_whole(folder / _MEMORY, json.dumps(remembered(folder) | decided, ensure_ascii=False).encode())


def remembered(folder: Path) -> dict[str, str]:
    """Return what was decided about headings before."""
    try:
        found = json.loads((folder / _MEMORY).read_text(encoding="utf-8"))
        return {str(k): str(v) for k, v in found.items() if v == "" or v in FIELDS}
    except (OSError, ValueError, AttributeError):
        return {}


def _place(folder: Path, upload_id: str) -> Path:
    if not _ID.fullmatch(upload_id):
        raise DirectoryError("no such upload", where=upload_id[:20], todo="send the file again")
    return folder / "uploads" / upload_id
