"""Words that come as text: typed, or from Twilio's recogniser."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.errors import RecogniserError
from ivr.recognise.base import Recogniser
from ivr.recognise.twilio_speech import recognise_twilio
from ivr.recognise.typed import TypedRecogniser, recognise_typed


def test_text_is_its_own_hypothesis() -> None:
    """What is typed is heard, normalised and certain."""
    heard = recognise_typed("  Siân O\N{RIGHT SINGLE QUOTATION MARK}Brien, please! ")
    assert heard.text == "sian o'brien please"
    assert heard.hypotheses[0].confidence == 1.0
    assert heard.speech


@pytest.mark.parametrize("text", ["", "   ", "...", "\N{SHRUG}"])
def test_a_line_without_words_is_silence(text: str) -> None:
    """Nothing typed is nothing said."""
    heard = recognise_typed(text)
    assert not heard.hypotheses
    assert not heard.speech


def test_typing_fits_the_protocol() -> None:
    """A line can be typed in pieces; sound is refused."""
    recogniser = TypedRecogniser()
    assert isinstance(recogniser, Recogniser)
    line = recogniser.start("call")
    line.type("Jane ")
    assert line.type("Smith") == "jane smith"
    assert line.finish().text == "jane smith"
    with pytest.raises(RecogniserError, match="type instead"):
        line.feed(np.zeros(3, np.int16))


@pytest.mark.parametrize(
    ("speech", "text"),
    [
        ("Jane Smith.", "jane smith"),
        ("Can I speak to Mr. O'Neill, please?", "can i speak to mr o'neill please"),
        ("I'd like D*** Jones", "i'd like jones"),
        ("S****y Smith please", "smith please"),
        ("4711", "4711"),
        ("a\0b\x1f\N{GRINNING FACE}c", "a b c"),
    ],
)
def test_twilio_writes_sentences_and_masks_words(speech: str, text: str) -> None:
    """Capitals and punctuation go, masked words are left out, odd characters do no harm."""
    assert recognise_twilio(speech, "0.8").text == text


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0.91", 0.91), ("0", 0.0), ("1.0", 1.0), (None, None), ("", None), ("high", None), ("nan", None), ("7", None)],
)
def test_a_confidence_that_is_none_is_none(given: str | None, kept: float | None) -> None:
    """Absent or odd confidences are not guessed at."""
    assert recognise_twilio("hello", given).hypotheses[0].confidence == kept


@pytest.mark.parametrize(("speech", "said"), [(None, False), ("", False), ("  ", False), ("****", True), (".", True)])
def test_nothing_recognised_is_told_from_nothing_said(speech: str | None, said: bool) -> None:
    """No result is silence; a result without a usable word is speech."""
    heard = recognise_twilio(speech)
    assert heard.hypotheses == ()
    assert heard.speech is said


def test_a_megabyte_of_speech_is_cut() -> None:
    """Nobody says more in a turn than the first thousand characters."""
    assert len(recognise_twilio("word " * 200_000, "0.5").text) <= 1000
