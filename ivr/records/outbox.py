"""Delivering requests to the back office: at least once, in order of time, retried with patience, never dropped.

A receiver may get a request twice (its answer was lost), and tells by the reference, which is also the
`Idempotency-Key`. A webhook is signed: `X-IVR-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY`
under the shared secret, so that neither the body nor its time can be changed.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from ivr.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from ivr.records.requests import Request, Requests

MOST_TRIES: Final = 12
"""Over about two days; after that a request is dead, and waits for a person."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=8)
_TAKEN: Final = timedelta(minutes=2)
"""A deliverer that died holds a request no longer than this."""
_SECONDS: Final = 10.0


class Sink(Protocol):
    """Where requests go."""

    def deliver(self, request: Request, now: datetime) -> str:
        """Hand a request over. Returns what went wrong; empty: it is delivered."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the outbox did."""

    delivered: int
    failed: int
    dead: int


def deliver_due(book: Requests, sink: Sink, clock: Callable[[], datetime]) -> Run:
    """Deliver every request that is due. Raises RecordsError."""
    delivered = failed = dead = 0
    started = clock()
    while request := book.claim(started, clock() + _TAKEN):
        fault = sink.deliver(request, clock())
        if not fault:
            book.settled(request.reference, delivered=clock())
            delivered += 1
            continue
        due = next_try(request.attempts + 1, clock())
        book.failed(request.reference, fault, due=due)
        failed, dead = failed + 1, dead + (due is None)
    return Run(delivered, failed, dead)


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when to try again after so many tries: waits double, up to eight hours; None: no more."""
    return now + min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT) if tries < MOST_TRIES else None


def signature(body: bytes, secret: str, now: datetime) -> str:
    """Return the signature of a webhook's body at this time."""
    seconds = str(int(now.timestamp()))
    made = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"


def post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Post a body. Returns what went wrong; empty: any 2xx came back."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return "" if status // 100 == HTTPStatus.OK // 100 else f"answered {status}"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts each request as JSON."""

    url: str
    secret: str

    def deliver(self, request: Request, now: datetime) -> str:
        """Post it; any 2xx is delivered."""
        body = json.dumps(request.as_json(), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": request.reference,
            "X-IVR-Signature": signature(body, self.secret, now),
        }
        return post(self.url, body, headers)


@dataclass(frozen=True, slots=True)
class CsvDrop:
    """Writes each request as a CSV file of its own into a folder, whole or not at all."""

    folder: Path

    def deliver(self, request: Request, now: datetime) -> str:
        """Write it."""
        del now
        made = io.StringIO()
        plain = {**request.as_json(), "details": ""} | {f"details {k}": v for k, v in request.details.items()}
        del plain["details"]
        writer = csv.writer(made)
        writer.writerow(plain)
        writer.writerow([_harmless(str(value)) for value in plain.values()])
        return drop(self.folder / f"{request.reference}.csv", made.getvalue())


@dataclass(frozen=True, slots=True)
class EmailDrop:
    """Writes each request as an e-mail (`.eml`) into a folder that a mail server picks up."""

    folder: Path
    to: str

    def deliver(self, request: Request, now: datetime) -> str:
        """Write it."""
        message = EmailMessage()
        message["To"], message["From"] = self.to, self.to
        message["Subject"] = f"{request.title}: {request.reference}"
        message["Date"] = now
        message["Message-ID"] = f"<{request.reference}@ivr.invalid>"
        lines = [f"{name}: {value}" for name, value in request.details.items()]
        message.set_content("\n".join([f"Reference: {request.reference}", f"Asked: {request.created}", *lines]))
        return drop(self.folder / f"{request.reference}.eml", message.as_string())


def _harmless(value: str) -> str:
    """Keep a spreadsheet from running a caller's words as a formula."""
    return "'" + value if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def drop(file: Path, text: str) -> str:
    """Write a file whole; returns what went wrong."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(file)
    except OSError as error:
        return f"{file.parent}: {error.strerror}"
    return ""


def check_url(url: str, name: str = "requests.webhook") -> None:
    """Refuse a webhook that callers' details must not be sent to; `name`: the setting's. Raises SettingsError."""
    parts = urlsplit(url)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not local):
        raise SettingsError(f"`{name}`: {url!r} is no https address", todo="write https://host/path")
