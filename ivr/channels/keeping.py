"""Keeping what callers say, where the site says so: off by default, announced, and never digits.

Only our own recogniser's turns can be kept; card numbers are keyed to Twilio while no stream is open, and an answer
that is a number (a card's, an account's, a telephone's) is never kept.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.errors import IvrError
from ivr.model import Expect
from ivr.recognise.audio import write_wav
from ivr.recognise.g711 import mulaw_decode
from ivr.records.privacy import mask_words
from ivr.records.schedule import RECORDINGS

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.settings import Settings

_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the recordings of one site's callers, in a folder that only the service may open."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Keeper | None:
        """Return the keeper of a site; None: it keeps nothing."""
        wanted = settings.records.recordings and settings.telephony.mode == "stream"
        return cls(settings.path(RECORDINGS)) if wanted else None

    def keep(self, call_id: str, turn: int, expect: Expect, sound: bytes, heard: str = "") -> str:
        """Keep the mu-law sound of a turn, and return its name; empty: it is not kept, or could not be.

        `heard`: words heard in it; a long number among them may be a card's, so that is not kept either.
        """
        if expect is Expect.DIGITS or not sound or mask_words(heard) != heard:
            return ""
        name = f"{_NOT_NAME.sub('', call_id)}-{turn}.wav"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_wav(self.folder / name, mulaw_decode(sound))
        except (OSError, IvrError) as error:
            log.warning("call %s: recording not kept: %s", call_id, error)
            return ""
        return name
