"""The HTTP server: gunicorn with a thread a request, started from Python.

Threads, because each media stream holds one for as long as it listens, and gunicorn's `gthread` keeps
answering webhooks beside them. The site is opened once, before the server's processes fork, and shared by
them; database connections, recogniser processes and native libraries are each process's own.
"""

from __future__ import annotations

import gc
import logging
import mmap
import os
import resource
import signal
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from ivr.channels import tracing
from ivr.channels.desk_feed import check_desk
from ivr.channels.load import Threads
from ivr.channels.metrics import Metrics, forget_process
from ivr.errors import IvrError, SettingsError, UnavailableError
from ivr.model import Expect
from ivr.recognise.typed import recognise_typed
from ivr.records.courier import Courier
from ivr.records.schedule import enforce
from ivr.records.shelf import Shelf
from ivr.records.sinks import make_sink
from ivr.records.store import Store
from ivr.web.app import LARGEST_BODY, Aside, Shared, create_app, make_hints
from ivr.web.live import Follower, open_last_good
from ivr.web.live_ears import LiveEars
from ivr.web.many import Sites
from ivr.web.upkeep import Upkeep
from ivr.web.worker import SteadyArbiter, SteadyWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

    from ivr.assembly import Site
    from ivr.channels.service import Service
    from ivr.settings import Settings
    from ivr.sites import Installation

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
BACKLOG = 512
"""Connections the kernel holds while all threads are busy."""
KEEP_ALIVE = 75
"""Seconds an idle connection of a proxy stays open: longer than nginx keeps its own."""
GRACE = 30
"""Seconds calls have to finish their turn when the server stops or is reloaded: an utterance and its answer."""
RESTART_SECONDS = 1.0
TEXT_SECONDS = 20.0
"""How often texts are tried again that Twilio could not take."""

log = logging.getLogger(__name__)


def refuse_unsafe(settings: Settings, host: str) -> None:
    """Refuse to serve requests that cannot be checked anywhere but on this machine. Raises SettingsError."""
    if not settings.secrets.twilio_auth_tokens and host not in LOOPBACK:
        raise SettingsError(
            f"no TWILIO_AUTH_TOKEN is set, so anybody could pose as Twilio at {host}",
            todo="set it in the environment, or serve on 127.0.0.1 to try things out",
        )
    if settings.secrets.twilio_auth_tokens and not settings.secrets.public_url:
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is set and IVR_PUBLIC_URL is not, so no signature can be checked",
            todo="set IVR_PUBLIC_URL to the https address Twilio calls",
        )


