"""Turns a network of words into a decoding graph of sounds, in one pass and without composition.

Each state of the network becomes a prefix tree over the phones of its words; the word is given out where it ends, and
silence may lie before any word. Words that sound alike stay apart: each keeps its own label on its own arc.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ivr.errors import GrammarError
from ivr.recognise.graph.fst import FstBuilder
from ivr.recognise.graph.network import UNKNOWN
from ivr.recognise.phones import CMU_PHONES, SILENCE, SPEECH, enter_id, is_phone, positioned, stay_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ivr.recognise.graph.network import Network

    Pronunciations = tuple[tuple[str, ...], ...]
    Lexicon = Mapping[str, Pronunciations]

UNKNOWN_PHONES = ((SPEECH, SPEECH, SPEECH),)
"""`[unk]` is at least three frames of speech, 90 ms."""


def transitions(word: str, lexicon: Lexicon) -> tuple[tuple[int, ...], ...]:
    """Return each pronunciation of `word` as the transition ids that enter its phones.

    Raises GrammarError for a word without pronunciation or with a sound that is none of the 39.
    """
    if word == UNKNOWN:
        return tuple(tuple(map(enter_id, positioned(phones))) for phones in UNKNOWN_PHONES)
    found = lexicon.get(word)
    if not found:
        raise GrammarError(f'no pronunciation for "{word}"', todo="add one to the pronunciations file")
    for phones in found:
        for phone in phones or ("nothing",):
            if not is_phone(phone):
                raise GrammarError(
                    f'"{word}" is given the sound {phone}, which is none of {" ".join(CMU_PHONES)}',
                    todo="correct the pronunciations file",
                )
    return tuple(dict.fromkeys(tuple(map(enter_id, positioned(phones))) for phones in found))


class GraphCompiler:
    """Compiles one network. Use `compile_graph`."""

    def __init__(self, network: Network, lexicon: Lexicon) -> None:
        self._network = network
        self._fst = FstBuilder()
        self.labels = {"<eps>": 0}
        """Each word of the network with its output label."""
        self._sounds: dict[str, tuple[tuple[int, ...], ...]] = {}
        for word in sorted(network.vocabulary()):
            self.labels[word] = len(self.labels)
            self._sounds[word] = transitions(word, lexicon)

    def build(self) -> FstBuilder:
        """Return the finished graph; its start is state 0."""
        states = [self._fst.state() for _ in self._network.words]
        for state in states:
            for target, cost in self._network.skips[state]:
                self._fst.arc(state, target, cost=cost)
            ends = state in self._network.finals
            if self._network.words[state] or ends:
                rested = self._silence(state)
                self._tree(state, rested)
                if ends:
                    self._fst.final(rested, self._network.finals[state])
        return self._fst

    def _silence(self, state: int) -> int:
        """Let one stretch of silence, or none, pass in `state`; return where words go on from.

        A silence that could be entered twice would give every pause countless readings.
        """
        quiet, rested = self._fst.state(), self._fst.state()
        self._fst.arc(state, quiet, enter_id(SILENCE))
        self._fst.arc(quiet, quiet, stay_id(SILENCE))
        self._fst.arc(quiet, rested)
        self._fst.arc(state, rested)
        return rested

    def _tree(self, state: int, root: int) -> None:
        """Grow the words that leave `state` as one prefix tree from `root`.

        A word's cost is paid sound by sound, as early as it is certain: a search that learnt it only at the word's
        end would follow rare words as far as usual ones, and drop the right one for want of room.
        """
        fst, nodes = self._fst, dict[tuple[int, int], int]()
        entered: list[tuple[int, int, int]] = []
        ends: list[tuple[int, int, int, float]] = []
        least: dict[int, float] = {}
        for word, target, cost in self._network.words[state]:
            for sounds in self._sounds[word]:
                at = root
                for enter in sounds:
                    node = nodes.get((at, enter))
                    if node is None:
                        node = nodes[at, enter] = fst.state()
                        entered.append((at, node, enter))
                    least[node] = min(cost, least.get(node, math.inf))
                    at = node
                ends.append((at, target, self.labels[word], cost))
        for before, node, enter in entered:
            fst.arc(before, node, enter, cost=least[node] - least.get(before, 0.0))
            fst.arc(node, node, enter - 1)
        for at, target, label, cost in ends:
            fst.arc(at, target, given=label, cost=cost - least[at])


def compile_graph(network: Network, lexicon: Lexicon, folder: Path) -> None:
    """Write `HCLG.fst` and `words.txt` for `network` into `folder`.

    `lexicon` maps each word to its pronunciations, each a tuple of CMU phones without stress.
    Raises GrammarError for an empty network, a word without pronunciation or an impossible sound.
    """
    if not network.finals or len(network.words) < 2:  # noqa: PLR2004 - a start and an end
        raise GrammarError("there is nothing to say in this grammar", todo="add at least one phrase")
    compiler = GraphCompiler(network, lexicon)
    compiler.build().write(folder / "HCLG.fst", start=0)
    lines = (f"{word} {label}\n" for word, label in compiler.labels.items())
    (folder / "words.txt").write_text("".join(lines), encoding="utf-8")
