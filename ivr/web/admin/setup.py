"""The administration pages added to an application: their views, their navigation, their errors."""

from __future__ import annotations

import hashlib
import importlib
import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, g, url_for
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ivr.errors import InputError, IvrError
from ivr.records.roles import Role
from ivr.web.admin import guard
from ivr.web.admin.navigation import VIEWS, Link
from ivr.web.admin.office import EXTENSION, Office, office, page, person
from ivr.web.admin.pulling import keep_pulling

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask

    from ivr.assembly import Site

log = logging.getLogger(__name__)


def install(app: Flask, current: Callable[[], Site], clock: Callable[[], datetime]) -> None:
    """Serve the administration pages of the site that `current` returns, unless its settings say not to."""
    if not current().settings.admin.enabled:
        return
    app.extensions[EXTENSION] = Office(current, clock)
    keep_pulling(current, clock)
    links: list[Link] = []
    admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates", static_folder="static")
    for name in VIEWS:
        module = importlib.import_module(f"ivr.web.admin.views.{name}")
        admin.register_blueprint(module.blueprint)
        links += getattr(module, "LINKS", ())
    admin.before_request(guard.check)
    admin.after_request(guard.harden)
    _errors(admin)

    @admin.context_processor
    def always() -> dict[str, object]:
        session = person()
        role = session.account.role if session else None
        return {
            "me": session.account if session else None,
            "form_key_value": session.form_key if session else "",
            "said": g.get("said", ""),
            "navigation": [link for link in links if role and role.may(link.role)],
            "organisation": office().settings.site.name,
            "asset": _asset,
            "provider": bool(office().settings.admin.oidc_issuer),
        }

    @admin.route("/<path:anything>")
    def missing(anything: str) -> tuple[str, int]:
        del anything
        return page("problem.html", title="Not found", message="There is no such page."), 404

    app.jinja_env.filters["role"] = Role
    app.register_blueprint(admin)


def _asset(name: str) -> str:
    """Return the address of a static file, which changes when the file does."""
    return url_for("admin.static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((Path(__file__).parent / "static" / name).read_bytes()).hexdigest()[:12]


def _errors(admin: Blueprint) -> None:
    @admin.errorhandler(IvrError)
    def ours(error: IvrError) -> tuple[str, int]:
        wrong = isinstance(error, InputError)
        title = "That did not work" if wrong else "Not available just now"
        return page("problem.html", title=title, message=str(error)), 400 if wrong else 503

    @admin.errorhandler(RequestEntityTooLarge)
    def large(error: RequestEntityTooLarge) -> tuple[str, int]:
        del error
        message = "The file is larger than a directory export can be. Export staff and departments only."
        return page("problem.html", title="Too large", message=message), 413

    @admin.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        message = error.description or ""
        return page("problem.html", title=error.name, message=message), error.code or 500

    @admin.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        log.error("a page failed", exc_info=error)
        message = "Something went wrong on our side; nothing was changed. The service's log says what."
        return page("problem.html", title="Something went wrong", message=message), 500
