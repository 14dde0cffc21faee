"""What a site of an installation has beside its own directory: entries shared on purpose, and the other sites."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.directory.load import Loaded, load_directory
from ivr.model import Directory, Entry, Kind
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.settings import Settings
    from ivr.sites import Neighbour

ELSEWHERE = "site:"
"""Beginning of an entry's number that is another site of the installation: its callers are handed over."""


def with_shared(loaded: Loaded, settings: Settings) -> Loaded:
    """Add the entries of common exports, and an entry for each neighbour; an entry of the site's own goes first.

    Raises DirectoryError where a common export cannot be used.
    """
    place = settings.place
    if place is None:
        return loaded
    entries = {entry.id: entry for entry in loaded.directory.entries}
    for export in place.common:
        for entry in load_directory(settings, export).directory.entries:
            entries.setdefault(entry.id, entry)
    names = {entry.name.casefold() for entry in entries.values()}
    for neighbour in place.neighbours:
        if neighbour.name.casefold() not in names:
            made = _entry(neighbour)
            entries[made.id] = made
    # The version stays that of the site's own directory: it is what is activated and rolled back.
    return replace(loaded, directory=Directory(tuple(entries.values()), loaded.directory.version))


def _entry(neighbour: Neighbour) -> Entry:
    ways = dict.fromkeys(normalise(way) for way in (neighbour.name, *neighbour.also))
    return Entry(
        id=f"site-{neighbour.id}",
        kind=Kind.SERVICE,
        name=neighbour.name,
        spoken=tuple(way for way in ways if way),
        number=ELSEWHERE + neighbour.id,
        hours="24/7",  # whether it is open, it says itself
    )
