"""Opening the records database: one file (SQLite) by default, or a PostgreSQL server.

Opening brings the tables up to date, safely while other processes open the same database. Whatever a
database can do wrong leaves here as a RecordsError of one line.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import QueuePool

from ivr.errors import AwayError, RecordsError
from ivr.records.tables import HEAD, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSY_SECONDS = 10
"""How long a writer waits for another before the database counts as locked."""
LIVE_BUSY_SECONDS = 3
"""How long one does while a caller waits."""
SLOW_SECONDS = 4.0
"""Longer than this, and a live service goes on without the database for a moment: Twilio waits 15 seconds."""
CONNECTIONS = 15
"""To a PostgreSQL server, at most, where nothing else is said."""
REST_SECONDS = 5.0
"""How long a live database that failed is left alone."""

# Seconds to connect, and milliseconds until a server that vanished counts as gone; the URL's own values go first.
_PATIENCE = {"connect_timeout": 3, "tcp_user_timeout": 5000, "keepalives_idle": 5, "keepalives_interval": 2}

_MIGRATION_LOCK = 0x69767231
"""Key of PostgreSQL's advisory lock; any number, the same in every process."""

_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.DisconnectionError, OSError)
"""Errors of a database that is not there, full, locked or slow, and not of what was asked of it."""

log = logging.getLogger(__name__)

# What the databases' own words come down to: (part of the message, what it means, what to do).
_PLAIN = (
    ("readonly database", "the database is read-only", "make the file and its folder writable"),
    ("read-only transaction", "the database is read-only", "ask for a role that may write"),
    ("disk is full", "the disk is full", "free some space"),
    ("no space left", "the disk is full", "free some space"),
    ("locked", "the database is locked by another program", "close it, or wait"),
    ("unable to open database file", "the database cannot be opened", "check that its folder exists and is writable"),
    ("not a database", "the file is not an SQLite database", "check the path, or move the file away"),
    ("malformed", "the database file is damaged", "restore it from a backup"),
    ("authentication failed", "the database refuses the user or password", "check the URL"),
    ("does not exist", "the database, user or table does not exist", "check the URL, or create it"),
    ("connection refused", "the database server does not answer", "check the URL and that the server runs"),
    ("connection failed", "the database server does not answer", "check the URL and that the server runs"),
    ("could not translate host", "the database server's name is unknown", "check the URL"),
    ("name or service not known", "the database server's name is unknown", "check the URL"),
    ("foreign key", "the call was never begun", "begin it first"),
)


