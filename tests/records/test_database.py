"""Opening a database is safe, and whatever is wrong with it is said in one clear line."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from made_calls import call, turn

from ivr.errors import RecordsError
from ivr.records import database as opening
from ivr.records.store import Store
from ivr.records.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path


def _open_and_save(url: str, number: int) -> int:
    store = Store(url)
    store.save_call(call(f"CA{number}"))
    store.close()
    return number


def test_many_processes_may_open_a_new_database_at_once(url: str) -> None:
    """Each makes the tables or waits for the one that does; all go on to work, none fails."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        assert sorted(pool.map(_open_and_save, [url] * 8, range(8))) == list(range(8))
    store = Store(url)
    assert len(list(store.calls())) == 8
    store.close()


def test_migrations_make_the_tables_that_the_code_uses(store: Store) -> None:
    """A database made by the migrations differs in nothing from the tables as declared."""
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_changes_nothing(url: str) -> None:
    """A database in use is opened as it is, records and all."""
    first = Store(url)
    first.save_call(call())
    second = Store(url)
    assert second.call("CA1") == call()
    first.close()
    second.close()


def test_a_database_in_memory_works_across_threads() -> None:
    """For trials, `sqlite://` keeps records as long as the process lives."""
    store = Store("sqlite://")
    store.save_call(call(turns=(turn(1),)))
    assert store.call("CA1") == call(turns=(turn(1),))
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://root@localhost/calls", "not a database URL"),
        ("sqlite:////nowhere/at/all/calls.sqlite3", "its folder cannot be made"),
        ("postgresql://postgres:hidden@127.0.0.1:1/calls", "does not answer"),
        ("postgresql://postgres:hidden@nowhere.invalid/calls", "name is unknown"),
    ],
)
def test_a_wrong_url_is_said_in_one_line_without_its_password(url: str, message: str) -> None:
    """What is wrong and what to do, and no secret."""
    with pytest.raises(RecordsError, match=message) as caught:
        Store(url)
    assert "\n" not in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_database_that_is_not_there_can_be_asked_for(tmp_path: Path) -> None:
    """A report does not make an empty database where the path is mistyped; a service does, and its folder."""
    url = f"sqlite:///{tmp_path}/var/calls.sqlite3"
    with pytest.raises(RecordsError, match="no such database"):
        Store(url, create=False)
    assert not (tmp_path / "var").exists()
    Store(url).close()
    Store(url, create=False).close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    """A text file named by mistake is refused and not changed."""
    file = tmp_path / "calls.sqlite3"
    file.write_bytes(b"minutes of the meeting\n" * 100)
    with pytest.raises(RecordsError, match="not an SQLite database"):
        Store(f"sqlite:///{file}")
    assert file.read_bytes() == b"minutes of the meeting\n" * 100


def test_a_read_only_database_is_said_to_be_one(tmp_path: Path) -> None:
    """It can be read, and writing says why not."""
    file = tmp_path / "calls.sqlite3"
    first = Store(f"sqlite:///{file}")
    first.save_call(call())
    store = Store(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert store.call("CA1") == call()
    with pytest.raises(RecordsError, match="read-only"):
        store.save_call(call("CA2"))
    store.close()
    first.close()


def test_a_full_disk_loses_nothing_already_kept(tmp_path: Path) -> None:
    """When no page can be added, the error says so, and the calls before it are whole."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")

    @sa.event.listens_for(store.database.engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=60")

    store.close()  # the next connection is limited
    calls = [call(f"CA{number:02}", reason="x" * 4000) for number in range(99)]
    with pytest.raises(RecordsError, match="the disk is full"):
        deque(map(store.save_call, calls))
    found = list(store.calls())
    assert found
    assert found == calls[: len(found)]
    store.close()


def test_a_locked_database_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that holds the file too long is the matter, not ours."""
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.1)
    file = tmp_path / "calls.sqlite3"
    store = Store(f"sqlite:///{file}")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordsError, match="locked by another program"):
        store.save_call(call())
    other.execute("COMMIT")
    store.save_call(call())
    other.close()
    store.close()


def _in_child(store: Store) -> None:
    store.save_call(call("CA-child"))


def test_a_store_survives_a_fork(store: Store) -> None:
    """A server that opens the store before it forks its workers does not share connections with them."""
    store.save_call(call())
    process = multiprocessing.get_context("fork").Process(target=_in_child, args=(store,))
    process.start()
    process.join(120)
    assert process.exitcode == 0
    store.save_call(call("CA2"))
    assert {one.call_id for one in store.calls()} == {"CA1", "CA2", "CA-child"}


def test_connections_of_a_process(url: str) -> None:
    """No more are opened than there may be; what a PostgreSQL server takes is told, an SQLite file takes any."""
    store = Store(url, connections=2)
    room = opening.peek_room(url)
    if store.database.engine.dialect.name == "sqlite":
        assert room is None
    else:
        assert room is not None
        assert 0 < room.used < room.most
        with store.database.read(), store.database.read():
            assert "Pool size: 2" in store.database.engine.pool.status()
    store.close()


def test_a_server_that_is_away_has_no_room() -> None:
    """That is said in one line."""
    with pytest.raises(RecordsError, match="does not answer"):
        opening.peek_room("postgresql://postgres@127.0.0.1:1/none")
