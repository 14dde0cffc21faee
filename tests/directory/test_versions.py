"""Versions of the directory: staged, activated, rolled back, and whole after any death."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from ivr.directory import versions
from ivr.directory.versions import Version, activate, active_version, read_version, rollback, stage
from ivr.errors import DirectoryError
from ivr.model import Directory, Entry, Kind


def _directory(name: str) -> Directory:
    entry = Entry(
        id="p-1", kind=Kind.PERSON, name=f"{name} Łyż", spoken=(name,), number="4711", surname="Łyż", forename=name
    )
    return Directory((entry,), f"v{name}")


def _stage(folder: Path, name: str, at: int = 0) -> Version:
    directory = _directory(name)
    return stage(folder, directory, Version(version=directory.version, staged=f"2026-01-01T00:00:{at:02d}", by="x"))


def test_stage_activate_roll_back(tmp_path: Path) -> None:
    """Versions are listed in order, one is active, and rolling back returns to the one before it."""
    assert active_version(tmp_path) == ""
    for at, name in enumerate(("a", "b", "c")):
        _stage(tmp_path, name, at)
    assert activate(tmp_path, "va").version == "va"
    assert activate(tmp_path).version == "vc"
    assert [(v.version, v.active) for v in versions.versions(tmp_path)] == [("va", False), ("vb", False), ("vc", True)]
    assert rollback(tmp_path).version == "va"
    assert active_version(tmp_path) == "va"
    with pytest.raises(DirectoryError, match="no earlier version"):
        rollback(tmp_path)


def test_entries_come_back_as_they_were(tmp_path: Path) -> None:
    """A version's entries are read back without loss, and staging the same entries again changes nothing."""
    first = _stage(tmp_path, "a")
    assert read_version(tmp_path, "va") == _directory("a")
    assert _stage(tmp_path, "a", 9) == first


def test_staging_again_mends_a_damaged_version(tmp_path: Path) -> None:
    """What the message advises works: the same export, staged again, makes the version whole."""
    _stage(tmp_path, "a")
    (tmp_path / "va" / "entries.json").write_text("[{", encoding="utf-8")
    with pytest.raises(DirectoryError, match="stage the export again"):
        activate(tmp_path, "va")
    _stage(tmp_path, "a", 1)
    assert activate(tmp_path, "va").staged == "2026-01-01T00:00:01"
    assert read_version(tmp_path, "va").entries == _directory("a").entries


def test_what_cannot_be_activated(tmp_path: Path) -> None:
    """An unknown version, an empty folder and a damaged version are refused, and the active one stays."""
    with pytest.raises(DirectoryError, match="no version is staged"):
        activate(tmp_path)
    _stage(tmp_path, "a")
    _stage(tmp_path, "b", 1)
    activate(tmp_path, "va")
    (tmp_path / "vb" / "entries.json").write_text("{")
    for wanted, says in (("zz", "no version 'zz'"), ("v", "more than one"), ("vb", "cannot be read")):
        with pytest.raises(DirectoryError, match=says):
            activate(tmp_path, wanted)
    assert active_version(tmp_path) == "va"


def _flip(folder: str) -> None:
    while True:
        activate(Path(folder), "va")
        activate(Path(folder), "vb")


def test_killed_at_any_moment_the_pointer_is_whole(tmp_path: Path) -> None:
    """A process killed while it activates versions leaves one of them active, and both readable."""
    _stage(tmp_path, "a")
    _stage(tmp_path, "b", 1)
    activate(tmp_path, "va")
    for pause in (0.05, 0.11, 0.17):
        process = multiprocessing.get_context("fork").Process(target=_flip, args=(str(tmp_path),))
        process.start()
        time.sleep(pause)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert active_version(tmp_path) in {"va", "vb"}
        json.loads((tmp_path / "active.json").read_text())
        assert len(versions.versions(tmp_path)) == 2
