"""Turns a Grammar into the network of words a recogniser may hear, and makes networks lean.

A grammar is built from its end backwards: "how do I say this so that what follows is there?". The same slot or
rule before the same continuation is built once, however many sentences use it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, assert_never

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.recognise.graph.network import Network
from ivr.recognise.graph.priors import shares

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.grammar.tree import Expression, Grammar

    Fill = Callable[[Network, str, int, int], None]
    """Puts what may stand in a slot, by its name, between two states of a network."""

PRIOR_SCALE = 1.0
"""Share of a sentence's improbability that counts against its sound; tuned on made-up callers."""
TAKEN = 0.2
"""Probability that an optional part is said: else every noise would be heard as "er" or "so"."""
PRECISION = 4
_OPEN = "{"
"""Marks a slot where a word would stand; no word begins so."""


class _Builder:
    def __init__(self, grammar: Grammar, *, slots_apart: bool) -> None:
        self._grammar, self._slots_apart = grammar, slots_apart
        self.network = Network()
        self._shared: dict[tuple[str, str, int], int] = {}

    def before(self, expression: Expression, target: int) -> int:  # noqa: PLR0911 - one case each
        """Return a state from which `expression` leads to `target`."""
        match expression:
            case Words(words):
                return self._chain(words, target)
            case Sequence(items):
                for item in reversed(items):
                    target = self.before(item, target)
                return target
            case Alternatives(items):
                return self._any_of([self.before(item, target) for item in items])
            case Maybe(item):
                return self._either(self.before(item, target), target)
            case Repeat(item, least, most):
                return self._repeated(item, least, most, target)
            case Rule(name):
                return self._rule(name, target)
            case Slot(name):
                return self._slot(name, target)
            case _:
                assert_never(expression)

    def _chain(self, words: tuple[str, ...], target: int) -> int:
        for word in reversed(words):
            source = self.network.state()
            self.network.word(source, target, word)
            target = source
        return target

    def _any_of(self, sources: list[int]) -> int:
        state = self.network.state()
        several = list(dict.fromkeys(sources))
        for source in several:
            self.network.skip(state, source, cost_of(1 / len(several)))
        return state

    def _either(self, said: int, left_out: int, chance: float = TAKEN) -> int:
        state = self.network.state()
        self.network.skip(state, said, cost_of(chance))
        self.network.skip(state, left_out, cost_of(1 - chance))
        return state

    def _repeated(self, item: Expression, least: int, most: int, target: int) -> int:
        enough = target
        for _ in range(most - least):
            target = self._either(self.before(item, target), enough, 0.5)
        for _ in range(least):
            target = self.before(item, target)
        return target

    def _rule(self, name: str, target: int) -> int:
        key = "rule", name, target
        if key not in self._shared:
            self._shared[key] = self.before(self._grammar.rules[name], target)
        return self._shared[key]

    def _slot(self, name: str, target: int) -> int:
        key = "slot", name, target
        if key not in self._shared:
            source = self._shared[key] = self.network.state()
            costs = slot_costs(self._grammar, name)
            if costs and self._slots_apart:
                self.network.word(source, target, _OPEN + name)
            elif costs:
                self.network.weighted(source, target, costs)
        return self._shared[key]


def cost_of(probability: float) -> float:
    """Return what something this likely costs a path."""
    return -PRIOR_SCALE * math.log(probability)


def slot_costs(grammar: Grammar, name: str) -> dict[tuple[str, ...], float]:
    """Return every way to say a value of a slot, in order, with its cost."""
    weights: dict[tuple[str, ...], float] = {}
    for value in grammar.slots.get(name, ()):
        words = tuple(value.text.split())
        weights[words] = weights.get(words, 0.0) + value.weight
    whole = sum(weights.values())
    return {words: cost_of(weights[words] / whole) for words in sorted(weights)}


def network_of(grammar: Grammar) -> Network:
    """Return the network of exactly the sentences of `grammar`: no skips, no state with a word on two arcs.

    Every polite beginning carries the first words of all names. Raises GrammarError for a grammar in which nothing
    can be said.
    """
    weighed: dict[Expression, float] = {}
    for sentence, share in zip(grammar.sentences, shares(grammar), strict=True):
        weighed[sentence.expression] = weighed.get(sentence.expression, 0.0) + share
    return _checked(grammar, determinized(_built(grammar, weighed, slots_apart=False)))


def compact_network_of(grammar: Grammar, fill: Fill | None = None) -> Network:
    """Return the same sentences, far smaller, by skips where parts meet.

    Each slot stands once for what may follow it, and sentences with the same optional beginning and ending ("hello",
    "please") share one of each. `fill` may put something else in the place of the slots' own values.
    """
    network = Network()
    end = network.state()
    network.end(end)
    joiner = _Joiner(grammar, network, fill)
    for (first, last), bodies in _by_frame(grammar).items():
        entry = network.state() if first else 0
        leave = network.state() if last else end
        if first:
            joiner.join({first: 1.0}, 0, entry)
        joiner.join(bodies, entry, leave)
        if last:
            joiner.join({last: 1.0}, leave, end)
    return _checked(grammar, network)


