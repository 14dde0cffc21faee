"""What the person who takes a call is told of it at once: posted to the operators' desk, and on a page of its own.

A post is signed as those to the back office are (`X-IVR-Signature`, see `ivr.records.outbox`); the page's address
carries a signed, expiring token. Neither may ever hold up a call: posts are made aside, and a failed one is logged.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer

from ivr.channels.phrases import Style
from ivr.errors import SettingsError
from ivr.model import Decision
from ivr.records.outbox import check_url, post, signature
from ivr.records.privacy import mask, mask_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.dialogue.actions import Transfer
    from ivr.dialogue.state import State
    from ivr.model import Enquiry, Entry, TurnRecord
    from ivr.settings import Settings

MOST_WAITING: Final = 1000
"""Posts that wait at once; more are dropped, since a desk that is so far behind shows nothing in time."""
_TRIES: Final = 2
_TAKEN: Final = frozenset({Decision.ACCEPT, Decision.CONFIRM, Decision.CHOOSE})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallSoFar:
    """A call where it stands."""

    call_id: str
    at: datetime
    caller: str
    """Its number, or what is known of it."""
    state: State
    turns: tuple[TurnRecord, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """A call that goes to a person."""

    call_id: str
    at: datetime
    to: str
    """Name of who is called."""
    department: str
    caller: str
    """As the site shows it; empty: hidden."""
    about: str
    """What the caller wants, in words; empty: nothing was understood."""
    priority: bool
    said: tuple[tuple[str, str], ...]
    """(what was heard, what it was taken for) of each turn with words."""
    gathered: tuple[tuple[str, str], ...]

    def as_json(self, link: str, expires: datetime) -> dict[str, Any]:
        """Return it as the desk gets it."""
        return {
            "event": "call.to_person",
            "call_id": self.call_id,
            "at": self.at.isoformat(),
            "to": self.to,
            "department": self.department,
            "caller": self.caller,
            "about": self.about,
            "priority": self.priority,
            "said": [{"heard": heard, "understood": understood} for heard, understood in self.said],
            "gathered": dict(self.gathered),
        } | ({"link": link, "expires": expires.isoformat()} if link else {})


def handover(
    settings: Settings, call: CallSoFar, enquiries: Mapping[str, Enquiry], to: Entry | None, transfer: Transfer | None
) -> Handover:
    """Put together what is known of a call that goes to a person; `transfer` where it is happening just now."""
    shown, state = settings.desk, call.state
    enquiry = enquiries.get(state.enquiry)
    title = enquiry.title if enquiry else ""
    return Handover(
        call_id=call.call_id,
        at=call.at,
        to=to.name if to else "",
        department=to.department if to else "",
        caller=call.caller if shown.caller == "whole" else mask(call.caller) if shown.caller == "masked" else "",
        about=(transfer.about if transfer else "") or title,
        priority=state.priority,
        said=tuple(_said(turn) for turn in call.turns if turn.heard) if shown.words else (),
        gathered=tuple((name, mask_words(text)) for name, text in state.slots) if shown.words else (),
    )


def _said(turn: TurnRecord) -> tuple[str, str]:
    best = turn.candidates[0].label if turn.candidates else turn.command
    return turn.heard, best if turn.decision in _TAKEN else ""


def check_desk(settings: Settings) -> None:
    """Refuse settings by which callers' words would go out unsigned or in the clear. Raises SettingsError."""
    where = str(settings.root / "ivr.toml")
    if settings.desk.webhook:
        check_url(settings.desk.webhook, "desk.webhook")
        if not settings.secrets.webhook_secret.get_secret_value():
            raise SettingsError("no IVR_WEBHOOK_SECRET to sign `desk.webhook` with", todo="set it in the environment")
    if settings.desk.page and not settings.secrets.secret_key.get_secret_value():
        raise SettingsError("`desk.page` needs IVR_SECRET_KEY", where=where, todo="set it in the environment")


class DeskFeed:
    """Posts handovers, and knows the links to their pages. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: queue.Queue[tuple[str, Callable[[], Handover]] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether anybody is told."""
        return bool(self._settings.desk.webhook)

    def tell(self, call_id: str, make: Callable[[], Handover]) -> None:
        """Have a handover made and posted; returns at once."""
        with self._lock:
            if self._thread is None:  # not before: a process that forks keeps no threads
                self._thread = threading.Thread(target=self._run, name="ivr-desk", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((call_id, make))
        except queue.Full:
            log.error("call %s: the desk was not told, it is too far behind", call_id)  # noqa: TRY400 (one line)

    def close(self) -> None:
        """Post what waits, and end."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def link(self, call_id: str) -> str:
        """Return the address of the page about a call; empty: there are no such pages, or nobody can reach them."""
        origin = Style.of(self._settings).origin
        there = self._pages and origin.startswith("http")
        return f"{origin}/desk/{self._serializer().dumps(call_id)}" if there else ""

    def read(self, token: str) -> str:
        """Return the id of the call that a link is about; empty: it is no link of ours, or has expired."""
        if not self._pages:
            return ""
        try:
            return str(self._serializer().loads(token, max_age=60 * self._settings.desk.minutes))
        except BadData:
            return ""

    # --- inside ---

    @property
    def _secret(self) -> str:
        return self._settings.secrets.secret_key.get_secret_value()

    @property
    def _pages(self) -> bool:
        return self._settings.desk.page and bool(self._secret)

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt="ivr-desk")

    def _run(self) -> None:
        while (found := self._waiting.get()) is not None:
            call_id, make = found
            try:
                fault = self.send(make())
            except Exception as error:  # noqa: BLE001 - the thread must live on, and what it was about is logged
                fault = f"{type(error).__name__}: {error}"
            if fault:
                log.error("call %s: the desk was not told: %s", call_id, fault)

    def send(self, found: Handover) -> str:
        """Post a handover now. Returns what went wrong; empty: it arrived."""
        expires = found.at + timedelta(minutes=self._settings.desk.minutes)
        body = json.dumps(found.as_json(self.link(found.call_id), expires), ensure_ascii=False).encode()
        secret = self._settings.secrets.webhook_secret.get_secret_value()
        fault = ""
        for _ in range(_TRIES):
            headers = {
                "Content-Type": "application/json",
                "Idempotency-Key": f"{found.call_id}-{int(found.at.timestamp())}",
                "X-IVR-Signature": signature(body, secret, datetime.now(UTC)),
            }
            fault = post(self._settings.desk.webhook, body, headers)
            if not fault:
                break
        return fault
