"""Live calls go on while the database is away, and are brought up to date when it is back."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ivr.errors import AwayError
from ivr.records import database as opening
from ivr.records.database import Database
from ivr.records.sessions import Advance, StaleRequestError
from ivr.records.standby import Standby, SteadySessions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Town:
    """One database and a host whose connection to it can be cut."""

    def __init__(self, url: str, file: Path | None) -> None:
        self.database, self.standby = Database(url, live=True), Standby(file)
        self.sessions = SteadySessions(self.database, self.standby)

    @contextmanager
    def away(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Have the database away."""

        def gone() -> None:
            raise AwayError("gone")

        with monkeypatch.context() as patched:
            patched.setattr(self.database, "read", gone)
            patched.setattr(self.database, "write", gone)
            yield


@pytest.fixture
def town(url: str, tmp_path: Path) -> Iterator[Town]:
    """Make it."""
    made = Town(url, tmp_path / "spool" / "live.sqlite3")
    yield made
    made.database.close()


def test_a_call_goes_on_over_an_outage(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun before, taken two turns without the database, ended after: nothing is asked twice, nothing forgotten."""
    sessions = town.sessions
    sessions.advance("CA1", 0, "s1", "a0")
    with town.away(monkeypatch):
        assert sessions.load("CA1").state == "s1"  # type: ignore[union-attr]
        assert sessions.advance("CA1", 1, "s2", "a1", "k1") == Advance(won=True, answer="a1")
        assert sessions.advance("CA1", 1, "other", "other") == Advance(won=False, answer="a1")
        assert sessions.answered("CA1", 9, "k1") == "a1"
        assert sessions.advance("CA1", 2, "s3", "a2").won
        with pytest.raises(StaleRequestError):
            sessions.advance("CA1", 7, "s8", "a7")
    assert sessions.load("CA1").turn == 3  # type: ignore[union-attr]
    assert sessions.answered("CA1", 2) == "a2"
    assert sessions.advance("CA1", 3, "s4", "a3").won
    plain = super(SteadySessions, sessions)
    assert plain.load("CA1").state == "s4"  # type: ignore[union-attr]
    assert plain.answered("CA1", 3) == "a3"


def test_a_call_begun_without_the_database(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is brought into the database at its next step."""
    with town.away(monkeypatch):
        assert town.sessions.advance("CA1", 0, "s1", "a0").won
        assert not town.sessions.advance("CA1", 0, "x", "x").won
    assert town.sessions.advance("CA1", 1, "s2", "a1").won
    assert super(SteadySessions, town.sessions).load("CA1").turn == 2  # type: ignore[union-attr]


def test_another_process_of_the_host_goes_on_with_it(town: Town, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are shared, by a fork too."""
    town.sessions.advance("CA1", 0, "s1", "a0")
    with town.away(monkeypatch):
        town.sessions.advance("CA1", 1, "s2", "a1")
        other = SteadySessions(town.database, Standby(town.standby._file))
        assert other.advance("CA1", 2, "s3", "a2").won
        assert town.sessions.load("CA1").turn == 3  # type: ignore[union-attr]
        child = os.fork()
        if child == 0:
            os._exit(0 if town.sessions.advance("CA1", 3, "s4", "a3").won else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert town.sessions.load("CA1").turn == 4  # type: ignore[union-attr]
    assert url


def test_without_a_file_each_process_remembers_itself(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be written costs no call."""
    (tmp_path / "file").write_text("in the way")
    town = Town(url, tmp_path / "file" / "live.sqlite3")
    with town.away(monkeypatch):
        assert town.sessions.advance("CA1", 0, "s1", "a0").won
        assert town.sessions.advance("CA1", 1, "s2", "a1").won
        assert town.sessions.load("CA1").turn == 2  # type: ignore[union-attr]
    town.database.close()


def test_a_disk_that_fills_up_keeps_the_calls(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file takes nothing more, a process goes on with what it holds: no call begins afresh."""
    town.sessions.advance("CA1", 0, "s1", "a0")
    with town.away(monkeypatch):
        town.sessions.advance("CA1", 1, "s2", "a1")
        assert town.standby._kept is not None
        town.standby._kept[1].execute("PRAGMA query_only=ON")
        assert town.sessions.advance("CA1", 2, "s3", "a2").won
        assert not town.sessions.advance("CA1", 2, "x", "x").won
        assert town.sessions.load("CA1").turn == 3  # type: ignore[union-attr]


def test_ended_calls_are_forgotten(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both places."""
    town.sessions.advance("CA1", 0, "s1", "a0")
    town.sessions.end("CA1")
    with town.away(monkeypatch):
        assert town.sessions.load("CA1") is None


def test_a_live_database_may_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that finds none starts all the same, is told at once that it is away, and uses it when it is there."""
    monkeypatch.setattr(opening, "REST_SECONDS", 0.0)
    (tmp_path / "var").write_text("in the way")
    database = Database(f"sqlite:///{tmp_path}/var/calls.sqlite3", live=True)
    with pytest.raises(AwayError), database.read():
        pass
    (tmp_path / "var").unlink()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM calls").scalar() == 0
    assert not database.away
    database.close()


def test_a_live_database_is_left_alone_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure nobody waits for it again at once."""
    monkeypatch.setattr(opening, "REST_SECONDS", 3600.0)
    database = Database("postgresql://postgres@127.0.0.1:1/none", live=True)
    assert "does not answer" in database.away
    with pytest.raises(AwayError, match="does not answer"), database.write():
        pass
    assert tmp_path
    database.close()


def test_a_wrong_address_is_refused_all_the_same() -> None:
    """What no waiting mends is said at once."""
    with pytest.raises(opening.RecordsError, match="not a database URL"):
        Database("nonsense", live=True)
