"""How long each kind of data is kept: shown, and kept to by the running service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.records.retention import Removed, expire, expire_recordings
from ivr.records.tables import calls, dials, requests, sessions, turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ivr.records.database import Database
    from ivr.settings import Settings

RECORDINGS = "var/recordings"
"""Folder of callers' recordings, in the site's."""
BACKUPS = "*.tar.gz"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data about callers."""

    kind: str
    setting: str
    """What decides how long; empty: nothing can be set."""
    days: int | None
    """None: until somebody deletes it."""
    held: int
    oldest: datetime | None

    @property
    def next_expiry(self) -> datetime | None:
        """When the oldest of it goes; None: there is none, or nothing goes by itself."""
        return self.oldest + timedelta(days=self.days) if self.oldest and self.days is not None else None

    def as_json(self) -> Mapping[str, Any]:
        """Return it as other programs read it."""
        times = {"oldest": self.oldest, "next_expiry": self.next_expiry}
        return {
            "kind": self.kind, "setting": self.setting, "days": self.days, "held": self.held,
            **{name: time.isoformat(timespec="seconds") if time else None for name, time in times.items()},
        }  # fmt: skip


def schedule(settings: Settings, database: Database) -> tuple[Kept, ...]:
    """Return what is kept of callers, how long, and when the oldest of each goes. Raises RecordsError."""
    keep, sound = settings.records.keep_days, settings.records.keep_recordings_days
    words = sa.or_(turns.c.heard != "", turns.c.keyed != "")
    gathered = requests.c.details != "{}"
    queries: tuple[tuple[str, str, int | None, sa.Column[Any], sa.ColumnElement[bool]], ...] = (
        ("words and keys", "records.keep_days", keep, turns.c.at, words),
        ("callers, hashed and masked", "records.keep_days", keep, calls.c.started, calls.c.caller_key != ""),
        ("recordings", "records.keep_recordings_days", sound, turns.c.at, turns.c.audio != ""),
        ("requests delivered", "records.keep_days", keep, requests.c.created,
         sa.and_(gathered, requests.c.status == "delivered")),
        ("requests not delivered yet", "", None, requests.c.created,
         sa.and_(gathered, requests.c.status != "delivered")),
        ("calls in progress", "", 1, sessions.c.updated, sa.true()),
        ("transfers, for the caps on them", "", 1, dials.c.at, sa.true()),
    )  # fmt: skip
    with database.read() as connection:
        found = [
            Kept(
                kind, setting, days, *connection.execute(sa.select(sa.func.count(), sa.func.min(at)).where(which)).one()
            )
            for kind, setting, days, at, which in queries
        ]
    return (*found, _backups(settings.path(settings.records.backups)))


def enforce(settings: Settings, database: Database, now: datetime) -> Removed:
    """Remove everything whose time is over, recordings' files too. Raises RecordsError."""
    old = expire(database, now - timedelta(days=settings.records.keep_days))
    sound = expire_recordings(database, now - timedelta(days=settings.records.keep_recordings_days))
    removed = replace(old, recordings=(*old.recordings, *sound))
    folder = settings.path(RECORDINGS)
    delete_recordings(folder, removed.recordings)
    _delete_older(folder, now - timedelta(days=settings.records.keep_recordings_days))
    return removed


def kept_recording(folder: Path, name: str) -> Path | None:
    """Return the file of a recording by the name the database has for it; None: it is not here (any more)."""
    folder = folder.resolve()
    file = (folder / name).resolve()  # a name from the database never reaches outside
    return file if name and file.is_relative_to(folder) and file.is_file() else None


def delete_recordings(folder: Path, names: Iterable[str]) -> None:
    """Delete recordings by the names the database has for them."""
    folder = folder.resolve()
    for name in names:
        recording = (folder / name).resolve()
        if recording.is_relative_to(folder):  # a name from the database never reaches outside
            recording.unlink(missing_ok=True)


def _delete_older(folder: Path, before: datetime) -> None:
    """Delete old recordings that no turn names: a call that failed may have left one."""
    for file in folder.glob("*.wav") if folder.is_dir() else ():
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)


def _backups(folder: Path) -> Kept:
    times = [file.stat().st_mtime for file in folder.glob(BACKUPS)] if folder.is_dir() else []
    oldest = datetime.fromtimestamp(min(times), UTC) if times else None
    return Kept("backups, which hold all of it", "", None, len(times), oldest)
