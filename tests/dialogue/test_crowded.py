"""Where many people are listed, letters are asked for sooner, and what they leave is put to the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch, player: Callable[..., Any]) -> Any:
    """Play calls to a council whose directory counts as crowded."""
    monkeypatch.setattr("ivr.dialogue.desk.CROWDED", 1)
    return player()


def test_a_refused_name_is_spelled_at_once(crowded: Any) -> None:
    """One no, and the surname's letters are asked for."""
    played = crowded.play([{"unsure": "jane smith"}, "no", "hangup"])
    assert played.said == ["greeting", "confirm_person", "spell"]


def test_a_refused_name_comes_with_another(crowded: Any) -> None:
    """A correction in the same breath goes before letters."""
    played = crowded.play([{"unsure": "jane smith"}, "no ann jones", {"dial": "answered"}])
    assert "spell" not in played.said
    assert played.state.outcome == "transferred"


def test_letters_may_be_refused_too(crowded: Any) -> None:
    """What the letters found is refused: letters once more, in other words; then a person."""
    played = crowded.play([
        {"unsure": "jane smith"}, "no", {"unsure": "ann jones"}, "no", {"unsure": "imran khan"}, "no", "no", "hangup",
    ])  # fmt: skip
    assert played.said[:5] == ["greeting", "confirm_person", "spell", "confirm_person", "spell_no_match_1"]


def test_what_letters_left_is_put_to_the_caller(crowded: Any) -> None:
    """Letters not understood twice still leave what was guessed before."""
    played = crowded.play([{"unsure": "jane smith"}, "no", {"doubtful": "ann jones"}, {"doubtful": "ann jones"}, "yes",
                           {"dial": "answered"}])  # fmt: skip
    assert played.said == ["greeting", "confirm_person", "spell", "spell_no_match_1", "confirm_person", "connecting"]