def _by_frame(grammar: Grammar) -> dict[tuple[Expression | None, Expression | None], dict[Expression, float]]:
    """Group sentences by the optional rules they begin and end with; each without them, with its probability."""
    groups: dict[tuple[Expression | None, Expression | None], dict[Expression, float]] = {}
    for sentence, share in zip(grammar.sentences, shares(grammar), strict=True):
        items = sentence.expression.items if isinstance(sentence.expression, Sequence) else (sentence.expression,)
        first = items[0] if len(items) > 1 and _is_frame(items[0]) else None
        items = items[1:] if first else items
        last = items[-1] if len(items) > 1 and _is_frame(items[-1]) else None
        items = items[:-1] if last else items
        bodies = groups.setdefault((first, last), {})
        bodies[Sequence(items)] = bodies.get(Sequence(items), 0.0) + share
    return groups


def _is_frame(expression: Expression) -> bool:
    return isinstance(expression, Maybe) and isinstance(expression.item, Rule)


class _Joiner:
    """Puts the lean networks of parts of a grammar between states of one network."""

    def __init__(self, grammar: Grammar, network: Network, fill: Fill | None) -> None:
        self._grammar, self._network = grammar, network
        self._fill = fill or self._values
        self._slots: dict[tuple[str, int], int] = {}

    def join(self, weighed: Mapping[Expression, float], entry: int, leave: int) -> None:
        """Let any of the expressions, by their probabilities, lead from `entry` to `leave`."""
        part = determinized(_built(self._grammar, weighed, slots_apart=True))
        numbers = {state: self._network.state() if state else entry for state in range(len(part.words))}
        for source, arcs in enumerate(part.words):
            for word, target, cost in arcs:
                if word.startswith(_OPEN):
                    slot = self._slot(word.removeprefix(_OPEN), numbers[target])
                    self._network.skip(numbers[source], slot, cost)
                else:
                    self._network.word(numbers[source], numbers[target], word, cost)
        for state, cost in part.finals.items():
            self._network.skip(numbers[state], leave, cost)

    def _slot(self, name: str, target: int) -> int:
        """Return the state before the values of a slot that lead to `target`."""
        if (name, target) not in self._slots:
            self._slots[name, target] = self._network.state()
            self._fill(self._network, name, self._slots[name, target], target)
        return self._slots[name, target]

    def _values(self, network: Network, name: str, source: int, target: int) -> None:
        network.weighted(source, target, slot_costs(self._grammar, name))


def _built(grammar: Grammar, weighed: Mapping[Expression, float], *, slots_apart: bool) -> Network:
    builder = _Builder(grammar, slots_apart=slots_apart)
    end = builder.network.state()
    builder.network.end(end)
    for expression, share in weighed.items():
        builder.network.skip(0, builder.before(expression, end), cost_of(share))
    return builder.network


def _checked(grammar: Grammar, network: Network) -> Network:
    if not network.vocabulary():
        raise GrammarError("nothing can be said", where=f"grammar {grammar.name}", todo="add a sentence or an entry")
    return network


def determinized(network: Network) -> Network:
    """Return a network without skips in which no state has two arcs with the same word; same phrases, least costs.

    The usual subset construction with residual costs (Mohri, "Finite-state transducers in language and speech
    processing", 1997). For networks without endless ambiguity, which grammars are.
    """
    lean = Network()
    start = _closure(network, {0: 0.0})
    known = {_key(start): 0}
    waiting = [start]
    while waiting:
        subset = waiting.pop()
        source = known[_key(subset)]
        ends = [cost + network.finals[state] for state, cost in subset.items() if state in network.finals]
        if ends:
            lean.end(source, min(ends))
        for word, cost, target in _steps(network, subset):
            key = _key(target)
            if key not in known:
                known[key] = lean.state()
                waiting.append(target)
            lean.word(source, known[key], word, cost)
    return lean


def _key(subset: dict[int, float]) -> tuple[tuple[int, float], ...]:
    return tuple(sorted((state, round(cost, PRECISION)) for state, cost in subset.items()))


def _closure(network: Network, subset: dict[int, float]) -> dict[int, float]:
    """Add what can be reached by skips, each state at its least cost."""
    found = dict(subset)
    waiting = list(subset)
    while waiting:
        state = waiting.pop()
        for target, cost in network.skips[state]:
            total = found[state] + cost
            if total < found.get(target, math.inf):
                found[target] = total
                waiting.append(target)
    return {state: cost for state, cost in found.items() if network.words[state] or state in network.finals}


def _steps(network: Network, subset: dict[int, float]) -> list[tuple[str, float, dict[int, float]]]:
    reached: dict[str, dict[int, float]] = {}
    for state, before in subset.items():
        for word, target, cost in network.words[state]:
            targets = reached.setdefault(word, {})
            targets[target] = min(before + cost, targets.get(target, math.inf))
    steps = []
    for word, targets in reached.items():
        least = min(targets.values())
        rest = {target: cost - least for target, cost in targets.items()}
        steps.append((word, least, _closure(network, rest)))
    return steps
