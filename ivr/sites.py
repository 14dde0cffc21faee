"""Several organisations on one installation: `sites.toml` says which numbers belong to which site's folder.

A site stays a folder of its own, with its own `ivr.toml`, directory, grammars, recordings and records database. Here
stands only what they share: the machine, and, where the file says so, entries and callers who rang the wrong one.

    database = "postgresql+psycopg://ivr@db/ivr_{site}"   # optional; each site has its own, `{site}` tells them apart
    default = "county"                                   # takes calls to numbers that nobody lists; else the first

    [sites.county]
    folder = "county"
    numbers = ["+441632960000"]
    name = "Wexshire County Council"
    also = ["the county", "county council"]              # what callers of the other sites call it
    common = ["common/out-of-hours.csv"]                 # exports whose entries it shares with others
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (pydantic reads the fields' types at run time)
from typing import TYPE_CHECKING, Any

from ivr.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = re.compile(r"[a-z][a-z0-9]{0,30}")
"""A site's id: part of addresses, and of its database's name."""
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|sips?:\S{1,100}")
_FILE = {"database": str, "default": str, "sites": dict}
_SITE = {"folder": str, "numbers": list, "name": str, "also": list, "common": list, "offer": list}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another site, as callers of this one ask for it."""

    id: str
    name: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one site stands among the others."""

    id: str
    folder: Path
    numbers: tuple[str, ...]
    name: str
    also: tuple[str, ...] = ()
    common: tuple[Path, ...] = ()
    """Exports whose entries this site has beside its own."""
    neighbours: tuple[Neighbour, ...] = ()
    """Sites that a caller who rang the wrong one is handed over to."""
    database: str = ""
    """Records database; empty: the one of the site's own settings."""

    @property
    def mount(self) -> str:
        """Path that the site's addresses begin with."""
        return f"/sites/{self.id}"


@dataclass(frozen=True, slots=True)
class Installation:
    """All sites of one installation."""

    file: Path
    places: Mapping[str, Place]
    default: str

    def at(self, number: str) -> str:
        """Return the id of the site that this number belongs to, or of the default one."""
        return next((place.id for place in self.places.values() if number in place.numbers), self.default)


def read_installation(file: Path, database: str = "") -> Installation:
    """Read `sites.toml`. `database`: over the one in the file. Raises SettingsError, one line, for any mistake."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError("no such file", where=str(file), todo="see docs/operations.md for what it holds") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"not valid TOML: {error}", where=str(file), todo="mend the line named") from error
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=str(file)) from error
    return _installation(file, data, database)


def _installation(file: Path, data: dict[str, Any], database: str) -> Installation:
    _check(data, _FILE, str(file), "")
    wanted = data.get("sites", {})
    if not wanted:
        raise SettingsError("names no site", where=str(file), todo="write a table such as [sites.county]")
    url = database or data.get("database", "")
    if url and "{site}" not in url:
        raise SettingsError(
            "`database` is one for all sites, and their records are kept apart",
            where=str(file), todo="put {site} where the name of each site's own database differs",
        )  # fmt: skip
    for site, values in wanted.items():
        if not ID.fullmatch(site) or not isinstance(values, dict):
            raise SettingsError(f"`{site}` is no site's id", where=str(file), todo="use small letters and digits")
        _check(values, _SITE, str(file), f"sites.{site}.")
    places = {site: _place(file, site, wanted, url) for site in wanted}
    _refuse_shared(file, places)
    default = data.get("default", next(iter(places)))
    if default not in places:
        raise SettingsError(f"`default` names no site: {default!r}", where=str(file), todo=f"one of {_listed(places)}")
    return Installation(file, places, default)


def _place(file: Path, site: str, wanted: Mapping[str, dict[str, Any]], url: str) -> Place:
    values = wanted[site]
    folder = (file.parent / values.get("folder", site)).resolve()
    if not (folder / "ivr.toml").is_file():
        raise SettingsError(f"`sites.{site}.folder` has no ivr.toml: {folder}", where=str(file), todo="run `ivr init`")
    wrong = next((n for n in values.get("numbers", ()) if not _NUMBER.fullmatch(str(n))), None)
    if wrong is not None or not values.get("numbers"):
        raise SettingsError(
            f"`sites.{site}.numbers`: {wrong!r} is no number" if wrong else f"`sites.{site}.numbers` is empty",
            where=str(file), todo="write the numbers people call as +441632960000",
        )  # fmt: skip
    offered = values.get("offer", [other for other in wanted if other != site])
    unknown = next((other for other in offered if other not in wanted or other == site), None)
    if unknown is not None:
        raise SettingsError(f"`sites.{site}.offer`: no other site {unknown!r}", where=str(file))
    return Place(
        id=site,
        folder=folder,
        numbers=tuple(values["numbers"]),
        name=values.get("name", site.title()),
        also=tuple(values.get("also", ())),
        common=tuple((file.parent / path).resolve() for path in values.get("common", ())),
        neighbours=tuple(
            Neighbour(
                id=other, name=wanted[other].get("name", other.title()), also=tuple(wanted[other].get("also", ()))
            )
            for other in offered
        ),
        database=url.replace("{site}", site),
    )


def _refuse_shared(file: Path, places: Mapping[str, Place]) -> None:
    """Refuse two sites in one folder, or with one number."""
    taken: dict[object, str] = {}
    for place in places.values():
        for thing in (place.folder, *place.numbers):
            if thing in taken:
                raise SettingsError(f"sites {taken[thing]} and {place.id} both have {thing}", where=str(file))
            taken[thing] = place.id


def _check(values: Mapping[str, Any], known: Mapping[str, type], where: str, prefix: str) -> None:
    for key, value in values.items():
        if key not in known:
            raise SettingsError(f"unknown key `{prefix}{key}`", where=where, todo=f"use {_listed(known)}")
        texts = not isinstance(value, list) or all(isinstance(item, str) for item in value)
        if not isinstance(value, known[key]) or not texts:
            raise SettingsError(f"`{prefix}{key}` is not what it should be: {value!r}", where=where)


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(names)
