"""Staged and past directories: each a folder that never changes, and one pointer file that says which is active.

    FOLDER/<version>/entries.json   the entries, without loss
    FOLDER/<version>/meta.json      who staged it, when, from what, why
    FOLDER/active.json              {"active": version, "past": [versions, latest last]}

A version appears by renaming a finished folder, and activation replaces the pointer file in one step, so a
process killed at any moment leaves the active directory as it was or as it shall be, never between.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ivr.errors import DirectoryError, UnavailableError
from ivr.model import Audience, Directory, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

_POINTER: Final = "active.json"
_META: Final = "meta.json"
_ENTRIES: Final = "entries.json"
_MOST_PAST: Final = 50
_NAME: Final = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One directory kept."""

    version: str
    """Content hash of its entries."""
    staged: str
    """When, ISO 8601 in UTC."""
    by: str = ""
    """Who."""
    why: str = ""
    source: str = ""
    """File it was made from."""
    entries: int = 0
    errors: int = 0
    """Rows set aside when it was made."""
    active: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    """Words changed over the site's files (`ivr.directory.wording`)."""


def stage(folder: Path, directory: Directory, version: Version) -> Version:
    """Keep a directory, not yet active; the same entries again are the version already kept.

    Raises UnavailableError where the folder cannot be written.
    """
    place = folder / version.version
    if (place / _META).exists():
        with contextlib.suppress(DirectoryError):
            read_version(folder, version.version)
            return _read_meta(place, active_version(folder))
        shutil.rmtree(place, ignore_errors=True)  # damaged: the same entries mend it
    _place(place, _text(asdict(version)), _text([asdict(entry) for entry in directory.entries]))
    return version


def parts(folder: Path, version: str) -> tuple[str, str]:
    """Return a version's `meta.json` and `entries.json`, to be kept elsewhere too. Raises DirectoryError."""
    place = folder / version
    try:
        return (place / _META).read_text(encoding="utf-8"), (place / _ENTRIES).read_text(encoding="utf-8")
    except OSError as error:
        raise DirectoryError(f"this version cannot be read: {error}", where=str(place)) from error


def put(folder: Path, version: str, meta: str, entries: str) -> None:
    """Keep a version whose parts were read elsewhere, in place of one that is damaged.

    Raises DirectoryError where `version` is no version's name, UnavailableError where it cannot be written.
    """
    if not _NAME.fullmatch(version):
        raise DirectoryError(f"{version!r} is not the name of a version")
    place = folder / version
    if place.exists():
        shutil.rmtree(place, ignore_errors=True)
    _place(place, meta, entries)


def _place(place: Path, meta: str, entries: str) -> None:
    folder = place.parent
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".staging-"))
        try:
            _write(temporary / _ENTRIES, entries)
            _write(temporary / _META, meta)
            _settle(temporary)
            temporary.chmod(0o755)
            temporary.rename(place)
        except OSError:
            shutil.rmtree(temporary, ignore_errors=True)
            if not (place / _META).exists():  # else another process staged the same entries at the same moment
                raise
        _settle(folder)


def activate(folder: Path, version: str = "") -> Version:
    """Make a version (default: the one staged last) the active one.

    Raises DirectoryError where there is no such version or its entries cannot be read.
    """
    found = choose(folder, version)
    pointer = _pointer(folder)
    if pointer["active"] != found.version:
        past = [*pointer["past"], pointer["active"]] if pointer["active"] else pointer["past"]
        point(folder, found.version, past)
    return found


def choose(folder: Path, version: str = "") -> Version:
    """Return the version with this name or first digits (default: the one staged last), which can be read.

    Raises DirectoryError as `activate` does.
    """
    kept = versions(folder)
    if not kept:
        raise DirectoryError("no version is staged", where=str(folder), todo="run `ivr directory stage FILE`")
    wanted = version or kept[-1].version
    found = [v for v in kept if v.version.startswith(wanted)]
    if len(found) != 1:
        known = ", ".join(v.version for v in kept[-5:])
        what = "no version" if not found else "more than one version"
        raise DirectoryError(f"{what} {wanted!r}", where=str(folder), todo=f"the latest are {known}")
    read_version(folder, found[0].version)
    return found[0]


def rollback(folder: Path) -> Version:
    """Make the version active before this one active again. Raises DirectoryError where there was none."""
    past = past_versions(folder)
    if not past:
        raise DirectoryError("no earlier version to go back to", where=str(folder), todo="see `ivr directory versions`")
    read_version(folder, past[-1])
    point(folder, past[-1], list(past[:-1]))
    return _read_meta(folder / past[-1], past[-1])


def past_versions(folder: Path) -> tuple[str, ...]:
    """Return the versions active before, the latest last, that are still kept."""
    return tuple(v for v in _pointer(folder)["past"] if (folder / v / _META).exists())


def changes_of(folder: Path, version: str) -> dict[str, Any]:
    """Return the words changed in a version. Raises DirectoryError where it cannot be read."""
    return _read_meta(folder / version, "").changes


def versions(folder: Path) -> tuple[Version, ...]:
    """All versions kept, in the order they were staged."""
    active = active_version(folder)
    places = [p for p in folder.iterdir() if (p / _META).is_file() and p.name[0] != "."] if folder.is_dir() else []
    return tuple(sorted((_read_meta(p, active) for p in places), key=lambda v: (v.staged, v.version)))


def active_version(folder: Path) -> str:
    """Return the active version's name, or "" where none was ever activated."""
    return str(_pointer(folder)["active"])


def read_version(folder: Path, version: str) -> Directory:
    """Read the entries of a version. Raises DirectoryError where they are missing or damaged."""
    path = folder / version / _ENTRIES
    try:
        return Directory(tuple(_entry(item) for item in json.loads(path.read_text(encoding="utf-8"))), version)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DirectoryError(
            f"this version cannot be read: {error}", where=str(path), todo="activate another, or stage the export again"
        ) from error


def _entry(item: dict[str, Any]) -> Entry:
    own = {"kind": Kind(item["kind"]), "audience": Audience(item["audience"]), "spoken": tuple(item["spoken"])}
    return Entry(**(item | own))


def _read_meta(place: Path, active: str) -> Version:
    try:
        data = json.loads((place / _META).read_text(encoding="utf-8"))
        return Version(**(data | {"version": place.name, "active": place.name == active}))
    except (OSError, ValueError, TypeError) as error:
        raise DirectoryError(f"cannot be read: {error}", where=str(place / _META), todo="remove that folder") from error


def _pointer(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / _POINTER).read_text(encoding="utf-8"))
        return {"active": str(data["active"]), "past": [str(v) for v in data["past"]]}
    except FileNotFoundError:
        return {"active": "", "past": []}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DirectoryError(
            f"cannot be read: {error}", where=str(folder / _POINTER), todo="remove it and activate a version"
        ) from error


def point(folder: Path, active: str, past: list[str]) -> None:
    """Make a version the active one, in one step. Raises UnavailableError where that cannot be written."""
    with _writing(folder):
        handle, name = tempfile.mkstemp(dir=folder, prefix=".pointer-")
        temporary = Path(name)
        try:
            os.close(handle)
            _write(temporary, _text({"active": active, "past": past[-_MOST_PAST:]}))
            temporary.chmod(0o644)
            temporary.replace(folder / _POINTER)
        finally:
            temporary.unlink(missing_ok=True)
        _settle(folder)


def _text(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=0)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Have the names in a folder on disk, not only its files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{folder}: cannot be written: {error.strerror}; check its owner and free space"
        ) from error
