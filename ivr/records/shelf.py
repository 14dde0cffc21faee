"""Directory versions of a site on one host, or on several that share a PostgreSQL database.

On several hosts the database says which version is active and holds every version; each host's folder is a copy,
so calls are routed from the last directory while the database is away. An activation is one transaction: a process
killed at any moment leaves every host as it was, or as it shall be.
"""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.directory import versions as kept
from ivr.directory.load import Loaded, load_directory, stage_loaded
from ivr.directory.uploads import remembered
from ivr.directory.whole import locked
from ivr.errors import DirectoryError, IvrError
from ivr.records.database import Database
from ivr.records.tables import directory_pointer, directory_versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Event

    from ivr.directory.versions import Version
    from ivr.directory.wording import Wording
    from ivr.model import Directory
    from ivr.settings import Settings

CHANNEL = "ivr_directory"
"""What an activation is announced on (PostgreSQL's NOTIFY)."""
LOOK_SECONDS = 2.0
"""How often the database is asked all the same: an announcement can be lost with its connection."""
_ONLY = directory_pointer.c.id == 1


class Shelf:
    """The versions of one site. Every method raises RecordsError, DirectoryError or UnavailableError."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        """Look at the folder of `settings`, and the database where hosts share one; `database`: opened before."""
        self.settings = settings
        self.folder: Path = settings.path(settings.directory.versions)
        self._database = None
        if settings.database_url.startswith("postgres"):
            self._database = database or Database(settings.database_url)
        self._seen = -1

    @property
    def shared(self) -> bool:
        """Whether several hosts may be at work."""
        return self._database is not None

    def stage(self, export: Path, by: str, why: str) -> tuple[Version, Loaded]:
        """Cleanse an export, its columns read as was decided before, and keep it as a version; not yet active."""
        loaded = load_directory(self.settings, export, mapping=remembered(self.folder))
        return self.keep(loaded, export.name, by, why), loaded

    def keep(self, loaded: Loaded, source: str, by: str, why: str, wording: Wording | None = None) -> Version:
        """Keep a directory as a version, for all hosts; not yet active. `wording`: as `stage_loaded` has it."""
        version = stage_loaded(self.settings, loaded, source, by, why, wording)
        if self._database:
            with self._alone(self._database) as connection:
                self._publish(self._database, connection, version.version)
        return version

    def activate(self, version: str = "", *, over: str | None = None) -> Version:
        """Make a version (default: the one staged last) the active one on all hosts.

        `over`: the version that was active when this was decided; where another one is by now, DirectoryError.
        """
        if self._database is None:
            with locked(self.folder):
                self._still(over, kept.active_version(self.folder))
                return kept.activate(self.folder, version)
        self.bring(everything=True)
        found = kept.choose(self.folder, version)
        with self._alone(self._database) as connection:
            self._publish(self._database, connection, found.version)
            active, past, changes = self._pointer(connection)
            self._still(over, active)
            if active == found.version:
                return found
            past = [*past, active] if active else past
            self._point(self._database, connection, found.version, past, changes)
        kept.point(self.folder, found.version, past)
        return found

    def rollback(self, *, over: str | None = None) -> Version:
        """Make the version active before this one active again, on all hosts; `over`: as `activate` has it."""
        if self._database is None:
            with locked(self.folder):
                self._still(over, kept.active_version(self.folder))
                return kept.rollback(self.folder)
        self.bring(everything=True)
        with self._alone(self._database) as connection:
            active, past, changes = self._pointer(connection)
            self._still(over, active)
            if not past:
                raise DirectoryError("no earlier version to go back to", todo="see `ivr directory versions`")
            kept.read_version(self.folder, past[-1])
            self._point(self._database, connection, past[-1], past[:-1], changes)
        kept.point(self.folder, past[-1], past[:-1])
        return kept.choose(self.folder, past[-1])

    def versions(self) -> tuple[Version, ...]:
        """All versions kept, in the order they were staged."""
        if self._database:
            self.bring(everything=True)
        return kept.versions(self.folder)

    def read(self, version: str) -> Directory:
        """Return the entries of a version."""
        self.bring(everything=True)
        return kept.read_version(self.folder, version)

    def bring(self, *, everything: bool = False) -> bool:
        """Copy what other hosts activated (`everything`: and staged) to this one. Returns whether that was news."""
        if self._database is None:
            return False
        with self._database.read() as connection:
            active, past, changes = self._pointer(connection)
            if everything:
                names = connection.scalars(sa.select(directory_versions.c.version)).all()
                self._fetch(connection, [n for n in names if not (self.folder / n).exists()])
            if changes in {0, self._seen}:
                return False
            if not self._readable(active):
                self._fetch(connection, [active])
        if kept.active_version(self.folder) != active:
            kept.point(self.folder, active, past)
        self._seen = changes
        return True

    def follow(self, stop: Event, failed: list[str]) -> None:
        """Bring what other hosts activate, as soon as they do, until stopped; `failed` holds what went wrong last."""
        while self._database and not stop.is_set():
            try:
                with self._database.listening(CHANNEL) as wait:
                    while not stop.is_set():
                        self.bring()
                        failed.clear()
                        wait(LOOK_SECONDS)
            except IvrError as error:
                failed[:] = [str(error)]
                stop.wait(LOOK_SECONDS)

    # --- inside ---

    @staticmethod
    def _still(expected: str | None, active: str) -> None:
        if expected is not None and expected != active:
            raise DirectoryError(
                f"somebody else made version {active or 'none'} live in the meantime",
                todo="look at it, then decide again",
            )

    @contextmanager
    def _alone(self, database: Database) -> Iterator[sa.Connection]:
        """One change after the other: the second sees what the first did."""
        with database.write() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(CHANNEL))))
            yield connection

    def _readable(self, version: str) -> bool:
        try:
            kept.read_version(self.folder, version)
        except DirectoryError:
            return False
        return True

    def _pointer(self, connection: sa.Connection) -> tuple[str, list[str], int]:
        found = sa.select(directory_pointer.c.active, directory_pointer.c.past, directory_pointer.c.changes)
        row = connection.execute(found.where(_ONLY)).first()
        return (row.active, json.loads(row.past), row.changes) if row else ("", [], 0)

    def _point(self, database: Database, connection: sa.Connection, active: str, past: list[str], changes: int) -> None:
        row = {"id": 1, "active": active, "past": json.dumps(past), "changes": changes + 1}
        upsert = database.insert(directory_pointer).on_conflict_do_update(index_elements=["id"], set_=row)
        connection.execute(upsert, row)
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, active)))

    def _publish(self, database: Database, connection: sa.Connection, version: str) -> None:
        meta, entries = kept.parts(self.folder, version)
        row = {
            "version": version, "staged": json.loads(meta)["staged"], "meta": meta,
            "entries": zlib.compress(entries.encode()),
        }  # fmt: skip
        connection.execute(database.insert(directory_versions).on_conflict_do_nothing(), row)

    def _fetch(self, connection: sa.Connection, versions: list[str]) -> None:
        for version in versions:
            row = connection.execute(
                sa.select(directory_versions).where(directory_versions.c.version == version)
            ).first()
            if row is None:
                raise DirectoryError(f"version {version} is not in the database", todo="activate another")
            kept.put(self.folder, version, row.meta, zlib.decompress(row.entries).decode())
