"""One's own account: password, second factor, other devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, request

from ivr.errors import InputError
from ivr.records.accounts import used_interval
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("me", __name__, url_prefix="/me")
LINKS: Final = (Link("My account", "me.index", Role.VIEWER),)


@blueprint.get("/")
def index() -> str:
    """Show the account, and a new secret for a second factor where there is none."""
    import pyotp  # noqa: PLC0415 - only this page makes secrets

    secret = "" if account().two_factors or account().source != "local" else pyotp.random_base32()
    return page("me.html", account=account(), secret=secret, picture=_picture(secret) if secret else "")


@blueprint.post("/password")
@needs(Role.VIEWER)
def password() -> ResponseReturnValue:
    """Change the password; the person is signed out everywhere."""
    form, me = request.form, account()
    if form.get("password", "") != form.get("again", ""):
        raise InputError("the two new passwords are not the same", todo="go back and type them again")
    office().accounts.check(me.name, form.get("current", ""), form.get("code", ""), office().clock())
    office().accounts.set_password(me.name, form.get("password", ""))
    office().note("account.password", me.name)
    return done("", "sign_in.form")


@blueprint.post("/second-factor")
@needs(Role.VIEWER)
def second_factor() -> ResponseReturnValue:
    """Begin to ask for codes, once the person's telephone shows a right one; or stop asking."""
    form, me = request.form, account()
    if me.two_factors:
        office().accounts.check(me.name, form.get("current", ""), form.get("code", ""), office().clock())
        office().accounts.set_secret(me.name, "")
        office().note("account.second-factor.off", me.name)
        return done("Codes are no longer asked for.", "me.index")
    secret = form.get("secret", "")
    if len(secret) < 32 or not secret.isalnum() or not used_interval(secret, form.get("code", ""), office().clock()):  # noqa: PLR2004 - a secret of ours
        raise InputError("that is not the code of this secret", todo="go back, scan the picture again, and type it")
    office().accounts.set_secret(me.name, secret)
    office().note("account.second-factor.on", me.name)
    return done("From now on a code is asked for when you sign in.", "me.index")


def _picture(secret: str) -> str:
    """Return the secret as a picture that authenticators read: an SVG as a data address."""
    import pyotp  # noqa: PLC0415
    import segno  # noqa: PLC0415

    address = pyotp.TOTP(secret).provisioning_uri(name=account().name, issuer_name=office().settings.site.name)
    return segno.make(address, micro=False).svg_data_uri(scale=4)
