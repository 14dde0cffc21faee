"""Sites opened to try something out: any version, made ready beside the pages, the last few kept."""

from __future__ import annotations

import atexit
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from ivr.assembly import open_site

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.recognise.base import Recogniser
    from ivr.settings import Settings

_KEPT: Final = 2
_WAIT_SECONDS: Final = 0.8
"""How long a page waits before it says that the version is being opened."""


@dataclass
class _Rooms:
    lock: Lock
    pool: ThreadPoolExecutor
    sites: OrderedDict[tuple[str, str], Future[Site]]
    ears: OrderedDict[int, Future[Recogniser]]


_ROOMS = _Rooms(Lock(), ThreadPoolExecutor(1, thread_name_prefix="ivr-rehearsal"), OrderedDict(), OrderedDict())


def opened(settings: Settings, version: str) -> Site | None:
    """Return the site with a version, or None: it is being opened. Raises IvrError where it cannot be."""
    with _ROOMS.lock:
        key = (str(settings.root), version)
        if key not in _ROOMS.sites:
            _ROOMS.sites[key] = _ROOMS.pool.submit(open_site, settings, version=version)
            while len(_ROOMS.sites) > _KEPT:
                _ROOMS.sites.popitem(last=False)
        wanted = _ROOMS.sites[key]
        _ROOMS.sites.move_to_end(key)
    try:
        return wanted.result(_WAIT_SECONDS)
    except TooLongError:
        return None
    except BaseException:
        with _ROOMS.lock:
            _ROOMS.sites.pop(key, None)  # to be tried again
        raise


def ears(site: Site) -> Recogniser | None:
    """Return a recogniser for a site, or None: it is being made. Raises IvrError where there can be none."""
    with _ROOMS.lock:
        if id(site) not in _ROOMS.ears:
            if not _ROOMS.ears:
                atexit.register(_ROOMS.ears.clear)  # native libraries go away before the interpreter does
            _ROOMS.ears.clear()  # one at a time: each holds a model
            _ROOMS.ears[id(site)] = _ROOMS.pool.submit(site.recogniser)
        wanted = _ROOMS.ears[id(site)]
    try:
        return wanted.result(_WAIT_SECONDS)
    except TooLongError:
        return None
    except BaseException:
        with _ROOMS.lock:
            _ROOMS.ears.pop(id(site), None)
        raise
