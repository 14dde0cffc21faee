"""Twilio's webhooks and media streams as a Flask blueprint: every answer is TwiML, whatever went wrong.

Only this blueprint takes posts without a form token: Twilio's signature stands in for it. Nothing here
reads an address from a request, so nothing can be made to redirect or dial elsewhere.
"""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, g, request, send_from_directory
from werkzeug.exceptions import HTTPException

from ivr.channels import dialling, requests
from ivr.channels.calls import ReplayedError
from ivr.channels.live_socket import hold
from ivr.channels.logs import CALL
from ivr.channels.signatures import HEADER, SETTINGS_HEADER
from ivr.channels.voiceover import is_inside
from ivr.channels.voiceover_check import PLAYABLE
from ivr.dialogue.events import Fault, HungUp
from ivr.errors import IvrError

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.channels.callers import Contact
    from ivr.channels.calls import Answer, Calls
    from ivr.channels.runner import Actions, Conversation
    from ivr.channels.service import Service
    from ivr.channels.signatures import Signatures

KEY_HEADER = "I-Twilio-Idempotency-Token"
AUDIO_SECONDS = 86_400
"""Seconds a recording may be kept by who fetches it."""
OPEN = frozenset({"twilio.fallback", "twilio.audio"})
"""Endpoints that change nothing and tell nothing: they need no signature."""

log = logging.getLogger(__name__)


def make_blueprint(service: Service) -> Blueprint:
    """Return the blueprint of a service's webhooks."""
    blueprint = Blueprint("twilio", __name__)
    routes = _Routes(service)
    post = blueprint.post
    post("/voice", endpoint="arrive")(routes.arrive)
    post("/voice/turn/<int:turn>", endpoint="turn")(routes.turn)
    post("/voice/transfer/<int:turn>", endpoint="transfer")(routes.transfer)
    post("/voice/pay/<int:turn>", endpoint="pay")(routes.pay)
    post("/voice/status", endpoint="status")(routes.status)
    post("/voice/recorded", endpoint="recorded")(routes.recorded)
    post("/voice/whisper", endpoint="whisper")(routes.whisper)
    post("/voice/whisper/accept", endpoint="accept")(routes.accept)
    blueprint.route("/voice/fallback", methods=["GET", "POST"], endpoint="fallback")(routes.fallback)
    blueprint.get("/audio/<path:file>", endpoint="audio")(routes.audio)
    blueprint.route("/media", websocket=True, endpoint="media")(lambda: hold(service.stream))
    blueprint.before_request(routes.begin)
    blueprint.before_request(routes.check)
    blueprint.after_request(routes.count)
    blueprint.teardown_request(_leave)
    blueprint.teardown_request(routes.end)
    blueprint.register_error_handler(Exception, routes.apologise)
    return blueprint


