"""Our own recogniser beside the calls: started, and made again for each new directory version."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
from typing import TYPE_CHECKING

from ivr.channels.live_recogniser import LiveRecipe
from ivr.errors import IvrError
from ivr.recognise.pool import PoolRecogniser
from ivr.recognise.process import PoolLimits
from ivr.recognise.select import recipe

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.channels.service import Service

START_SECONDS = 900.0
"""Time a recogniser process has to compile its grammars."""
UTTERANCES = 24
"""Utterances that a recogniser process hears at once."""
FINISH_SECONDS = 15.0
"""Time a recogniser process has for a result; then it is taken for hung, and its callers are asked again."""

log = logging.getLogger(__name__)


class LiveEars:
    """The recogniser processes of one service. Until they are ready, and where they fail, Twilio listens."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._wanted: queue.SimpleQueue[Site] = queue.SimpleQueue()
        self._pool: PoolRecogniser | None = None
        self._starting: PoolRecogniser | None = None
        """The pool, also before it listens: what is to be closed."""
        self._kept: LiveRecipe | None = None
        self._closed = False
        atexit.register(self.close)

    def start(self, site: Site) -> None:
        """Start listening for `site`, in a thread of this process: a large directory takes a while to compile."""
        self.want(site)
        threading.Thread(target=self._run, name="ivr-ears", daemon=True).start()

    def want(self, site: Site) -> None:
        """Listen for another site from now on, as soon as that can be done."""
        self._wanted.put(site)

    def _run(self) -> None:
        while True:
            site = self._wanted.get()
            while not self._wanted.empty():  # only the newest matters
                site = self._wanted.get()
            try:
                self._listen(site)
            except IvrError as error:
                if self._closed:
                    return
                said = "stays as it was" if self._pool else "cannot be started, so Twilio listens"
                log.error("our own recogniser %s: %s", said, error)  # noqa: TRY400 (one line says it all)

    def _listen(self, site: Site) -> None:
        made = LiveRecipe.keep(recipe(site.settings, site.grammars, site.pronouncer))
        try:
            if self._pool is None:
                pool = self._starting = PoolRecogniser(made, _limits(site), begin=False)
                pool.begin()
                self._pool = pool
                self._service.listen_with(pool)
            else:
                self._pool.reload(made)
        except BaseException:
            made.forget()
            raise
        if self._kept:
            self._kept.forget()
        self._kept = made
        log.info("listening with our own recogniser: %s", self._pool.capabilities.engine)

    def close(self) -> None:
        """Listen no longer: end the recogniser processes."""
        self._closed = True
        if self._starting:
            self._starting.close()
        if self._kept:
            self._kept.forget()


def _limits(site: Site) -> PoolLimits:
    wanted = site.settings.recognition
    return PoolLimits(
        workers=wanted.workers or len(os.sched_getaffinity(0)),
        streams=UTTERANCES,
        start_wait=START_SECONDS,
        free_wait=0.0,  # who finds no place keeps the sound and asks again
        finish_wait=FINISH_SECONDS,
        longest=wanted.longest_utterance + 5.0,
    )
