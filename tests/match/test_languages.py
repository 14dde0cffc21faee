"""Another language asked for, and nothing that merely has the name of one in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.match.languages import language_asked
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.model import Understanding


@pytest.mark.parametrize(
    ("text", "name"),
    [("Polish please", "Polish"), ("do you speak Urdu?", "Urdu"), ("dw i isio siarad Cymraeg", "Welsh"),
     ("I don't speak English, Romanian", "Romanian"), ("can I have a Somali interpreter", "Somali"),
     ("Welsh please", "Welsh"), ("come rag", "Welsh"), ("English", "English"), ("hablar español", "Spanish"),
     ("I need a sign language interpreter", "British Sign Language"), ("no English only Arabic", "Arabic")],
)  # fmt: skip
def test_asked(text: str, name: str) -> None:
    """A language's name with words around it that ask for nothing else."""
    assert language_asked(normalise(text)) == name


@pytest.mark.parametrize(
    "text",
    ["german measles jab", "french horn lessons", "the polish club on the high street", "english lessons", "no english",
     "spanish property tax", "hello", "can i speak to somebody please", "welsh water bill", ""],
)  # fmt: skip
def test_not_asked(text: str) -> None:
    """The name of a language in a sentence about something else; or no language named."""
    assert language_asked(normalise(text)) in {"", "English"}


def test_it_is_noted_before_a_machine_is_blamed(ask: Callable[..., Understanding]) -> None:
    """Who cannot speak English but names a language is not only sent to a person: the person is told."""
    assert ask("i don't speak english polish").language == "Polish"
    assert ask("i can smell gas").language == ""
