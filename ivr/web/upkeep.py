"""What a server process does beside its calls: replay what waits on disk, tidy up, and count months that are over."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from ivr.errors import IvrError, RecordsError
from ivr.records.counting import keep_months
from ivr.records.dials import Dials
from ivr.records.period import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.records.sessions import Sessions
    from ivr.records.spool import Spool
    from ivr.records.store import Store

FORGET = timedelta(days=1)
"""Age at which the state of a silent call is forgotten."""
STALE = timedelta(hours=6)
"""Age at which a call whose end never came counts as failed."""
TIDY_SECONDS = 900.0
REPLAY_SECONDS = 2.0
COUNT_SECONDS = 3600.0
JUMP = timedelta(minutes=5)
"""Difference between two clocks that counts as one of them having been set."""

log = logging.getLogger(__name__)


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class Upkeep:
    """The upkeep of one service in one process."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        spool: Spool | None,
        clock: Callable[[], datetime] = now,
        zone: str = "",
        retain: Callable[[datetime], object] | None = None,
    ) -> None:
        """Take what is kept up. `zone`: the site's time zone, by which months are counted; empty: they are not.

        `retain`: removes what of callers is kept no longer; None: nothing does.
        """
        self._retain = retain
        self._store, self._sessions, self._spool, self._clock = store, sessions, spool, clock
        self._zone = zone
        self._seen = dict.fromkeys(("tidy", "retain"), (clock(), monotonic()))
        self._stop = threading.Event()

    def start(self, *more: tuple[str, Callable[[], object], float], by_time: bool = True) -> None:
        """Do it all in threads of this process; `more`: names, work and seconds between of what else is to be done.

        `by_time`: also what goes by the clock, which in a trial may be any time.
        """
        always = (*more, ("replay", self.replay, REPLAY_SECONDS))
        by_clock = (
            ("tidy", self.tidy, TIDY_SECONDS),
            ("count", self.count, COUNT_SECONDS),
            ("retain", self.retain, TIDY_SECONDS),
        )
        for name, work, seconds in (*always, *(by_clock if by_time else ())):
            threading.Thread(target=self._often, args=(work, seconds), name=f"ivr-{name}", daemon=True).start()

    def stop(self) -> None:
        """Do no more of it."""
        self._stop.set()

    def retain(self) -> None:
        """Remove what of callers is kept no longer; not when the clock was set."""
        now = self._clock()
        if self._retain is None or self._jumped("retain", now):
            return
        try:
            self._retain(now)
        except (IvrError, OSError) as error:
            log.warning("not everything was removed whose time is over: %s", error)

    def tidy(self) -> None:
        """Forget the states of silent calls, and close calls whose end never came; not when the clock was set."""
        now = self._clock()
        if self._jumped("tidy", now):
            log.warning("the clock was set: nothing is forgotten by its time now")
            return
        try:
            self._sessions.expire(now - FORGET)
            Dials(self._store.database).forget(now - FORGET)
            self._store.close_stale(now - STALE)
        except RecordsError as error:
            log.warning("not tidied: %s", error)

    def replay(self) -> None:
        """Write the records that wait on disk, if the database is there."""
        if self._spool is None or not self._spool.lines():
            return
        try:
            done = self._spool.replay(self._store)
        except IvrError as error:
            log.info("records still wait on disk: %s", error)
            return
        if done:
            log.warning("%d records that waited on disk are in the database", done)

    def count(self) -> None:
        """Count the months that are over, so that no report has to."""
        if not self._zone:
            return
        try:
            counted = keep_months(self._store.database, zone_named(self._zone), self._clock())
        except IvrError as error:
            log.warning("months not counted: %s", error)
            return
        if counted:
            log.info("%d months counted for reports", counted)

    def _jumped(self, job: str, now: datetime) -> bool:
        (then, before), ticks = self._seen[job], monotonic()
        self._seen[job] = (now, ticks)
        return abs((now - then).total_seconds() - (ticks - before)) > JUMP.total_seconds()

    def _often(self, work: Callable[[], object], seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                work()
            except Exception:  # upkeep goes on, whatever went wrong once
                log.exception("upkeep failed")
