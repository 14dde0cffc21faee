"""Skills by name, for the engine.

A skill is a small pure dialogue (`ivr.dialogue.skill.Skill`): one file in this room, its own tests, its prompts in
the catalogue of `ivr.dialogue.wording`. An enquiry names the one that deals with it (`skill: NAME` in
`grammars/enquiries.yaml`); an enquiry without one is dealt with by its answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import GrammarError
from ivr.skills.area import Area
from ivr.skills.areas import load_areas
from ivr.skills.bills import load_bills
from ivr.skills.callback import appointment, callback
from ivr.skills.hours import hours_skill
from ivr.skills.missed_bin import missed_bin
from ivr.skills.payment import payments
from ivr.skills.report import problem, street_light
from ivr.skills.tables import load_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ivr.dialogue.skill import Skill
    from ivr.model import Enquiry, Entry
    from ivr.settings import SiteSettings


def all_skills(
    tables: Path, site: SiteSettings, entries: tuple[Entry, ...] = (), *, taken: bool = False, days: int = 1
) -> Mapping[str, Skill]:
    """Return every skill of this software by name, with the site's tables, hours and places.

    `taken`: card payments are taken. `days`: working days within which who asked for a call back hears from somebody.
    Raises InputError.
    """
    calendar = load_calendar(tables)
    return {
        "hours": hours_skill(site, entries),
        "missed_bin": missed_bin(calendar),
        "street_light": street_light(calendar),
        "problem": problem(calendar),
        "area": Area(load_areas(tables)),
        "callback": callback(site, days),
        "appointment": appointment(site, days),
        "payment": payments(load_bills(tables), taken=taken),
    }


def skills_for(enquiries: Iterable[Enquiry], known: Mapping[str, Skill]) -> Mapping[str, Skill]:
    """Return the skills that `enquiries` name. Raises GrammarError for one that does not exist."""
    wanted = {enquiry.skill: enquiry.id for enquiry in enquiries if enquiry.skill}
    for name, enquiry_id in wanted.items():
        if name not in known:
            there = ", ".join(sorted(known)) or "none yet"
            raise GrammarError(
                f"there is no skill `{name}`", where=f"enquiry `{enquiry_id}`", todo=f"there are: {there}"
            )
    return {name: known[name] for name in wanted}
