"""PocketSphinx, the real one, on telephone sound made by a speech program of this machine."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ivr.errors import RecogniserError
from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.tree import Alternatives, Grammar, Maybe, Repeat, Rule, Sentence, Sequence, Slot, SlotValue, Words
from ivr.model import Expect, Target, TargetKind
from ivr.recognise.audio import telephone_band
from ivr.recognise.base import Recogniser
from ivr.recognise.listen import hear
from ivr.recognise.shared import shared_network
from ivr.recognise.sphinx import SphinxRecogniser
from ivr.recognise.wideband import fill_upper_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.recognise.base import Samples

NAMES = ("jane smith", "siobhan blackwood", "housing benefits", "oluwaseun adeyemi", "peter wexbourne", "council tax")


def words(text: str) -> Words:
    """Return words said one after the other."""
    return Words(tuple(text.split()))


def names(*said: str) -> tuple[SlotValue, ...]:
    """Return a slot of names."""
    return tuple(SlotValue(name, Target(TargetKind.ENTRY, name.replace(" ", "-"))) for name in said)


FILL = [f"{first} {last}" for first in ("anna", "mark", "rita", "tom") for last in ("hill", "wood", "field", "stone")]
DIRECTORY = Grammar(
    "directory",
    (Sentence(Sequence((Maybe(Rule("before")), Slot("person"), Maybe(words("please"))))),),
    rules={"before": Alternatives((words("can i speak to"), words("put me through to")))},
    slots={"person": names(*NAMES, *FILL)},
)
DIGITS = Grammar(
    "digits",
    (Sentence(Repeat(Slot("digit"), 2, 4)),),
    slots={"digit": tuple(SlotValue(w, Target(TargetKind.VALUE, w)) for w in ("one", "two", "three", "four", "five"))},
)


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> SphinxRecogniser:
    """Make a recogniser of the two grammars, without reviewed pronunciations."""
    pronouncer = Pronouncer(tmp_path_factory.mktemp("grammars"))
    return SphinxRecogniser({"directory": DIRECTORY, "digits": DIGITS}, pronouncer.pronounce)


@pytest.fixture(scope="module")
def say(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Samples]:
    """Speak text over a telephone, with half a second of quiet around it."""
    flite = shutil.which("flite")
    if flite is None:
        pytest.skip("flite is not installed, so there is nobody to speak")
    folder = tmp_path_factory.mktemp("said")

    def speak(text: str) -> Samples:
        file = folder / f"{text.replace(' ', '_')}.wav"
        if not file.exists():
            subprocess.run([flite, "-voice", "slt", "-t", text, "-o", str(file)], check=True)
        sound, rate = soundfile.read(file, dtype="int16")
        quiet = np.zeros(4000, np.int16)
        return np.concatenate([quiet, telephone_band(sound, rate), quiet])

    return speak


def test_it_is_a_recogniser(recogniser: SphinxRecogniser) -> None:
    """It fits the protocol and says that it keeps the lock."""
    assert isinstance(recogniser, Recogniser)
    assert recogniser.capabilities.holds_lock


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Jane Smith", "jane smith"),
        ("can I speak to Peter Wexbourne please", "can i speak to peter wexbourne please"),
        ("put me through to housing benefits", "put me through to housing benefits"),
    ],
)
def test_names_are_heard(recogniser: SphinxRecogniser, say: Callable[[str], Samples], text: str, heard: str) -> None:
    """Names in and out of the dictionary, with and without a polite frame, word for word and in time order."""
    result = hear(recogniser, "directory", say(text))
    assert result.text == heard
    best = result.hypotheses[0]
    assert best.confidence is not None
    assert 0.3 < best.confidence <= 1.0
    assert [word.word for word in best.words] == heard.split()
    times = [time for word in best.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] == pytest.approx(0.5, abs=0.25)


def test_the_same_sound_is_heard_the_same(recogniser: SphinxRecogniser, say: Callable[[str], Samples]) -> None:
    """Nothing of one caller colours the next: in any order, the same samples give the same result."""
    sounds = [say("Jane Smith"), say("council tax please")]
    first = [hear(recogniser, "directory", sound).hypotheses for sound in sounds]
    again = [hear(recogniser, "directory", sound).hypotheses for sound in reversed(sounds)]
    assert first == again[::-1]


def test_other_speech_is_less_sure(recogniser: SphinxRecogniser, say: Callable[[str], Samples]) -> None:
    """What is in no grammar has a lower confidence than what is."""
    inside = hear(recogniser, "directory", say("Jane Smith"))
    outside = hear(recogniser, "directory", say("what a lovely afternoon for gardening"))
    best = outside.hypotheses[0].confidence if outside.hypotheses else 0.0
    assert (best or 0.0) < 0.5 < (inside.hypotheses[0].confidence or 0.0)


def test_only_narrows(recogniser: SphinxRecogniser, say: Callable[[str], Samples]) -> None:
    """One of the two names offered is heard, or nothing, whatever the directory holds; many times over."""
    for last in ("hill", "wood", "field", "stone") * 3:
        only = frozenset({"entry:peter-wexbourne", f"entry:anna-{last}"})
        assert hear(recogniser, "directory", say("Jane Smith"), only=only).text in {
            "",
            "peter wexbourne",
            f"anna {last}",
        }


def test_silence_is_no_speech(recogniser: SphinxRecogniser) -> None:
    """Silence and hiss are told from speech, and so is an utterance without samples."""
    hiss = np.random.default_rng(1).normal(0, 200, 24_000).astype(np.int16)
    for sound in (np.zeros(24_000, np.int16), hiss, hiss[:0]):
        hearing = recogniser.start("directory")
        hearing.feed(sound)
        result = hearing.finish()
        assert not result.speech
        assert result.hypotheses == ()


def test_an_unknown_grammar_is_refused(recogniser: SphinxRecogniser) -> None:
    """The message names those there are."""
    with pytest.raises(RecogniserError, match="digits, directory"):
        recogniser.start("weather")


def test_digits_are_heard(recogniser: SphinxRecogniser, say: Callable[[str], Samples]) -> None:
    """A short list repeated is a string of digits of the lengths allowed; the name may come as an Expect."""
    assert hear(recogniser, Expect.DIGITS, say("three five one")).text == "three five one"


def test_a_list_stands_once() -> None:
    """However many sentences use a list, its names are in the network once."""
    sentences = tuple(Sentence(Sequence((words(f"frame number {n}"), Slot("person")))) for n in range(20))
    network = shared_network(Grammar("g", sentences, slots=DIRECTORY.slots))
    assert sum(word == "wexbourne" for arcs in network.words for word, _, _ in arcs) == 1


def test_the_upper_band_is_filled_the_same_each_time() -> None:
    """Telephone sound gets energy above 4 kHz that follows it, without chance, and keeps what it had."""
    voice = (3000 * np.sin(np.arange(8000) * 2.0)).astype(np.int16)
    filled = fill_upper_band(voice)
    assert filled.size == 16_000
    assert filled.tolist() == fill_upper_band(voice).tolist()
    spectrum = np.abs(np.fft.rfft(filled))
    assert spectrum[4500:7500].mean() > 100
    assert not fill_upper_band(np.zeros(8000, np.int16)).any()
