"""Faults in the middle of calls, against the real server: no caller is lost, and no record."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))  # the files beside this one, wherever pytest was started

import faults
from harness import ROOT, TEXTED, Cable, Rest, Result, Town, ring, scratch_database, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = 15
pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Serve a little council from two processes, on SQLite."""
    made = Town(tmp_path_factory.mktemp("faults") / "site", processes=2)
    made.activate(faults.STAFF)
    made.start()
    yield made
    made.stop()


def _put_in(town: Town, fault: faults.Fault) -> Result:
    try:
        result = ring(town, CALLS, fault.begin, fault.end)
    finally:
        fault.end()
    assert (result.lost, result.unrecorded) == ([], [])
    assert "spooled" in town.ready()
    return result


@pytest.mark.parametrize("fault", [faults.locked, faults.corrupt, faults.worker_killed, faults.reloaded])
def test_nobody_is_lost(town: Town, fault: faults.Callable[[Town], faults.Fault]) -> None:
    """The database locked, the directory damaged, a process killed, all processes replaced: the calls go on."""
    _put_in(town, fault(town))


def test_every_process_follows_an_activation(town: Town) -> None:
    """A version activated while the server runs is what all its processes give; so is the one before."""
    for staff in (faults.STAFF.replace("960123", "960777"), faults.STAFF):
        version = town.activate(staff)
        wait_for(lambda version=version: {town.ready()["version"] for _ in range(12)} == {version}, town.log)


def test_without_memory(town: Town) -> None:
    """Processes that get no more memory lose nobody: what fails ends in an apology and the operator."""
    _put_in(town, faults.memory(town))


def test_without_room_on_any_disk(town: Town) -> None:
    """Where no file may grow, not even into the room kept for that, records are held in memory until one may."""
    _put_in(town, faults.no_growth(town))
    wait_for(lambda: {town.ready()["spooled"] for _ in range(12)} == {0}, town.log)


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Serve a little council into which a program puts faults."""
    folder = tmp_path_factory.mktemp("launched") / "site"
    made = Town(folder, processes=2, launcher=str(ROOT / "tests" / "faults" / "launcher.py"))
    made.activate(faults.STAFF)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("name", faults.LAUNCHED)
def test_slow_disk_clock_and_names(breakable: Town, name: str) -> None:
    """A disk that takes seconds, a clock that jumps, names that cannot be resolved: the calls go on."""
    _put_in(breakable, faults.launched(breakable, name))


def test_a_full_disk(tmp_path: Path) -> None:
    """The last byte of the disk taken: records go where there is room kept for them, and into the database after."""
    with contextlib.ExitStack() as mounted:
        try:
            mounted.enter_context(faults.small_disk(tmp_path / "site" / "var"))
        except OSError as error:
            pytest.skip(f"no file system can be mounted here: {error}")
        town = Town(tmp_path / "site")
        town.activate(faults.STAFF)
        try:
            town.start()
            _put_in(town, faults.full_disk(tmp_path / "site" / "var"))
            wait_for(lambda: town.ready()["spooled"] == 0, town.log)
        finally:
            town.stop()


def test_without_rest(tmp_path: Path) -> None:
    """Texts that Twilio cannot take while callers ring are promised, and sent when it can, each once."""
    rest = Rest()
    town = Town(tmp_path / "site", processes=2)
    try:
        town.take_texts(rest)
        fault = faults.no_rest(rest)
        result = ring(town, CALLS, fault.begin, fault.end, script=TEXTED)
        assert (result.lost, result.unrecorded) == ([], [])
        wait_for(lambda: len(rest.texts) >= CALLS, town.log)
    finally:
        town.stop()
        rest.down()
    assert rest.texts == ["+447700900123"] * CALLS


def test_without_descriptors(town: Town) -> None:
    """Processes that can open nothing more still answer, one connection after the other."""
    _put_in(town, faults.descriptors(town))


def test_without_postgresql(tmp_path: Path) -> None:
    """The server's database vanishes and comes back: calls in progress are brought up to date, records replayed."""
    try:
        with scratch_database() as name:
            cable = Cable()
            town = Town(tmp_path / "site", database=f"postgresql://postgres@127.0.0.1:{cable.port}/{name}")
            try:
                town.start()
                fault = faults.away(cable)
                result = ring(town, CALLS, fault.begin, fault.end)
                assert (result.lost, result.unrecorded) == ([], [])
                assert result.operator == 0
                wait_for(lambda: town.ready()["spooled"] == 0, town.log)
            finally:
                town.stop()
                cable.cut()
    except sa.exc.OperationalError:
        pytest.skip("PostgreSQL does not answer at 127.0.0.1:5432")
