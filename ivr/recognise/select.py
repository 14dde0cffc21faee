"""Which recogniser a site listens with, in this process or in a pool of others."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.errors import InputError, RecogniserError, UnavailableError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Sequence, Words
from ivr.recognise.both import BothRecogniser
from ivr.recognise.builtin import WEIGHTS_FOLDER
from ivr.recognise.builtin_ears import builtin_recogniser
from ivr.recognise.graph.asides import COMMON
from ivr.recognise.installed_ears import installed_recogniser
from ivr.recognise.pool import PoolRecogniser
from ivr.recognise.process import PoolLimits
from ivr.recognise.sphinx import SphinxRecogniser
from ivr.settings import Secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ivr.grammar.pronounce import Pronouncer
    from ivr.grammar.tree import Expression, Grammar
    from ivr.recognise.base import Recogniser
    from ivr.settings import Settings

    Pronunciations = tuple[tuple[str, ...], ...]
    Pronounce = Callable[[str], Pronunciations]

ENGINES = ("auto", "vosk", "sphinx", "both")


def make_recogniser(
    settings: Settings, grammars: Mapping[str, Grammar], pronouncer: Pronouncer, engine: str | None = None
) -> Recogniser:
    """Make the recogniser that `engine` (default: the settings) names, for `grammars`.

    `auto` is Vosk where a model is there, with PocketSphinx for a second opinion as the settings say, else
    PocketSphinx alone; `both` asks both, always. Raises UnavailableError for Vosk without a model, InputError for an
    unknown engine.
    """
    return _make(settings, grammars, pronouncer.pronounce, engine)


def make_pool(
    settings: Settings, grammars: Mapping[str, Grammar], pronouncer: Pronouncer, engine: str | None = None
) -> PoolRecogniser:
    """Start recogniser processes for a live service, `recognition.workers` of them. Raises UnavailableError."""
    limits = PoolLimits(
        workers=settings.recognition.workers or os.cpu_count() or 1,
        longest=settings.recognition.longest_utterance + 5.0,  # the silence that ends it, and what came before it
    )
    return PoolRecogniser(recipe(settings, grammars, pronouncer, engine), limits)


def recipe(
    settings: Settings, grammars: Mapping[str, Grammar], pronouncer: Pronouncer, engine: str | None = None
) -> Recipe:
    """Return what a worker process makes its recogniser from; `PoolRecogniser.reload` takes it too."""
    lexicon = {word: pronouncer.pronounce(word) for word in sorted(vocabulary(grammars).union(COMMON))}
    return Recipe(settings.model_copy(update={"secrets": Secrets()}), dict(grammars), lexicon, engine)


@dataclass(frozen=True)
class Recipe:
    """Makes a recogniser in another process. Holds no secrets."""

    settings: Settings
    grammars: Mapping[str, Grammar]
    lexicon: Mapping[str, Pronunciations]
    """Pronunciations of every word of the grammars, and of those that callers say aside."""
    engine: str | None = None

    def __call__(self) -> Recogniser:
        """Make it, its grammars ready: no caller is to wait while one is compiled."""
        made = _make(self.settings, self.grammars, self.lexicon.__getitem__, self.engine)
        for name in self.grammars:
            with suppress(RecogniserError):  # an empty grammar fails the utterance that asks for it, as ever
                made.start(name)
        return made


def vocabulary(grammars: Mapping[str, Grammar]) -> set[str]:
    """Return every word that may be said in `grammars`."""
    said: set[str] = set()
    for grammar in grammars.values():
        for expression in (*(s.expression for s in grammar.sentences), *grammar.rules.values()):
            said.update(_words(expression))
        for values in grammar.slots.values():
            said.update(word for value in values for word in value.text.split())
    return said


def _words(expression: Expression) -> Iterator[str]:
    match expression:
        case Words(words):
            yield from words
        case Sequence(items) | Alternatives(items):
            for item in items:
                yield from _words(item)
        case Maybe(item) | Repeat(item):
            yield from _words(item)


def _make(settings: Settings, grammars: Mapping[str, Grammar], pronounce: Pronounce, engine: str | None) -> Recogniser:
    wanted = engine or settings.recognition.engine
    if wanted not in ENGINES:
        raise InputError(f'no recogniser "{wanted}"', todo=f"choose one of {', '.join(ENGINES)}")
    if wanted == "sphinx" or (wanted == "auto" and not _vosk_model(settings)):
        return _sphinx(settings, grammars, pronounce)
    first = _vosk(settings, grammars, pronounce)
    asked = {"auto": settings.recognition.second, "both": "always"}.get(wanted, "off")
    if asked == "off":
        return first
    return BothRecogniser(first, _sphinx(settings, {}, pronounce), always=asked == "always")


def _sphinx(settings: Settings, grammars: Mapping[str, Grammar], pronounce: Pronounce) -> SphinxRecogniser:
    wanted = settings.recognition
    return SphinxRecogniser(grammars, pronounce, alternatives=wanted.alternatives, longest=wanted.longest_utterance)


def _vosk_model(settings: Settings) -> bool:
    return bool(settings.recognition.vosk_model) or (WEIGHTS_FOLDER / "final.mdl").is_file()


def _vosk(settings: Settings, grammars: Mapping[str, Grammar], pronounce: Pronounce) -> Recogniser:
    wanted = settings.recognition
    if wanted.vosk_model:
        folder = settings.path(wanted.vosk_model)
        return installed_recogniser(grammars, pronounce, folder, longest=wanted.longest_utterance)
    if not _vosk_model(settings):
        raise UnavailableError(
            "no Vosk model: the built-in one is missing from this installation; "
            "install ivr again, run `ivr models install`, or use `--engine sphinx`"
        )
    return builtin_recogniser(
        grammars,
        pronounce,
        settings.path(wanted.cache),
        alternatives=wanted.alternatives,
        longest=wanted.longest_utterance,
    )