def require_port(host: str, port: int) -> None:
    """Raise UnavailableError, one clear line, where the server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                f"cannot listen at {host} port {port}: {error.strerror or error}; stop what does, or use --port"
            ) from error


@dataclass(frozen=True, slots=True)
class Opened:
    """What is served."""

    sites: tuple[Site, ...]
    installation: Installation | None
    """None: one site by itself."""


class Server(BaseApplication):  # type: ignore[misc] # gunicorn is untyped
    """gunicorn serving one site, or all sites of an installation."""

    def __init__(self, opened: Opened, listen: tuple[str, int], ahead: timedelta, again: Callable[[], Opened]) -> None:
        """Take the sites. `listen`: host and port; `ahead`: how far calls' clock is ahead of this machine's.

        `again`: opens the sites anew, for a reload.

        Threads and processes are those of the first site's settings. Raises SettingsError where serving there would
        be unsafe.
        """
        settings = opened.sites[0].settings
        host, port = listen
        refuse_unsafe(settings, host)
        self._opened, self._ahead, self._again = opened, ahead, again
        self._told = mmap.mmap(-1, 2)
        """Shared by all processes: whether one of them has ever been ready, and whether the server is stopping."""
        self.drain_seconds = settings.server.drain_seconds
        self.services: list[Service] = []
        """Those of this process."""
        self.ears: list[LiveEars] = []
        """Their recognisers."""
        self._options = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "worker_class": SteadyWorker,
            "workers": settings.server.processes,
            "threads": settings.server.threads,
            "worker_connections": _connections(settings.server.threads),
            "backlog": BACKLOG,
            "keepalive": KEEP_ALIVE,
            "graceful_timeout": GRACE,
            # A thread of a stream is busy for minutes; only a process that does not answer at all is ended.
            "timeout": 60,
            "worker_tmp_dir": None,
            "limit_request_line": 8190,
            "limit_request_field_size": 8190,
            "loglevel": "warning",
            "proc_name": "ivr",
            "control_socket_disable": True,
            "worker_exit": _leave_in_peace,
            "child_exit": _forget,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    @property
    def stopping(self) -> bool:
        """Whether the whole server is about to end, and no other process takes over from this one."""
        return bool(self._told[1])

    @stopping.setter
    def stopping(self, value: bool) -> None:
        self._told[1] = int(value)

    def run(self) -> None:
        """Serve until stopped."""
        SteadyArbiter(self).run()

    def load(self) -> Flask | Sites:
        """Make the application. Runs in each server process, which shares the sites' memory with the others."""
        try:
            made = self._make()
        except Exception:
            if not self._told[0]:
                raise  # the very first: whoever started the server is told
            log.exception("a server process could not start; another is tried")
            time.sleep(RESTART_SECONDS)
            os._exit(1)  # for gunicorn no reason to stop the processes that work
        self._told[0] = 1
        return made

    def reload(self) -> None:
        """Read settings, grammars and directories again (SIGHUP); where they cannot be used, go on as before."""
        try:
            self._opened = self._again()
        except IvrError as error:
            log.error("not reloaded: %s", error)  # noqa: TRY400 (one line says it all)
        super().reload()

    def _make(self) -> Flask | Sites:
        sites, installation = self._opened.sites, self._opened.installation
        tracing.set_up()
        metrics = Metrics()
        shared = Shared(Threads(sites[0].settings.server.threads), metrics)
        apps = {_id(s): create_app(s, None, self._now, shared, Aside.of(s.settings)) for s in sites}
        for site in sites:
            _rehearse(site, apps[_id(site)])
        # A site never goes away: the collector of cycles need not walk it again and again while callers wait.
        gc.collect()
        gc.freeze()
        for site in sites:
            service: Service = apps[_id(site)].extensions["ivr"]
            self.services.append(service)
            self._tend(site, service)
        if installation:
            return Sites(installation, apps, metrics, LARGEST_BODY)
        return apps[_id(sites[0])]

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _tend(self, site: Site, service: Service) -> None:
        """Start what runs beside the calls of a site."""
        tools = service.calls.tools
        Upkeep(
            site.store,
            tools.sessions,
            tools.spool,
            zone=site.settings.site.timezone,
            retain=partial(enforce, site.settings, site.store.database),
        ).start(("texts", tools.messages.send_late, TEXT_SECONDS), by_time=not self._ahead)
        courier = Courier.of(site.settings, site.store.database)
        if courier:
            courier.start()
        ears = LiveEars(service) if site.settings.telephony.mode == "stream" else None
        if ears:
            ears.start(site)
            self.ears.append(ears)
        follower = Follower(
            site, service, lambda made: make_hints(made, self._now()), ears.want if ears else lambda _: None
        )
        follower.start()


def _id(site: Site) -> str:
    return site.settings.place.id if site.settings.place else ""


def _rehearse(site: Site, app: Flask) -> None:
    """Load now, while that can be done, whatever the first request and the first words would load."""
    app.test_client().post("/voice/fallback")
    site.understander.understand(recognise_typed("good morning"), expect=Expect.CALL)


def _connections(threads: int) -> int:
    """Return how many connections a process takes: what descriptors suffice for, and more than it has threads."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(threads + 1, min(1000, most // 2))


def _leave_in_peace(_arbiter: object, _worker: object) -> None:
    """Let a process that is on its way out end its recognisers: further signals would only cut that short."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _forget(_arbiter: object, worker: Any) -> None:
    """Leave a process that has ended out of the figures of now."""
    forget_process(worker.pid)


def _catch_up(settings: Settings) -> None:
    """Bring what other hosts activated while this one was down."""
    try:
        Shelf(settings).bring()
    except IvrError as error:
        log.error("the last directory of this host is used: %s", error)  # noqa: TRY400 (one line says it all)


def serve(
    read: Callable[[], tuple[Sequence[Settings], Installation | None]],
    listen: tuple[str, int],
    ahead: timedelta = timedelta(0),
) -> None:
    """Serve a site, or all sites of an installation, until interrupted. `read` gives their settings, now and on SIGHUP.

    Raises IvrError where a site cannot be opened. A database that is away is no reason not to take calls.
    """
    require_port(*listen)

    def again() -> Opened:
        many, installation = read()
        return Opened(tuple(_open(settings) for settings in many), installation)

    Server(again(), listen, ahead, again).run()


def connections(settings: Settings) -> int:
    """Return how many connections to a PostgreSQL server a process of a site may have open."""
    return settings.records.connections or max(5, settings.server.threads // 2)


def _open(settings: Settings) -> Site:
    if settings.requests.deliver:
        make_sink(settings)  # what is wrong with it is said here
    check_desk(settings)
    _catch_up(settings)
    # What is wrong with its address is said here.
    store = Store(settings.database_url, live=True, connections=connections(settings))
    if store.database.away:
        log.error("calls are taken without the records: %s", store.database.away)
    store.close()  # each server process opens its own connections
    return open_last_good(settings).with_store(store)