class _Routes:
    def __init__(self, service: Service) -> None:
        self.service = service

    @property
    def calls(self) -> Calls:
        return self.service.calls

    # --- before and after ---

    def begin(self) -> None:
        """Count a webhook as in hand; a media stream counts its own thread."""
        g.began = perf_counter()
        g.held = ExitStack()
        if request.endpoint != "twilio.media":
            g.held.enter_context(self.service.load.threads.webhook())

    def end(self, error: BaseException | None) -> None:
        """Count a webhook as done."""
        del error
        held = g.pop("held", None)
        if held:
            held.close()

    def check(self) -> None:
        """Refuse what Twilio did not send."""
        if request.endpoint != "twilio.media":
            self.service.host = request.host_url.rstrip("/")
        signatures = self.service.signatures
        if request.endpoint in OPEN or signatures is None:
            return
        signature = request.headers.get(HEADER, "")
        if not signature:
            self._refuse("unsigned")
        target = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
        if not self._signed(signatures, target, signature):
            self._refuse("wrong signature")

    def _signed(self, signatures: Signatures, target: str, signature: str) -> bool:
        settings = request.headers.get(SETTINGS_HEADER, "")
        if request.endpoint == "twilio.media":
            return signatures.verify_socket(target, signature, settings=settings)
        if request.mimetype == "application/json":
            return signatures.verify_body(target, request.get_data(), signature, settings=settings)
        return signatures.verify(target, request.form.to_dict(flat=False), signature, settings=settings)

    def _refuse(self, why: str) -> None:
        self.service.metrics.refused.labels(why).inc()
        abort(403)

    def count(self, response: Response) -> Response:
        """Count the request and how long it took."""
        route = str(request.url_rule) if request.url_rule else "none"
        self.service.metrics.requests.labels(route, response.status_code).inc()
        if route.startswith("/voice") and "began" in g:
            seconds = perf_counter() - g.began
            took = {"route": route, "status": response.status_code, "milliseconds": round(1000 * seconds, 1)}
            log.info("%s answered %d", route, response.status_code, extra=took)
            self.service.metrics.turn_seconds.labels(route).observe(seconds)
            self.service.load.lag.note(seconds)
        return response

    def apologise(self, error: Exception) -> Response | HTTPException:
        """Turn whatever went wrong into an apology and the operator."""
        if isinstance(error, HTTPException):
            return error
        if isinstance(error, ReplayedError):
            self.service.metrics.refused.labels("replayed").inc()
            return Response("", 403, mimetype="text/plain")
        if isinstance(error, IvrError):
            log.error("%s: %s", request.path, error)
        else:
            log.error("%s failed", request.path, exc_info=error)
        self.service.metrics.faults.labels(type(error).__name__).inc()
        return _xml(self._last_resort(type(error).__name__))

    def _last_resort(self, why: str) -> str:
        """Let the dialogue apologise, so that the call's end is recorded; where that fails too, the static answer."""
        turn = (request.view_args or {}).get("turn")
        contact = requests.contact_of(_form(), request.headers.get(KEY_HEADER, ""))
        if contact is None or turn is None or request.endpoint not in {"twilio.turn", "twilio.transfer", "twilio.pay"}:
            return self.calls.fallback
        try:
            return self.calls.take(contact, turn, partial(_failed, why)).document
        except Exception:  # the last line of defence: whatever is broken, the caller gets the operator
            log.exception("%s failed again", request.path)
            return self.calls.fallback

    # --- the call ---

    def arrive(self) -> Response:
        """Answer a call."""
        contact = self._contact()
        if contact is None:
            return _xml(self.calls.fallback)
        if self.service.load.threads.full or self.service.closing:  # the calls in progress need what is left
            self.service.metrics.shortened.labels("stopping" if self.service.closing else "threads").inc()
            return _xml(self.calls.pass_by(contact))
        answer = self.calls.arrive(replace(contact, handed_from=requests.handed_from(request.args.get("from", ""))))
        if answer.actions:
            self.service.metrics.calls.inc()
        return _xml(answer.document)

    def turn(self, turn: int) -> Response:
        """Take what a caller said or keyed, or what a stream left behind."""
        contact = self._contact()
        if contact is None:
            return _xml(self.calls.fallback)
        form = _form()
        if request.args.get("after") == "stream":
            return _xml(self._after_stream(contact, turn).document)
        return _xml(self.calls.take(contact, turn, partial(requests.said, form)).document)

    def _after_stream(self, contact: Contact, turn: int) -> Answer:
        """Give the answer that the stream prepared; a stream that broke leaves the turn open, so it is asked again."""
        waiting = self.calls.awaited(contact.call_id)
        if waiting and waiting[0] > turn:
            current = self.calls.current(contact)
            if current:
                self.calls.note(contact.call_id, waits=self.calls.listening(waiting[1]) is not None)
                return current
        return self.calls.take(contact, turn, partial(_lost, "the media stream ended early"), deaf=True)

    def transfer(self, turn: int) -> Response:
        """Go on after a transfer."""
        contact = self._contact()
        if contact is None:
            return _xml(self.calls.fallback)
        form = _form()
        waiting = self.calls.awaited(contact.call_id)
        ringing = waiting[1].dialling_from if waiting else 0.0
        answered = self.service.answered.pop(contact.call_id, 0.0)
        event = requests.dialled(form, ringing, answered, self.calls.tools.clock())
        return _xml(self.calls.take(contact, turn, partial(requests.transferred, form, event)).document)

    def pay(self, turn: int) -> Response:
        """Go on after a card payment."""
        contact = self._contact()
        if contact is None:
            return _xml(self.calls.fallback)
        return _xml(self.calls.take(contact, turn, partial(requests.paid, _form())).document)

    def status(self) -> Response:
        """Take news of a call: it has ended, or the person called has answered."""
        form = _form()
        parent = form.get("ParentCallSid", "")
        if parent:
            if form.get("CallStatus") == "in-progress":
                self.service.note_answered(parent)
            return Response(status=204)
        contact = self._contact()
        if contact is None or not requests.is_over(form):
            return Response(status=204)
        for _ in range(3):  # a turn in flight may be quicker
            waiting = self.calls.awaited(contact.call_id)
            if waiting is None:
                if requests.is_ours(form):
                    self.calls.over(contact, requests.lasted(form))
                break
            if waiting[1].dialogue().ended:
                break
            if self.calls.take(contact, waiting[0], _hung_up).ended:
                break
        return Response(status=204)

    def recorded(self) -> Response:
        """Keep the recording of a comment, now that it is ready."""
        contact, comments = self._contact(), self.calls.tools.comments
        if contact and comments:
            comments.keep({**_form(), "CallSid": contact.call_id}, self.calls.site.store)
        return Response(status=204)

    # --- the person called, and what needs nothing ---

    def whisper(self) -> Response:
        """Tell the person called who the call is for."""
        self.service.note_answered(_form().get("ParentCallSid", ""))
        style = self.calls.style
        accept = self.calls.site.prompts.render("accept_call", {}) if style.accept_key else ""
        return _xml(dialling.whisper(request.args.get("for", ""), style, accept))

    def accept(self) -> Response:
        """Join the caller, if the person called pressed the key."""
        return _xml(dialling.join(accepted=_form().get("Digits", "") == "1"))

    def fallback(self) -> Response:
        """Give the static answer."""
        return _xml(self.calls.fallback)

    def audio(self, file: str) -> Response:
        """Give a recording."""
        if not is_inside(file) or not file.casefold().endswith(tuple(PLAYABLE)):
            abort(404)
        return send_from_directory(self.calls.tools.voiceover.folder, file, max_age=AUDIO_SECONDS, conditional=True)

    # --- inside ---

    def _contact(self) -> Contact | None:
        contact = requests.contact_of(_form(), request.headers.get(KEY_HEADER, ""))
        if contact is None:
            log.warning("%s without a readable CallSid", request.path)
        return contact


def _leave(_error: BaseException | None) -> None:
    """Log no more under this call: the thread goes on to other requests."""
    CALL.set("")


def _form() -> dict[str, str]:
    """Return the request's parameters, the first of each name."""
    if request.mimetype == "application/json":
        try:
            data: Any = json.loads(request.get_data())
        except (ValueError, RecursionError):
            return {}
        return {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
    return request.form.to_dict()


def _xml(document: str) -> Response:
    return Response(document, mimetype="text/xml", headers={"Cache-Control": "no-store"})


def _hung_up(conversation: Conversation, now: datetime) -> Actions:
    return conversation.handle(HungUp(now))


def _lost(why: str, conversation: Conversation, now: datetime) -> Actions:
    return conversation.handle(Fault(now, why, recoverable=True))


def _failed(why: str, conversation: Conversation, now: datetime) -> Actions:
    return conversation.handle(Fault(now, why))
