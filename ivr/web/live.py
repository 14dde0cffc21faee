"""Following the active directory: a version activated while the server runs is what new calls get.

The new site is built beside the calls, in a thread that hands Python's lock back often. What cannot be built leaves
the site as it is, and is said in the log, the figures and `/readyz`.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from ivr.assembly import open_site
from ivr.channels.editions import Edition
from ivr.directory.versions import active_version, past_versions
from ivr.errors import DirectoryError, IvrError
from ivr.records.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivr.assembly import Site
    from ivr.channels.hints import Hints
    from ivr.channels.service import Service
    from ivr.settings import Settings

POLL_SECONDS = 1.0
"""How often the pointer to the active version is read."""
AGAIN_SECONDS = 60.0
"""How long until a version that could not be used is tried again."""
FORGET_SECONDS = 7200.0
"""How long a version replaced is kept for calls in progress; no call is longer."""
MOST_TRIED = 5
"""Earlier versions tried at the start where the active one cannot be used."""
SHARE_SECONDS = 0.0005
"""How long a thread may hold Python's lock while another wants it, as long as a site is being built."""

log = logging.getLogger(__name__)


class Follower:
    """Keeps one service on the active version of its directory."""

    def __init__(
        self, site: Site, service: Service, make_hints: Callable[[Site], Hints], listen: Callable[[Site], None]
    ) -> None:
        """Follow on from `site`. `listen`: told each new site, so that our own recogniser hears its names."""
        self._site, self._service, self._make_hints, self._listen = site, service, make_hints, listen
        self._followed = site.directory.version
        self._refused, self._again = "", 0.0
        self._replaced = 0.0
        self._stop = threading.Event()
        self._shelf = Shelf(site.settings, site.store.database)
        self._faults: list[str] = []
        """Why other hosts' activations are not seen; empty: they are."""

    def start(self) -> None:
        """Follow in threads of this process."""
        if self._shelf.shared:
            threading.Thread(
                target=self._shelf.follow, args=(self._stop, self._faults), name="ivr-shelf", daemon=True
            ).start()
        threading.Thread(target=self.run, name="ivr-live", daemon=True).start()

    def stop(self) -> None:
        """Follow no longer."""
        self._stop.set()

    def retry(self) -> None:
        """Try a version that could not be used again at the next look."""
        self._again = 0.0

    def run(self) -> None:
        """Follow until stopped."""
        while not self._stop.wait(POLL_SECONDS):
            self.look()

    def look(self) -> bool:
        """Go over to the active version if it is another one. Returns whether that was done. Never raises."""
        try:
            wanted = active_version(self._shelf.folder)
            if wanted in {"", self._followed}:
                self._service.note = "" if wanted else self._service.note
                self._forget()
                return False
            if wanted == self._refused and monotonic() < self._again:
                return False
            self._adopt(wanted)
        except IvrError as error:
            self._refuse(str(error))
        except Exception as error:  # the calls go on with what there is, whatever is wrong with what is new
            log.exception("a new directory version failed")
            self._refuse(f"{type(error).__name__}; see the log")
        else:
            return True
        return False

    def _adopt(self, wanted: str) -> None:
        began = monotonic()
        self._refused, self._again = wanted, began + AGAIN_SECONDS
        with _gently():
            made = open_site(self._site.given).with_store(self._site.store)
            hints = self._make_hints(made)
        version = made.directory.version
        self._service.calls.editions.adopt(Edition(made, hints))
        gc.freeze()  # as at the start: the collector need not walk a site again and again while callers wait
        self._site, self._followed, self._refused, self._service.note = made, version, "", ""
        self._replaced = monotonic()
        log.warning(
            "new calls get directory version %s: %d entries, ready in %.1f s",
            version, len(made.directory.entries), self._replaced - began,
        )  # fmt: skip
        self._listen(made)

    def _refuse(self, why: str) -> None:
        note = f"the active version cannot be used, so {self._followed} stays: {why}"
        if note != self._service.note:
            log.error("directory: %s", note)
            self._service.metrics.refused_versions.inc()
        self._service.note = note

    def _forget(self) -> None:
        if self._replaced and monotonic() - self._replaced > FORGET_SECONDS:
            self._replaced = 0.0
            self._service.calls.editions.forget_old()


def open_last_good(settings: Settings) -> Site:
    """Open a site on its active directory version, or on the last one before it that can be used.

    Raises what the active one raised where none can.
    """
    try:
        return open_site(settings)
    except IvrError as error:
        for version in _earlier(settings):
            with suppress(IvrError):
                site = open_site(settings, version=version)
                log.error("version %s is used, because the active one cannot be: %s", version, error)  # noqa: TRY400
                return site
        raise


def _earlier(settings: Settings) -> Sequence[str]:
    """Versions to fall back to, the best first."""
    folder = settings.path(settings.directory.versions)
    try:
        return past_versions(folder)[::-1][:MOST_TRIED]
    except DirectoryError:  # the pointer itself is damaged
        kept = [place for place in folder.iterdir() if place.is_dir() and not place.name.startswith(".")]
        return [p.name for p in sorted(kept, key=lambda p: p.stat().st_mtime, reverse=True)][:MOST_TRIED]


@contextmanager
def _gently() -> Iterator[None]:
    """Let requests through often while this thread computes."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SHARE_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
