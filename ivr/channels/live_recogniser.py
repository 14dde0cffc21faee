"""The recogniser of a live service: made, warmed up and shared inside each recogniser process.

Every grammar is compiled before the first caller needs it.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ivr.model import Expect

if TYPE_CHECKING:
    from ivr.recognise.base import Recogniser
    from ivr.recognise.worker import Recipe

WARMTH = np.zeros(1600, np.int16)
"""A fifth of a second of nothing."""


@dataclass(frozen=True, slots=True)
class LiveRecipe:
    """Makes a warm recogniser that many utterances may share, from a recipe kept in a file.

    In a file, because Python hands a new process what it needs through a pipe, and would wait for ever for
    one that dies before it has read more than a pipe holds.
    """

    file: Path

    @classmethod
    def keep(cls, inner: Recipe) -> LiveRecipe:
        """Write a recipe to a file of this user's own, which `forget` removes."""
        handle, name = tempfile.mkstemp(prefix="ivr-recipe-", suffix=".pickle")
        with os.fdopen(handle, "wb") as file:
            pickle.dump(inner, file)
        return cls(Path(name))

    def forget(self) -> None:
        """Remove the file: no more processes will be started."""
        self.file.unlink(missing_ok=True)

    def __call__(self) -> Recogniser:
        """Make it."""
        inner: Recipe = pickle.loads(self.file.read_bytes())  # noqa: S301 (written by `keep`, for this user only)
        made = inner()
        for grammar in Expect:
            hearing = made.start(grammar)
            hearing.feed(WARMTH)
            hearing.finish()
        return made
