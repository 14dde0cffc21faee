"""Long work beside the pages: a process of its own, which says how far it is in a file, and can be asked to stop.

A process, because live calls share the pages' one. It holds a lock as long as it lives, so one that was killed is
known for what it is, whoever asks and whichever server process started it.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from ivr.directory.whole import write_whole
from ivr.errors import InputError, IvrError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.settings import Settings

RUNNING, DONE, FAILED, STOPPED = "running", "done", "failed", "stopped"
_START_SECONDS: Final = 60.0
"""How long a process has to come up before it counts as failed."""


class StoppedError(IvrError):
    """Somebody asked the work to stop."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Status:
    """How far a job is."""

    state: str = ""
    """`running`, `done`, `failed`, `stopped`; empty: there is none."""
    step: str = ""
    """What is being done, for people; or what went wrong."""
    done: int = 0
    total: int = 0
    """Of this step; 0: not known."""
    at: float = 0.0
    """When that was so, seconds since 1970."""


class Job:
    """One piece of work, named by a folder of its own under `jobs/`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.place = folder / "jobs" / name
        self.name = name

    # --- from the pages ---

    def start(self, settings: Settings, *arguments: str) -> None:
        """Start the work in a process of its own. Raises InputError where it is at work already."""
        if self.status().state == RUNNING:
            raise InputError("this is being worked on already", todo="wait for it, or stop it")
        self.place.mkdir(parents=True, exist_ok=True)
        (self.place / "stop").unlink(missing_ok=True)
        self.tell(RUNNING, "Starting")
        command = [sys.executable, "-m", "ivr.web.admin.worker", self.name, *arguments]
        site = {"IVR_SITE": settings.place.id if settings.place else str(settings.root)}
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, env=os.environ | site, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        threading.Thread(target=process.wait, name="ivr-job", daemon=True).start()  # no zombie is left

    def stop(self) -> None:
        """Ask the work to stop at the next opportunity."""
        if self.status().state == RUNNING:
            (self.place / "stop").touch()

    def status(self) -> Status:
        """Return how far it is; work whose process died counts as failed."""
        try:
            found = Status(**json.loads((self.place / "status.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Status()
        if found.state == RUNNING and not self._alive() and time.time() - found.at > self._grace(found):
            return Status(FAILED, "It ended before it was done; start it again.", found.done, found.total, found.at)
        return found

    # --- from the work ---

    def tell(self, state: str, step: str, done: int = 0, total: int = 0) -> None:
        """Say how far the work is."""
        status = Status(state, step, done, total, time.time())
        write_whole(self.place / "status.json", json.dumps(asdict(status)).encode())

    def go_on(self) -> None:
        """Raise StoppedError where somebody asked the work to stop."""
        if (self.place / "stop").exists():
            raise StoppedError("stopped")

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the lock that says this process is at work, and say how it ended."""
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / "alive").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            except StoppedError:
                self.tell(STOPPED, "Stopped.")
            except IvrError as error:
                self.tell(FAILED, str(error))
            except MemoryError:
                self.tell(FAILED, "This needs more memory than any directory should.")
            except BaseException as error:
                self.tell(FAILED, f"Something went wrong on our side ({type(error).__name__}); the log says what.")
                raise
            else:
                self.tell(DONE, "Done.")

    def _alive(self) -> bool:
        try:
            with (self.place / "alive").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @staticmethod
    def _grace(status: Status) -> float:
        """Seconds without a lock that mean nothing: it is only coming up."""
        return _START_SECONDS if status.step == "Starting" else 2.0
