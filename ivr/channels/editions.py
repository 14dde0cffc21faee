"""The directory versions that calls are on: new calls get the newest, those in progress finish on their own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.channels.hints import Hints
    from ivr.channels.organisation import LiveOrganisation

KEPT = 3
"""Versions held at once; a call on an older one goes on with the newest, whose entries have the same ids."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One site, with one version of its directory."""

    site: LiveOrganisation
    hints: Hints

    @property
    def version(self) -> str:
        """Content hash of its directory."""
        return self.site.engine.desk.directory.version


class Editions:
    """The last few editions of one site. Safe to share between threads."""

    def __init__(self, first: Edition) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Edition, ...] = (first,)

    @property
    def newest(self) -> Edition:
        """The one that new calls get."""
        return self._kept[-1]

    def of(self, version: str) -> Edition:
        """Return the edition of a directory version, or the newest where that is no longer held."""
        kept = self._kept
        return next((edition for edition in reversed(kept) if edition.version == version), kept[-1])

    def adopt(self, edition: Edition) -> None:
        """Give new calls this edition from now on."""
        with self._lock:
            others = tuple(kept for kept in self._kept if kept.version != edition.version)
            self._kept = (*others, edition)[-KEPT:]

    def forget_old(self) -> None:
        """Drop all editions but the newest: no call is on them any more."""
        with self._lock:
            self._kept = self._kept[-1:]
