"""Backup and restore: made while calls go on, whole or not at all, and back in an empty place as it was."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from made_calls import call, turn

from ivr.directory.load import stage_export
from ivr.directory.versions import activate, active_version, read_version
from ivr.errors import InputError, IvrError
from ivr.model import CallFacts
from ivr.records import backup
from ivr.records.privacy import Caller
from ivr.records.spool import Spool
from ivr.records.spooled import Begun
from ivr.records.store import Store
from ivr.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTINGS = '[site]\nname = "Testford"\noperator = "+441632960999"\n[directory]\nexport = "staff.csv"\n'
EXPORT = "Name,Department,Telephone\nMarjorie Featherstone,Housing,01632 960123\n"


@pytest.fixture
def site(tmp_path: Path, url: str) -> Settings:
    """Make a site with records, a directory version, a recording, and a record that waits."""
    folder = tmp_path / "site"
    for path, text in {
        "ivr.toml": SETTINGS, "staff.csv": EXPORT, "grammars/prompts.en-GB.yaml": "{}", "directory/corrections.csv": "",
        "var/recordings/one.wav": "sound", "audio/prompts/prompts.csv": "file,text\n",
    }.items():  # fmt: skip
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    environ = {"IVR_DATABASE_URL": url} if url.startswith("postgres") else {}
    settings = load_settings(folder, environ)
    version = stage_export(settings, folder / "staff.csv", "a test", "")[0].version
    activate(settings.path(settings.directory.versions), version)
    store = Store(settings.database_url)
    for number in range(20):
        store.save_call(call(f"CA{number:02}", turns=(turn(1), turn(2)), caller_key=f"key{number % 3}"))
    store.close()
    facts = CallFacts(call_id="CA-waits", channel="twilio", started=call().started)
    Spool(settings.path(settings.records.spool)).append([Begun(facts, Caller("key9"), "", "en-GB")])
    return settings


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """Give a second, empty PostgreSQL database."""
    name = f"{postgres.rpartition('/')[2]}_again"
    server = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"{postgres.rpartition('/')[0]}/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


def _where(site: Settings, request: pytest.FixtureRequest) -> str:
    shared: str = request.getfixturevalue("empty") if site.database_url.startswith("postgres") else ""
    return shared


def test_there_and_back(site: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The disaster drill: what is restored in an empty place is the site as it was, and takes calls again."""
    database = _where(site, request)
    made = backup.make(site, tmp_path / "b.tar.gz")
    assert made.calls == 20
    assert made.file.stat().st_mode & 0o077 == 0
    again = tmp_path / "elsewhere" / "again"
    backup.restore(made.file, again, database)
    settings = load_settings(again, {"IVR_DATABASE_URL": database} if database else {})
    versions, old = settings.path(settings.directory.versions), site.path(site.directory.versions)
    assert active_version(versions) == active_version(old)
    assert read_version(versions, active_version(versions)) == read_version(old, active_version(old))
    assert (again / "var/recordings/one.wav").read_text(encoding="utf-8") == "sound"
    before, after = Store(site.database_url), Store(settings.database_url)
    assert list(after.calls()) == list(before.calls())
    assert Spool(settings.path(settings.records.spool)).replay(after) == 1
    after.save_call(call("CA-new", turns=(turn(1),)))
    assert after.call("CA-new") is not None
    before.close()
    after.close()


def test_made_while_calls_are_recorded(site: Settings, tmp_path: Path) -> None:
    """Records written meanwhile are in it whole, or not at all."""
    store, stop = Store(site.database_url), threading.Event()

    def record() -> None:
        number = 0
        while not stop.is_set():
            store.save_call(call(f"CB{number:05}", turns=(turn(1), turn(2), turn(3))))
            number += 1

    thread = threading.Thread(target=record)
    thread.start()
    try:
        made = backup.make(site, tmp_path / "b.tar.gz")
    finally:
        stop.set()
        thread.join()
    store.close()
    assert made.calls >= 20
    assert backup.check(made.file)["calls"] == made.calls


def test_nothing_is_overwritten(site: Settings, tmp_path: Path) -> None:
    """Neither a backup nor a site that is there; and a backup that fails leaves no file."""
    made = backup.make(site, tmp_path / "b.tar.gz")
    with pytest.raises(InputError, match="such a file already"):
        backup.make(site, made.file)
    with pytest.raises(InputError, match="not empty"):
        backup.restore(made.file, site.root)
    (tmp_path / "file").write_text("")
    with pytest.raises(IvrError):
        backup.make(site, tmp_path / "file" / "b.tar.gz")
    assert sorted(p.name for p in tmp_path.iterdir() if "partial" in p.name) == []


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _changed(file: Path) -> None:
    _rewrite(file, lambda name, content: content + b" " if name == "site/ivr.toml" else content)


def _without_manifest(file: Path) -> None:
    _rewrite(file, lambda name, content: None if name == "manifest.json" else content)


def _outside(file: Path) -> None:
    _rewrite(file, lambda _, content: content, "../escaped")


def _newer(file: Path) -> None:
    _rewrite(file, lambda name, c: json.dumps(json.loads(c) | {"format": 99}).encode() if "manifest" in name else c)


def _rewrite(file: Path, change: Callable[[str, bytes], bytes | None], more: str = "") -> None:
    with tarfile.open(file, "r:gz") as old:
        parts = [(m.name, old.extractfile(m).read()) for m in old]  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as new:
        for name, content in [*([(more, b"x")] if more else []), *parts]:
            changed = change(name, content)
            if changed is not None:
                member = tarfile.TarInfo(name)
                member.size = len(changed)
                new.addfile(member, io.BytesIO(changed))


@pytest.mark.parametrize("damage", [_cut, _changed, _without_manifest, _outside, _newer])
def test_a_damaged_backup_restores_nothing(site: Settings, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """It is read through first: cut short, changed, incomplete, with a name leading outside, of another format."""
    made = backup.make(site, tmp_path / "b.tar.gz")
    damage(made.file)
    with pytest.raises(InputError):
        backup.restore(made.file, tmp_path / "again", "postgresql://postgres@127.0.0.1:1/none")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "escaped").exists()
    assert not list(tmp_path.glob(".again-*"))


def test_backups_that_hold_a_caller_are_named(site: Settings, tmp_path: Path) -> None:
    """By the keyed hash of the number: an erasure tells which ones."""
    folder = tmp_path / "backups"
    backup.make(site, folder / "b1.tar.gz")
    assert [f.name for f in backup.holding(folder, "key1")] == ["b1.tar.gz"]
    assert backup.holding(folder, "key7") == ()
    assert backup.holding(tmp_path / "none", "key1") == ()


def test_no_file_and_no_backup(tmp_path: Path) -> None:
    """What is not there, and what is something else, are said in one line."""
    with pytest.raises(InputError, match="no such file"):
        backup.check(tmp_path / "none.tar.gz")
    (tmp_path / "text.tar.gz").write_text("minutes of the meeting")
    with pytest.raises(InputError, match="cannot be read as a backup"):
        backup.check(tmp_path / "text.tar.gz")
