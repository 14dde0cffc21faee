"""One file that holds all of a site: settings, directory with its versions, grammars, prompts, recordings, records.

    callers                the keyed hashes of the callers in it, so that an erasure can name the backups concerned
    site/...               the site's files, as they lie in its folder
    database/var/NAME      an SQLite database, copied while it was in use; or
    database/TABLE.jsonl   a PostgreSQL database's tables, as one transaction saw them
    manifest.json          when it was made, of which release, and the SHA-256 of everything before it

Secrets are not in it: they come from the environment. What waits in the spool is copied before the database is, so a
line may be in both, and is then recorded once all the same.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa

import ivr
from ivr.errors import InputError, UnavailableError
from ivr.records.database import Database
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.settings import Settings

FORMAT = 1
RECORDINGS = "var/recordings"
PART = 1 << 20
"""Bytes read at a time."""
_SKIPPED = frozenset(
    {"ballast", "lock", "replaying", "live.sqlite3", "live.sqlite3-wal", "live.sqlite3-shm", "texts.json", "texts.lock"}
)
"""Files of a spool that mean something to running processes only, and for an hour at most."""
_RECOUNTED = frozenset({"summaries", "replayed"})
"""Tables that are made again from the others."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again."""

    file: Path
    size: int
    files: int
    calls: int


def name_now() -> str:
    """Return a name for a backup made now."""
    return f"backup-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"


def make(settings: Settings, out: Path) -> Made:
    """Write a backup, whole or not at all, and read it again. The service may run meanwhile.

    Raises InputError where `out` exists, UnavailableError where it cannot be written, RecordsError for the database.
    """
    if out.exists():
        raise InputError("there is such a file already", where=str(out), todo="choose another name")
    database = Database(settings.database_url)
    part = out.with_name(out.name + ".partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz") as archive:
                _Writer(archive).write(settings, database)
            file.flush()
            os.fsync(file.fileno())
        found = check(part)
        part.rename(out)
    except OSError as error:
        raise UnavailableError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        database.close()
        with suppress(OSError):
            part.unlink()
    return Made(out, out.stat().st_size, len(found["files"]), found["calls"])


def check(file: Path) -> dict[str, Any]:
    """Read a backup through, and return its manifest. Raises InputError where it is damaged or none."""
    sums: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    with _reading(file) as archive:
        for member in archive:
            if not member.isfile() or not _inside(member.name):
                raise InputError(f"holds {member.name!r}, which no backup does", where=str(file))
            content = archive.extractfile(member)
            assert content is not None  # noqa: S101 (it is a file)
            if member.name == "manifest.json":
                manifest = json.loads(content.read())
            else:
                sums[member.name] = _sum(content)
    if not manifest:
        raise InputError("has no manifest: it is no backup, or only part of one", where=str(file))
    if manifest["format"] != FORMAT:
        raise InputError(f"is of format {manifest['format']}", where=str(file), todo="use the release that made it")
    if sums != manifest["files"]:
        wrong = min(set(sums.items()) ^ set(manifest["files"].items()))[0]
        raise InputError(f"is damaged: {wrong}", where=str(file), todo="use another backup")
    return manifest


