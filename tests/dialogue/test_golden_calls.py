"""Whole calls through the pure engine: what is said, who is dialled, how it ends."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ivr.dialogue.state import Phase
from ivr.dialogue.wording import CATALOGUE, SERIES

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = yaml.safe_load((Path(__file__).parent / "golden_calls.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("call", CALLS, ids=[call["id"] for call in CALLS])
def test_golden_call(call: dict[str, Any], player: Callable[..., Any]) -> None:
    """The call goes and ends as written."""
    played = player(**call.get("settings", {})).play(call["turns"], **call.get("facts", {}))
    assert played.said == call["says"]
    assert played.dialled == call.get("dials", [])
    assert played.texts == call.get("texts", [])
    assert played.finish is not None
    end = {"entry": "", "enquiry": "", "wrong_transfer": False, "wrong_last": False} | call["end"]
    assert {name: getattr(played.finish, name) for name in end} == end
    assert played.state.phase is Phase.ENDED


def test_ids_are_unique() -> None:
    """A call is found by its id."""
    assert len({call["id"] for call in CALLS}) == len(CALLS)


def test_no_question_sounds_the_same_twice_running() -> None:
    """A question asked again after a failure is in other words each time."""
    for call in CALLS:
        again = [p for p in call["says"] if p.rpartition("_")[0] in SERIES]
        assert all(a != b for a, b in pairwise(again)), call["id"]


SILENT = (
    "whisper",
    "language_offer",
    "greeting_direct",
    "accept_call",
    "recording_notice",
    "bin_",
    "report_",
    "callback_",
    "form_",
    "request_",
    "open_",
    "closed_on",
    "appointment_",
    "promised",
    "postcode_rest",
    "area_",
    "pay_offer",
    "pay_account",
    "pay_amount",
    "pay_range",
    "pay_no_card",
    "answer_elsewhere",
    "survey_comment_recorded",
)
"""Prompts for other ears, and of skills, which are held to their own calls."""


def test_the_calls_say_everything_that_can_be_said() -> None:
    """The golden calls reach every prompt but those that another person hears, and those of single skills."""
    said = {prompt for call in CALLS for prompt in call["says"]}
    silent = {prompt for prompt in CATALOGUE if not prompt.startswith(SILENT)} - said
    assert not silent
