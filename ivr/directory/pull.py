"""Exports fetched rather than sent in: the newest file of a folder, an https address, LDAP, or Microsoft Graph.

What is fetched is kept as an upload like any other, and never goes live by itself. The same content again is no news.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ivr.directory.pull_graph import read_graph
from ivr.directory.pull_ldap import read_ldap
from ivr.directory.sources import MOST_BYTES
from ivr.directory.uploads import keep_upload
from ivr.directory.whole import locked, write_whole
from ivr.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivr.directory.uploads import Upload
    from ivr.settings import Settings

COLUMNS: Final = ("Surname", "Forename", "Full name", "Department", "Job title", "Telephone", "Mobile", "E-mail")
"""Columns of what is read from LDAP and Graph."""
_SEEN: Final = "pulled.json"
_KINDS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".ods"})
_SECONDS: Final = 60
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """One export, fetched."""

    name: str
    data: bytes


def pull(settings: Settings, at: str) -> Upload | None:
    """Fetch the export that `[pull]` names, and keep it as an upload; None: it is as it was the last time.

    Raises SettingsError where nothing is named, UnavailableError where it cannot be reached, DirectoryError where it
    is no export.
    """
    folder = settings.path(settings.directory.versions)
    fetch = _SOURCES.get(settings.pull.source)
    if fetch is None:
        raise SettingsError("`pull.source` names nothing to fetch", where="ivr.toml", todo="set it and try again")
    fetched = fetch(settings)
    digest = hashlib.sha256(fetched.data).hexdigest()
    with locked(folder, ".pull"):
        if _seen(folder) == digest:
            return None
        why = f"fetched from {settings.pull.source}"
        upload = keep_upload(folder, fetched.name, io.BytesIO(fetched.data), by="schedule", at=at, why=why)
        write_whole(folder / _SEEN, json.dumps({"digest": digest, "at": at}).encode())
    return upload


def _seen(folder: Path) -> str:
    try:
        return str(json.loads((folder / _SEEN).read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _from_folder(settings: Settings) -> Fetched:
    place = settings.path(settings.pull.folder)
    try:
        files = [p for p in place.iterdir() if p.is_file() and p.suffix.casefold() in _KINDS and p.name[0] not in "~."]
        if not files:
            raise UnavailableError(f"{place}: holds no CSV or XLSX; check `pull.folder`")
        newest = max(files, key=lambda p: (p.stat().st_mtime_ns, p.name))
        if newest.stat().st_size > MOST_BYTES:
            raise UnavailableError(f"{newest}: is too large for a directory export")
        return Fetched(newest.name, newest.read_bytes())
    except OSError as error:
        raise UnavailableError(f"{place}: cannot be read: {error.strerror}; check `pull.folder`") from error


def _from_https(settings: Settings) -> Fetched:
    import requests  # noqa: PLC0415 - only where an address is fetched

    address = settings.pull.url
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise SettingsError("`pull.url` is not https", where="ivr.toml", todo="staff lists must not travel in the open")
    secret = settings.secrets.pull_secret.get_secret_value()
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with requests.get(address, headers=headers, timeout=_SECONDS, stream=True) as answer:
            answer.raise_for_status()
            data = bytearray()
            for block in answer.iter_content(1 << 16):
                data += block
                if len(data) > MOST_BYTES:
                    raise UnavailableError(f"{parts.hostname}: sends more than a directory export can have")
            kind = answer.headers.get("Content-Type", "")
    except requests.RequestException as error:
        raise UnavailableError(f"{parts.hostname}: cannot be fetched: {_short(error)}; check `pull.url`") from error
    name = Path(parts.path).name or "export"
    if Path(name).suffix.casefold() not in _KINDS:
        name += ".xlsx" if "spreadsheet" in kind or bytes(data[:2]) == b"PK" else ".csv"
    return Fetched(name, bytes(data))


def _from_ldap(settings: Settings) -> Fetched:
    return Fetched("ldap.csv", _as_csv(read_ldap(settings.pull, settings.secrets.pull_secret.get_secret_value())))


def _from_graph(settings: Settings) -> Fetched:
    return Fetched("graph.csv", _as_csv(read_graph(settings.pull, settings.secrets.pull_secret.get_secret_value())))


def _as_csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    if not rows:
        raise UnavailableError("nobody was found; check the filter and the rights of the account")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(rows))  # so that the same people are the same file
    return text.getvalue().encode()


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


_SOURCES: Final[dict[str, Callable[[Settings], Fetched]]] = {
    "folder": _from_folder, "https": _from_https, "ldap": _from_ldap, "graph": _from_graph,
}  # fmt: skip
