"""Where speech begins and ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.recognise.endpoint import Endpointer, Endpointing, Stage, has_speech, speech_span

RATE = 8000


def buzz(seconds: float, level: float = 3000.0, pitch: float = 120.0) -> np.ndarray:
    """Return something like a vowel: a buzz of many harmonics with two resonances, rising and falling."""
    time = np.arange(round(seconds * RATE)) / RATE
    sound = sum(
        np.sin(2 * np.pi * pitch * k * time) / (1 + abs(pitch * k - 600) / 300) for k in range(1, int(3400 / pitch))
    )
    return (level * sound / np.abs(sound).max() * np.sin(np.pi * np.arange(time.size) / time.size) ** 0.3).astype(
        np.int16
    )


def noise(seconds: float, level: float = 100.0, seed: int = 0) -> np.ndarray:
    """Return steady hiss."""
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).astype(np.int16)


def call(*parts: tuple[float, bool], hiss: float = 60.0) -> np.ndarray:
    """Return speech (True) and pauses over hiss."""
    sound = np.concatenate([buzz(s) if speech else np.zeros(round(s * RATE), np.int16) for s, speech in parts])
    return (sound + noise(sound.size / RATE, hiss)[: sound.size]).astype(np.int16)


@pytest.mark.parametrize("hiss", [0.0, 20.0, 200.0])
def test_an_utterance_is_found(hiss: float) -> None:
    """It begins within a tenth of a second of its onset, and ends after the silence."""
    endpointer = Endpointer()
    heard = endpointer.feed(call((1.0, False), (0.8, True), (1.5, False), hiss=hiss))
    assert endpointer.stage is Stage.ENDED
    assert endpointer.start == pytest.approx(1.0, abs=0.1)
    assert endpointer.end == pytest.approx(1.8, abs=0.15)
    assert 1.0 <= heard.size / RATE <= 2.0


def test_the_onset_is_kept() -> None:
    """Sound from 0.3 s before the beginning reaches the recogniser."""
    sound = call((1.0, False), (0.8, True), (1.5, False), hiss=0.0)
    heard = Endpointer().feed(sound)
    onset = int(np.flatnonzero(np.abs(heard) > 100)[0])
    assert onset / RATE == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(("spoken", "patience"), [(0.3, 0.7), (2.0, 0.5)])
def test_patience_depends_on_what_was_said(spoken: float, patience: float) -> None:
    """After a short word the caller gets longer to go on than after a sentence."""
    endpointer = Endpointer()
    sound = call((1.0, False), (spoken, True), (2.0, False), hiss=20.0)
    for at in range(0, sound.size, 160):
        endpointer.feed(sound[at : at + 160])
        if endpointer.done:
            assert at / RATE - endpointer.end == pytest.approx(patience, abs=0.08)
            return
    pytest.fail("the utterance never ended")


def test_a_short_pause_does_not_end_it() -> None:
    """Four tenths of a second between first name and surname are one utterance."""
    endpointer = Endpointer()
    endpointer.feed(call((0.5, False), (0.4, True), (0.4, False), (0.5, True), (1.0, False)))
    assert endpointer.end == pytest.approx(1.8, abs=0.15)


def test_nobody_speaking_times_out() -> None:
    """Five seconds of hiss are silence, and nothing reaches the recogniser."""
    endpointer = Endpointer()
    assert endpointer.feed(noise(6.0)).size == 0
    assert endpointer.stage is Stage.TIMED_OUT


def test_speech_without_end_is_cut() -> None:
    """A caller who never pauses is stopped at the longest utterance."""
    endpointer = Endpointer(Endpointing(longest=2.0))
    endpointer.feed(np.concatenate([noise(0.5), *[buzz(0.5) for _ in range(10)]]))
    assert endpointer.stage is Stage.TOO_LONG


@pytest.mark.parametrize("level", [0.0, 5.0, 100.0, 1000.0, 5000.0])
def test_steady_noise_is_not_speech(level: float) -> None:
    """However loud it is."""
    assert not has_speech(noise(5.0, level))


def test_clicks_and_faint_sounds_are_not_speech() -> None:
    """A click, a knock, and a voice far below the line's noise begin nothing."""
    quiet = noise(3.0, 30.0)
    click = quiet.copy()
    click[8000:8040] = 20000
    knock = quiet.copy()
    knock[8000:8800] += (noise(0.1, 6000) * np.exp(-np.arange(800) / 150)).astype(np.int16)
    faint = quiet.copy()
    faint[8000:12000] += buzz(0.5, 20.0)
    assert [has_speech(sound) for sound in (quiet, click, knock, faint)] == [False] * 4


def test_speech_is_speech() -> None:
    """A vowel over hiss, and one that begins with the recording, are speech; nothing at all is not."""
    assert has_speech(call((1.0, False), (0.4, True), (0.5, False)))
    assert has_speech(buzz(0.5))
    assert not has_speech(np.zeros(0, np.int16))


def test_the_span_goes_from_the_first_word_to_the_last() -> None:
    """Pauses inside, however long, are kept."""
    span = speech_span(call((2.0, False), (0.5, True), (3.0, False), (0.5, True), (2.0, False)))
    assert span is not None
    assert span[0] / RATE == pytest.approx(1.7, abs=0.15)
    assert span[1] / RATE == pytest.approx(6.3, abs=0.2)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_portions_do_not_matter(sizes: list[int]) -> None:
    """The same samples in any portions give the same result."""
    sound = call((0.7, False), (0.5, True), (1.0, False))
    whole, parted = Endpointer(), Endpointer()
    at, heard = 0, []
    for size in [*sizes, sound.size]:
        heard.append(parted.feed(sound[at : at + size]))
        at += size
    assert np.concatenate(heard).tolist() == whole.feed(sound).tolist()
    assert (parted.stage, parted.start, parted.end) == (whole.stage, whole.start, whole.end)
