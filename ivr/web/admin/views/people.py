"""Who may come in, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, request

from ivr.errors import InputError
from ivr.records.accounts import first_password
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("people", __name__, url_prefix="/people")
LINKS: Final = (Link("People", "people.index", Role.ADMINISTRATOR),)


@blueprint.get("/")
@needs(Role.ADMINISTRATOR)
def index() -> str:
    """List the accounts."""
    return page(
        "people.html",
        accounts=office().accounts.all(),
        roles=tuple(Role),
        role_choices=[(r, r) for r in Role],
        now=office().clock(),
    )


@blueprint.post("/add")
@needs(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Make an account; its first password is shown once."""
    form, password = request.form, first_password()
    made = office().accounts.add(
        form.get("name", ""), _role(form.get("role", "")), password, office().clock(), form.get("shown", "").strip()
    )
    office().note("account.add", made.name, made.role)
    return page("people_added.html", made=made, password=password)


@blueprint.post("/<name>/role")
@needs(Role.ADMINISTRATOR)
def role(name: str) -> ResponseReturnValue:
    """Give a person another role."""
    wanted = _role(request.form.get("role", ""))
    office().accounts.set_role(name, wanted)
    office().note("account.role", name, wanted)
    return done(f"{name} is now {wanted}.", "people.index")


@blueprint.post("/<name>/password")
@needs(Role.ADMINISTRATOR)
def password(name: str) -> ResponseReturnValue:
    """Give a person a new first password, and forget their second factor."""
    new = first_password()
    office().accounts.set_password(name, new)
    office().accounts.set_secret(name, "")
    office().note("account.password", name)
    return page("people_added.html", made=office().accounts.get(name), password=new)


@blueprint.post("/<name>/disabled")
@needs(Role.ADMINISTRATOR)
def disabled(name: str) -> ResponseReturnValue:
    """Stop a person coming in, or let them again."""
    off = request.form.get("disabled") == "yes"
    office().accounts.set_disabled(name, disabled=off)
    office().note("account.disable" if off else "account.enable", name)
    return done(f"{name} can no longer sign in." if off else f"{name} can sign in again.", "people.index")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InputError(f"no role {text!r}", todo=f"one of {', '.join(Role)}") from None
