"""The live recogniser: warm before anybody needs it, and its recipe travels by file."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from ivr.channels.live_recogniser import LiveRecipe
from ivr.model import Expect
from ivr.recognise.typed import TypedRecogniser

if TYPE_CHECKING:
    import pytest


def _typed() -> Any:
    return _Silent()


class _Silent(TypedRecogniser):
    """Hears sound as silence."""

    def start(self, grammar: str, *, only: frozenset[str] = frozenset()) -> Any:
        """Begin."""
        hearing = super().start(grammar, only=only)
        hearing.feed = lambda _: ""  # type: ignore[method-assign]
        return hearing


def test_a_recipe_travels_by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much a recogniser is made from, what a new process is handed is small; the file goes in the end."""
    monkeypatch.setattr(pickle, "dump", lambda recipe, file: file.write(pickle.dumps((recipe, "x" * 1_000_000))))
    kept = LiveRecipe.keep(len)  # type: ignore[arg-type] # any function
    assert kept.file.stat().st_size > 1_000_000
    assert kept.file.stat().st_mode & 0o077 == 0
    assert len(pickle.dumps(kept)) < 1_000
    kept.forget()
    kept.forget()
    assert not kept.file.exists()


def test_a_warm_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every grammar has been used once before a recogniser counts as made."""
    started: list[str] = []
    original = _Silent.start
    monkeypatch.setattr(pickle, "loads", lambda _: _typed)
    monkeypatch.setattr(
        _Silent, "start", lambda self, grammar, **more: started.append(grammar) or original(self, grammar, **more)
    )
    kept = LiveRecipe.keep(len)  # type: ignore[arg-type] # any function
    kept()
    kept.forget()
    assert set(started) == set(Expect)
