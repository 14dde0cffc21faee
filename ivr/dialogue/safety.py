"""The safety floor's words: what a caller in danger or distress hears before a person takes over.

Ids come from the reviewed safety phrases; one that is not listed here gets the general wording, so a site
may add phrases without a release of the software.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROMPTS: Mapping[str, str] = {
    "emergency": "safety_emergency",
    "danger": "safety_emergency",
    "fire": "safety_emergency",
    "threat": "safety_emergency",
    "gas": "safety_gas",
    "self_harm": "safety_self_harm",
    "domestic_abuse": "safety_abuse",
    "safeguarding": "safety_abuse",
    "homeless_tonight": "safety_homeless",
    "distress": "safety_person",
    "cannot_use": "safety_person",
}
"""Prompt of each safety id."""


def prompt_of(safety: str) -> str:
    """Return the id of the prompt for a safety id."""
    return PROMPTS.get(safety, "safety_other")
