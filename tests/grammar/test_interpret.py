"""Exact parsing: what a grammar allows means what its templates say, and nothing else means anything."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.grammar.compile import NAMES, compile_grammars
from ivr.grammar.expand import generate
from ivr.grammar.interpret import interpret
from ivr.grammar.vocabulary import content_words
from ivr.model import Directory, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.grammar.tree import Grammar

with (Path(__file__).parent / "said.csv").open(encoding="utf-8", newline="") as file:
    SAID = [(row["grammar"], row["text"], row["target"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("grammar", "text", "target"), SAID)
def test_golden_sentences(grammars: Mapping[str, Grammar], grammar: str, text: str, target: str) -> None:
    """Each sentence of `said.csv` means its target first; those without one are in no grammar."""
    found = [str(t) for t in interpret(grammars[grammar], text)]
    assert found[:1] == ([target] if target else [])


@pytest.mark.parametrize("name", NAMES)
def test_generated_sentences_mean_their_target(grammars: Mapping[str, Grammar], name: str) -> None:
    """Every sentence drawn from a grammar is interpreted to what its template means."""
    for said in generate(grammars[name], limit=300, seed=len(name)):
        assert said.target in interpret(grammars[name], said.text), said


def test_same_names_give_every_entry(grammars: Mapping[str, Grammar]) -> None:
    """Two people of one name are both meant; a department after the name chooses between them."""
    assert [t.id for t in interpret(grammars["directory"], "jane smith")] == ["p-1", "p-2"]
    assert [t.id for t in interpret(grammars["directory"], "jane smith from parks")] == ["p-2"]


def test_nobody_is_reached_who_is_not_to_be(grammars: Mapping[str, Grammar]) -> None:
    """An entry nobody may reach is in no grammar at all."""
    targets = {value.target.id for g in grammars.values() for values in g.slots.values() for value in values}
    assert "p-5" not in targets
    assert {"p-1", "p-2", "p-3", "p-4", "d-1", "d-2"} <= targets


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(grammars: Mapping[str, Grammar], text: str) -> None:
    """Whatever was heard, interpreting it ends and gives targets or nothing."""
    assert isinstance(interpret(grammars["choice"], text), tuple)


def test_long_digit_strings_end(grammars: Mapping[str, Grammar]) -> None:
    """Choices do not multiply without end in long ambiguous strings."""
    began = time.thread_time()
    found = interpret(grammars["digits"], " ".join(["twenty one"] * 8))
    assert str(found[0]) == "value:" + "21" * 8
    assert time.thread_time() - began < 2


def test_time_does_not_grow_with_the_directory(folder: Path) -> None:
    """5,000 entries compile at once, and a sentence is interpreted in a few milliseconds."""
    entries = [
        Entry(id=f"p-{n}", kind=Kind.PERSON, name=f"Ann B{n}", spoken=(f"ann b{n}", f"b{n}")) for n in range(5000)
    ]
    grammar = compile_grammars(folder, Directory(tuple(entries)), ())["directory"]
    interpret(grammar, "ann b1")
    began = time.thread_time()
    assert str(interpret(grammar, "could you put me through to ann b4321 please")[0]) == "entry:p-4321"
    assert time.thread_time() - began < 0.25


def test_content_words(grammars: Mapping[str, Grammar]) -> None:
    """The matcher is told the words that are an enquiry's own, without the polite ones."""
    words = content_words(grammars["enquiries"])
    assert {"bin", "missed", "emptied"} <= words["enquiry:missed_bin"]
    assert "please" not in words["enquiry:missed_bin"]
