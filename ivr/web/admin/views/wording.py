"""What is said: enquiries, prompts, the operators' hours and an urgent message, changed like the directory is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flask import Blueprint, redirect, request, url_for

from ivr.dialogue.hours import parse_hours
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.ready import require_safety
from ivr.dialogue.reworded import reworded_enquiries, reworded_prompts, reworded_settings
from ivr.dialogue.wording import CATALOGUE
from ivr.directory.load import active_wording
from ivr.directory.wording import (
    ENQUIRY_FIELDS,
    Wording,
    change_wording,
    described,
    read_wording,
    with_enquiry,
    with_prompt,
)
from ivr.errors import InputError
from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.model import Directory
from ivr.records.roles import Role
from ivr.web.admin.guard import needs
from ivr.web.admin.live import keep_live, publish_notice
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.typing import ResponseReturnValue

    from ivr.model import Enquiry

blueprint = Blueprint("wording", __name__, url_prefix="/wording")
LINKS: Final = (Link("What is said", "wording.index", Role.VIEWER),)

_LONGEST: Final = 2000


@blueprint.get("/")
def index() -> str:
    """List what can be changed, and what is changed but not live."""
    wording, live = read_wording(office().versions), active_wording(office().settings)
    about = request.args.get("about", "").strip().casefold()
    enquiries = [e for e in _enquiries(wording) if about in f"{e.id} {e.title} {e.answer}".casefold()]
    prompts = reworded_prompts(_prompts(), replace(wording, notice="", enquiries={}, hours=""))
    words = [(name, prompts.words(name)) for name in CATALOGUE]
    words = [(name, text) for name, text in words if about in f"{name} {text}".casefold()]
    return page("wording.html", wording=wording, waiting=described(live, wording), notice=live.notice, about=about,
                enquiries=enquiries, prompts=words, hours=wording.hours or office().site.usual_hours)  # fmt: skip


@blueprint.get("/enquiries/<enquiry_id>")
def enquiry(enquiry_id: str) -> str:
    """Show one enquiry."""
    wording = read_wording(office().versions)
    found = _enquiry(enquiry_id, wording)
    return page("enquiry.html", enquiry=found, changed=wording.enquiries.get(found.id, {}))


@blueprint.post("/enquiries/<enquiry_id>")
@needs(Role.EDITOR)
def change_enquiry(enquiry_id: str) -> ResponseReturnValue:
    """Keep the changed texts of an enquiry."""
    original = next((e for e in load_enquiries(_grammars()) if e.id == enquiry_id), None)
    if original is None:
        raise InputError(f"no enquiry {enquiry_id[:40]!r}", todo="see the list")
    form = {name: request.form.get(name, "").replace("\r\n", "\n").strip()[:_LONGEST] for name in ENQUIRY_FIELDS}
    texts = {name: text if text != getattr(original, name, None) else "" for name, text in form.items()}
    _change(lambda wording: with_enquiry(wording, original.id, texts))
    office().note("wording.enquiry", original.id, "; ".join(f"{n}: {t}" for n, t in texts.items() if t))
    return done(f"Kept. It goes live with the next version: {original.title}.", "wording.index")


@blueprint.post("/phrase")
@needs(Role.EDITOR)
def add_phrase() -> ResponseReturnValue:
    """Have one more way to ask for an enquiry."""
    wanted, phrase = request.form.get("enquiry", ""), " ".join(request.form.get("phrase", "").split())[:200]
    found = _enquiry(wanted, read_wording(office().versions))
    if not phrase:
        raise InputError("nothing was typed", todo="go back and type what callers say")

    def change(wording: Wording) -> Wording:
        more = wording.enquiries.get(found.id, {}).get("phrases", "")
        return with_enquiry(wording, found.id, {"phrases": f"{more}\n{phrase}".strip()})

    _change(change)
    office().note("wording.phrase", found.id, phrase)
    return done(f"Noted: “{phrase}” asks for {found.title}, from the next version on.", "gaps.index")


@blueprint.get("/prompts/<name>")
def prompt(name: str) -> str:
    """Show one prompt."""
    wording = read_wording(office().versions)
    if name not in CATALOGUE:
        raise InputError(f"no prompt {name[:40]!r}", todo="see the list")
    prompts = reworded_prompts(_prompts(), Wording(prompts=wording.prompts))
    example = prompts.render(name, {p: f"[{p}]" for p in CATALOGUE[name]})
    return page("prompt.html", name=name, text=prompts.words(name), changed=name in wording.prompts,
                holds=sorted(CATALOGUE[name]), example=example)  # fmt: skip


@blueprint.post("/prompts/<name>")
@needs(Role.EDITOR)
def change_prompt(name: str) -> ResponseReturnValue:
    """Keep the changed words of a prompt; none: as in the file again."""
    if name not in CATALOGUE:
        raise InputError(f"no prompt {name[:40]!r}", todo="see the list")
    text = " ".join(request.form.get("text", "").split())[:_LONGEST]
    _change(lambda wording: with_prompt(wording, name, text))
    office().note("wording.prompt", name, text)
    return done(f"Kept. It goes live with the next version: {name}.", "wording.index")


@blueprint.post("/hours")
@needs(Role.EDITOR)
def change_hours() -> ResponseReturnValue:
    """Keep changed hours of the operators; none: as in `ivr.toml` again."""
    hours = " ".join(request.form.get("hours", "").split())[:200]
    if hours:
        parse_hours(hours)
        site = office().site
        kinds = (s.target.id for s in site.grammars["safety"].sentences if s.target)
        require_safety(reworded_settings(site.given, Wording(hours=hours)), site.directory, kinds)
    hours = "" if hours == office().site.usual_hours else hours
    _change(lambda wording: replace(wording, hours=hours))
    office().note("wording.hours", "", hours)
    return done("Kept. The hours go live with the next version.", "wording.index")


@blueprint.post("/stage")
@needs(Role.EDITOR)
def stage() -> ResponseReturnValue:
    """Make a version of the live directory with the changed words, to be looked at and made live."""
    kept = keep_live(office().shelf, account().name, "changed words", read_wording(office().versions))
    office().note("directory.stage", kept.version, "changed words")
    return redirect(url_for("admin.versions.difference", version=kept.version), code=303)


@blueprint.post("/notice")
@needs(Role.PUBLISHER)
def notice() -> ResponseReturnValue:
    """Say an urgent message to every caller first, from now on; none: no longer. Live at once."""
    text = request.form.get("notice", "").strip()
    kept = publish_notice(office().shelf, text, account().name)
    office().note("wording.notice", kept.version, text)
    return done("It is said to every new caller within seconds." if text else "It is no longer said.", "wording.index")


def _change(change: Callable[[Wording], Wording]) -> None:
    """Change the working copy, where the site can still be built with it. Raises InputError."""

    def checked(wording: Wording) -> Wording:
        changed = change(wording)
        enquiries = reworded_enquiries(load_enquiries(_grammars()), changed)
        compile_grammars(_grammars(), Directory(()), enquiries)
        reworded_prompts(_prompts(), Wording(prompts=changed.prompts))
        for one in enquiries:
            if one.hours:
                parse_hours(one.hours)
        return changed

    change_wording(office().versions, checked)


def _enquiries(wording: Wording) -> tuple[Enquiry, ...]:
    return reworded_enquiries(load_enquiries(_grammars()), wording)


def _enquiry(wanted: str, wording: Wording) -> Enquiry:
    found = next((e for e in _enquiries(wording) if e.id == wanted), None)
    if found is None:
        raise InputError(f"no enquiry {wanted[:40]!r}", todo="see the list")
    return found


def _grammars() -> Path:
    return office().settings.path(office().settings.grammar.folder)


def _prompts() -> Prompts:
    """Return the prompts as the files have them."""
    return Prompts.load(_grammars(), office().settings.site.language)
