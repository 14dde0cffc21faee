"""The ids of everything the dialogue can say, and the placeholders each may hold.

The words are in `grammars/prompts.LANGUAGE.yaml`; this list is what that file must match. A prompt that can be
needed twice running is a series: `series("listen_silence", 1)` is `listen_silence_1`, and its neighbour differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue.actions import Say

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDINGS = 2
"""Wordings in a series; they take turns."""
RECORDING = ".recording"
"""A value of this suffix names the recording of the value before the dot: `name.recording`."""

_NAME = frozenset({"name"})
_SITE = frozenset({"site"})
_ALONE = frozenset[str]()

QUESTIONS = (
    "listen", "confirm", "choose", "spell", "menu", "offer_text", "offer_transfer", "anything_else", "detail",
)  # fmt: skip
"""Questions asked again after silence, and after an answer that was not understood."""

SINGLE: Mapping[str, frozenset[str]] = {
    # opening
    "greeting": _SITE,
    "greeting_closed": _SITE,
    "greeting_direct": _SITE,
    "recording_notice": _ALONE,
    "returning": _SITE | _NAME,
    "reached": _NAME,
    "listen": _ALONE,
    "language_offer": frozenset({"key"}),
    # narrowing down
    "confirm_person": _NAME | {"department"},
    "confirm_entry": _NAME,
    "confirm_enquiry": frozenset({"title"}),
    "choose_two": frozenset({"first", "second"}),
    "choose_three": frozenset({"first", "second", "third"}),
    "choose_department": _NAME,
    "choose_role": _NAME,
    "choose_first_name": _NAME,
    "choose_surname": _NAME,
    "choose_whole_name": _ALONE,
    "spell": _ALONE,
    # the keypad menu
    "menu": _ALONE,
    "menu_option": _NAME | {"key"},
    "menu_more": _ALONE,
    "menu_name": _ALONE,
    "menu_extension": _ALONE,
    # answering
    "answer": frozenset({"answer"}),
    "answer_elsewhere": _ALONE,
    "offer_text": _ALONE,
    "text_sent": _ALONE,
    "text_failed": _ALONE,
    "offer_transfer": _NAME,
    "anything_else": _ALONE,
    # putting through
    "connecting": _NAME,
    "connecting_operator": _ALONE,
    "giving_up": _ALONE,
    "busy": _NAME,
    "no_answer": _NAME,
    "not_reached": _NAME,
    "no_number": _NAME,
    "entry_closed": _NAME,
    "trying": _NAME,
    "trying_operator": _ALONE,
    "nobody_free": _ALONE,
    "closed": _SITE,
    "wrong_sorry": _ALONE,
    "whisper": _NAME,
    "whisper_operator": _ALONE,
    "whisper_priority": _ALONE,
    "whisper_direct": _ALONE,
    "whisper_language": frozenset({"about"}),
    "accept_call": _ALONE,
    # requests, gathered by skills
    "whisper_about": frozenset({"about"}),
    "request_filed": frozenset({"reference"}),
    "request_lost": _ALONE,
    "promised": frozenset({"by"}),
    "form_offer": _ALONE,
    "form_confirm": frozenset({"summary"}),
    "form_which": _ALONE,
    "bin_postcode": _ALONE,
    "bin_house": _ALONE,
    "bin_which": _ALONE,
    "bin_out": _ALONE,
    "bin_not_due": frozenset({"bin", "day"}),
    "bin_late": _ALONE,
    "report_place": _ALONE,
    "report_post": _ALONE,
    "report_what": _ALONE,
    "callback_number": _ALONE,
    "callback_when": _ALONE,
    "callback_about": _ALONE,
    "callback_unknown": _ALONE,
    "appointment_about": _ALONE,
    "appointment_when": _ALONE,
    "postcode_rest": frozenset({"part"}),
    "area_postcode": _ALONE,
    "area_found": frozenset({"postcode", "found"}),
    "area_unknown": frozenset({"postcode"}),
    "open_on": frozenset({"place", "day", "hours"}),
    "closed_on": frozenset({"place", "day", "next"}),
    "open_next": frozenset({"place", "next"}),
    # payments
    "pay_offer": frozenset({"takes"}),
    "pay_account": frozenset({"account"}),
    "pay_amount": _ALONE,
    "pay_no_card": _ALONE,
    "pay_range": frozenset({"least", "most"}),
    "pay_now": _ALONE,
    "pay_taken": frozenset({"reference"}),
    "pay_token": frozenset({"reference"}),
    "pay_cancelled": _ALONE,
    "pay_invalid": _ALONE,
    "pay_failed": _ALONE,
    "pay_unfiled": _ALONE,
    "pay_unknown": _ALONE,
    # the survey
    "survey": _ALONE,
    "survey_again": _ALONE,
    "survey_comment": _ALONE,
    "survey_comment_recorded": _ALONE,
    "survey_thanks": _ALONE,
    # at any point
    "help_listen": _ALONE,
    "help_yes_no": _ALONE,
    "help_choose": _ALONE,
    "help_spell": _ALONE,
    "help_detail": _ALONE,
    "help_survey": _ALONE,
    "say_again": _ALONE,
    "fault": _ALONE,
    "goodbye": _SITE,
    # the safety floor
    "safety_emergency": _ALONE,
    "safety_gas": _ALONE,
    "safety_self_harm": _ALONE,
    "safety_abuse": _ALONE,
    "safety_homeless": _ALONE,
    "safety_person": _ALONE,
    "safety_other": _ALONE,
    "safety_nobody": _ALONE,
}
"""Prompts with one wording."""

SERIES: Mapping[str, frozenset[str]] = {
    "declined": _ALONE,
    "neither": _ALONE,
    **{f"{question}_{why}": _ALONE for question in QUESTIONS for why in ("silence", "no_match")},
}
"""Prompts with several wordings that take turns."""

CATALOGUE: Mapping[str, frozenset[str]] = {
    **SINGLE,
    **{f"{name}_{n}": values for name, values in SERIES.items() for n in range(1, WORDINGS + 1)},
}
"""Every prompt id, and the placeholders it may hold."""


def say(prompt: str, /, **values: str) -> Say:
    """Make the action that speaks `prompt`. Raises ValueError for an id or a value the catalogue does not list."""
    known = CATALOGUE.get(prompt)
    if known is None or set(values) != known:
        raise ValueError(f"prompt {prompt!r} with values {sorted(values)} is not in the catalogue")
    return Say(prompt, values)


def series(name: str, nth: int) -> Say:
    """Make the action that speaks the wording of series `name` for its `nth` use running, counted from 1."""
    return say(f"{name}_{(max(nth, 1) - 1) % WORDINGS + 1}")
