"""Which recogniser a site listens with."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ivr.errors import InputError, RecogniserError, UnavailableError
from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Repeat, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Target, TargetKind
from ivr.recognise import select
from ivr.recognise.select import make_pool, make_recogniser, recipe, vocabulary
from ivr.settings import RecognitionSettings, Secrets, Settings

if TYPE_CHECKING:
    from pathlib import Path

GRAMMAR = Grammar(
    "call",
    (Sentence(Sequence((Maybe(Words(("please",))), Slot("person"), Repeat(Alternatives((Words(("now",)),)), 0, 1)))),),
    slots={"person": (SlotValue("jane smith", Target(TargetKind.ENTRY, "a")),)},
)
GRAMMARS = {"call": GRAMMAR}


def settings(folder: Path, **recognition: object) -> Settings:
    """Return a site's settings with this recognition table."""
    return Settings(root=folder, recognition=RecognitionSettings.model_validate(recognition))


@pytest.mark.parametrize(
    ("table", "engine", "made"),
    [
        ({}, None, "vosk+sphinx"),
        ({"second": "off"}, None, "vosk"),
        ({}, "vosk", "vosk"),
        ({}, "sphinx", "sphinx"),
        ({"engine": "sphinx"}, None, "sphinx"),
        ({"engine": "sphinx"}, "auto", "vosk+sphinx"),
        ({}, "both", "vosk+sphinx"),
    ],
)
def test_the_engine_is_chosen(tmp_path: Path, table: dict[str, object], engine: str | None, made: str) -> None:
    """By settings, and by the option over them."""
    recogniser = make_recogniser(settings(tmp_path, **table), GRAMMARS, Pronouncer(tmp_path), engine)
    assert recogniser.capabilities.engine == made


def test_without_a_vosk_model_auto_is_sphinx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And asking for Vosk says in one line what to do."""
    monkeypatch.setattr(select, "WEIGHTS_FOLDER", tmp_path)
    chosen = make_recogniser(settings(tmp_path), GRAMMARS, Pronouncer(tmp_path))
    assert chosen.capabilities.engine == "sphinx"
    with pytest.raises(UnavailableError, match="ivr models install"):
        make_recogniser(settings(tmp_path), GRAMMARS, Pronouncer(tmp_path), "vosk")


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    """The message lists those there are."""
    with pytest.raises(InputError, match="auto, vosk, sphinx, both"):
        make_recogniser(settings(tmp_path), GRAMMARS, Pronouncer(tmp_path), "whisper")


def test_the_vocabulary_is_every_word_of_every_part() -> None:
    """Words of sentences, options, repeats and slots."""
    assert vocabulary(GRAMMARS) == {"please", "jane", "smith", "now"}


def test_a_recipe_takes_no_secrets_along(tmp_path: Path) -> None:
    """A worker process needs none."""
    site = settings(tmp_path).model_copy(update={"secrets": Secrets(twilio_account_sid="AC1")})
    assert recipe(site, GRAMMARS, Pronouncer(tmp_path)).settings.secrets == Secrets()


def test_a_real_pool_survives_the_death_of_a_worker(tmp_path: Path) -> None:
    """PocketSphinx in a process of its own: silence is heard as such, SIGKILL costs one utterance."""
    with make_pool(settings(tmp_path, workers=1), GRAMMARS, Pronouncer(tmp_path), "sphinx") as pool:
        assert pool.capabilities.engine == "sphinx"
        hearing = pool.start("call")
        hearing.feed(np.zeros(8000, np.int16))
        assert not hearing.finish().speech
        hearing = pool.start("call")
        os.kill(hearing._worker.process.pid or 0, signal.SIGKILL)
        with pytest.raises(RecogniserError, match="died"):
            hearing.finish()
