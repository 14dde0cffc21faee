"""Ears for the built-in model: a closed graph for every grammar, and one of its rivals to measure it against."""

from __future__ import annotations

import csv
import json
import math
import threading
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ivr.errors import RecogniserError
from ivr.model import Hypothesis, TargetKind
from ivr.recognise.builtin import WEIGHTS_FOLDER, Decoding, model_folder
from ivr.recognise.endpoint import RATE
from ivr.recognise.graph.network import phone_loop
from ivr.recognise.graph.rivals import rivals_of
from ivr.recognise.graph.spoken import compact_network_of
from ivr.recognise.phones import CMU_PHONES, is_phone
from ivr.recognise.vosk import Reading, VoskRecogniser, logistic
from ivr.recognise.vosk_library import load_model, new_decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ivr.grammar.tree import Grammar, Sentence, SlotValue
    from ivr.recognise.graph.network import Network
    from ivr.recognise.vosk import Decoder

    Pronounce = Callable[[str], tuple[tuple[str, ...], ...]]

MOST_NARROWED = 8
"""Narrowed graphs kept loaded beside the grammars' own."""
RIVALS = Decoding(beam=14.0, most_active=3000, lattice_beam=1.0)
"""Of rivals only the best one counts."""
LEAST_SECONDS = 0.3
READINGS = 16
"""Readings taken from the decoder: many differ in polite words alone and share one meaning."""


@dataclass(frozen=True)
class Sureness:
    """Weights of how sure to be that something in the grammar was said, fitted by `benchmarks/fit_hearing.py`."""

    bias: float
    pace: float
    """Of by how much better than its best rival the best reading explains a second of speech."""
    whole: float
    """Of the same of all the speech, in tens."""
    loose: float
    """Of how well the rival itself explains a second, in tens: clear speech or noise."""
    soften: float
    """Scores of whole paths are this much too sure of themselves: neighbouring frames repeat each other."""

    def of(self, best: Reading, rivals: tuple[Reading, ...]) -> float:
        """Return the probability, 0-1."""
        pace, whole, alone = margins(best, rivals)
        return logistic(self.bias + self.pace * pace + self.whole * whole + self.loose * alone)


@cache
def default_sureness() -> Sureness:
    """Read the weights that come with the model."""
    content = json.loads((WEIGHTS_FOLDER / "sureness.json").read_text(encoding="utf-8"))
    return Sureness(**content)


def margins(best: Reading, rivals: tuple[Reading, ...]) -> tuple[float, float, float]:
    """Return what `Sureness` weighs, in its order."""
    if not rivals or not best.words:
        return 0.0, 0.0, 0.0
    seconds = max(best.words[-1].end - best.words[0].start, LEAST_SECONDS)
    ahead = best.score - rivals[0].score
    return ahead / seconds, ahead / 10, rivals[0].score / seconds / 10


