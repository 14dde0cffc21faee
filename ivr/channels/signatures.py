"""Who sent this request: Twilio's signature, over the address Twilio sees.

Twilio signs the public URL (behind a proxy, never what the request looks like here) and the sorted form
parameters with the account's auth token. The library computes the signature; this file decides over
which addresses, with which tokens, and compares in constant time. Its own check is not used: it gives
`wss` the port of plain http, and accepts a JSON body that nobody signed.

Source: twilio.com/docs/usage/security (validating requests, port variations, JSON bodies, web sockets).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator, get_signature_algorithm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ivr.settings import Secrets

    Form = Mapping[str, Sequence[str]]

HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_SOCKET_SCHEMES = {"https": "wss", "http": "ws"}


class _Values(dict[str, list[str]]):
    """Form values in the shape the library reads: repeated names keep all their values."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


@dataclass(frozen=True)
class Signatures:
    """The secrets and the public address that requests are checked against."""

    tokens: tuple[str, ...]
    """Auth tokens, several while rotating; none: nothing can be checked, and nothing verifies."""
    origin: str
    """Public https origin, with a path where a proxy strips one: `https://phone.example.org/ivr`."""
    algorithms: frozenset[str] = field(default=frozenset({"HMAC_SHA1", "HMAC_SHA256"}))

    @classmethod
    def of(cls, secrets: Secrets) -> Signatures:
        """Take tokens and public address from the environment's secrets."""
        return cls(tuple(t.get_secret_value() for t in secrets.twilio_auth_tokens), secrets.public_url)

    @cached_property
    def _signers(self) -> tuple[RequestValidator, ...]:
        return tuple(RequestValidator(token) for token in self.tokens)

    def verify(self, target: str, form: Form, signature: str, *, settings: str = "") -> bool:
        """Say whether a form post to `target` (path and query as sent, still encoded) is from Twilio.

        `settings` is the header naming the algorithm, where there is one.
        """
        return self._matches(self._public(target), form, signature, settings)

    def verify_socket(self, target: str, signature: str, *, settings: str = "") -> bool:
        """Say whether a web socket opened at `target` is Twilio's: signed over the `wss` address, no parameters."""
        scheme, rest = self._public(target).split("://", 1)
        url = f"{_SOCKET_SCHEMES.get(scheme, scheme)}://{rest}"
        # Twilio's signers differ on the slash after a web socket's path.
        other = url[:-1] if url.endswith("/") else url + "/"
        return any(self._matches(address, {}, signature, settings) for address in (url, other))

    def verify_body(self, target: str, body: bytes, signature: str, *, settings: str = "") -> bool:
        """Say whether a body that is not a form is Twilio's: its SHA-256 must be in the signed query."""
        claimed = parse_qs(urlsplit(self._public(target)).query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed.encode()):
            return False
        return self._matches(self._public(target), {}, signature, settings)

    def sign(self, url: str, form: Form) -> str:
        """Sign as Twilio would, with the first token. Raises IndexError where there is none."""
        return str(self._signers[0].compute_signature(url, _Values({k: list(v) for k, v in form.items()})))

    def _public(self, target: str) -> str:
        return self.origin + target.partition("#")[0]

    def _matches(self, url: str, form: Form, signature: str, settings: str) -> bool:
        algorithm = get_signature_algorithm(settings).upper()
        if not signature or algorithm not in self.algorithms:
            return False
        values = _Values({name: list(found) for name, found in form.items()})
        given = signature.encode()
        found = False
        for signer in self._signers:
            for address in _port_forms(url):
                computed = signer.compute_signature(address, values, algorithm)
                found |= hmac.compare_digest(computed.encode(), given)
        return found


def _port_forms(url: str) -> Iterator[str]:
    """Give the address as it is, and without or with its scheme's port: Twilio's signers differ."""
    yield url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        yield f"{scheme}://{name}{slash}{path}"
    elif scheme in _DEFAULT_PORTS:
        yield f"{scheme}://{host}:{_DEFAULT_PORTS[scheme]}{slash}{path}"
