"""`ivr`, with faults that only a program can put in, each while a file of its name is in the site's folder.

`slow`: every change to the database takes five seconds. `tomorrow`: the clock is a day ahead.
`no-names`: no host name can be resolved.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr.cli.app import main
from ivr.records import database
from ivr.web import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SITE = Path(os.environ["IVR_SITE"])
SLOW_SECONDS = 5.0
_write, _now, _resolve = database.Database.write, server.Server._now, socket.getaddrinfo


@contextmanager
def write(self: database.Database) -> Iterator[Any]:
    """Change the database, slowly."""
    with _write(self) as connection:
        yield connection
        if (SITE / "slow").exists():
            time.sleep(SLOW_SECONDS)


def now(self: Any) -> datetime:
    """Tell the time, or tomorrow's."""
    told: datetime = _now(self)
    return told + timedelta(days=1) if (SITE / "tomorrow").exists() else told


def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
    """Resolve a name, or fail to."""
    if (SITE / "no-names").exists() and host not in {"127.0.0.1", None}:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _resolve(host, *args, **kwargs)


if __name__ == "__main__":
    database.Database.write = write  # type: ignore[method-assign]
    server.Server._now = now  # type: ignore[method-assign]
    socket.getaddrinfo = resolve
    main()
