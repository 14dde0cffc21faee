"""Signs of danger: meanings met together, and what the whole of a sentence is like."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.grammar.template import parse
from ivr.grammar.tree import Grammar, Sentence
from ivr.match.signs import Signs, family, is_sign
from ivr.match.spoken import plain_words
from ivr.model import Target, TargetKind

if TYPE_CHECKING:
    from ivr.match.safety import Safety
    from ivr.match.understand import Understander

LISTS = Path(__file__).resolve().parents[2] / "benchmarks" / "safety"
RULES = {"smell": parse("smell|stink|reek"), "gas": parse("gas"), "trade": parse("bill|gas works")}
GAS = Target(TargetKind.SAFETY, "gas")
SIGNS = Signs(Grammar("safety", (), RULES), [Sentence(parse("together <smell> <gas> unless <trade>"), GAS, "a test")])


@pytest.fixture(scope="module")
def floor(understander: Understander) -> Safety:
    """Give the floor of the product's own grammars."""
    return understander.safety


def found(text: str) -> list[str]:
    """Meanings of the signs in some words."""
    return [meaning for meaning, _, _ in SIGNS.inside(plain_words(text))]


@pytest.mark.parametrize("text", ["it reeks of gas", "the gas in our hallway, you can really smell it", "gas smelling"])
def test_any_order_any_tense(text: str) -> None:
    """The parts count in any order and tense, with anything between them."""
    assert found(text) == ["gas"]


@pytest.mark.parametrize(
    "text",
    ["gas", "a smell", "it stinks by the gas works", "my gas bill stinks",
     "a smell " + "of this and that and also " * 4 + "gas"],
)  # fmt: skip
def test_not_alone_not_apart_not_in_trade(text: str) -> None:
    """One part is no sign, nor are parts far apart, nor is business that uses the words."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("word", "same"),
    [("leaking", "leak"), ("leaks", "leak"), ("stabbed", "stab"), ("choking", "choke"), ("babies", "baby"),
     ("bleeding", "bleeding"), ("gas", "gas"), ("dress", "dress"), ("kills", "kill"), ("feed", "feed")],
)  # fmt: skip
def test_families(word: str, same: str) -> None:
    """Tenses and numbers of one word are one."""
    assert family(word) == family(same)


def test_signs_are_told_from_phrases() -> None:
    """Only a template that begins with `together` is a sign."""
    assert is_sign(parse("together <smell> <gas>"))
    assert not is_sign(parse("smell of gas"))
    assert not is_sign(parse("<smell> together"))


def test_what_nobody_wrote_down(floor: Safety) -> None:
    """Of ways to say it that no phrase was written for, nearly all are found; no look-alike beside them is taken."""
    rows = list(csv.DictReader((LISTS / "tune.csv").read_text(encoding="utf-8").splitlines()))
    said = [row["text"] for row in rows if row["expected"]]
    assert sum(bool(floor.heard(text)) for text in said) / len(said) >= 0.98
    assert [row["text"] for row in rows if not row["expected"] and floor.heard(row["text"])] == []


def test_denied_signs_are_none(floor: Safety) -> None:
    """What is said not to be so is not taken by a sign either."""
    assert floor.heard("i do not smell any gas") == ""
