"""A directory version activated while the server runs: new calls get it, calls in progress finish on theirs."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ivr.directory.load import stage_export
from ivr.directory.versions import activate
from ivr.web.app import create_app, make_hints, now
from ivr.web.live import Follower

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ivr.assembly import Site

HEAD = "Surname,Forename,Department,Job title,Telephone,Directory\n"
BEFORE = HEAD + ",,Housing,,01632 960100,public\nFeatherstone,Marjorie,Housing,Officer,01632 960123,public\n"
AFTER = HEAD + ",,Housing,,01632 960100,public\nFeatherstone,Marjorie,Housing,Officer,01632 960777,public\n"
ASKED = "Marjorie Featherstone"


class Town:
    """The little council, with versions of its directory and a server that follows them."""

    def __init__(self, site: Site, folder: Path) -> None:
        directory = site.settings.directory.model_copy(update={"versions": folder / "versions"})
        self.settings = site.settings.model_copy(update={"directory": directory})
        self.folder = folder
        self.app = create_app(replace(site, settings=self.settings).with_store(site.store))
        self.service = self.app.extensions["ivr"]
        self.listening: list[Any] = []
        opened = self.service.calls.site
        self.follower = Follower(opened, self.service, partial(make_hints, at=now()), self.listening.append)

    def activate(self, rows: str) -> str:
        """Stage an export and activate it; return the version."""
        file = self.folder / "export.csv"
        file.write_text(rows, encoding="utf-8")
        version = stage_export(self.settings, file, "a test", "")[0].version
        activate(self.folder / "versions", version)
        return version


@pytest.fixture
def town(make_site: Callable[..., Site], tmp_path: Path) -> Town:
    """Make it."""
    return Town(make_site(), tmp_path)


@pytest.fixture
def phone(make_phone: Callable[..., Any], town: Town) -> Callable[[str], Any]:
    """Make telephones that call it."""

    def make(call_id: str) -> Any:
        made = make_phone(site=town.service.calls.site)
        made.app, made.call_id = town.app, call_id
        return made

    return make


def test_new_calls_get_the_new_version_and_old_ones_finish_on_theirs(town: Town, phone: Callable[[str], Any]) -> None:
    """Both calls ask for the same person after the change; each is put through as the directory was when it began."""
    first = town.activate(BEFORE)
    assert town.follower.look()
    early = phone("CAearly")
    asked = early.dial()
    second = town.activate(AFTER)
    assert town.follower.look()
    late = phone("CAlate")
    assert late.dialled(late.say(late.dial(), ASKED)) == ["+441632960777"]
    assert early.dialled(early.say(asked, ASKED)) == ["+441632960123"]
    for caller in (early, late):
        caller.hang_up()
    assert (early.record().directory_version, late.record().directory_version) == (first, second)
    assert [site.directory.version for site in town.listening] == [first, second]
    assert not town.follower.look()
    assert town.app.test_client().get("/readyz").json["version"] == second


def test_a_call_whose_version_is_gone_goes_on_with_the_newest(town: Town, phone: Callable[[str], Any]) -> None:
    """A process that no longer holds a version (it was started since) takes the call's next step all the same."""
    town.activate(BEFORE)
    town.follower.look()
    caller = phone("CA1")
    asked = caller.dial()
    town.activate(AFTER)
    town.follower.look()
    town.service.calls.editions.forget_old()
    assert caller.dialled(caller.say(asked, ASKED)) == ["+441632960777"]


def test_a_version_that_cannot_be_used_changes_nothing_and_says_so(town: Town, phone: Callable[[str], Any]) -> None:
    """A damaged version stays out: callers get the one before, and readiness, log and figures tell why."""
    before = town.activate(BEFORE)
    assert town.follower.look()
    bad = town.activate(AFTER)
    entries = town.folder / "versions" / bad / "entries.json"
    whole = entries.read_text(encoding="utf-8")
    entries.write_text(whole[:100], encoding="utf-8")
    assert not town.follower.look()
    ready = town.app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["version"]) == (200, before)
    assert f"the active version cannot be used, so {before} stays" in ready.json["note"]
    assert "ivr_directory_refused_total 1.0" in town.app.test_client().get("/metrics").text
    caller = phone("CA1")
    assert caller.dialled(caller.say(caller.dial(), ASKED)) == ["+441632960123"]

    entries.write_text(whole, encoding="utf-8")
    town.follower.retry()
    assert town.follower.look()
    assert "note" not in town.app.test_client().get("/readyz").json


def test_a_damaged_pointer_changes_nothing(town: Town) -> None:
    """The file that names the active version is unreadable: the version in use stays."""
    version = town.activate(BEFORE)
    town.follower.look()
    (town.folder / "versions" / "active.json").write_text("{", encoding="utf-8")
    assert not town.follower.look()
    assert town.app.test_client().get("/readyz").json["version"] == version


def test_a_version_replaced_goes_away(town: Town) -> None:
    """A server that follows a directory for months holds the newest versions: nothing refers back to the others."""
    town.activate(BEFORE)
    town.follower.look()
    gone = weakref.ref(town.service.calls.site.understander)
    town.listening.clear()
    gc.collect()
    gc.disable()
    try:
        town.activate(AFTER)
        town.follower.look()
        town.service.calls.editions.forget_old()
        town.listening.clear()
        assert gone() is None
    finally:
        gc.enable()
