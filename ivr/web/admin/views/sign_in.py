"""Signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, request, url_for

from ivr.records.accounts import CodeNeeded, SignInError
from ivr.web.admin.guard import cookie_name, open_to_all, set_cookie
from ivr.web.admin.kept_forms import read_kept, safe_target
from ivr.web.admin.office import account, done, office, page, person

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@open_to_all
def form() -> ResponseReturnValue:
    """Ask who it is."""
    wanted = safe_target(request.args.get("next", ""))
    if person() is not None:
        return redirect(wanted, code=303)
    return page("sign_in.html", next=wanted, nobody=not office().accounts.any())


@blueprint.post("/sign-in")
@open_to_all
def enter() -> ResponseReturnValue:
    """Let a person in, or say that something was not right."""
    given = request.form
    name, wanted, kept = given.get("name", ""), safe_target(given.get("next", "")), given.get("kept", "")
    again = {"next": wanted, "kept": kept, "name": name}
    try:
        found = office().accounts.check(name, given.get("password", ""), given.get("code", ""), office().clock())
    except CodeNeeded as needed:
        return page("sign_in.html", **again, wants_code=True, error=needed.what), 401
    except SignInError as refused:
        office().note("sign-in.refused", name[:100], who="nobody")
        return page("sign_in.html", **again, wants_code=bool(given.get("code")), error=str(refused)), 401
    token = office().people.begin(found.name, office().clock())
    office().note("sign-in", who=found.name)
    return entered(token, wanted, kept)


def entered(token: str, wanted: str, kept: str = "") -> ResponseReturnValue:
    """Go on where the person wanted to; a form that was kept is shown first."""
    fields = read_kept(kept)
    signed_in = office().people.find(token, office().clock())
    if fields and signed_in is not None:
        answer = make_response(page("resume.html", fields=fields, target=wanted, form_key_value=signed_in.form_key))
    else:
        answer = make_response(redirect(wanted, code=303))
    set_cookie(answer, token)
    return answer


@blueprint.post("/sign-out")
@open_to_all
def leave() -> ResponseReturnValue:
    """End the session."""
    token = request.cookies.get(cookie_name(), "")
    if token:
        office().people.end(token)
    answer = make_response(redirect(url_for("admin.sign_in.form"), code=303))
    set_cookie(answer, "")
    return answer


@blueprint.post("/sign-out/everywhere")
def leave_everywhere() -> ResponseReturnValue:
    """End all sessions of the person."""
    office().accounts.sign_out(account().name)
    office().note("sign-out.everywhere")
    return done("", "sign_in.form")
