"""A state is the same before and after JSON, and damage is said in one line."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.state import VERSION, Phase, State
from ivr.errors import RecordsError
from ivr.model import DialStatus, Outcome

IDS = st.text(max_size=12)
MANY = st.lists(IDS, max_size=4).map(tuple)
COUNTS = st.integers(0, 1000)
STATES = st.builds(
    State,
    phase=st.sampled_from(Phase),
    internal=st.booleans(),
    open=st.booleans(),
    can_text=st.booleans(),
    about=IDS,
    offered=MANY,
    declined=MANY,
    failures=COUNTS,
    turns=COUNTS,
    earlier=st.lists(st.tuples(IDS, st.floats(0, 1)), max_size=3).map(tuple),
    done=st.one_of(st.none(), st.sampled_from(Outcome)),
    tried=MANY,
    pending=st.one_of(st.none(), st.sampled_from(Outcome)),
    dial_status=st.one_of(st.none(), st.sampled_from(DialStatus)),
    talk_seconds=st.one_of(st.none(), st.floats(0, 1e6)),
    outcome=st.one_of(st.none(), st.sampled_from(Outcome)),
)


@given(STATES)
def test_json_and_back(state: State) -> None:
    """Nothing is lost, and types stay as they are."""
    back = State.from_json(state.to_json())
    assert back == state
    assert all(type(getattr(back, f.name)) is type(getattr(state, f.name)) for f in fields(State))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "7", "\x00"])
def test_what_is_no_state_is_refused(text: str) -> None:
    """Anything but an object of ours is refused in one line."""
    with pytest.raises(RecordsError, match="not JSON of this software"):
        State.from_json(text)


@pytest.mark.parametrize("version", [0, VERSION + 1, "1", None])
def test_another_version_is_named(version: object) -> None:
    """A state of another version says which, and which is read here."""
    import json

    with pytest.raises(RecordsError, match=f"version {version!r}.*version {VERSION}"):
        State.from_json(json.dumps({"version": version}))


@pytest.mark.parametrize("field", ['"phase": "asleep"', '"failures": "many"', '"surprise": 1'])
def test_a_damaged_field_is_named(field: str) -> None:
    """The field that cannot be read is named."""
    with pytest.raises(RecordsError, match=field.split('"')[1]):
        State.from_json(f'{{"version": {VERSION}, {field}}}')
