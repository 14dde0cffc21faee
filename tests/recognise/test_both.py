"""Two recognisers for one utterance: the first proposes, the second compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import RecogniserError
from ivr.model import Hypothesis, Recognition
from ivr.recognise.base import Capabilities
from ivr.recognise.both import BothRecogniser, Comparison, Opinion, default_opinion, judged, possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from ivr.recognise.base import Samples

EVEN = Opinion(texts=0.1, doubt=0.0, fit=0.0)


def capabilities(engine: str) -> Capabilities:
    """Those of a simple recogniser."""
    return Capabilities(
        engine=engine, grammar=True, streaming=True, word_times=True, confidence=True, holds_lock=engine == "two"
    )


@dataclass
class First:
    """A recogniser that hears what it is told to."""

    hypotheses: tuple[Hypothesis, ...]
    speech: bool = True
    capabilities: Capabilities = field(default_factory=lambda: capabilities("one"))

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> First:
        """Begin an utterance."""
        del grammar, only
        return self

    def feed(self, samples: Samples) -> str:
        """Hear nothing new."""
        del samples
        return "so far"

    def finish(self) -> Recognition:
        """Say the line."""
        return Recognition(self.hypotheses, "one", speech=self.speech, audio_seconds=1.0, rival="jean smythe")


@dataclass
class Second:
    """A recogniser that compares as it is told to, and remembers what."""

    scores: dict[str, float] = field(default_factory=dict)
    fails: bool = False
    asked: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    capabilities: Capabilities = field(default_factory=lambda: capabilities("two"))

    def compare(self, samples: Samples, texts: Sequence[str]) -> Comparison:
        """Compare."""
        self.asked.append((samples.size, tuple(texts)))
        if self.fails:
            raise RecogniserError("out of order")
        return Comparison({text: self.scores.get(text, -60.0) for text in texts}, 0.5)


def readings(*pairs: tuple[str, float]) -> tuple[Hypothesis, ...]:
    """Return hypotheses."""
    return tuple(Hypothesis(text, confidence) for text, confidence in pairs)


def listen(first: First, second: Second, *, always: bool = False) -> Recognition:
    """Hear one utterance with both."""
    hearing = BothRecogniser(first, second, always=always, opinion=EVEN).start("directory")
    assert hearing.feed(np.zeros(800, np.int16)) == "so far"
    return hearing.finish()


def test_the_second_is_asked_only_when_the_first_is_unsure() -> None:
    """A sure first costs nothing more; an unsure one is judged on the same samples, its rival among the texts."""
    second = Second({"jane smith": 0.0})
    assert listen(First(readings(("jane smith", 0.95))), second).engine == "one"
    assert not second.asked
    assert listen(First(readings(("jane smith", 0.6))), second).engine == "one+two"
    assert second.asked == [(800, ("jane smith", "jean smythe"))]
    assert listen(First(readings(("jane smith", 0.95))), second, always=True).engine == "one+two"


def test_silence_and_nothing_heard_need_no_second_opinion() -> None:
    """Nobody is asked about nothing."""
    second = Second()
    assert not listen(First((), speech=False), second, always=True).speech
    assert listen(First(()), second, always=True).hypotheses == ()
    assert not second.asked


def test_a_second_that_fails_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The first's opinion stands, and the log says why."""
    heard = listen(First(readings(("jane smith", 0.6))), Second(fails=True))
    assert (heard.engine, heard.hypotheses[0].confidence) == ("one", 0.6)
    assert "out of order" in caplog.text


def test_the_second_can_turn_the_order() -> None:
    """What fits both best comes first, and what neither believes loses to nothing at all."""
    first = First(readings(("jane smith", 0.4), ("joan smith", 0.3)))
    turned = listen(first, Second({"joan smith": 0.0, "jane smith": -40.0}))
    assert [h.text for h in turned.hypotheses] == ["joan smith", "jane smith"]
    assert (turned.hypotheses[0].confidence or 0) > 0.45
    doubted = listen(first, Second({"jean smythe": 0.0}))
    assert sum(h.confidence or 0 for h in doubted.hypotheses) < 0.05


@given(
    st.lists(st.floats(0, 0.1), min_size=1, max_size=8),
    st.lists(st.floats(-60, 0), min_size=8, max_size=8),
    st.floats(0, 1),
)
def test_confidences_stay_a_probability(first: list[float], scores: list[float], fit: float) -> None:
    """Whatever is compared, each is 0-1 and they come to no more than one; a better score never lowers its text."""
    heard = Recognition(readings(*((f"text {n}", share) for n, share in enumerate(first))), "one")
    compared = {f"text {n}": scores[n] for n in range(len(first))}
    both = judged(heard, Comparison(compared, fit), "two", default_opinion())
    shares = {h.text: h.confidence or 0.0 for h in both.hypotheses}
    assert all(0 <= share <= 1 for share in shares.values())
    assert sum(shares.values()) <= 1.001
    better = judged(heard, Comparison(compared | {"text 0": 0.0}, fit), "two", default_opinion())
    assert {h.text: h.confidence or 0.0 for h in better.hypotheses}["text 0"] >= shares["text 0"] - 1e-4


def test_nothing_compared_changes_nothing() -> None:
    """A second recogniser that heard none of the texts has no opinion."""
    heard = First(readings(("jane smith", 0.6))).finish()
    assert judged(heard, Comparison({}), "two", EVEN) == heard
    assert possible(Recognition((), "one", rival="x")) == ()


def test_capabilities_are_joined() -> None:
    """The pair has both names, and is as shareable as the first."""
    pair = BothRecogniser(First(()), Second()).capabilities
    assert not pair.holds_lock
    assert pair.engine == "one+two"


def test_while_others_wait_the_second_is_not_asked() -> None:
    """Then the first's own confidences stand; a site that always wants both still gets both."""
    unsure = readings(("jane smith", 0.5), ("jean smith", 0.3))
    for always in (False, True):
        second = Second({"jean smith": 0.0})
        heard = BothRecogniser(First(unsure), second, always=always, opinion=EVEN).start("call").finish_soon()
        assert bool(second.asked) == always
        assert (heard.hypotheses == unsure) == (not always)
