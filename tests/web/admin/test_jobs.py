"""Long work in a process of its own: how far it is, stopping it, and what becomes of it when it is killed."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from ivr.directory.reports import read_report
from ivr.directory.uploads import keep_upload, read_upload
from ivr.errors import DirectoryError, InputError
from ivr.web.admin.gate import Objection, refuse
from ivr.web.admin.jobs import DONE, FAILED, RUNNING, STOPPED, Job, StoppedError
from ivr.web.admin.worker import do

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ivr.assembly import Site

PATIENCE = 300.0


def _wait(job: Job, ended: Callable[[str], bool]) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not ended(job.status().state):
        time.sleep(0.05)
    return job.status().state


def test_an_upload_is_checked_in_another_process(admin_site: Site) -> None:
    """The real thing: started, followed until it is done, and its reports are there; twice at once is refused."""
    settings = admin_site.settings
    folder = settings.path(settings.directory.versions)
    with settings.path("staff.csv").open("rb") as file:
        upload = keep_upload(folder, "staff.csv", file, by="ada", at="2026-03-04T10:00:00+00:00")
    job = Job(folder, upload.id)
    job.start(settings, "check", upload.id)
    with pytest.raises(InputError, match="already"):
        job.start(settings, "check", upload.id)
    assert _wait(job, lambda state: state != RUNNING) == DONE, job.status()
    version = read_upload(folder, upload.id).version
    assert read_report(folder, version, "difference")["after"] == 7
    assert read_report(folder, version, "audit")["summary"]["entries"] == 6


def _at_work(folder: Path) -> int:
    """Start a process that works until it is killed; return its id once it is at work."""
    child = os.fork()
    if child == 0:
        with Job(folder, "slow").working():
            time.sleep(PATIENCE)
        os._exit(0)
    return child


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_work_is_known_for_what_it_is(tmp_path: Path) -> None:
    """A process that is killed leaves no job that seems to go on for ever."""
    job = Job(tmp_path, "slow")
    job.place.mkdir(parents=True)
    job.tell(RUNNING, "Working")
    child = _at_work(tmp_path)
    try:
        until = time.monotonic() + PATIENCE
        while not job._alive() and time.monotonic() < until:
            time.sleep(0.02)
        assert job.status().state == RUNNING
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert _wait(job, lambda state: state == FAILED) == FAILED
    assert "start it again" in job.status().step


def test_work_stops_when_asked(tmp_path: Path) -> None:
    """Stopping is noticed at the next step, and said."""
    job = Job(tmp_path, "long")
    job.place.mkdir(parents=True)
    job.tell(RUNNING, "Working")
    job.stop()
    with pytest.raises(StoppedError):
        job.go_on()
    with job.working():
        job.go_on()
    assert job.status().state == STOPPED


def test_golden_calls_hold_back_what_breaks_them(admin_site: Site) -> None:
    """A version without Marjorie breaks the call that asks for her: found by the replay, and named."""
    from ivr.directory.load import load_directory
    from ivr.directory.versions import versions
    from ivr.records.shelf import Shelf
    from ivr.web.admin.gate import objections

    rules = admin_site.settings.admin.model_copy(update={"refuse_broken": True})
    settings = admin_site.settings.model_copy(update={"admin": rules})
    golden = settings.path(rules.golden)
    golden.parent.mkdir(parents=True)
    golden.write_text(
        "calls:\n- id: marjorie\n  turns: [{says: marjorie featherstone please}, {says: 'yes'}]\n"
        "  expect: {outcome: transferred, entry: Marjorie Featherstone}\n",
        encoding="utf-8",
    )
    export = settings.path("fewer.csv")
    lines = settings.path("staff.csv").read_text(encoding="utf-8").splitlines()
    export.write_text("\n".join(line for line in lines if "Marjorie" not in line), encoding="utf-8")
    folder = settings.path(settings.directory.versions)
    kept = Shelf(settings).keep(load_directory(settings, export), "fewer.csv", "ada", "")
    (version,) = versions(folder)
    assert [o.what for o in objections(settings, version, "ben")] == ["it was not tried on the golden calls"]
    do(settings, "replay", "play", kept.version)
    assert Job(folder, "replay").status().state == DONE, Job(folder, "replay").status()
    report = read_report(folder, kept.version, "replay")
    assert (report["golden_broken"], len(report["golden"])) == (["marjorie"], 1)
    (found,) = objections(settings, version, "ben")
    assert found.final
    with pytest.raises(DirectoryError, match="marjorie"):
        refuse([found], meant=True)


def test_what_is_meant_goes_through() -> None:
    """Somebody may say that a doubt is meant; a rule stays a rule."""
    refuse([Objection("half would leave", final=False)], meant=True)
    with pytest.raises(DirectoryError, match="say that it is meant"):
        refuse([Objection("half would leave", final=False)], meant=False)
