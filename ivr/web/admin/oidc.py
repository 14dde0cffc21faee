"""Signing in at the organisation's own OpenID Connect provider: authorisation code flow with PKCE and a nonce.

The provider's word is taken for who somebody is and which groups they are in; the groups give the role here.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ivr.errors import SettingsError, UnavailableError
from ivr.records.accounts import SignInError
from ivr.records.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.settings import Settings

_SECONDS: Final = 15
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256"]
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Started:
    """One sign-in under way, kept by the browser in a signed cookie."""

    state: str
    nonce: str
    verifier: str
    wanted: str
    """Page to go on to."""

    def as_cookie(self) -> dict[str, str]:
        """Return it as the cookie has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says somebody is."""

    name: str
    shown: str
    role: Role


class Provider:
    """One provider, asked for its addresses when it is needed. Raises UnavailableError where it does not answer."""

    def __init__(self, settings: Settings, back: str) -> None:
        """Take the settings and the address people come back to. Raises SettingsError for an open connection."""
        self._rules, self._back = settings.admin, back
        self._secret = settings.secrets.oidc_secret.get_secret_value()
        parts = urlsplit(self._rules.oidc_issuer)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise SettingsError("`admin.oidc_issuer` is not https", where="ivr.toml", todo="mend it")

    def start(self, wanted: str) -> tuple[str, Started]:
        """Return where the browser goes to sign in, and what it keeps meanwhile."""
        started = Started(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), wanted)
        address, _ = self._session().create_authorization_url(
            self._found()["authorization_endpoint"], state=started.state, nonce=started.nonce,
            code_verifier=started.verifier,
        )  # fmt: skip
        return str(address), started

    def finish(self, started: Started, answer: Mapping[str, str]) -> Person:
        """Return who came back. Raises SignInError where the answer is not to this sign-in, or gives no role."""
        if not secrets.compare_digest(answer.get("state", "").encode(), started.state.encode()) or "code" not in answer:
            raise SignInError("the sign-in was not finished", todo="begin again")
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - an extra

        found = self._found()
        try:
            token = self._session().fetch_token(
                found["token_endpoint"], code=answer["code"], code_verifier=started.verifier, timeout=_SECONDS
            )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise SignInError("the provider did not accept the sign-in", todo="begin again") from error
        return self._person(self._claims(str(token.get("id_token", "")), found, started.nonce))

    def _session(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - an extra

        return OAuth2Session(
            self._rules.oidc_client, self._secret, scope="openid profile email", redirect_uri=self._back,
            code_challenge_method="S256",
        )  # fmt: skip

    def _found(self) -> dict[str, Any]:
        issuer = self._rules.oidc_issuer.rstrip("/")
        found = self._get(f"{issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            raise UnavailableError("the sign-in provider calls itself something else than `admin.oidc_issuer`")
        return found

    def _get(self, address: str) -> dict[str, Any]:
        try:
            answer = requests.get(address, timeout=_SECONDS)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise UnavailableError("the sign-in provider does not answer; use a local account, or try later") from error
        return found

    def _claims(self, token: str, found: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return what the provider vouches for: signed by it, for us, now, in answer to this sign-in."""
        wanted = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": found["issuer"]},
            aud={"essential": True, "value": self._rules.oidc_client},
            exp={"essential": True}, nonce={"essential": True, "value": nonce}, sub={"essential": True},
        )  # fmt: skip
        try:
            keys = KeySet.import_key_set(self._get(found["jwks_uri"]))  # type: ignore[arg-type] # JSON, checked there
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            wanted.validate(decoded.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise SignInError("what the provider said cannot be trusted", todo="begin again") from error
        return decoded.claims

    def _person(self, claims: Mapping[str, Any]) -> Person:
        groups = {str(group) for name in ("groups", "roles") for group in claims.get(name) or ()}
        roles = [Role(role) for group, role in self._rules.oidc_roles.items() if group in groups]
        if not roles:
            raise SignInError("none of your groups may come in here", todo="ask an administrator")
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        best = max(roles, key=tuple(Role).index)
        return Person(name, str(claims.get("name") or name), best)