def restore(file: Path, folder: Path, database: str = "") -> dict[str, Any]:
    """Make a site in `folder`, which is empty or not there, from a backup; return its manifest.

    `database`: URL of an empty PostgreSQL database, for a backup of one. Nothing is written before all of the backup
    has been read and found whole. Raises InputError, UnavailableError or RecordsError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is not empty", where=str(folder), todo="restore into a new folder")
    manifest = check(file)
    tables = any(name.startswith("database/") and name.endswith(".jsonl") for name in manifest["files"])
    if tables != bool(database):
        what = "a PostgreSQL database" if tables else "an SQLite database"
        todo = "say where to with --database URL" if tables else "leave --database out"
        raise InputError(f"is a backup of {what}", where=str(file), todo=todo)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            made = Path(temporary) / "site"
            made.mkdir()
            with _reading(file) as archive:
                _unpack(archive, made, manifest, database)
            if folder.exists():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise UnavailableError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return manifest


def holding(folder: Path, caller_key: str) -> tuple[Path, ...]:
    """Return the backups in a folder that hold calls of the caller with this hash. Raises InputError."""
    found = []
    for file in sorted(folder.glob("*.tar.gz")) if folder.is_dir() else []:
        with _reading(file) as archive:
            member = archive.next()
            content = archive.extractfile(member) if member and member.name == "callers" else None
            if content and caller_key in content.read().decode().split():
                found.append(file)
    return tuple(found)


class _Writer:
    """Writes one backup into an archive."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._sums: dict[str, str] = {}

    def write(self, settings: Settings, database: Database) -> None:
        with database.read() as connection:
            keys = connection.scalars(sa.select(calls.c.caller_key).distinct().where(calls.c.caller_key != "")).all()
        self._add("callers", "\n".join(sorted(keys)).encode())
        for path in _site_files(settings):
            self._file(f"site/{path.relative_to(settings.root)}", path)
        with tempfile.TemporaryDirectory() as temporary:
            number = self._database(settings, database, Path(temporary))
        manifest = {
            "format": FORMAT, "made": datetime.now(UTC).isoformat(timespec="seconds"), "site": settings.site.name,
            "release": ivr.__version__, "schema": _schema(database), "calls": number, "files": self._sums,
        }  # fmt: skip
        self._add("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False).encode())

    def _database(self, settings: Settings, database: Database, temporary: Path) -> int:
        """Copy the database as one moment saw it; return its calls."""
        if database.engine.dialect.name == "sqlite":
            copy = temporary / "calls.sqlite3"
            with (
                closing(sqlite3.connect(str(database.engine.url.database))) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target, pages=1000, sleep=0.01)
                number = int(target.execute("SELECT count(*) FROM calls").fetchone()[0])
            own = Path(str(database.engine.url.database))
            inside = own.is_relative_to(settings.root)
            self._file(f"database/{own.relative_to(settings.root) if inside else f'var/{own.name}'}", copy)
            return number
        steady = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with steady.connect() as connection, connection.begin():
            for table in _tables(connection):
                if table.name not in _RECOUNTED | {"alembic_version"}:
                    self._file(f"database/{table.name}.jsonl", _dumped(connection, table, temporary))
            return int(connection.scalar(sa.select(sa.func.count()).select_from(calls)) or 0)

    def _file(self, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                self._put(name, file, found.st_size, int(found.st_mtime))
        except FileNotFoundError:  # a file of the spool that was replayed just now
            return

    def _add(self, name: str, content: bytes) -> None:
        self._put(name, io.BytesIO(content), len(content), 0)

    def _put(self, name: str, content: IO[bytes], size: int, changed: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, changed
        read = _Summed(content)
        self._archive.addfile(member, read)
        if name != "manifest.json":
            self._sums[name] = read.sum.hexdigest()


class _Summed(io.RawIOBase):
    """A file whose SHA-256 is taken while it is read."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self.sum = inner, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._inner.read(size)
        self.sum.update(content)
        return content


def _sum(content: IO[bytes]) -> str:
    read = _Summed(content)
    while read.read(PART):
        pass
    return read.sum.hexdigest()


def _site_files(settings: Settings) -> Iterator[Path]:
    """Give every file of a site that is worth keeping, the spool's first."""
    directory = settings.directory
    named = (
        settings.records.spool, Path("ivr.toml"), directory.export, directory.corrections.parent,
        directory.versions, settings.grammar.folder, settings.telephony.audio, Path(RECORDINGS),
    )  # fmt: skip
    seen = set()
    for place in (settings.path(path) for path in named):
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in inside:
            if path in seen or not path.is_file() or path.is_symlink() or path.name in _SKIPPED:
                continue
            if not path.is_relative_to(settings.root):
                raise InputError("lies outside the site's folder", where=str(path), todo="keep the site in one folder")
            seen.add(path)
            yield path


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return list(found.sorted_tables)


def _dumped(connection: sa.Connection, table: sa.Table, folder: Path) -> Path:
    file = folder / f"{table.name}.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for row in connection.execution_options(yield_per=1000).execute(sa.select(table)).mappings():
            out.write(json.dumps(dict(row), ensure_ascii=False, default=_encoded) + "\n")
    return file


def _encoded(value: Any) -> dict[str, str]:
    return {"base64": base64.b64encode(bytes(value)).decode()}


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: base64.b64decode(v["base64"]) if isinstance(v, dict) else v for name, v in row.items()}


def _schema(database: Database) -> str:
    with database.read() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def _unpack(archive: tarfile.TarFile, made: Path, manifest: dict[str, Any], url: str) -> None:
    """Write the files below `made`, and the tables into the database at `url`."""
    tables: dict[str, bytes] = {}
    for member in archive:
        content = archive.extractfile(member)
        kind, _, rest = member.name.partition("/")
        if content is None or kind not in {"site", "database"}:
            continue
        if kind == "database" and rest.endswith(".jsonl"):
            tables[rest.removesuffix(".jsonl")] = content.read()
            continue
        path = made / rest
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            while part := content.read(PART):
                file.write(part)
    if url:
        _fill(url, str(manifest["schema"]), tables)


def _fill(url: str, schema: str, tables: dict[str, bytes]) -> None:
    """Put rows into an empty database."""
    database = Database(url, schema=schema)
    try:
        with database.write() as connection:
            known = {table.name: table for table in _tables(connection)}
            if connection.scalar(sa.select(sa.func.count()).select_from(known["calls"])):
                raise InputError("the database is not empty", where=database.where, todo="restore into a new one")
            for name, table in known.items():
                rows = [_decoded(json.loads(line)) for line in tables.get(name, b"").splitlines()]
                for at in range(0, len(rows), 1000):
                    connection.execute(sa.insert(table), rows[at : at + 1000])
                _count_on(connection, table)
    finally:
        database.close()
    Database(url).close()  # and up to this release


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Have numbers that the database gives out go on after the last one there."""
    for column in table.primary_key:
        found = sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
        sequence = connection.scalar(found)
        if sequence:
            last = sa.select(sa.func.max(column)).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 0) + 1, sa.false())))


@contextmanager
def _reading(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except FileNotFoundError:
        raise InputError("no such file", where=str(file), todo="check the path") from None
    except (tarfile.TarError, EOFError, ValueError, KeyError, OSError) as error:
        raise InputError(f"cannot be read as a backup: {error}", where=str(file), todo="use another backup") from error


def _inside(name: str) -> bool:
    """Whether a name in an archive stays below where it is unpacked."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts
