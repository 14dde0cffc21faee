"""What is said: enquiries, prompts, the operators' hours and an urgent message, changed like the directory is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, redirect, request, url_for

from ivr.dialogue.wording import CATALOGUE
from ivr.directory.load import active_wording
from ivr.directory.wording import ENQUIRY_FIELDS, Wording, described, read_wording, with_enquiry, with_prompt
from ivr.errors import InputError
from ivr.records.roles import Role
from ivr.web.admin import words
from ivr.web.admin.guard import needs
from ivr.web.admin.live import keep_live, publish_notice
from ivr.web.admin.navigation import Link
from ivr.web.admin.office import account, done, office, page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from ivr.settings import Settings

blueprint = Blueprint("wording", __name__, url_prefix="/wording")
LINKS: Final = (Link("What is said", "wording.index", Role.VIEWER, ("closing",)),)


@blueprint.get("/")
def index() -> str:
    """List what can be changed, and what is changed but not live."""
    return _index()


def _index(**more: str) -> str:
    wording, live = read_wording(office().versions), active_wording(office().settings)
    about = request.args.get("about", "").strip().casefold()
    enquiries = [e for e in words.enquiries_of(_given(), wording) if about in f"{e.id} {e.title} {e.answer}".casefold()]
    prompts = words.prompts_of(_given(), wording)
    listed = [(name, prompts.words(name)) for name in CATALOGUE]
    listed = [(name, text) for name, text in listed if about in f"{name} {text}".casefold()]
    return page("wording.html", wording=wording, waiting=described(live, wording), notice=live.notice, about=about,
                enquiries=enquiries, prompts=listed, hours=wording.hours or office().site.usual_hours,
                closures=len(words.closures_of(_given(), wording)), **more)  # fmt: skip


@blueprint.get("/enquiries/<enquiry_id>")
def enquiry(enquiry_id: str) -> str:
    """Show one enquiry."""
    return _enquiry(enquiry_id, read_wording(office().versions))


def _enquiry(enquiry_id: str, wording: Wording, **more: bool) -> str:
    found = words.enquiry_of(_given(), enquiry_id, wording)
    return page("enquiry.html", enquiry=found, changed=wording.enquiries.get(found.id, {}), **more)


@blueprint.post("/enquiries/<enquiry_id>")
@needs(Role.EDITOR)
def change_enquiry(enquiry_id: str) -> ResponseReturnValue:
    """Keep the changed texts of an enquiry, or only show how they would be."""
    texts = {name: request.form.get(name, "") for name in ENQUIRY_FIELDS}
    if request.form.get("do") == "preview":
        return _enquiry(enquiry_id, with_enquiry(read_wording(office().versions), enquiry_id, texts), preview=True)
    title = words.enquiry_of(_given(), enquiry_id, Wording()).title
    kept = words.set_enquiry(_given(), enquiry_id, texts)
    office().note("wording.enquiry", enquiry_id, "; ".join(f"{n}: {t}" for n, t in kept.items() if t))
    return done(f"Kept. It goes live with the next version: {title}.", "wording.index")


@blueprint.post("/phrase")
@needs(Role.EDITOR)
def add_phrase() -> ResponseReturnValue:
    """Have one more way to ask for an enquiry."""
    phrase = request.form.get("phrase", "")
    found = words.add_phrase(_given(), request.form.get("enquiry", ""), phrase)
    office().note("wording.phrase", found.id, phrase)
    return done(f"Noted: “{phrase}” asks for {found.title}, from the next version on.", "gaps.index")


@blueprint.get("/prompts/<name>")
def prompt(name: str) -> str:
    """Show one prompt."""
    return _prompt(name, read_wording(office().versions))


def _prompt(name: str, wording: Wording, **more: bool) -> str:
    if name not in CATALOGUE:
        raise InputError(f"no prompt {name[:40]!r}", todo="see the list")
    prompts = words.prompts_of(_given(), wording)
    example = prompts.render(name, {p: f"[{p}]" for p in CATALOGUE[name]})
    return page("prompt.html", name=name, text=prompts.words(name), changed=name in wording.prompts,
                holds=sorted(CATALOGUE[name]), example=example, **more)  # fmt: skip


@blueprint.post("/prompts/<name>")
@needs(Role.EDITOR)
def change_prompt(name: str) -> ResponseReturnValue:
    """Keep the changed words of a prompt (none: as in the file again), or only show how they would be."""
    text = request.form.get("text", "")
    if request.form.get("do") == "preview":
        changed = with_prompt(read_wording(office().versions), name, " ".join(text.split())[: words.LONGEST])
        return _prompt(name, changed, preview=True)
    office().note("wording.prompt", name, words.set_prompt(_given(), name, text))
    return done(f"Kept. It goes live with the next version: {name}.", "wording.index")


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
    """Say an urgent message to every caller first, from now on; none: no longer. Live at once, unless only shown."""
    text = request.form.get("notice", "").strip()
    if request.form.get("do") == "preview":
        return _index(typed=text, greeting=words.greeting_with(_given(), text))
    kept = publish_notice(office().shelf, text, account().name)
    office().note("wording.notice", kept.version, text)
    return done("It is said to every new caller within seconds." if text else "It is no longer said.", "wording.index")


def _given() -> Settings:
    return office().site.given
