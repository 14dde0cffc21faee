"""A whole call over a scripted microphone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ivr.assembly import open_site
from ivr.cli.talk import hold_call
from ivr.model import Outcome
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.recognise.base import Samples
    from ivr.recognise.endpoint import Stage


class Nobody:
    """A microphone in an empty room, and a screen that keeps what it shows."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def listen(self) -> Iterator[Samples]:
        """Yield silence."""
        while True:
            yield np.zeros(800, np.int16)

    def play(self, samples: Samples) -> None:
        """Play to nobody."""

    def show(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)

    def meter(self, level: float, stage: Stage) -> None:
        """Show nobody the meter."""


def test_an_empty_room_ends_with_the_operator(root: Path) -> None:
    """Silence is asked about in other words, then the operator takes over; nothing raises, and the call has an end."""
    room = Nobody()
    record = hold_call(open_site(load_settings(root)), room, room, engine="sphinx", quiet=True)
    assert record.outcome in {Outcome.OPERATOR_FALLBACK, Outcome.CLOSED}
    assert record.channel == "microphone"
    assert room.lines[-1] == "[call ended]"
    assert len(record.turns) >= 2
