"""Fetching the export every so often, in a thread of the server; several servers take turns."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from ivr.directory.pull import pull
from ivr.directory.whole import locked
from ivr.errors import IvrError
from ivr.web.admin.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ivr.assembly import Site
    from ivr.settings import Settings

_LOOK_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


def keep_pulling(current: Callable[[], Site], clock: Callable[[], datetime]) -> None:
    """Fetch as often as the settings say, in a thread of this process; where they say never, do nothing."""
    settings = current().settings
    if settings.pull.source and settings.pull.minutes:
        threading.Thread(target=_run, args=(settings, clock), name="ivr-pull", daemon=True).start()


def _run(settings: Settings, clock: Callable[[], datetime]) -> None:
    while True:
        try:
            pull_if_due(settings, clock)
        except IvrError as error:
            log.warning("directory not fetched: %s", error)
        time.sleep(_LOOK_SECONDS)


def pull_if_due(settings: Settings, clock: Callable[[], datetime]) -> bool:
    """Fetch and begin the check, unless that was tried lately. Returns whether there was something new."""
    folder = settings.path(settings.directory.versions)
    tried = folder / ".pull-tried"
    with locked(folder, ".pulling"):
        if tried.exists() and time.time() - tried.stat().st_mtime < 60.0 * settings.pull.minutes:
            return False
        tried.touch()
    upload = pull(settings, clock().isoformat(timespec="seconds"))
    if upload is None:
        return False
    Job(folder, upload.id).start(settings, "check", upload.id)
    log.info("fetched %s; it waits in the administration pages", upload.name)
    return True
