"""Directory versions: one folder on one host; on several, PostgreSQL says which is active and holds them all."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ivr.directory import versions as kept
from ivr.errors import DirectoryError, RecordsError
from ivr.records.database import Database
from ivr.records.shelf import Shelf
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTINGS = '[site]\noperator = "+441632960999"\n[directory]\narea_code = "01632"\n'
PATIENCE = 60.0


def _export(folder: Path, last: int) -> Path:
    file = folder / "staff.csv"
    file.write_text(f"Name,Department,Telephone\nMarjorie Featherstone,Housing,01632 9601{last:02}\n", encoding="utf-8")
    return file


@pytest.fixture
def host(url: str, tmp_path: Path, root: Path) -> Iterator[Callable[[str], Shelf]]:
    """Make hosts that share one database, each with a folder of its own."""
    opened: list[Database] = []

    def make(name: str) -> Shelf:
        folder = tmp_path / (name if url.startswith("postgres") else "only")
        folder.mkdir(exist_ok=True)
        (folder / "ivr.toml").write_text(SETTINGS, encoding="utf-8")
        if not (folder / "grammars").exists():
            (folder / "grammars").symlink_to(root / "grammars")
        database = Database(url)
        opened.append(database)
        return Shelf(load_settings(folder, {"IVR_DATABASE_URL": url}), database)

    yield make
    for database in opened:
        database.close()


def test_what_one_host_activates_the_others_bring(host: Callable[[str], Shelf]) -> None:
    """Staged and activated here, active there; rolled back there, back here."""
    here, there = host("here"), host("there")
    first, _ = here.stage(_export(here.settings.root, 1), "a test", "the first")
    second, _ = here.stage(_export(here.settings.root, 2), "a test", "the second")
    here.activate(first.version)
    here.activate()
    there.bring()
    assert kept.active_version(there.folder) == second.version
    assert [v.why for v in there.versions()] == ["the first", "the second"]
    assert there.rollback().version == first.version
    here.bring()
    assert kept.active_version(here.folder) == kept.active_version(there.folder) == first.version
    assert kept.read_version(there.folder, first.version) == kept.read_version(here.folder, first.version)


def test_activated_again_is_no_change(host: Callable[[str], Shelf]) -> None:
    """The active version activated again leaves nothing to roll back to."""
    here = host("here")
    here.stage(_export(here.settings.root, 1), "", "")
    assert here.activate().version == here.activate().version
    with pytest.raises(DirectoryError, match="no earlier version"):
        here.rollback()


def test_a_damaged_copy_is_brought_again(host: Callable[[str], Shelf]) -> None:
    """A host whose copy of the active version was damaged gets it from the database."""
    here, there = host("here"), host("there")
    if not here.shared:
        pytest.skip("one host has no copy")
    version = here.stage(_export(here.settings.root, 1), "", "")[0].version
    there.bring(everything=True)
    (there.folder / version / "entries.json").write_text("[", encoding="utf-8")
    here.activate()
    assert there.bring()
    assert kept.read_version(there.folder, version).entries


def test_killed_between_staging_and_activation(host: Callable[[str], Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
    """An activation that dies before its end leaves every host with the version it had."""
    here, there = host("here"), host("there")
    before = here.stage(_export(here.settings.root, 1), "", "")[0].version
    here.activate()
    here.stage(_export(here.settings.root, 2), "", "")

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Shelf, "_point", dies)
    monkeypatch.setattr(kept, "point", dies)
    with pytest.raises(KeyboardInterrupt):
        here.activate()
    monkeypatch.undo()
    here.bring()
    there.bring()
    assert kept.active_version(here.folder) == kept.active_version(there.folder) == before


def test_an_announcement_is_followed(host: Callable[[str], Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that listens brings a version without being asked, and goes on after its connection was cut."""
    here, there = host("here"), host("there")
    if not here.shared:
        pytest.skip("one host needs no announcements")
    monkeypatch.setattr("ivr.records.shelf.LOOK_SECONDS", 0.2)
    stop = threading.Event()
    failed: list[str] = []
    thread = threading.Thread(target=there.follow, args=(stop, failed))
    thread.start()
    try:
        for number in (1, 2):
            version = here.stage(_export(here.settings.root, number), "", "")[0].version
            here.activate(version)
            _wait_for(lambda version=version: kept.active_version(there.folder) == version)
            assert here._database is not None
            with here._database.write() as connection:  # cut the listener's connection
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def test_without_the_database_nothing_is_activated(tmp_path: Path) -> None:
    """Hosts that share a database cannot be changed one by one while it is away; their folders stay as they were."""
    (tmp_path / "ivr.toml").write_text(SETTINGS, encoding="utf-8")
    settings = load_settings(tmp_path, {"IVR_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/none"})
    with pytest.raises(RecordsError, match="does not answer"):
        Shelf(settings).activate()
    assert not kept.versions(settings.path(settings.directory.versions))


def test_a_name_from_the_database_cannot_leave_the_folder(tmp_path: Path) -> None:
    """Only a version's own kind of name becomes a folder."""
    for name in ("../etc", "", "/tmp/x", "ABC"):
        with pytest.raises(DirectoryError, match="not the name"):
            kept.put(tmp_path / "versions", name, "{}", "[]")
    assert not list(tmp_path.iterdir())


def test_parts_are_the_version(host: Callable[[str], Shelf], tmp_path: Path) -> None:
    """What is read as parts and put elsewhere is the same version."""
    here = host("here")
    version = here.stage(_export(here.settings.root, 1), "who", "why")[0].version
    meta, entries = kept.parts(here.folder, version)
    kept.put(tmp_path / "else", version, meta, entries)
    assert json.loads(meta)["by"] == "who"
    assert kept.versions(tmp_path / "else") == kept.versions(here.folder)


def _wait_for(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)
