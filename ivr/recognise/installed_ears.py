"""Ears for a Vosk model that a site has installed: its vocabulary is fixed, so names it lacks are respelled.

A model with runtime grammars is given the grammar's phrases, which it takes as what words may follow each other, not
as a closed list; one without hears anything. Either way the matcher decides which sentence it was.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ivr.errors import RecogniserError
from ivr.model import Hypothesis, WordHeard
from ivr.recognise.graph.network import UNKNOWN
from ivr.recognise.graph.spoken import compact_network_of
from ivr.recognise.resampled import ResampledDecoder
from ivr.recognise.respell import Respeller
from ivr.recognise.vosk import Reading, VoskRecogniser
from ivr.recognise.vosk_library import load_model, new_decoder, sample_rate, takes_grammars, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ivr.grammar.tree import Grammar
    from ivr.recognise.graph.network import Network
    from ivr.recognise.vosk import Decoder

    Pronounce = Callable[[str], tuple[tuple[str, ...], ...]]


class InstalledEars:
    """Ears for one grammar of an installed model."""

    def __init__(self, model: Any, rate: int, phrases: tuple[str, ...], respellings: Mapping[str, str]) -> None:
        self._model, self._rate = model, rate
        self._phrases = json.dumps(phrases) if phrases else ""
        self._meant = {tuple(said.split()): word for word, said in respellings.items()}
        self._longest = max(map(len, self._meant), default=0)

    def decoders(self) -> tuple[Decoder, ...]:
        """Return one decoder, fed at the rate the model wants."""
        return (ResampledDecoder(new_decoder(self._model, self._rate, phrases=self._phrases), self._rate),)

    def hypotheses(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[Hypothesis, ...]:
        """Return the one reading, its respelled names as they are meant; confidence is the mean of its words'."""
        return tuple(self._hypothesis(reading) for reading in readings[0] if reading.text)

    def rival(self, readings: tuple[tuple[Reading, ...], ...]) -> str:
        """Return nothing: such a model tells only what it heard."""
        del readings
        return ""

    def evidence(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[tuple[str, float], ...]:
        """Return nothing: the model tells its words' confidences only."""
        del readings
        return ()

    def _hypothesis(self, reading: Reading) -> Hypothesis:
        sure = [word.confidence for word in reading.words if word.confidence is not None]
        words = self._as_meant(reading.words)
        text = " ".join(word.word for word in words if word.word != UNKNOWN)
        return Hypothesis(text, round(sum(sure) / len(sure), 4) if sure else None, words)

    def _as_meant(self, words: tuple[WordHeard, ...]) -> tuple[WordHeard, ...]:
        """Put names back in the place of the words they were respelled with, the longest first."""
        meant: list[WordHeard] = []
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                name = self._meant.get(tuple(word.word for word in words[at : at + length]))
                if name:
                    meant.append(replace(words[at], word=name, end=words[at + length - 1].end))
                    at += length
                    break
            else:
                meant.append(words[at])
                at += 1
        return tuple(meant)


class InstalledSource:
    """Loads the model once; prepares a grammar when it is first used. Safe to share between threads."""

    def __init__(self, grammars: Mapping[str, Grammar], pronounce: Pronounce, folder: Path) -> None:
        self._grammars, self._pronounce = grammars, pronounce
        self._model, self._rate = load_model(folder), sample_rate(folder)
        self._guided, self._folder = takes_grammars(folder), folder
        self._lock = threading.Lock()
        self._respeller: Respeller | None = None
        self._ready: dict[str, InstalledEars] = {}

    def ears(self, grammar: str, only: frozenset[str]) -> InstalledEars:
        """Return the ears for a grammar; it is not narrowed. Raises RecogniserError for an unknown one."""
        del only
        if grammar not in self._grammars:
            raise RecogniserError(f'no grammar "{grammar}"; known: {", ".join(sorted(self._grammars))}')
        with self._lock:
            if grammar not in self._ready:
                self._ready[grammar] = self._prepare(grammar)
            return self._ready[grammar]

    def _prepare(self, grammar: str) -> InstalledEars:
        network = compact_network_of(self._grammars[grammar])
        unknown = [word for word in sorted(network.vocabulary()) if not self._knows(word)]
        respellings = self._respell(unknown, network.vocabulary())
        phrases = tuple(dict.fromkeys(_respelled(covering_phrases(network), respellings))) if self._guided else ()
        return InstalledEars(self._model, self._rate, (*phrases, UNKNOWN) if phrases else (), respellings)

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0

    def _respell(self, words: list[str], spoken: set[str]) -> dict[str, str]:
        """Return respellings; one that is itself a word of the grammar could not be told from it."""
        if not words:
            return {}
        if self._respeller is None:
            self._respeller = Respeller(vocabulary(self._folder), self._pronounce)
        found = {word: self._respeller.respell(word) for word in words}
        return {word: near.said for word, near in found.items() if near and near.said not in spoken}


def covering_phrases(network: Network) -> Iterator[str]:
    """Yield whole sentences that use every arc of a network at least once, each as short as can be."""
    before = _shortest(_forward(network), {0})
    after = _shortest(_backward(network), set(network.finals))
    for source, arcs in enumerate(network.words):
        for word, target, _ in arcs:
            if source in before and target in after:
                yield " ".join([*before[source], word, *reversed(after[target])])


def _forward(network: Network) -> list[list[tuple[int, str]]]:
    return [
        [*((target, word) for word, target, _ in words), *((target, "") for target, _ in skips)]
        for words, skips in zip(network.words, network.skips, strict=True)
    ]


def _backward(network: Network) -> list[list[tuple[int, str]]]:
    turned: list[list[tuple[int, str]]] = [[] for _ in network.words]
    for source, steps in enumerate(_forward(network)):
        for target, word in steps:
            turned[target].append((source, word))
    return turned


def _shortest(steps: list[list[tuple[int, str]]], begin: set[int]) -> dict[int, tuple[str, ...]]:
    """Return for each state that can be reached the fewest words that lead there."""
    found: dict[int, tuple[str, ...]] = dict.fromkeys(begin, ())
    waiting = deque(begin)
    while waiting:
        state = waiting.popleft()
        for target, word in steps[state]:
            words = (*found[state], word) if word else found[state]
            if target not in found or len(words) < len(found[target]):
                found[target] = words
                (waiting.append if word else waiting.appendleft)(target)
    return found


def _respelled(phrases: Iterator[str], respellings: Mapping[str, str]) -> Iterator[str]:
    for phrase in phrases:
        yield " ".join(respellings.get(word, word) for word in phrase.split())


def installed_recogniser(
    grammars: Mapping[str, Grammar], pronounce: Pronounce, folder: Path, *, longest: float = 15.0
) -> VoskRecogniser:
    """Return a recogniser on an installed model. Raises InputError for a folder that holds none."""
    return VoskRecogniser(InstalledSource(grammars, pronounce, folder), longest=longest)
