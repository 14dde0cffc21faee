"""What may be said, as a network of words: states joined by arcs that each carry a word, or nothing, at a cost.

Costs are -log probabilities. A path from state 0 to a final state is one thing a caller may say.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

UNKNOWN = "[unk]"
"""The word that stands for any speech."""


class Network:
    """A network of words. State 0 is the start."""

    def __init__(self) -> None:
        self.words: list[list[tuple[str, int, float]]] = [[]]
        """For each state, its arcs: word, target state, cost."""
        self.skips: list[list[tuple[int, float]]] = [[]]
        """For each state, its arcs without a word: target state, cost."""
        self.finals: dict[int, float] = {}
        """The states a path may end in, each with the cost of ending there."""

    def state(self) -> int:
        """Add a state and return its number."""
        self.words.append([])
        self.skips.append([])
        return len(self.words) - 1

    def word(self, source: int, target: int, word: str, cost: float = 0.0) -> None:
        """Let `word` lead from one state to another."""
        self.words[source].append((word, target, cost))

    def skip(self, source: int, target: int, cost: float = 0.0) -> None:
        """Let nothing said lead from one state to another. No cycle of skips may arise."""
        self.skips[source].append((target, cost))

    def phrases(self, source: int, target: int, phrases: Iterable[Sequence[str]], cost: float = 0.0) -> None:
        """Let each phrase lead from `source` to `target` at the same cost; phrases share their first words."""
        self.weighted(source, target, {tuple(phrase): cost for phrase in phrases})

    def weighted(self, source: int, target: int, costs: Mapping[tuple[str, ...], float]) -> None:
        """Let each phrase lead from `source` to `target` at its cost; phrases share their first words.

        Costs are paid as early as they are certain, so that a search learns them in time.
        """
        least: dict[tuple[str, ...], float] = {}
        for phrase, cost in costs.items():
            for end in range(len(phrase)):
                least[phrase[:end]] = min(cost, least.get(phrase[:end], math.inf))
        if not least:
            return
        states: dict[tuple[str, ...], int] = {(): self.state()}
        self.skip(source, states[()], least[()])
        for phrase, cost in costs.items():
            for end in range(1, len(phrase)):
                prefix, shorter = phrase[:end], phrase[: end - 1]
                if prefix not in states:
                    states[prefix] = self.state()
                    self.word(states[shorter], states[prefix], phrase[end - 1], least[prefix] - least[shorter])
            if phrase:
                self.word(states[phrase[:-1]], target, phrase[-1], cost - least[phrase[:-1]])

    def end(self, state: int, cost: float = 0.0) -> None:
        """Let a path end in `state`."""
        self.finals[state] = cost

    def vocabulary(self) -> set[str]:
        """Return every word on an arc."""
        return {word for arcs in self.words for word, _, _ in arcs}

    def digest(self) -> str:
        """Return a hash of the content, equal for equal networks."""
        content = hashlib.sha256()
        for words, skips in zip(self.words, self.skips, strict=True):
            content.update(repr((words, skips)).encode())
        content.update(repr(sorted(self.finals.items())).encode())
        return content.hexdigest()


def closed(phrases: Iterable[Sequence[str]]) -> Network:
    """Return the network of exactly these phrases."""
    network = Network()
    end = network.state()
    network.phrases(0, end, phrases)
    network.end(end)
    return network


DISCOUNT = 0.5


def phone_loop(table: Iterable[Sequence[str]]) -> Network:
    """Return any string of sounds, likely ones more cheaply: what an utterance is measured against.

    `table` has rows of a phone, the one after it and how often; an empty name stands for the start or end of speech.
    Each phone is a word of its own, said as itself.
    """
    return _bigram_network(_follows(table), None)


def bigrams(sentences: Iterable[Sequence[str]], *, unknown_cost: float | None = None) -> Network:
    """Return a back-off bigram language model of `sentences`: any word may follow any, those seen so more cheaply.

    Absolute discounting by one half. `unknown_cost` adds `[unk]` at that cost wherever a word may stand.
    """
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for before, after in zip(("", *sentence), (*sentence, ""), strict=True):
            follows[before][after] += 1
    return _bigram_network(follows, unknown_cost)


def _bigram_network(follows: dict[str, Counter[str]], unknown_cost: float | None) -> Network:
    network = Network()
    end = network.state()
    network.end(end)
    places = {word: network.state() for word in sorted(follows.keys() - {""})}
    anything = _Bigrams(network, follows).layer({"": 0, **places}, places, end)
    if unknown_cost is not None:
        network.word(anything, anything, UNKNOWN, unknown_cost)
    return network


def join_sounds(
    network: Network, start: int, end: int, table: Iterable[Sequence[str]], *, least: int, cost: float = 0.0
) -> None:
    """Let any string of at least `least` sounds, as in `phone_loop`, lead from one state to another."""
    bigrams = _Bigrams(network, _follows(table))
    entry = network.state()
    network.skip(start, entry, cost)
    places = {"": entry}
    for _ in range(least):
        following = {word: network.state() for word in bigrams.words}
        bigrams.layer(places, following, None)
        places = following
    bigrams.layer(places, places, end)


def _follows(table: Iterable[Sequence[str]]) -> dict[str, Counter[str]]:
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    for before, after, count in table:
        follows[before][after] += int(count)
    return follows


class _Bigrams:
    """Puts back-off bigrams into a network, by absolute discounting."""

    def __init__(self, network: Network, follows: dict[str, Counter[str]]) -> None:
        self._network, self._follows = network, follows
        self.words = sorted(follows.keys() - {""})
        self._totals: Counter[str] = Counter()
        for counts in follows.values():
            self._totals.update(counts)

    def layer(self, sources: Mapping[str, int], following: Mapping[str, int], end: int | None) -> int:
        """Lead from the state after each word to that after any other, and to `end`; return the one they share."""
        network = self._network
        anything = network.state()
        for before, source in sources.items():
            counts = self._follows[before]
            total = sum(counts.values())
            for after, count in counts.items():
                cost = -math.log((count - DISCOUNT) / total)
                if after:
                    network.word(source, following[after], after, cost)
                elif end is not None:
                    network.skip(source, end, cost)
            network.skip(source, anything, -math.log(DISCOUNT * len(counts) / total))
        everything = sum(self._totals.values())
        for word in self.words:
            network.word(anything, following[word], word, -math.log(self._totals[word] / everything))
        if end is not None:
            network.skip(anything, end, -math.log(max(self._totals[""], 1) / everything))
        return anything
