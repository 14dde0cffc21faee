"""Hearing one turn of a live call: keys, or speech found by endpointing and heard by our own recogniser.

Time is counted in samples, never by a clock, so a call played faster than real time is heard the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ivr.errors import RecogniserError
from ivr.model import Recognition
from ivr.recognise.endpoint import RATE, Endpointer, Endpointing, Stage
from ivr.recognise.g711 import mulaw_decode

if TYPE_CHECKING:
    from ivr.dialogue.actions import Listen
    from ivr.recognise.base import Hearing, Recogniser, Samples
    from ivr.settings import RecognitionSettings

PORTION = RATE // 10
"""Samples passed on at a time: the pool's processes are spared a message every 20 ms."""
KEY_PAUSE = 2.5
"""Seconds after a key until no more are expected."""
LONGEST_KEYS = 32
PATIENCE = 1.5
"""Seconds of sound after the end of an utterance that a place in the pool is waited for."""
INTERRUPTION = 0.6
"""Seconds of talking over a prompt that stop it, words or not."""
OVERHEARD = 0.1
"""Confidence below which what was heard over a prompt was a cough or a door, and not an answer."""


class Ear:
    """One turn being heard. Feed it until `done`, then ask for the `result`."""

    def __init__(self, recogniser: Recogniser, listen: Listen, settings: RecognitionSettings) -> None:
        self._recogniser, self._listen = recogniser, listen
        self._endpointing = Endpointing(
            start_timeout=float("inf"), end_silence=settings.end_silence, longest=settings.longest_utterance
        )
        self._endpointer = Endpointer(self._endpointing)
        self._hearing: Hearing | None = None
        self._partial = ""
        self._heard: Recognition | None = None
        self._waiting: list[Samples] = []
        self._held = 0
        self._idle = 0
        """Samples since the caller was last expected to speak, or pressed a key."""
        self._overdue = 0
        self.keys = ""
        self.playing = False
        """A prompt is being played: nobody is expected to speak yet, though they may."""
        self.done = False

    @property
    def begun(self) -> bool:
        """Whether the caller has begun to press keys, or somebody to make a sound like speech."""
        return bool(self.keys) or self._endpointer.stage is not Stage.WAITING

    @property
    def interrupts(self) -> bool:
        """Whether what is playing should stop: keys, first words of the grammar, or talk that goes on."""
        talked = self._endpointer.end - self._endpointer.start
        return bool(self.keys) or (self.begun and (bool(self._partial) or talked >= INTERRUPTION))

    def played(self) -> None:
        """Note that the prompt has been heard: the time to answer begins."""
        self.playing = False
        self._idle = 0

    def press(self, digit: str) -> None:
        """Take a key."""
        if digit != "#" or not self.keys:
            self.keys += digit
        self._idle = 0
        enough = len(self.keys) >= min(self._listen.keys, LONGEST_KEYS)
        self.done = self.done or enough or digit == "#"

    def sound(self, sound: bytes) -> None:
        """Take mu-law sound. Raises RecogniserError where the recogniser failed or has no room."""
        samples = mulaw_decode(sound)
        self._idle += samples.size
        if self.keys:
            self.done = self.done or self._idle >= KEY_PAUSE * RATE
            return
        heard = self._endpointer.feed(samples)
        if heard.size:
            self._waiting.append(heard)
            self._held += heard.size
        ended = self._endpointer.done
        if self.begun and (ended or self._held >= PORTION):
            self._pass_on(samples.size, ended=ended)
        elif not self.begun and not self.playing and self._idle >= self._listen.seconds * RATE:
            self.done = True

    def result(self) -> Recognition | str:
        """Return what was heard, or the keys pressed. Raises RecogniserError where the recogniser failed."""
        if self.keys:
            self.cancel()
            return self.keys
        if self._heard is not None:
            return self._heard
        if self._hearing is None:
            engine = self._recogniser.capabilities.engine
            return Recognition((), engine, speech=False, audio_seconds=self._idle / RATE)
        hearing, self._hearing = self._hearing, None
        return hearing.finish()

    def cancel(self) -> None:
        """Give up what is being heard: the caller has gone, or pressed a key."""
        hearing, self._hearing = self._hearing, None
        cancel = getattr(hearing, "cancel", None)
        if cancel is not None:
            cancel()

    def _pass_on(self, new: int, *, ended: bool) -> None:
        """Give the recogniser what was said since; where it has no room yet, keep it and try again."""
        if self._hearing is None:
            try:
                self._hearing = self._recogniser.start(self._listen.expect, only=frozenset(self._listen.only))
            except RecogniserError:
                self._overdue += new if ended else 0
                if self._overdue > PATIENCE * RATE:
                    raise
                return
        new_sound = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.int16)
        self._partial = self._hearing.feed(new_sound)
        self._waiting, self._held = [], 0
        if ended and self.playing:
            self._overheard()
        else:
            self.done = ended

    def _overheard(self) -> None:
        """Take a sound that ended while a prompt was playing on for an answer, or go on listening."""
        hearing, self._hearing = self._hearing, None
        heard = hearing.finish() if hearing else None
        sure = heard.hypotheses[0].confidence if heard and heard.hypotheses else 0.0
        if sure is None or sure >= OVERHEARD:
            self._heard, self.done = heard, True
            return
        self._endpointer = Endpointer(self._endpointing)
        self._partial, self._overdue = "", 0
