"""Signing in elsewhere: there, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, abort, current_app, make_response, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ivr.records.accounts import SignInError
from ivr.web.admin.guard import open_to_all
from ivr.web.admin.kept_forms import home, safe_target
from ivr.web.admin.office import office, page
from ivr.web.admin.views.sign_in import entered

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from ivr.web.admin.oidc import Provider

blueprint = Blueprint("provider", __name__, url_prefix="/provider")

_COOKIE: Final = "ivr-provider"
_SECONDS: Final = 600


@blueprint.get("/")
@open_to_all
def there() -> ResponseReturnValue:
    """Send the browser to the provider."""
    address, started = _provider().start(safe_target(request.args.get("next", "")))
    answer = make_response(redirect(address, code=303))
    secure = office().settings.secrets.public_url.startswith("https://")
    answer.set_cookie(_COOKIE, _signer().dumps(started.as_cookie()), max_age=_SECONDS, httponly=True, samesite="Lax",
                      secure=secure, path=f"{home()}provider/")  # fmt: skip
    return answer


@blueprint.get("/back")
@open_to_all
def back() -> ResponseReturnValue:
    """Let the person in whom the provider vouches for."""
    from ivr.web.admin.oidc import Started  # noqa: PLC0415 - an extra

    provider = _provider()
    try:
        started = Started(**_signer().loads(request.cookies.get(_COOKIE, ""), max_age=_SECONDS))
        person = provider.finish(started, request.args)
        issuer = office().settings.admin.oidc_issuer
        found = office().accounts.vouched(person.name, person.role, issuer, office().clock(), person.shown)
    except (BadSignature, TypeError):
        return page("sign_in.html", next=home(), error="The sign-in was not begun here; begin again."), 401
    except SignInError as refused:
        office().note("sign-in.refused", "provider", refused.what, who="nobody")
        return page("sign_in.html", next=home(), error=str(refused)), 401
    token = office().people.begin(found.name, office().clock())
    office().note("sign-in", "provider", who=found.name)
    answer = make_response(entered(token, started.wanted))
    answer.delete_cookie(_COOKIE, path=f"{home()}provider/")
    return answer


def _provider() -> Provider:
    settings = office().settings
    if not settings.admin.oidc_issuer:
        abort(404, "No provider is set up here.")
    from ivr.web.admin.oidc import Provider  # noqa: PLC0415 - an extra

    origin = settings.secrets.public_url or request.host_url.rstrip("/")
    return Provider(settings, origin + url_for("admin.provider.back"))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="provider")
