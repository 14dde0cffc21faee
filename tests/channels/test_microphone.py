"""Microphone and loudspeaker as a line, with a device that plays a script."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ivr.channels.microphone import Desk, MicrophoneLine, SoundDevice, find_speaker
from ivr.dialogue.actions import Listen, Transfer
from ivr.errors import UnavailableError
from ivr.model import DialStatus, Entry, Expect, Hypothesis, Kind, Recognition
from ivr.recognise.audio import RATE, write_wav
from ivr.recognise.base import Capabilities
from ivr.recognise.endpoint import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.recognise.base import Samples

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class ScriptedDevice:
    """Hears what it is given, forever silent afterwards, and remembers what it played."""

    sound: Samples
    played: list[int] = field(default_factory=list)

    def listen(self) -> Iterator[Samples]:
        """Yield the sound, then silence."""
        for at in range(0, self.sound.size, 800):
            yield self.sound[at : at + 800]
        while True:
            yield np.zeros(800, np.int16)

    def play(self, samples: Samples) -> None:
        """Remember."""
        self.played.append(samples.size)


@dataclass
class Paper:
    """A screen that keeps what it shows."""

    lines: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    def show(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)

    def meter(self, level: float, stage: Stage) -> None:
        """Keep the stage."""
        assert -96.0 <= level <= 0.0
        self.stages.append(stage)


class Counting:
    """A recogniser that says how much it heard."""

    capabilities = Capabilities(
        engine="counting", grammar=True, streaming=False, word_times=False, confidence=False, holds_lock=False
    )

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> Counting:
        """Begin an utterance."""
        del only
        self.grammar, self.heard = grammar, 0
        return self

    def feed(self, samples: Samples) -> str:
        """Count."""
        self.heard += samples.size
        return ""

    def finish(self) -> Recognition:
        """Tell."""
        return Recognition((Hypothesis(f"{self.grammar} {self.heard / RATE:.0f}"),), "counting")


def vowel(seconds: float) -> Samples:
    """Return a buzz that passes for a voice."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (1500 * sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20))).astype(np.int16)


def line(sound: Samples, **parts: object) -> tuple[MicrophoneLine, ScriptedDevice, Paper]:
    """Return a line over a scripted device."""
    device, paper = ScriptedDevice(sound), Paper()
    desk = Desk(device=device, screen=paper, recogniser=Counting(), clock=lambda: NOON, **parts)  # type: ignore[arg-type]
    return MicrophoneLine(desk), device, paper


def test_an_utterance_is_heard_and_ended() -> None:
    """The recogniser gets the speech alone, in the grammar asked for, and the meter is shown."""
    desk, _, paper = line(np.concatenate([np.zeros(RATE, np.int16), vowel(1.5)]))
    heard = desk.listen(Listen(Expect.YES_NO))
    assert heard.text == "yes_no 2"
    assert paper.stages[0] is Stage.WAITING
    assert paper.stages[-1] is Stage.ENDED


def test_saying_nothing_is_silence() -> None:
    """After the time the question gives, the turn is over."""
    desk, _, paper = line(np.zeros(0, np.int16))
    heard = desk.listen(Listen(Expect.CALL, seconds=2.0))
    assert not heard.speech
    assert heard.hypotheses == ()
    assert len(paper.stages) == 20


def test_prompts_are_printed_and_played_or_spoken(tmp_path: Path) -> None:
    """A recording is played where there is one, else a program speaks, else the words alone must do."""
    write_wav(tmp_path / "hello.wav", vowel(0.5))
    desk, device, paper = line(
        vowel(0.1),
        recording=lambda text: tmp_path / "hello.wav" if text == "Hello." else None,
        speak=lambda text: vowel(0.25) if text == "Who?" else None,
    )
    for text in ("Hello.", "Who?", "Goodbye."):
        desk.say(text)
    assert paper.lines == ["Hello.", "Who?", "Goodbye."]
    assert device.played == [4000, 2000]


def test_a_transfer_is_answered_at_once() -> None:
    """At a desk the call goes nowhere, and the screen says where it would have gone."""
    desk, _, paper = line(vowel(0.1))
    entry = Entry(id="a", kind=Kind.PERSON, name="Jane Smith", spoken=("jane smith",), number="+441632960123")
    dialled = desk.transfer(Transfer(entry))
    assert (dialled.status, dialled.at) == (DialStatus.ANSWERED, NOON)
    desk.hang_up()
    assert paper.lines == ["[transferred to Jane Smith, +441632960123]", "[call ended]"]


def test_a_machine_without_sound_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No PortAudio: one line with what to install, and exit code 3."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(UnavailableError, match="libportaudio2") as caught:
        SoundDevice()
    assert caught.value.exit_code == 3


def test_a_machine_without_a_microphone_says_so() -> None:
    """PortAudio but no device: one line, and exit code 3."""
    try:
        SoundDevice()
    except UnavailableError as error:
        assert "ivr chat" in str(error)  # noqa: PT017 (a machine with a microphone raises nothing)


def test_a_speech_program_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """espeak-ng or flite speak, as separate programs; without them, words stay print."""
    spoken = find_speaker()("Hello there.")
    assert spoken is None or spoken.size > RATE // 4
    monkeypatch.setenv("PATH", "")
    assert find_speaker()("Hello there.") is None
