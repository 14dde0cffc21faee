"""What Twilio's recogniser heard, from the words and the confidence its webhook brings."""

from __future__ import annotations

import math
import re

from ivr.model import Hypothesis, Recognition
from ivr.recognise.base import Capabilities
from ivr.text import normalise

ENGINE = "twilio"
LONGEST_TEXT = 1000
"""Characters of `SpeechResult` looked at: nobody says more in one turn."""
_MASKED = re.compile(r"[A-Za-z]?\*{2,}[A-Za-z]?")
CAPABILITIES = Capabilities(
    engine=ENGINE, grammar=False, streaming=False, word_times=False, confidence=True, holds_lock=False
)


def recognise_twilio(speech: str | None, confidence: str | None = None) -> Recognition:
    """Return the recognition that a webhook's `SpeechResult` and `Confidence` stand for.

    Capitals and punctuation go; words masked as profanity ("S****") are left out, since they may have been a name.
    A confidence that is absent or no number from 0 to 1 is None. No words: silence.
    """
    said = normalise(_MASKED.sub(" ", (speech or "")[:LONGEST_TEXT]))
    if not said:
        return Recognition((), ENGINE, speech=bool((speech or "").strip()))
    return Recognition((Hypothesis(said, _share(confidence)),), ENGINE)


def _share(confidence: str | None) -> float | None:
    try:
        value = float(confidence or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) and 0.0 <= value <= 1.0 else None
