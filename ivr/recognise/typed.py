"""The recogniser of typed calls and tests: what was typed is what was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import RecogniserError
from ivr.model import Hypothesis, Recognition
from ivr.recognise.base import Capabilities
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.recognise.base import Samples

ENGINE = "typed"


def recognise_typed(text: str) -> Recognition:
    """Return the recognition of a typed line; a line without words is silence."""
    said = normalise(text)
    return Recognition((Hypothesis(said, 1.0),) if said else (), ENGINE, speech=bool(said))


class TypedHearing:
    """One line being typed."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def type(self, text: str) -> str:
        """Take the next piece of text; return the words so far."""
        self._text.append(text)
        return normalise("".join(self._text))

    def feed(self, samples: Samples) -> str:
        """Refuse sound: there is nobody here to hear it. Raises RecogniserError."""
        raise RecogniserError(f"the typed recogniser cannot hear ({samples.size} samples); type instead")

    def finish(self) -> Recognition:
        """Return what was typed."""
        return recognise_typed("".join(self._text))


class TypedRecogniser:
    """Takes text for speech. May be shared between threads."""

    @property
    def capabilities(self) -> Capabilities:
        """Text only: no grammar, no times."""
        return Capabilities(
            engine=ENGINE, grammar=False, streaming=False, word_times=False, confidence=True, holds_lock=False
        )

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> TypedHearing:
        """Begin a line; whatever may be said may be typed."""
        del grammar, only
        return TypedHearing()
