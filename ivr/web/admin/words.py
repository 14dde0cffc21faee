"""Changing what is said: enquiries, prompts, hours, closures and pronunciations, from the pages and the command line.

Every change is checked against the site as it would be, kept in the working copy, and goes live with a version.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from ivr.dialogue.hours import Region, parse_hours
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.ready import require_safety
from ivr.dialogue.reworded import reworded_enquiries, reworded_prompts, reworded_settings
from ivr.dialogue.wording import CATALOGUE
from ivr.directory.load import active_wording
from ivr.directory.wording import (
    ENQUIRY_FIELDS,
    Wording,
    change_wording,
    read_wording,
    with_closure,
    with_enquiry,
    with_prompt,
    with_said,
)
from ivr.errors import InputError
from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.respell import said_as
from ivr.model import Directory
from ivr.skills.closures import closed, closure_rows, key_of_row, load_closures, read_closure, require_known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from ivr.assembly import Site
    from ivr.grammar.pronounce import Phones
    from ivr.model import Enquiry
    from ivr.settings import Settings

LONGEST: Final = 2000
CLOSURE_FIELDS: Final = ("from", "to", "who", "hours", "reason")
_DAYS: Final = 14
"""Days that a preview of hours shows."""


# --- what there is ---


def changed_words(settings: Settings) -> Wording:
    """Return the working copy. Raises DirectoryError where it is damaged."""
    return read_wording(settings.path(settings.directory.versions))


def enquiries_of(settings: Settings, wording: Wording) -> tuple[Enquiry, ...]:
    """Return the enquiries as they would be."""
    return reworded_enquiries(load_enquiries(_grammars(settings)), wording)


def enquiry_of(settings: Settings, wanted: str, wording: Wording) -> Enquiry:
    """Return one enquiry as it would be. Raises InputError where there is none of that id."""
    found = next((e for e in enquiries_of(settings, wording) if e.id == wanted), None)
    if found is None:
        raise InputError(f"no enquiry {wanted[:40]!r}", todo="see the list")
    return found


def prompts_of(settings: Settings, wording: Wording) -> Prompts:
    """Return the prompts as they would be, without an urgent message. Raises GrammarError."""
    prompts = Prompts.load(_grammars(settings), settings.site.language)
    return reworded_prompts(prompts, Wording(prompts=wording.prompts))


def closures_of(settings: Settings, wording: Wording) -> dict[str, dict[str, str]]:
    """Return the closures as they would be, in order of time, by key. Raises InputError for a file that is broken."""
    return {key: row for key, (_, row) in closure_rows(_tables(settings), wording.closures).items()}


# --- changing it ---


def set_enquiry(settings: Settings, enquiry: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Change the texts of an enquiry, those as in the file being no change; return what is kept. Raises InputError."""
    original = enquiry_of(settings, enquiry, Wording())
    unknown = next((name for name in texts if name not in ENQUIRY_FIELDS), None)
    if unknown is not None:
        raise InputError(f"an enquiry has no {unknown!r}", todo=f"one of {', '.join(ENQUIRY_FIELDS)}")
    given = {name: text.replace("\r\n", "\n").strip()[:LONGEST] for name, text in texts.items()}
    kept = {name: text if text != getattr(original, name, None) else "" for name, text in given.items()}
    _change(settings, lambda wording: with_enquiry(wording, original.id, kept))
    return kept


def add_phrase(settings: Settings, enquiry: str, phrase: str) -> Enquiry:
    """Have one more way to ask for an enquiry, and return it. Raises InputError."""
    found, phrase = enquiry_of(settings, enquiry, changed_words(settings)), " ".join(phrase.split())[:200]
    if not phrase:
        raise InputError("nothing was typed", todo="go back and type what callers say")

    def change(wording: Wording) -> Wording:
        more = wording.enquiries.get(found.id, {}).get("phrases", "")
        return with_enquiry(wording, found.id, {"phrases": f"{more}\n{phrase}".strip()})

    _change(settings, change)
    return found


def set_prompt(settings: Settings, name: str, text: str) -> str:
    """Change the words of a prompt; none: as in the file again. Return them. Raises InputError, GrammarError."""
    if name not in CATALOGUE:
        raise InputError(f"no prompt {name[:40]!r}", todo="see the list")
    text = " ".join(text.split())[:LONGEST]
    _change(settings, lambda wording: with_prompt(wording, name, text))
    return text


def set_hours(site: Site, hours: str) -> str:
    """Change the operators' hours; none, or the usual ones: as in `ivr.toml` again. Return them.

    Raises SettingsError where they cannot be read, or where callers in danger would reach nobody.
    """
    hours = " ".join(hours.split())[:200]
    if hours:
        checked_hours(site, hours)
    hours = "" if hours == site.usual_hours else hours
    _change(site.given, lambda wording: replace(wording, hours=hours))
    return hours


