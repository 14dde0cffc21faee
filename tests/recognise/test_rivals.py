"""The rivals of a grammar: the same sentences with strangers in them, and a recogniser that compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Grammar, Maybe, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise.audio import read_wav
from ivr.recognise.both import Comparison
from ivr.recognise.graph.asides import COMMON
from ivr.recognise.graph.network import phone_loop
from ivr.recognise.graph.rivals import names_apart, rivals_of
from ivr.recognise.sphinx import FARTHEST, SphinxRecogniser

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.recognise.graph.network import Network

SOUNDS = [("", "AA", "3"), ("AA", "B", "2"), ("B", "AA", "2"), ("AA", "", "2")]
ASK = Words(("get", "me"))


def grammar(**slots: tuple[str, ...]) -> Grammar:
    """Make a grammar that asks for each slot, and one sentence that names nothing."""
    values = {
        name: tuple(SlotValue(text, Target(TargetKind.ENTRY, text)) for text in texts) for name, texts in slots.items()
    }
    sentences = [Sentence(Sequence((Maybe(ASK), Slot(name)))) for name in slots]
    return Grammar("test", (*sentences, Sentence(Words(("goodbye",)))), {}, values)


def said(network: Network, most: int) -> set[str]:
    """Return every sentence of up to `most` words."""
    found: set[str] = set()
    waiting: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    while waiting:
        state, before = waiting.pop()
        if state in network.finals:
            found.add(" ".join(before))
        waiting.extend((target, before) for target, _ in network.skips[state])
        if len(before) < most:
            waiting.extend((target, (*before, word)) for word, target, _ in network.words[state])
    return found


def test_strangers_stand_where_the_names_stood() -> None:
    """Any first name with any surname, one of them or both any sounds, in the same polite words; any sounds without."""
    found = said(rivals_of(grammar(person=("jane smith", "tom jones")), SOUNDS), 4)
    assert {"jane AA B AA", "AA B AA jones"} <= found
    assert {"jane jones", "get me jane jones", "tom smith", "AA B AA"} <= found
    assert {"get me AA B", "get me", "goodbye", ""}.isdisjoint(found)
    assert {"AA", "AA B"} <= found


def test_places_are_any_sounds() -> None:
    """Departments have no first names to mix."""
    found = said(rivals_of(grammar(department=("council tax", "housing benefits")), SOUNDS), 3)
    assert "AA B AA" in found
    assert {word for text in found for word in text.split()} - set(COMMON) == {"AA", "B"}


def test_common_words_are_rivals_unless_they_mean_something() -> None:
    """Said alone, "left" is a word said aside, but not where somebody is called so; in a frame it is nobody's name."""
    left = {"left", "get me left"}
    assert left & said(rivals_of(grammar(person=("jane smith",)), SOUNDS), 3) == {"left"}
    assert left.isdisjoint(said(rivals_of(grammar(person=("jane smith", "left")), SOUNDS), 3))


def test_what_names_nothing_has_the_sounds_alone() -> None:
    """Digits and the like are measured against any sounds."""
    assert rivals_of(grammar(), SOUNDS).digest() == phone_loop(SOUNDS).digest()


def test_names_apart() -> None:
    """The last word is the surname; a way of one word is neither; what is common costs less."""
    texts = ("mary ann bell", "tom bell", "bell", "tom hill")
    values = [SlotValue(text, Target(TargetKind.ENTRY, text)) for text in texts]
    firsts, lasts = names_apart(values)
    assert set(firsts) == {("mary", "ann"), ("tom",)}
    assert set(lasts) == {("bell",), ("hill",)}
    assert firsts["tom",] < firsts["mary", "ann"]


@pytest.fixture(scope="module")
def comparer(root: Path) -> SphinxRecogniser:
    """Make a second recogniser: it needs no grammar."""
    return SphinxRecogniser({}, Pronouncer(root / "grammars").pronounce)


def test_the_text_that_was_said_compares_best(root: Path, comparer: SphinxRecogniser) -> None:
    """Of words and sounds, in any order and again; what was not heard at all is farthest behind."""
    sound = read_wav(root / "audio" / "calls" / "operator-1.wav")
    texts = ("council tax department", "S IH M AH N Z", "operator")
    for order in (texts, texts[::-1], texts):
        compared = comparer.compare(sound, order)
        assert max(compared.scores, key=lambda text: compared.scores[text]) == "operator"
        assert compared.scores["operator"] == 0
        assert all(-FARTHEST <= score <= 0 for score in compared.scores.values())
        assert 0 <= compared.fit <= 1


def test_silence_compares_with_nothing(comparer: SphinxRecogniser, root: Path) -> None:
    """Nobody spoke: there is no opinion."""
    sound = read_wav(root / "audio" / "calls" / "operator-1.wav")
    assert comparer.compare(sound * 0, ("operator", "goodbye")) == Comparison({})
