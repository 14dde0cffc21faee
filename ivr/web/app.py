"""The HTTP service as a Flask application: telephone webhooks, media streams, health and figures."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, jsonify

from ivr.channels.calls import Calls, Tools
from ivr.channels.comments import Comments
from ivr.channels.desk_feed import DeskFeed
from ivr.channels.hints import Hints
from ivr.channels.late_texts import LateTexts
from ivr.channels.limits import Limits
from ivr.channels.load import Load, Threads
from ivr.channels.messages import Messages
from ivr.channels.metrics import Metrics
from ivr.channels.recent import Recent
from ivr.channels.service import Service
from ivr.channels.signatures import Signatures
from ivr.channels.voiceover import Voiceover
from ivr.channels.watch import Watching
from ivr.channels.webhook import make_blueprint
from ivr.errors import RecordsError
from ivr.records.sessions import Sessions
from ivr.records.spool import Spool
from ivr.records.standby import Standby, SteadySessions
from ivr.web.admin.setup import install
from ivr.web.desk import make_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site
    from ivr.recognise.base import Recogniser
    from ivr.settings import Settings

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request; Twilio's have a few thousand."""
CONVERSATION = timedelta(seconds=30)
"""A call that nothing has been heard of for so long is not in conversation: it is put through, or over."""
STREAM_SHARE = 0.75
"""Share of the threads that media streams may hold; the rest stays for webhooks."""

log = logging.getLogger(__name__)


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Aside:
    """What a service goes on with while its database is away."""

    spool: Spool
    standby: Standby
    texts: LateTexts

    @classmethod
    def of(cls, settings: Settings) -> Aside:
        """Return that of a site, in its folder."""
        folder = settings.path(settings.records.spool)
        standby = Standby(folder / "live.sqlite3")
        standby.open()
        return cls(Spool(folder), standby, LateTexts(folder / "texts.json"))


@dataclass(frozen=True, slots=True)
class Shared:
    """What the sites of one process have in common; None: a site makes its own."""

    threads: Threads | None = None
    metrics: Metrics | None = None


def make_service(
    site: Site,
    recogniser: Recogniser | None = None,
    clock: Callable[[], datetime] = now,
    shared: Shared = Shared(),
    aside: Aside | None = None,
) -> Service:
    """Return the telephone service of a site. `recogniser`: shared by all streams; None: Twilio listens.

    `aside`: what it goes on with while the database is away; None: it does not.
    Raises RecordsError where the database cannot be used, InputError for the list of recordings.
    """
    settings = site.settings
    database = site.store.database
    sessions = SteadySessions(database, aside.standby) if aside else Sessions(database)
    recent = Recent(site.store.database)
    metrics = shared.metrics or Metrics()
    metrics.backlog.watch(settings.place.id if settings.place else "", site.store.database)
    load = Load(shared.threads or Threads(settings.server.threads), lambda: sessions.active(now() - CONVERSATION))
    tools = Tools(
        sessions=sessions,
        voiceover=Voiceover.load(settings.path(settings.telephony.audio)),
        hints=make_hints(site, clock()),
        messages=Messages.of(settings, sessions, aside.texts if aside else None),
        comments=Comments.of(settings),
        recent=recent,
        spool=aside.spool if aside else None,
        limits=Limits(settings=settings, recent=recent, load=load, metrics=metrics),
        clock=clock,
        watch=Watching(metrics, DeskFeed(settings), settings, site.store, clock),
        stream_url=lambda: service.stream_url(),  # noqa: PLW0108 (the service is made from this)
    )
    checked = Signatures.of(settings.secrets)
    service = Service(
        calls=Calls(site, tools),
        signatures=checked if checked.tokens else None,
        most_streams=int(settings.server.threads * STREAM_SHARE),
        metrics=metrics,
        load=load,
    )
    if recogniser is not None:
        service.listen_with(recogniser)
    return service


def make_hints(site: Site, at: datetime) -> Hints:
    """Return what Twilio's recogniser is told to expect of a site, by what its callers asked for until `at`."""
    try:
        called = Recent(site.store.database).popular(at)
    except RecordsError as error:
        log.warning("who is asked for most is not known: %s", error)
        called = {}
    return Hints(
        site.directory,
        site.enquiries,
        site.pronouncer.pronounce,
        most=site.settings.telephony.hints,
        called=called,
    )


def create_app(
    site: Site,
    recogniser: Recogniser | None = None,
    clock: Callable[[], datetime] = now,
    shared: Shared = Shared(),
    aside: Aside | None = None,
) -> Flask:
    """Return the application. `recogniser`: hears media streams; None: Twilio hears every call.

    `aside`: what it goes on with while the database is away; None: it does not.
    Raises RecordsError where the database cannot be used, InputError for the list of recordings.
    """
    app = Flask("ivr.web")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.secret_key = site.settings.secrets.secret_key.get_secret_value() or secrets.token_hex(32)
    service = make_service(site, recogniser, clock, shared, aside)
    app.extensions["ivr"] = service
    app.register_blueprint(make_blueprint(service))
    _health(app, site, service)
    app.register_blueprint(make_desk(service))
    install(app, lambda: cast("Site", service.calls.editions.newest.site), clock)
    return app


def _health(app: Flask, site: Site, service: Service) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers, and goes on doing so."""
        told, status = ("stopping\n", 503) if service.closing else ("ok\n", 200)
        return Response(told, status, mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Say whether calls can be taken: directory, database, recogniser."""
        directory = service.calls.editions.newest.site.engine.desk.directory
        checks = {
            "directory": f"{len(directory.entries)} entries",
            "database": _database(site),
            "recogniser": _recogniser(service),
        }
        spool = service.calls.tools.spool
        waiting = spool.lines() if spool else 0
        ready = bool(directory.entries) and not any(v.startswith("not ") for v in checks.values())
        told: dict[str, object] = {"version": directory.version, "spooled": waiting}
        told |= {"note": service.note} if service.note else {}
        return jsonify({"ready": ready, **checks, **told}), 200 if ready else 503

    @app.get("/metrics")
    def metrics() -> Response:
        """Give the figures, in Prometheus's form."""
        return Response(service.metrics.page(), mimetype="text/plain; version=0.0.4")


def _database(site: Site) -> str:
    try:
        with site.store.database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except RecordsError as error:
        return f"not available: {error}"
    return "ok"


def _recogniser(service: Service) -> str:
    """Say who listens. Our own recogniser down is no reason to take no calls: Twilio listens then."""
    if service.ears is None:
        own = service.calls.site.settings.telephony.mode == "stream"
        return "Twilio's; ours is not there yet" if own else "Twilio's"
    ready = getattr(service.ears.recogniser, "ready", True)
    return f"{service.ears.recogniser.capabilities.engine}" if ready else "down; Twilio's instead"
