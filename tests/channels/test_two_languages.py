"""A call in another language, as Twilio is told of it."""

from __future__ import annotations

from ivr.channels.phrases import Piece, Spoken, Style
from ivr.channels.twiml import Turn, compose
from ivr.dialogue.actions import Listen, Say
from ivr.model import Expect

STYLE = Style(voice="Polly.Amy-Neural", language="en-GB", voices={"cy": "Polly.Gwyneth"})


def _pieces(say: Say) -> tuple[Piece, ...]:
    return (Spoken(say.prompt, say.language),)


def test_each_stretch_has_its_own_voice() -> None:
    """The greeting's two offers are spoken by two voices, and not run together."""
    actions = (Say("helo", language="cy"), Say("hello"), Listen(Expect.CALL))
    document = compose(actions, _pieces, STYLE, Turn(number=1))
    assert '<Say language="cy-GB" voice="Polly.Gwyneth">helo</Say>' in document
    assert '<Say language="en-GB" voice="Polly.Amy-Neural">hello</Say>' in document


def test_listened_for_in_the_language_of_the_call() -> None:
    """Where Twilio knows the language, it listens for it; else for the site's own."""
    for language, tag in (("cy", "cy-GB"), ("", "en-GB")):
        document = compose((Listen(Expect.CALL, language=language),), _pieces, STYLE, Turn(number=1))
        assert f'language="{tag}"' in document
