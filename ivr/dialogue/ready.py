"""Whether a site can keep its promise to callers in danger: a person at every hour, and duty teams that exist."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rapidfuzz import process

from ivr.dialogue.hours import Region, parse_hours
from ivr.dialogue.safety import PROMPTS
from ivr.errors import SettingsError
from ivr.model import Audience, Kind
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.model import Directory, Entry
    from ivr.settings import Settings

_ANY_TIME = datetime(2026, 1, 5, 3, 0, tzinfo=ZoneInfo("UTC"))


def require_safety(settings: Settings, directory: Directory, kinds: Iterable[str]) -> None:
    """Refuse a site whose callers in danger could reach nobody. `kinds`: the safety ids of its grammars.

    Raises SettingsError where there is no operators' number, no number for the hours the operators are closed,
    or where `dialogue.duty` names a kind of danger or an entry that does not exist, or one without a number.
    """
    where = str(settings.root / "ivr.toml")
    site = settings.site
    if not site.operator:
        what = "`site.operator` is empty, and callers must always be able to reach a person"
        raise SettingsError(what, where=where, todo="set the operators' number")
    if not site.out_of_hours and not _always(site.hours, Region.of(site)):
        what = "`site.out_of_hours` is empty, and a caller in danger must reach a person when the operators are closed"
        raise SettingsError(what, where=where, todo="set the number of the out-of-hours service")
    known = sorted({*kinds, *PROMPTS})
    for kind, name in settings.dialogue.duty.items():
        if kind not in known:
            raise SettingsError(f"`dialogue.duty`: no kind of danger is called `{kind}`{_near(kind, known)}",
                                where=where, todo=f"the kinds are: {', '.join(known)}")  # fmt: skip
        _require_entry(kind, name, directory, where)


def _require_entry(kind: str, name: str, directory: Directory, where: str) -> None:
    found = _entry(name, directory)
    if found is None:
        names = [e.name for e in directory.entries if e.kind is not Kind.PERSON]
        what = f"`dialogue.duty.{kind}`: `{name}` is not in the directory{_near(name, names)}"
        raise SettingsError(what, where=where, todo="use the name of a department or service, or an entry's id")
    if not found.number:
        what = f"`dialogue.duty.{kind}`: {found.name} has no number"
        raise SettingsError(what, where=where, todo="give it one in the directory, or name another")
    if found.audience is not Audience.EVERYONE:
        what = f"`dialogue.duty.{kind}`: {found.name} is not for every caller, but callers in danger are anybody"
        raise SettingsError(what, where=where, todo="make it public in the directory, or name another")


def _entry(name: str, directory: Directory) -> Entry | None:
    by_name = (e for e in directory.entries if e.kind is not Kind.PERSON and squash(e.name) == squash(name))
    return directory.get(name) or next(by_name, None)


def _near(name: str, known: list[str]) -> str:
    near = process.extractOne(name, known, score_cutoff=50)
    return f"; did you mean `{near[0]}`?" if near else ""


def _always(hours: str, region: Region) -> bool:
    return not hours or parse_hours(hours, region).next_change(_ANY_TIME) is None
