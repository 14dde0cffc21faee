"""Signing in at an OpenID Connect provider: a real one of the test's own, with real keys, asked over the network."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ivr.records.accounts import Accounts
from ivr.records.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.assembly import Site

jwt = pytest.importorskip("joserfc.jwt", reason="needs the extra `oidc`")
pytest.importorskip("authlib", reason="needs the extra `oidc`")


@dataclass
class Provider:
    """What the provider knows, and what it says."""

    issuer: str = ""
    key: Any = None
    asked: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)

    def answer(self, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """Answer one request."""
        if path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return 200, {"issuer": self.issuer} | {name: f"{self.issuer}/{end}" for name, end in ends.items()}
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if form["code"] != "the code" or challenge.decode() != self.asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        claims = {"iss": self.issuer, "aud": "ivr", "sub": "1", "exp": int(time.time()) + 60,
                  "nonce": self.asked["nonce"]} | self.claims  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Run a provider."""
    from joserfc.jwk import RSAKey

    made = Provider(key=RSAKey.generate_key(2048, {"kid": "k1"}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, data = made.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser(make_browser: Callable[..., Any], admin_site: Site, provider: Provider) -> Any:
    """Give somebody without an account a browser."""
    made = make_browser(None)
    rules = {"oidc_issuer": provider.issuer, "oidc_client": "ivr", "oidc_roles": {"team": "editor", "web": "viewer"}}
    settings = admin_site.settings
    admin = settings.admin.model_copy(update=rules)
    vars(admin_site)["settings"] = settings.model_copy(update={"admin": admin})
    return made


def _go(browser: Any, provider: Provider, *, state: str = "", code: str = "the code") -> Any:
    assert "organisation" in browser.get("/admin/sign-in?next=/admin/me/").text
    address = browser.get("/admin/provider/?next=/admin/me/").location
    assert address.startswith(f"{provider.issuer}/authorize?")
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return browser.get(f"/admin/provider/back?code={code}&state={state or provider.asked['state']}")


def test_somebody_the_provider_vouches_for(browser: Any, provider: Provider, admin_site: Site) -> None:
    """Comes in with the highest role of their groups, and leads on to where they wanted to go."""
    provider.claims = {"preferred_username": "Ngozi@example.org", "name": "Ngozi A.", "groups": ["web", "team"]}
    entered = _go(browser, provider)
    assert (entered.status_code, entered.location) == (303, "/admin/me/")
    assert "looked after at" in browser.get("/admin/me/").text
    found = Accounts(admin_site.store.database).get("ngozi@example.org")
    assert (found.role, found.source, found.shown) == (Role.EDITOR, provider.issuer, "Ngozi A.")
    assert browser.sign_in("anything at all").status_code == 401


@pytest.mark.parametrize(
    ("claims", "more"),
    [
        ({"groups": ["others"]}, {}),
        ({"groups": ["team"], "aud": "somebody else"}, {}),
        ({"groups": ["team"], "iss": "https://evil.example"}, {}),
        ({"groups": ["team"], "nonce": "another"}, {}),
        ({"groups": ["team"], "exp": 1}, {}),
        ({"groups": ["team"]}, {"state": "guessed"}),
        ({"groups": ["team"]}, {"code": "guessed"}),
    ],
)
def test_nobody_else(browser: Any, provider: Provider, claims: dict[str, Any], more: dict[str, str]) -> None:
    """No group, not for us, not from there, not this sign-in, too old, another state or code: nobody comes in."""
    provider.claims = claims
    assert _go(browser, provider, **more).status_code == 401
    assert browser.get("/admin/").status_code == 303


def test_another_key(browser: Any, provider: Provider) -> None:
    """What somebody else signed is not believed."""
    from joserfc.jwk import RSAKey

    provider.claims = {"groups": ["team"]}
    forged = RSAKey.generate_key(2048, {"kid": "k1"})
    known = provider.key.as_dict(private=False)
    provider.key = forged
    true_answer = provider.answer
    provider.answer = lambda path, body: (200, {"keys": [known]}) if path == "/keys" else true_answer(path, body)
    assert _go(browser, provider).status_code == 401


def test_a_local_account_is_not_taken_over(make_browser: Callable[..., Any], browser: Any, provider: Provider) -> None:
    """Somebody of the same name at the provider does not become the local one; without a provider there is no page."""
    make_browser(Role.ADMINISTRATOR, "ada", sign_in=False)
    provider.claims = {"preferred_username": "ada", "groups": ["team"]}
    assert _go(browser, provider).status_code == 401
    assert browser.get("/admin/provider/back?code=x&state=y").status_code == 401