class BuiltinEars:
    """Ears for one grammar."""

    def __init__(self, graph: Any, rivals: Any, alternatives: int) -> None:
        self._graph, self._rivals, self._alternatives = graph, rivals, alternatives

    def decoders(self) -> tuple[Decoder, ...]:
        """Return a decoder of the grammar's graph and one of its rivals."""
        proposing = new_decoder(self._graph, RATE, alternatives=self._alternatives)
        return proposing, new_decoder(self._rivals, RATE, alternatives=1)

    def hypotheses(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[Hypothesis, ...]:
        """Return the sentences heard; a confidence is the best one's, shared out by score among its rivals."""
        proposed, rivals = readings
        if not proposed:
            return ()
        best, sureness = proposed[0], default_sureness()
        shares = [math.exp((reading.score - best.score) * sureness.soften) for reading in proposed]
        sure = sureness.of(best, rivals) / sum(shares)
        return tuple(
            Hypothesis(reading.text, round(sure * share, 4), reading.words)
            for reading, share in zip(proposed, shares, strict=True)
        )

    def rival(self, readings: tuple[tuple[Reading, ...], ...]) -> str:
        """Return the best of the rivals."""
        _, rivals = readings
        return rivals[0].text if rivals else ""

    def evidence(self, readings: tuple[tuple[Reading, ...], ...]) -> tuple[tuple[str, float], ...]:
        """Return how the best sentence compares with its best rival, and how sure that makes."""
        proposed, rivals = readings
        if not proposed:
            return ()
        pace, whole, alone = margins(proposed[0], rivals)
        return (
            ("vosk: ahead of its best rival a second", pace),
            ("vosk: ahead in all, tens", whole),
            ("vosk: the rival itself a second, tens", alone),
            ("vosk: something in the grammar was said", default_sureness().of(proposed[0], rivals)),
        )


class BuiltinSource:
    """Compiles and loads graphs when they are first asked for, and keeps them. Safe to share between threads."""

    def __init__(
        self, grammars: Mapping[str, Grammar], pronounce: Pronounce, cache: Path, *, alternatives: int = 5
    ) -> None:
        self._grammars, self._pronounce = grammars, pronounce
        self._cache, self._alternatives = cache, max(READINGS, alternatives)
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, frozenset[str]], BuiltinEars] = {}
        self._rivals: dict[Path, Any] = {}

    def ears(self, grammar: str, only: frozenset[str]) -> BuiltinEars:
        """Return the ears for a grammar. Raises RecogniserError for an unknown one."""
        if grammar not in self._grammars:
            raise RecogniserError(f'no grammar "{grammar}"; known: {", ".join(sorted(self._grammars))}')
        with self._lock:
            key = grammar, only
            if key not in self._loaded:
                self._loaded[key] = self._load(grammar, only)
                self._forget_narrowed()
            return self._loaded[key]

    def _load(self, grammar: str, only: frozenset[str]) -> BuiltinEars:
        whole = self._grammars[grammar]
        graph = load_model(self._folder(compact_network_of(narrowed(whole, only) if only else whole)))
        folder = self._folder(rivals_of(whole, sound_pairs()), RIVALS)
        if folder not in self._rivals:
            self._rivals[folder] = load_model(folder)
        return BuiltinEars(graph, self._rivals[folder], self._alternatives)

    def _folder(self, network: Network, decoding: Decoding | None = None) -> Path:
        lexicon = {word: ((word,),) if is_phone(word) else self._pronounce(word) for word in network.vocabulary()}
        return model_folder(network, lexicon, self._cache, decoding)

    def _forget_narrowed(self) -> None:
        kept = [key for key in self._loaded if key[1]]
        for key in kept[:-MOST_NARROWED]:
            del self._loaded[key]


def loop_folder(cache: Path) -> Path:
    """Return the model folder that hears any sounds, by the phone pairs of English words."""
    return model_folder(phone_loop(sound_pairs()), {phone: ((phone,),) for phone in CMU_PHONES}, cache, RIVALS)


@cache
def sound_pairs() -> tuple[tuple[str, str, str], ...]:
    """Return how often one sound follows another in English words: before, after, count."""
    with (WEIGHTS_FOLDER / "phone_pairs.csv").open(encoding="utf-8", newline="") as lines:
        return tuple((row["before"], row["after"], row["count"]) for row in csv.DictReader(lines))


def narrowed(grammar: Grammar, only: frozenset[str]) -> Grammar:
    """Return the grammar with its names and enquiries narrowed to the targets named; all else stays.

    Compiled in a tenth of a second, in the middle of a call.
    """

    def kept(value: SlotValue) -> bool:
        return value.target.kind is TargetKind.VALUE or str(value.target) in only

    def asked(sentence: Sentence) -> bool:
        return sentence.target is None or sentence.target.kind is not TargetKind.ENQUIRY or str(sentence.target) in only

    slots = {name: tuple(filter(kept, values)) for name, values in grammar.slots.items()}
    return replace(grammar, sentences=tuple(filter(asked, grammar.sentences)), slots=slots)


def builtin_recogniser(
    grammars: Mapping[str, Grammar],
    pronounce: Pronounce,
    cache: Path,
    *,
    alternatives: int = 5,
    longest: float = 15.0,
) -> VoskRecogniser:
    """Return the recogniser that needs no installed model. Graphs are compiled into `cache` when first used."""
    source = BuiltinSource(grammars, pronounce, cache, alternatives=alternatives)
    return VoskRecogniser(source, longest=longest, quieten=True)
