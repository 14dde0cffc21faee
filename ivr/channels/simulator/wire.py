"""Twilio's side of the network: signed requests to one server, retried and timed out as Twilio does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests

from ivr.channels.signatures import HEADER, Signatures
from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""Twilio's limits; twilio.com/docs/usage/webhooks/webhooks-connection-overrides."""
KEY_HEADER = "I-Twilio-Idempotency-Token"
AGENT = "TwilioProxy/1.1"
LARGEST_READ = 1_000_000


class NoAnswerError(UnavailableError):
    """The server did not answer a request, nor its retry."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the server."""

    status: int
    body: bytes
    content_type: str
    seconds: float
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server that is tried out."""

    url: str
    """Address of its first webhook, as this machine reaches it: `http://127.0.0.1:8080/voice`."""
    public: str = ""
    """Origin under which it believes to be seen (`IVR_PUBLIC_URL`); empty: that of `url`."""
    token: str = ""
    """Auth token to sign with; empty: requests are not signed."""

    @property
    def origin(self) -> str:
        """Origin as this machine reaches it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def seen(self) -> str:
        """Origin as the server believes to be seen, without a trailing slash."""
        return (self.public or self.origin).rstrip("/")

    def absolute(self, address: str, base: str) -> str:
        """Return the public form of an address found in a document that came from `base` (public)."""
        return urljoin(base, address)

    def reachable(self, public: str) -> str:
        """Return where this machine reaches a public address; '': it leads away from the server."""
        address = public.replace("wss://", "https://", 1).replace("ws://", "http://", 1)
        for seen in (self.seen, self.origin):
            rest = address.removeprefix(seen)
            if rest != address and (not rest or rest[0] in "/?#"):
                return self.origin + rest.partition("#")[0]
        return ""


@dataclass
class Wire:
    """The requests of one call: one cookie jar, every request timed."""

    target: Target
    repeat: bool = False
    """Send every request twice, as a network that loses answers does."""
    session: requests.Session = field(default_factory=requests.Session)
    seconds: list[float] = field(default_factory=list)
    """How long each request took."""
    differences: list[str] = field(default_factory=list)
    """Requests that were answered differently when sent again."""

    def post(self, public: str, form: Mapping[str, str]) -> Reply:
        """Post a signed form to a public address. Raises NoAnswerError."""
        key = str(uuid.uuid4())
        reply = self._send("POST", public, form, key)
        if self.repeat and self._send("POST", public, form, key).body != reply.body:
            self.differences.append(f"{urlsplit(public).path} answered differently when sent again")
        return reply

    def get(self, public: str) -> Reply:
        """Fetch a recording. Raises NoAnswerError."""
        return self._send("GET", public, {}, "")

    def signature(self, public: str, form: Mapping[str, str]) -> dict[str, str]:
        """Return the header that signs a request."""
        if not self.target.token:
            return {}
        signer = Signatures((self.target.token,), "")
        return {HEADER: signer.sign(public.partition("#")[0], {name: [value] for name, value in form.items()})}

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def _send(self, method: str, public: str, form: Mapping[str, str], key: str) -> Reply:
        address = self.target.reachable(public)
        if not address:
            raise NoAnswerError(f"{public}: not an address of this server, so not contacted")
        headers = {"User-Agent": AGENT, "Accept": "*/*"} | self.signature(public, form)
        if key:
            headers[KEY_HEADER] = key
        for attempt in (1, 2):
            try:
                return self._once(method, address, form, headers)
            except requests.RequestException as error:
                if attempt == 2:  # noqa: PLR2004 (Twilio tries twice)
                    why = "no answer in time" if isinstance(error, requests.Timeout) else "cannot be reached"
                    raise NoAnswerError(f"{address}: {why}; check that the server runs") from error
        raise AssertionError

    def _once(self, method: str, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        began = perf_counter()
        with self.session.request(
            method,
            address,
            data=dict(form) if method == "POST" else None,
            headers=dict(headers),
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = response.raw.read(LARGEST_READ, decode_content=True)
            seconds = perf_counter() - began
        if method == "POST":
            self.seconds.append(seconds)
        found = response.headers
        return Reply(response.status_code, body, found.get("Content-Type", ""), seconds, found.get("Location", ""))
