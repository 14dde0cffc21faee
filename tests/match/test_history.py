"""Who callers were put through to makes some entries likelier, a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import InputError
from ivr.match.history import LEAST, MOST, likelihoods, read_history, write_history
from ivr.match.understand import Understander
from ivr.model import Decision, Directory, Entry, Expect, Kind
from ivr.recognise.typed import recognise_typed
from ivr.settings import MatchingSettings

if TYPE_CHECKING:
    from pathlib import Path


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 10_000), min_size=1))
def test_more_calls_never_make_less_likely(calls: dict[str, int]) -> None:
    """The order is that of the counts, and everybody stays within reach."""
    likely = likelihoods(calls, [*calls, "never called"])
    ranked = sorted(likely, key=lambda entry: calls.get(entry, 0))
    assert [likely[entry] for entry in ranked] == sorted(likely.values())
    assert all(LEAST <= factor <= MOST for factor in likely.values())


def test_without_calls_all_are_alike() -> None:
    """No history, or that of other entries, is none."""
    assert likelihoods({}, ["a"]) == {}
    assert likelihoods({"gone": 7}, ["a"]) == {}


def test_a_snapshot_survives_the_file(tmp_path: Path) -> None:
    """What is written is read; a missing file is no history."""
    path = tmp_path / "var" / "history.csv"
    assert read_history(path) == {}
    write_history(path, {"b": 2, "a": 30})
    assert path.read_text().splitlines() == ["entry,calls", "a,30", "b,2"]
    assert read_history(path) == {"a": 30, "b": 2}
    assert [p.name for p in path.parent.iterdir()] == ["history.csv"]


@pytest.mark.parametrize(
    "text", ["", "name,count\na,1\n", "entry,calls\na,often\n", "entry,calls\na\n", "entry,calls\n\xff"]
)
def test_a_faulty_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    """It says which file, and what to do."""
    path = tmp_path / "history.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="ivr history") as raised:
        read_history(path)
    assert "history.csv" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_namesakes_are_told_apart_by_history_never_surely() -> None:
    """Of two alike the one called oftener is put to the caller first; the other stays next."""
    entries = tuple(
        Entry(id=name, kind=Kind.PERSON, name="Jane Smith", spoken=("jane smith",), number="1",
              forename="Jane", surname="Smith", department=name)
        for name in ("often", "seldom")
    )  # fmt: skip
    likely = likelihoods({"often": 10_000}, ["often", "seldom"])
    understander = Understander(Directory(entries), (), {}, MatchingSettings(), likely=likely)
    found = understander.understand(recognise_typed("jane smith"), expect=Expect.CALL)
    assert found.decision in {Decision.CONFIRM, Decision.CHOOSE}
    assert found.candidates[0].target.id == "often"
    again = understander.understand(
        recognise_typed("jane smith"), expect=Expect.CALL, declined=frozenset({"entry:often"})
    )
    assert again.candidates[0].target.id == "seldom"
