"""What else a caller may have said: the grammar's own sentences, with strangers where its names stand.

A closed graph hears everybody as somebody it knows. Heard beside it, this network explains the same polite words just
as well, so that only the name tells the two apart: a stranger's is explained better by any sounds at all, by some first
name and some surname of the directory that nobody has together, or by one of these and any sounds. What is no such
sentence is explained better by any sounds alone, or by one of the commonest words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.grammar.interpret import interpret
from ivr.grammar.tree import Slot
from ivr.recognise.graph.asides import COMMON
from ivr.recognise.graph.network import join_sounds, phone_loop
from ivr.recognise.graph.priors import parts
from ivr.recognise.graph.spoken import compact_network_of, cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ivr.grammar.tree import Grammar, SlotValue
    from ivr.recognise.graph.network import Network

    Costs = dict[tuple[str, ...], float]

PEOPLE = "person"
"""The slot of people's names."""
LEAST_SOUNDS = 3
"""A stranger's name has at least so many."""
ASIDES = 0.13
"""Share of what is said that is no such sentence at all: other words, however short, coughs."""
COMMON_WORDS = 0.5
"""Share of asides that are one of the commonest words; the others are any sounds."""
SOUNDS = 0.3
"""Share of strangers neither of whose names is in the directory."""
FIRST_ALONE, LAST_ALONE = 0.3, 0.1
"""Share of those of whom only the first name is, and only the surname; the others have the names of two people."""


def rivals_of(grammar: Grammar, sounds: Sequence[Sequence[str]]) -> Network:
    """Return the sentences of `grammar` that name something, with strangers for the names, and what else may be said.

    `sounds` are the phone pairs of `phone_loop`, which is returned itself for a grammar that names nothing.
    """
    naming = tuple(s for s in grammar.sentences if any(isinstance(part, Slot) for part in parts(s.expression)))
    if not naming:
        return phone_loop(sounds)

    def fill(network: Network, name: str, source: int, target: int) -> None:
        firsts, lasts = names_apart(grammar.slots[name]) if name == PEOPLE else ({}, {})
        join_sounds(network, source, target, sounds, least=LEAST_SOUNDS, cost=cost_of(SOUNDS if firsts else 1.0))
        if firsts:
            _join_half_known(network, source, target, sounds, (firsts, lasts))

    network = compact_network_of(replace(grammar, sentences=naming), fill)
    (end,) = network.finals
    join_sounds(network, 0, end, sounds, least=1, cost=cost_of(ASIDES * (1 - COMMON_WORDS)))
    words = meaningless(grammar)
    network.phrases(0, end, [(word,) for word in words], cost_of(ASIDES * COMMON_WORDS / len(words)))
    return network


def _join_half_known(
    network: Network, source: int, target: int, sounds: Sequence[Sequence[str]], names: tuple[Costs, Costs]
) -> None:
    """Let a first name of the directory with any surname of it, either of them unknown, lead from state to state."""
    firsts, lasts = names
    begun, between, known, unknown, last = (network.state() for _ in range(5))
    first = 1 - SOUNDS - LAST_ALONE
    network.skip(source, begun, cost_of(first))
    network.weighted(begun, between, firsts)
    network.skip(between, known, cost_of(1 - FIRST_ALONE / first))
    network.weighted(known, target, lasts)
    network.skip(between, unknown, cost_of(FIRST_ALONE / first))
    join_sounds(network, unknown, target, sounds, least=LEAST_SOUNDS)
    join_sounds(network, source, last, sounds, least=LEAST_SOUNDS, cost=cost_of(LAST_ALONE))
    network.weighted(last, target, lasts)


def meaningless(grammar: Grammar) -> tuple[str, ...]:
    """Return the common words that, said alone, mean nothing in `grammar`."""
    return tuple(word for word in COMMON if not interpret(grammar, word))


def names_apart(values: Sequence[SlotValue]) -> tuple[Costs, Costs]:
    """Return what people are called by first and last, with its cost; a way of one word is neither."""
    firsts: dict[tuple[str, ...], float] = {}
    lasts: dict[tuple[str, ...], float] = {}
    for value in values:
        *first, last = value.text.split()
        if first:
            firsts[tuple(first)] = firsts.get(tuple(first), 0.0) + value.weight
            lasts[last,] = lasts.get((last,), 0.0) + value.weight
    whole = sum(firsts.values())
    return _costs(firsts, whole), _costs(lasts, whole)


def _costs(weights: Mapping[tuple[str, ...], float], whole: float) -> Costs:
    return {words: cost_of(weights[words] / whole) for words in sorted(weights)}