def checked_hours(site: Site, hours: str) -> None:
    """Raise SettingsError where hours cannot be read, or where callers in danger would reach nobody."""
    parse_hours(hours)
    kinds = (s.target.id for s in site.grammars["safety"].sentences if s.target)
    require_safety(reworded_settings(site.given, Wording(hours=hours)), site.directory, kinds)


def set_closure(site: Site, row: Mapping[str, str]) -> dict[str, str]:
    """Close somebody, or everybody, for some days, or give them other hours; return it as kept.

    Raises InputError where that cannot be read, or names nobody.
    """
    kept = checked_closure(site, row)
    _change(site.given, lambda wording: with_closure(wording, key_of_row(kept), kept))
    return kept


def checked_closure(site: Site, row: Mapping[str, str]) -> dict[str, str]:
    """Return a closure as it would be kept. Raises InputError where it cannot be read, or names nobody."""
    kept = {name: " ".join(row.get(name, "").split())[:200] for name in CLOSURE_FIELDS}
    require_known([read_closure(kept)], site.directory, site.enquiries)
    return kept


def drop_closure(settings: Settings, key: str) -> dict[str, str]:
    """Take a closure away, and return it. Raises InputError where there is none of that key."""
    found = closures_of(settings, changed_words(settings)).get(key)
    if found is None:
        raise InputError("no such closure", todo="see the list")
    in_file = key in closure_rows(_tables(settings))

    def change(wording: Wording) -> Wording:
        if in_file:
            return with_closure(wording, key, found | {"removed": "yes"})
        return replace(wording, closures={k: row for k, row in wording.closures.items() if k != key})

    _change(settings, change)
    return found


def set_said(site: Site, word: str, respelt: str) -> tuple[str, Phones]:
    """Have a word said as it is respelt, or, where that is empty, as the files have it; return word and phones.

    Raises GrammarError for what is no single word or cannot be said.
    """
    plain, phones = said_as(site.pronouncer, word, respelt) if respelt.strip() else (word.strip().casefold(), ())
    _change(site.given, lambda wording: with_said(wording, plain, " ".join(phones)))
    return plain, phones


# --- how it would be ---


def open_days(
    site: Site, wording: Wording, first: date, hours: str = "", closure: Mapping[str, str] | None = None
) -> list[tuple[date, str]]:
    """Return when the operators would be there on each of the fourteen days from `first`, in words.

    `hours`, `closure`: as if these were changed too. Raises SettingsError, InputError.
    """
    usual = hours or wording.hours or site.usual_hours
    changed = wording.closures | ({key_of_row(closure): dict(closure)} if closure else {})
    closures = [one for one in load_closures(_tables(site.given), changed) if not one.who]
    region = Region.of(site.settings.site)
    opening = parse_hours(closed(usual, closures), region)
    found = []
    for day in (first + timedelta(days=n) for n in range(_DAYS)):
        start = datetime.combine(day, time(), region.zone)
        spans = opening.intervals(start, datetime.combine(day + timedelta(days=1), time(), region.zone))
        shown = [f"{_clock(a, day)} to {_clock(b, day)}" for a, b, state, _ in spans if str(state) == "open"]
        found.append((day, " and ".join(shown) or "closed"))
    return found


def _clock(moment: datetime | None, day: date) -> str:
    return "24:00" if moment is None or moment.date() > day else f"{moment:%H:%M}"


def greeting_with(settings: Settings, notice: str) -> str:
    """Return what a caller would hear first with an urgent message. Raises GrammarError for one that cannot be said."""
    prompts = Prompts.load(_grammars(settings), settings.site.language)
    live = active_wording(settings).prompts
    words = reworded_prompts(prompts, Wording(prompts=live, notice=" ".join(notice.split())))
    return words.render("greeting", {"site": settings.site.name})


def today_of(settings: Settings, now: datetime | None = None) -> date:
    """Return the day it is where the site is."""
    return (now or datetime.now(UTC)).astimezone(Region.of(settings.site).zone).date()


# --- inside ---


def _change(settings: Settings, change: Callable[[Wording], Wording]) -> None:
    """Change the working copy, where the site can still be built with it. Raises InputError."""

    def checked(wording: Wording) -> Wording:
        changed = change(wording)
        enquiries = enquiries_of(settings, changed)
        compile_grammars(_grammars(settings), Directory(()), enquiries)
        prompts_of(settings, changed)
        load_closures(_tables(settings), changed.closures)
        for one in enquiries:
            if one.hours:
                parse_hours(one.hours)
        return changed

    change_wording(settings.path(settings.directory.versions), checked)


def _grammars(settings: Settings) -> Path:
    return settings.path(settings.grammar.folder)


def _tables(settings: Settings) -> Path:
    return settings.path(settings.directory.corrections).parent
