"""Graphs: a network hears exactly the grammar's sentences, and the file says what the network says."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Repeat, Rule, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise.graph.compile import compile_graph
from ivr.recognise.graph.network import UNKNOWN, Network, bigrams, closed, phone_loop
from ivr.recognise.graph.spoken import compact_network_of, network_of
from ivr.recognise.phones import PHONE_NAMES, enter_id, pdf_tuples, positioned, stay_id, word_boundaries

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.grammar.tree import Expression

ANYBODY = Target(TargetKind.ENTRY, "anybody")
LEXICON = {"jane": (("JH", "EY", "N"),), "smith": (("S", "M", "IH", "TH"),), "jon": (("JH", "AA", "N"),),
           "john": (("JH", "AA", "N"),)}  # fmt: skip


def words(text: str) -> Words:
    """Make an expression of words."""
    return Words(tuple(text.split()))


def grammar(*expressions: Expression, **slots: str) -> Grammar:
    """Make a grammar; a slot's values are separated by bars."""
    values = {name: tuple(SlotValue(text, ANYBODY) for text in texts.split("|")) for name, texts in slots.items()}
    return Grammar("test", tuple(Sentence(e, ANYBODY) for e in expressions), {"please": words("please")}, values)


def said(network: Network, most: int = 8) -> set[str]:
    """Return every sentence of a network, up to `most` words, by walking it."""
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


POLITE = Sequence(
    (Maybe(Alternatives((words("can i speak to"), words("get me")))), Slot("name"), Maybe(Rule("please")))
)


@pytest.mark.parametrize("make", [network_of, compact_network_of])
def test_a_network_says_exactly_the_sentences(make: object) -> None:
    """Every frame with every name, and nothing else."""
    network = make(grammar(POLITE, name="jane smith|jane jones|registrar"))  # type: ignore[operator]
    frames, names, ends = ("", "can i speak to ", "get me "), ("jane smith", "jane jones", "registrar"), ("", " please")
    assert said(network) == {f"{a}{b}{c}" for a, b, c in itertools.product(frames, names, ends)}


@pytest.mark.parametrize("make", [network_of, compact_network_of])
def test_repeats_are_counted(make: object) -> None:
    """One to three digits are one, two or three digits."""
    network = make(grammar(Repeat(Alternatives((words("one"), words("two"))), 1, 3)))  # type: ignore[operator]
    assert {len(sentence.split()) for sentence in said(network)} == {1, 2, 3}
    assert len(said(network)) == 2 + 4 + 8


def test_no_state_has_a_word_twice() -> None:
    """What begins alike is searched once."""
    network = network_of(grammar(POLITE, words("get me out"), name="jane smith|get me now"))
    assert not any(network.skips)
    assert all(len({word for word, _, _ in arcs}) == len(arcs) for arcs in network.words)


expressions = st.recursive(
    st.sampled_from(["a", "b", "c d"]).map(words) | st.just(Slot("name")),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: Alternatives(tuple(items))),
        inner.map(Maybe),
        inner.map(lambda item: Repeat(item, 0, 2)),
    ),
    max_leaves=6,
)


@given(st.lists(expressions, min_size=1, max_size=3))
def test_both_networks_agree(found: list[Expression]) -> None:
    """The compact network and the full one say the same sentences, whatever the grammar."""
    made = grammar(*found, name="x|y z")
    assert said(network_of(made), 6) == said(compact_network_of(made), 6)


def test_a_graph_file_is_what_openfst_reads(tmp_path: Path) -> None:
    """The header counts the states and arcs that follow, arcs lead to states, and homophones keep their words."""
    compile_graph(closed([("jane", "smith"), ("jon", "smith"), ("john", "smith")]), LEXICON, tmp_path)
    content = (tmp_path / "HCLG.fst").read_bytes()
    assert struct.unpack_from("<i", content)[0] == 2125659606
    offset = 4 + (4 + 5) + (4 + 8) + 8 + 8
    start, states, arcs = struct.unpack_from("<qqq", content, offset)
    assert start == 0
    assert len(content) == offset + 24 + 20 * states + 16 * arcs
    table = np.frombuffer(content[-16 * arcs :], dtype="<i4,<i4,<f4,<i4")
    assert table["f3"].max() < states
    labels = dict(line.split() for line in (tmp_path / "words.txt").read_text().splitlines())
    assert {int(labels[word]) for word in ("jane", "jon", "john", "smith")} <= set(table["f1"])


