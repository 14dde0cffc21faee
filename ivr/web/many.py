"""Several sites behind one address: the number dialled chooses the site, and from then on the path does.

Each site is a whole application of its own, with its own directory, records and pages, under `/sites/ID`; a webhook
that comes to the address itself, as the numbers are configured, goes to the site of its `To`.
"""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from flask import Flask, Response, jsonify
from werkzeug.test import run_wsgi_app

from ivr.channels import requests
from ivr.channels.callers import number
from ivr.directory.shared import ELSEWHERE
from ivr.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.channels.metrics import Metrics
    from ivr.channels.service import Service
    from ivr.sites import Installation

    Environ = dict[str, Any]

MOST_HANDED = 8
"""Sites that one call is followed through."""
_MOUNTED = re.compile(r"(/sites/([a-z][a-z0-9]*))(/.*|)")
_OF_A_CALL = re.compile(r"/(?:voice|media|audio)(?:/.*|)")

log = logging.getLogger(__name__)


class Sites:
    """All sites of one process, as one WSGI application."""

    def __init__(self, installation: Installation, apps: Mapping[str, Flask], metrics: Metrics, largest: int) -> None:
        """Take an application for each site of the installation. `largest`: bytes a request may have."""
        self._installation, self._apps, self._metrics, self._largest = installation, apps, metrics, largest
        self._own = _own_pages(apps, metrics)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a request, as WSGI wants it."""
        path = environ.get("PATH_INFO", "")
        mounted = _MOUNTED.fullmatch(path)
        if mounted and mounted[2] in self._apps:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mounted[1]
            environ["PATH_INFO"] = mounted[3]
            return self._apps[mounted[2]](environ, start_response)
        if not _OF_A_CALL.fullmatch(path):
            return self._own(environ, start_response)
        form, body = self._form(environ)
        site = self._installation.at(number(form.get("To", "")))
        if path == "/voice":
            self._metrics.site_calls.labels(site).inc()
        answer = self._apps[site](environ, start_response)
        if path == "/voice/status" and requests.is_over(form) and "ParentCallSid" not in form:
            self._tell_others(site, form.get("CallSid", ""), environ, body)
        return answer

    def _form(self, environ: Environ) -> tuple[dict[str, str], bytes]:
        """Read a form, and put it back for the site to read. What is too large or none is left to the site."""
        length = environ.get("CONTENT_LENGTH") or ""
        size = int(length) if length.isascii() and length.isdigit() else 0
        if not 0 < size <= self._largest or not environ.get("CONTENT_TYPE", "").startswith(_FORM):
            return {}, b""
        body = environ["wsgi.input"].read(size)
        environ["wsgi.input"] = io.BytesIO(body)
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}, body

    def _tell_others(self, site: str, call_id: str, environ: Environ, body: bytes) -> None:
        """Tell the sites that the call was handed on to that it has ended: Twilio tells only the number's own."""
        for _ in range(MOST_HANDED):
            site = self._handed_to(site, call_id)
            if not site:
                return
            again = environ | {"wsgi.input": io.BytesIO(body)}
            again = {name: value for name, value in again.items() if not name.startswith("werkzeug.")}
            run_wsgi_app(self._apps[site], again)

    def _handed_to(self, site: str, call_id: str) -> str:
        service: Service = self._apps[site].extensions["ivr"]
        try:
            call = service.calls.site.store.call(call_id)
        except RecordsError as error:
            log.warning("call %s: not known whether it was handed over: %s", call_id, error)
            return ""
        entry = service.calls.site.engine.desk.directory.get(call.entry_id) if call else None
        found = entry.number if entry else ""
        to = found.removeprefix(ELSEWHERE)
        return to if to != found and to in self._apps else ""


_FORM = "application/x-www-form-urlencoded"


def _own_pages(apps: Mapping[str, Flask], metrics: Metrics) -> Flask:
    own = Flask("ivr.web.many", static_folder=None)

    @own.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers, and goes on doing so."""
        told = next(iter(apps.values())).test_client().get("/healthz")
        return Response(told.get_data(), told.status_code, mimetype="text/plain")

    @own.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Say of each site whether calls can be taken; 503 only where none can."""
        answers = {site: app.test_client().get("/readyz") for site, app in apps.items()}
        ready = [answer.status_code == Response().status_code for answer in answers.values()]
        told = {site: answer.get_json() for site, answer in answers.items()}
        return jsonify({"ready": all(ready), "sites": told}), 200 if any(ready) else 503

    @own.get("/metrics")
    def figures() -> Response:
        """Give the figures of all sites, in Prometheus's form."""
        return Response(metrics.page(), mimetype="text/plain; version=0.0.4")

    return own
