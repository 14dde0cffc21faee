"""What every recogniser promises: one protocol, and a record of what it can do.

The core asks `Capabilities`, never a vendor's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ivr.model import Recognition

    Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a recogniser can do."""

    engine: str
    """`vosk`, `sphinx`, `twilio`, `typed`."""
    grammar: bool
    """Follows a Grammar; otherwise open dictation and the matcher does the rest."""
    streaming: bool
    """Gives partial results while audio is fed."""
    word_times: bool
    confidence: bool
    """Its hypotheses carry a confidence of its own."""
    holds_lock: bool
    """Keeps Python's interpreter lock while decoding, so live calls need worker processes."""
    sample_rate: int = 8000
    """Hz that `Hearing.feed` takes."""


class Hearing(Protocol):
    """One utterance being heard."""

    def feed(self, samples: Samples) -> str:
        """Take the next samples (mono int16 at the recogniser's rate); return the partial text so far, or ''."""
        ...

    def finish(self) -> Recognition:
        """End the utterance and return what was heard. Call once."""
        ...


@runtime_checkable
class Hurried(Protocol):
    """An utterance whose result can be had sooner, at some cost in how much is known of it."""

    def finish_soon(self) -> Recognition:
        """As `Hearing.finish`, while others wait for the same recogniser."""
        ...


@runtime_checkable
class Recogniser(Protocol):
    """Hears utterances against grammars it was made with. Not shared between threads unless it says so."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> Hearing:
        """Begin an utterance.

        `grammar` names one of the grammars the recogniser was made with (`ivr.model.Expect` values and
        `directory`, `enquiries`, `safety`); unknown: RecogniserError. `only` may narrow slots to these
        targets (as `kind:id`); a recogniser that cannot narrow ignores it.
        """
        ...
