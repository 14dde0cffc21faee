"""Who may see which page: checked before every request, in one place.

In order: is the connection safe, is the post from our own page, who is it, may they, and is the form ours.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from flask import abort, current_app, g, redirect, request, url_for

from ivr.records.roles import Role
from ivr.web.admin.kept_forms import ask_to_sign_in, here, home
from ivr.web.admin.office import office, page, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

View = TypeVar("View", bound="Callable[..., ResponseReturnValue]")

FORM_KEY: Final = "form_key"
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NEEDS, _OPEN, _FILES = "ivr_needs", "ivr_open", "ivr_files"


def needs(role: Role) -> Callable[[View], View]:
    """Mark a view as one for people of this role or above."""

    def mark(view: View) -> View:
        setattr(view, _NEEDS, role)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view as one that needs no sign-in."""
    setattr(view, _OPEN, True)
    return view


def takes_files(most: int) -> Callable[[View], View]:
    """Mark a view as one whose requests may have this many bytes."""

    def mark(view: View) -> View:
        setattr(view, _FILES, most)
        return view

    return mark


# --- before a request ---


def check() -> ResponseReturnValue | None:
    """Let a request through, or answer it otherwise. Runs before every view of the pages."""
    view = current_app.view_functions[request.endpoint or ""]
    if request.endpoint == "admin.static":
        return None
    if not _connection_is_safe():
        return page("unsafe.html"), 403
    if request.method != "GET" and not _from_our_page():
        abort(403, "This was sent from another page than ours.")
    _find_session()
    if getattr(view, _OPEN, False):
        return None
    session = person()
    if session is None:
        return _sign_in_first()
    if not session.account.role.may(needed_role(view, request.method)):
        abort(403, "Your role does not allow this. An administrator can change it.")
    if request.method != "GET":
        request.max_content_length = getattr(view, _FILES, None) or request.max_content_length
        if not hmac.compare_digest(request.form.get(FORM_KEY, "").encode(), session.form_key.encode()):
            return ask_to_sign_in(signed_in=True)
    return None


def needed_role(view: Callable[..., object], method: str) -> Role:
    """Return the least role a view is for."""
    marked: Role | None = getattr(view, _NEEDS, None)
    if marked is not None:
        return marked
    return Role.VIEWER if method == "GET" else Role.ADMINISTRATOR


def cookie_name() -> str:
    """Return the name of the session's cookie; with https, browsers hold it to this host and to https."""
    place = office().settings.place
    own = f"-{place.id}" if place else ""  # the sites of an installation share a host, and no session
    return ("__Host-ivr" if _https() else "ivr") + own


def set_cookie(response: Response, token: str) -> None:
    """Give the browser its session; empty: take it away."""
    if token:
        response.set_cookie(cookie_name(), token, secure=_https(), httponly=True, samesite="Lax", path="/")
    else:
        response.delete_cookie(cookie_name(), secure=_https(), httponly=True, samesite="Lax", path="/")


def _https() -> bool:
    return office().settings.secrets.public_url.startswith("https://")


def _connection_is_safe() -> bool:
    """Tell whether nobody between the browser and us can listen: this machine itself, or https from outside."""
    host = urlsplit(f"//{request.host}").hostname or ""
    near = _is_loopback(request.remote_addr or "")
    if host in _LOOPBACK_NAMES:
        return near and not {"X-Forwarded-For", "Forwarded"} & set(request.headers.keys())
    origin = urlsplit(office().settings.secrets.public_url)
    encrypted = near or request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
    return origin.scheme == "https" and origin.hostname == host and encrypted


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _from_our_page() -> bool:
    """Tell whether a browser says that a post comes from a page of this host (old ones say nothing)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _find_session() -> None:
    token = request.cookies.get(cookie_name(), "")
    found = office().people.find(token, office().clock()) if token else None
    g.signed_in = found
    if found is not None and found.said and request.method == "GET":
        g.said = found.said
        office().people.say(found.token, "")


def _sign_in_first() -> ResponseReturnValue:
    if request.method == "GET":
        wanted = here()
        return redirect(url_for("admin.sign_in.form", next=wanted if wanted != home() else None), code=303)
    return ask_to_sign_in(signed_in=False)


# --- after a request ---

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def harden(response: Response) -> Response:
    """Add the headers that keep a page's content from doing harm."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "admin.static":
        response.headers["Cache-Control"] = "no-store"
    if _https():
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
