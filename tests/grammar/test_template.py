"""Sentence templates: text to tree and back."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import GrammarError
from ivr.grammar.expand import texts
from ivr.grammar.template import parse, render
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words

WORD = st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
LEAVES = st.one_of(
    st.lists(WORD, min_size=1, max_size=3).map(lambda said: Words(tuple(said))),
    NAME.map(Slot),
    NAME.map(Rule),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: Alternatives(tuple(items))),
        inner.map(Maybe),
        st.tuples(inner, st.integers(1, 2), st.integers(0, 2)).map(lambda t: Repeat(t[0], t[1], t[1] + t[2])),
    ),
    max_leaves=8,
)


@given(TREES)
def test_round_trip(tree: object) -> None:
    """What is rendered parses to a tree that renders the same and parses to itself."""
    parsed = parse(render(tree))
    assert parse(render(parsed)) == parsed


@given(TREES)
def test_rendering_says_the_same(tree: object) -> None:
    """A rendered and parsed template allows the sentences of the tree it came from."""
    rules = {name: Words(("rule",)) for name in _rules(tree)}
    first, second = texts(tree, rules, limit=400), texts(parse(render(tree)), rules, limit=400)
    if len(first) < 400 and len(second) < 400:
        assert set(first) == set(second)


def _rules(tree: object) -> set[str]:
    if isinstance(tree, Rule):
        return {tree.name}
    inner = getattr(tree, "items", None) or ([tree.item] if hasattr(tree, "item") else [])
    return {name for item in inner for name in _rules(item)}


def test_everything_that_can_be_written() -> None:
    """Words, optionals, alternatives, slots, rules, repeats and comments are understood."""
    tree = parse("(Can|could) I [please] speak to <the> {person}<1-2>  # politely")
    assert tree == Sequence(
        (
            Alternatives((Words(("can",)), Words(("could",)))),
            Words(("i",)),
            Maybe(Words(("please",))),
            Words(("speak", "to")),
            Rule("the"),
            Repeat(Slot("person"), 1, 2),
        )
    )


@pytest.mark.parametrize(
    ("template", "column", "what"),
    [
        ("call (jane", 6, "is not closed"),
        ("call jane)", 10, "closes nothing"),
        ("call [jane", 6, "is not closed"),
        ("call {jane", 6, "is not closed or not opened"),
        ("call ()", 7, "nothing to say"),
        ("call | ", 7, "nothing to say"),
        ("call {Jane}", 6, "is no name"),
        ("call jane<3-2>", 10, "is no number of times"),
        ("call jane<99>", 10, "is no number of times"),
        ("call !", 6, "cannot be said"),
        ("", 1, "nothing to say"),
    ],
)
def test_mistakes_are_placed(template: str, column: int, what: str) -> None:
    """A mistake is named in one line, with the file, line and column it stands at."""
    with pytest.raises(GrammarError) as caught:
        parse(template, "frames.grammar", line=7)
    assert str(caught.value).startswith(f"frames.grammar, line 7, column {column}:")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is written either parses or raises GrammarError."""
    with contextlib.suppress(GrammarError):
        parse(text)
