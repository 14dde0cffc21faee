"""A site's enquiries, prompts and hours with what a person has changed about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.dialogue.prompts import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.dialogue.prompts import Prompts
    from ivr.directory.wording import Wording
    from ivr.model import Enquiry
    from ivr.settings import Settings

GREETINGS: Final = ("greeting", "greeting_closed", "greeting_direct", "returning")
"""Prompts that an urgent message is said before."""


def reworded_enquiries(enquiries: Iterable[Enquiry], wording: Wording) -> tuple[Enquiry, ...]:
    """Return the enquiries with their changed texts, and with the further ways to ask for them."""
    return tuple(_reworded(enquiry, wording.enquiries.get(enquiry.id, {})) for enquiry in enquiries)


def _reworded(enquiry: Enquiry, texts: dict[str, str]) -> Enquiry:
    more = tuple(line.strip() for line in texts.get("phrases", "").splitlines() if line.strip())
    changed = {name: text for name, text in texts.items() if name != "phrases"}
    return replace(enquiry, **changed, phrases=(*enquiry.phrases, *(p for p in more if p not in enquiry.phrases)))  # type: ignore[arg-type]


def reworded_prompts(prompts: Prompts, wording: Wording) -> Prompts:
    """Return the prompts with their changed words, and an urgent message before every greeting.

    Raises GrammarError for a prompt that is not one, or words that cannot be said.
    """
    changed = prompts.changed(wording.prompts)
    if not wording.notice:
        return changed
    notice = safe(wording.notice).replace("{", "(").replace("}", ")")
    return changed.changed({name: f"{notice} {changed.words(name)}" for name in GREETINGS})


def reworded_settings(settings: Settings, wording: Wording) -> Settings:
    """Return the settings with the changed hours."""
    if not wording.hours:
        return settings
    return settings.model_copy(update={"site": settings.site.model_copy(update={"hours": wording.hours})})
