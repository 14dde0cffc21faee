"""Text messages that Twilio could not take: kept on disk for an hour, and sent as soon as it can.

One file for all processes of a host, readable by its owner only: it holds callers' numbers. A message is gone from it
as soon as it was sent or refused, or when its hour is over.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

PATIENCE = timedelta(hours=1)
"""A link that comes later is of no use to anybody."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LateText:
    """One message."""

    to: str
    body: str
    enquiry: str
    at: float
    """When the caller asked for it, seconds since 1970."""


class LateTexts:
    """The late messages of one host. Safe to share between threads and processes."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def keep(self, to: str, body: str, enquiry: str, now: datetime) -> bool:
        """Keep a message to be sent later. Returns whether it could be."""
        try:
            with self._locked():
                self._write([*self._read(), LateText(to, body, enquiry, now.timestamp())])
        except OSError as error:
            log.warning("text about %s not kept: %s", enquiry, error.strerror)
            return False
        return True

    def send(self, post: Callable[[LateText], bool], now: datetime) -> int:
        """Send what is kept, oldest first, until Twilio fails again; return how many were dealt with.

        `post` sends one, and returns False where Twilio still cannot be reached.
        """
        if not self._file.exists():
            return 0
        done = 0
        with self._locked():
            waiting = self._read()
            while waiting:
                if now.timestamp() - waiting[0].at > PATIENCE.total_seconds():
                    log.error("text about %s given up: Twilio could not be reached in time", waiting[0].enquiry)
                elif not post(waiting[0]):
                    break
                waiting = waiting[1:]
                self._write(waiting)
                done += 1
        return done

    def _read(self) -> list[LateText]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [LateText(**json.loads(line)) for line in lines]

    def _write(self, texts: list[LateText]) -> None:
        if not texts:
            self._file.unlink(missing_ok=True)
            return
        part = self._file.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(text), ensure_ascii=False) + "\n" for text in texts)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