def test_costs_are_paid_as_soon_as_they_are_certain(tmp_path: Path) -> None:
    """A rare word costs where its sounds part from a usual one's, not at its end, and no word costs more for it."""
    network = Network()
    end = network.state()
    network.end(end)
    costs = {"john": 1.0, "jane": 5.0}
    for name, cost in costs.items():
        network.word(0, end, name, cost)
    compile_graph(network, LEXICON, tmp_path)
    content = (tmp_path / "HCLG.fst").read_bytes()
    states, arcs = struct.unpack_from("<qq", content, 41 + 8)
    table = np.frombuffer(content[-16 * arcs :], dtype="<i4,<i4,<f4,<i4")
    head = np.frombuffer(content, dtype="<f4,<u4,<u4,<u4,<u4", count=states, offset=41 + 24)
    paid: dict[int, float] = {}  # what it costs to give out each word
    late: dict[int, float] = {}  # how much of it only at the word's end
    waiting = [(0, 0.0)]
    while waiting:
        state, total = waiting.pop()
        for _, word, cost, target in table[head["f1"][state] :][: head["f2"][state]]:
            if word:
                paid[word], late[word] = total + cost, float(cost)
            elif target != state:
                waiting.append((target, total + cost))
    labels = dict(line.split() for line in (tmp_path / "words.txt").read_text().splitlines())
    assert {name: paid[int(labels[name])] for name in costs} == pytest.approx(costs)
    assert {name: late[int(labels[name])] for name in costs} == pytest.approx({"john": 0.0, "jane": 0.0})


def test_the_file_is_the_same_every_time(tmp_path: Path) -> None:
    """Compiling twice gives the same bytes."""
    network = compact_network_of(grammar(POLITE, name="jane smith|jon smith"))
    lexicon = {word: LEXICON.get(word, (("AH",),)) for word in network.vocabulary()}
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        compile_graph(network, lexicon, tmp_path / name)
        contents.append((tmp_path / name / "HCLG.fst").read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("lexicon", "complaint"),
    [
        ({"jane": (("JH", "EY", "N"),)}, 'no pronunciation for "smith"'),
        (LEXICON | {"smith": (("S", "M", "II"),)}, "the sound II, which is none of"),
        (LEXICON | {"smith": ((),)}, "the sound nothing"),
    ],
)
def test_an_impossible_sound_is_one_clear_line(
    tmp_path: Path, lexicon: dict[str, tuple[tuple[str, ...], ...]], complaint: str
) -> None:
    """A word without sounds, or with one that is none, is named."""
    with pytest.raises(GrammarError, match=complaint) as raised:
        compile_graph(closed([("jane", "smith")]), lexicon, tmp_path)
    assert "\n" not in str(raised.value)


def test_an_empty_grammar_is_refused(tmp_path: Path) -> None:
    """Nothing to say is an error, not an empty graph."""
    with pytest.raises(GrammarError, match="nothing"):
        compile_graph(Network(), {}, tmp_path)
    with pytest.raises(GrammarError, match="nothing can be said"):
        network_of(grammar(Slot("name")))


def test_a_language_model_lets_any_word_follow_any() -> None:
    """A bigram network says its sentences and every other order of their words, and the unknown word."""
    network = bigrams([("jane", "smith"), ("jon", "doe")], unknown_cost=5.0)
    sentences = said(network, 3)
    assert {"jane smith", "jane doe", "smith jon", f"jane {UNKNOWN}"} <= sentences


def test_costs_of_a_language_model_are_probabilities() -> None:
    """What may follow a seen word, together with backing off, has probability one."""
    network = phone_loop([("", "A", "3"), ("A", "B", "2"), ("A", "", "1"), ("B", "A", "2")])
    for state in (1, 2, 3, 4):
        costs = [cost for _, _, cost in network.words[state]] + [cost for _, cost in network.skips[state]]
        assert not costs or sum(np.exp(-cost) for cost in costs) == pytest.approx(1.0, abs=1e-6)


def test_phones_are_numbered_as_the_weights_expect() -> None:
    """Positions share their phone's outputs; every transition id belongs to one phone; boundaries cover all phones."""
    tuples = pdf_tuples()
    assert [number for number, _, _ in tuples] == list(range(1, len(PHONE_NAMES) + 1))
    assert tuples[0] == (1, 0, 0)
    assert len({(enter, stay) for _, enter, stay in tuples}) == 41
    assert {enter_id(name) for name in PHONE_NAMES}.isdisjoint({stay_id(name) for name in PHONE_NAMES})
    assert positioned(("AA",)) == ("AA_S",)
    assert positioned(("K", "AE", "T")) == ("K_B", "AE_I", "T_E")
    assert len(word_boundaries().splitlines()) == len(PHONE_NAMES)
