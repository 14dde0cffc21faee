"""Machines are upgraded one after the other: what the release before reads and writes works on the newer tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from made_calls import call, turn

import ivr.records
from ivr.errors import RecordsError
from ivr.records.database import Database
from ivr.records.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


def _steps() -> list[tuple[str, str]]:
    config = Config()
    config.set_main_option("script_location", f"{ivr.records.__path__[0]}/migrations")
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [(str(s.down_revision), s.revision) for s in reversed(list(scripts)) if s.down_revision]


@pytest.fixture(params=_steps(), ids=lambda step: step[1])
def step(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Give a release's newest migration, and the one before it."""
    found: tuple[str, str] = request.param
    return found


def _tables(database: Database) -> dict[str, sa.Table]:
    found = sa.MetaData()
    with database.read() as connection:
        found.reflect(connection)
    return {name: table for name, table in found.tables.items() if name != "alembic_version"}


def _rows(tables: dict[str, sa.Table], mark: int) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Give a row for each table, the columns that must be said filled in, as the release of these tables would."""
    for table in next(iter(tables.values())).metadata.sorted_tables:
        if table.name not in tables:
            continue
        row = {}
        for column in table.columns:
            if column.nullable or column.server_default is not None or column.autoincrement is True:
                continue
            row[column.name] = _value(column.type, mark)
        yield table, row


def _value(kind: Any, mark: int) -> Any:
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.LargeBinary):
        return b""
    return f"x{mark}" if isinstance(kind, sa.String) else mark


def test_every_migration_only_adds(url: str, step: tuple[str, str]) -> None:
    """The old release's inserts and reads work before and after; nothing it knows goes away or gets stricter."""
    before, after = step
    old = Database(url, schema=before)
    tables = _tables(old)
    with old.write() as connection:
        for table, row in _rows(tables, 1):
            connection.execute(sa.insert(table), row)
    new = Database(url, schema=after)
    with old.write() as connection:  # the old release is still running
        for table, row in _rows(tables, 2):
            connection.execute(sa.insert(table), row)
        for table in tables.values():
            assert len(connection.execute(sa.select(table)).all()) in {1, 2}, table.name
    now = _tables(new)
    for name, table in tables.items():
        for column in table.columns:
            kept = now[name].c[column.name]
            assert kept.nullable == column.nullable, f"{name}.{column.name}"
            assert type(kept.type) is type(column.type), f"{name}.{column.name}"
        for column in now[name].columns:
            if column.name not in table.c:
                assert column.nullable or column.server_default is not None, f"{name}.{column.name} has no default"
    old.close()
    new.close()


def test_the_release_before_opens_a_newer_database(url: str) -> None:
    """A machine not upgraded yet may be restarted meanwhile: it finds all it needs, and leaves the rest alone."""
    newer = Database(url)
    with newer.write() as connection:
        connection.exec_driver_sql("ALTER TABLE calls ADD COLUMN mood TEXT NOT NULL DEFAULT ''")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    store = Store(url)
    store.save_call(call("CA1", turns=(turn(1),)))
    assert store.call("CA1") == call("CA1", turns=(turn(1),))
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
    store.close()


def test_a_newer_database_that_lacks_something_is_refused(url: str) -> None:
    """Where a newer release took away what this one needs, nothing is written."""
    newer = Database(url)
    with newer.write() as connection:
        connection.exec_driver_sql("ALTER TABLE turns RENAME COLUMN heard TO said")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    with pytest.raises(RecordsError, match="newer release"):
        Store(url)