class Database:
    """A records database, opened and up to date. Safe to share between threads, and usable after a fork."""

    def __init__(
        self, url: str, *, create: bool = True, live: bool = False, schema: str = HEAD, connections: int = CONNECTIONS
    ) -> None:
        """Open `url` (SQLAlchemy form). `create=False`: an SQLite file that is not there is an error.

        `live`: for a service that must not wait. A database that is not there is no error now: it is opened when it
        is back. One that fails or takes long is left alone for a moment, and meanwhile every use of it is an AwayError
        at once. `schema`: migration to bring it to. `connections`: to a PostgreSQL server, at most.

        Raises RecordsError where it cannot be opened, read or brought up to date.
        """
        self.where = _shown(url)
        self._live, self._schema = live, schema
        self._away_until, self._why = 0.0, ""
        self._opening = threading.Lock()
        self._opened = False
        if not live:
            _prepare_folder(url, self.where, create=create)
        with self._plainly(), ExitStack() as opened:
            self.engine = _engine(url, live=live, connections=connections)
            opened.callback(self.close)
            try:
                with self._plainly():
                    self._open(url)
            except AwayError as error:
                if not live:
                    raise
                self._rest(str(error))
            opened.pop_all()  # all is well: stays open

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @property
    def away(self) -> str:
        """Why the database is left alone at the moment; empty: it is not."""
        return self._why if monotonic() < self._away_until else ""

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment's records. Raises RecordsError."""
        with self._promptly(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes are all kept, or none. Raises RecordsError."""
        with self._promptly(slow=SLOW_SECONDS), self.engine.execution_options(write=True).begin() as connection:
            yield connection

    @contextmanager
    def listening(self, channel: str) -> Iterator[Callable[[float], bool]]:
        """Listen for announcements (PostgreSQL only): give a function that waits so many seconds for one.

        Raises RecordsError, from the function too, where the database cannot be reached.
        """
        import psycopg  # noqa: PLC0415 - an extra

        own = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._plainly(), own.connect() as connection:
            connection.exec_driver_sql(f'LISTEN "{channel}"')
            driver: Any = connection.connection.driver_connection

            def wait(seconds: float) -> bool:
                return any(True for _ in driver.notifies(timeout=seconds, stop_after=1))

            try:
                yield wait
            except psycopg.Error as error:
                connection.invalidate()
                raise RecordsError(f"{self.where}: {_plain(error)}") from error
            if not connection.invalidated:
                connection.exec_driver_sql(f'UNLISTEN "{channel}"')

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """Return an INSERT that knows `on_conflict_do_nothing` on either database."""
        return postgresql.insert(table) if self.engine.dialect.name == "postgresql" else sqlite.insert(table)

    def add(self, connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
        """Insert a row unless one of its key is there. Returns whether it was new."""
        insert = self.insert(table).values(row).on_conflict_do_nothing()
        return connection.execute(insert.returning(*table.primary_key)).first() is not None

    @contextmanager
    def _promptly(self, slow: float = float("inf")) -> Iterator[None]:
        """Leave a live database alone for a moment that failed or took long; one caller at a time tries it again."""
        if not self._live:
            with self._plainly():
                yield
            return
        if monotonic() < self._away_until:
            raise AwayError(self._why)
        if self._why:
            self._away_until = monotonic() + REST_SECONDS  # until it is known better
        began = monotonic()
        try:
            with self._plainly():
                self._open(str(self.engine.url.render_as_string(hide_password=False)))
                yield
        except AwayError as error:
            self._rest(str(error))
            raise
        if monotonic() - began > slow:
            self._rest(f"{self.where}: the database is too slow to wait for")
        else:
            self._away_until, self._why = 0.0, ""

    def _rest(self, why: str) -> None:
        if not self._why:
            log.error("records wait on disk: %s", why)
        self._away_until, self._why = monotonic() + REST_SECONDS, why

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except (exc.SQLAlchemyError, OSError) as error:
            away = isinstance(error, _AWAY) or "malformed" in str(error)
            raise (AwayError if away else RecordsError)(f"{self.where}: {_plain(error)}") from error

    def _open(self, url: str) -> None:
        """Bring the tables up to date, once."""
        if self._opened:
            return
        with self._opening:
            if not self._opened:
                if self._live:
                    _prepare_folder(url, self.where, create=True)
                self._bring_up_to_date()
                self._opened = True

    def _bring_up_to_date(self) -> None:
        with self.engine.connect() as connection, connection.begin():
            if _version(connection) == self._schema:
                return
        with self.engine.execution_options(write=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            version = _version(connection)  # again: another process may have been quicker
            if version != self._schema:
                _migrate(connection, version, self._schema, self.where)


@dataclass(frozen=True, slots=True)
class Room:
    """Connections that a PostgreSQL server takes."""

    most: int
    """Of ordinary users, altogether."""
    used: int
    """In use now."""


def peek_room(url: str) -> Room | None:
    """Ask a PostgreSQL server for how many connections there is room; None: it is none. Raises RecordsError."""
    if sa.make_url(url).get_backend_name() != "postgresql":
        return None
    try:
        engine = _engine(url, live=True, connections=1)
        try:
            with engine.connect() as connection:
                most, reserved, used = connection.exec_driver_sql(
                    "SELECT current_setting('max_connections')::int,"
                    " current_setting('superuser_reserved_connections')::int,"
                    " (SELECT count(*) FROM pg_stat_activity"
                    "  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())"
                ).one()
        finally:
            engine.dispose()
    except (exc.SQLAlchemyError, OSError) as error:
        raise RecordsError(f"{_shown(url)}: {_plain(error)}") from error
    return Room(most - reserved, used)


@dataclass(frozen=True, slots=True)
class Peeked:
    """How a database stands."""

    where: str
    version: str
    """Newest migration applied; empty: there is no database yet."""
    newest: str
    """Newest migration of this release."""


def peek(url: str) -> Peeked:
    """Look at a database without changing it. Raises RecordsError where it cannot be reached."""
    where = _shown(url)
    try:
        _prepare_folder(url, where, create=False)
    except RecordsError:
        return Peeked(where, "", HEAD)
    try:
        engine = _engine(url, live=True)
        try:
            with engine.connect() as connection:
                return Peeked(where, _version(connection), HEAD)
        finally:
            engine.dispose()
    except (exc.SQLAlchemyError, OSError) as error:
        raise RecordsError(f"{where}: {_plain(error)}") from error


class Joined(Database):
    """A database as one of its transactions sees it: all that is read and written is part of that."""

    def __init__(self, database: Database, connection: sa.Connection) -> None:
        self.where, self.engine, self._connection = database.where, database.engine, connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give the transaction's connection. Raises RecordsError."""
        with self._plainly():
            yield self._connection

    write = read

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Take back what fails in here, and nothing that went before. Raises RecordsError."""
        with self._plainly(), self._connection.begin_nested():
            yield


def _shown(url: str) -> str:
    """Give the URL as people may see it: without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except exc.ArgumentError:
        return "records database"


def _plain(error: Exception) -> str:
    if isinstance(error, exc.NoSuchModuleError | exc.ArgumentError):
        return "not a database URL; write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    for part, meaning, todo in _PLAIN:
        if part in said.casefold():
            return f"{meaning}; {todo}"
    return said[:300]


def _prepare_folder(url: str, where: str, *, create: bool) -> None:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        return  # said by the engine, in the same words as every wrong URL
    if parsed.get_backend_name() != "sqlite" or not parsed.database or _no_file(parsed.database):
        return
    file = Path(parsed.database)
    if not create and not file.exists():
        raise RecordsError(f"{where}: there is no such database; take a call first, or check the settings")
    try:
        file.parent.mkdir(exist_ok=True)  # one level only: a mistyped path is not created
    except OSError as error:
        raise AwayError(f"{where}: its folder cannot be made: {error.strerror}; check the path") from error


def _no_file(name: str) -> bool:
    """Tell whether SQLite takes this for something else than a plain file: memory, or an address of its own."""
    return ":memory:" in name or name.startswith("file:")


def _engine(url: str, *, live: bool, connections: int = CONNECTIONS) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    options: dict[str, Any] = {"pool_pre_ping": True}
    if live:
        options["pool_timeout"] = SLOW_SECONDS
    if parsed.get_backend_name() == "postgresql":
        patience = _PATIENCE | ({"options": f"-c lock_timeout={SLOW_SECONDS:g}s"} if live else {})
        options["connect_args"] = {name: value for name, value in patience.items() if name not in parsed.query}
        # The last one used is used first, so that those of a busy hour fall idle together.
        options |= {"pool_size": connections, "max_overflow": 0, "pool_use_lifo": True}
    if parsed.get_backend_name() == "sqlite":
        seconds = LIVE_BUSY_SECONDS if live else BUSY_SECONDS
        arguments = {"timeout": seconds, "check_same_thread": False}
        options |= {"pool_pre_ping": False, "connect_args": arguments, "poolclass": QueuePool}
        if not parsed.database or ":memory:" in parsed.database:
            options |= {"pool_size": 1, "max_overflow": 0}  # each connection would be a database of its own
    elif parsed.get_backend_name() != "postgresql":
        raise exc.ArgumentError("neither SQLite nor PostgreSQL")
    try:
        engine = sa.create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise RecordsError("PostgreSQL needs the extra `postgresql`; pip install 'ivr[postgresql]'") from error
    _keep_to_process(engine)
    if parsed.get_backend_name() == "sqlite":
        _tune_sqlite(engine, LIVE_BUSY_SECONDS if live else BUSY_SECONDS)
    return engine


def _tune_sqlite(engine: sa.Engine, busy_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in (f"busy_timeout={int(busy_seconds * 1000)}", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes its lock at once: one that read first could not wait for another writer.
        immediate = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _keep_to_process(engine: sa.Engine) -> None:
    """Never use a connection that a parent process opened."""

    @event.listens_for(engine, "connect")
    def connect(_connection: object, record: Any) -> None:
        record.info["process"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def checkout(_connection: object, record: Any, proxy: Any) -> None:
        if record.info["process"] != os.getpid():
            record.dbapi_connection = proxy.dbapi_connection = None
            raise exc.DisconnectionError("connection of another process")


def _version(connection: sa.Connection) -> str:
    """Return the newest migration applied; empty: a new database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""


def _lacks(connection: sa.Connection) -> bool:
    """Say whether the database lacks a column that this release needs."""
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in there:
            return True
        if {c.name for c in table.columns} - {c["name"] for c in inspector.get_columns(table.name)}:
            return True
    return False


def _migrate(connection: sa.Connection, version: str, target: str, where: str) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and needed once in a database's life
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version and version not in known:
        # Of a newer release, which runs beside this one while machines are upgraded: migrations only ever add.
        if _lacks(connection):
            raise RecordsError(f"{where}: the database was made by a newer release ({version}); update this one")
        return
    command.upgrade(config, target)
