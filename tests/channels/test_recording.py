"""Recorded calls and their scripts: played through, judged fairly, and named where they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ivr.channels.offline import call_time
from ivr.channels.recording import run_calls
from ivr.channels.script import load_calls, script_of
from ivr.errors import AudioError, InputError
from ivr.model import Outcome
from ivr.settings import SiteSettings

if TYPE_CHECKING:
    from pathlib import Path

CALLS = """
calls:
  - id: sure
    turns: [{says: margaret holloway}]
    expect: {outcome: transferred, entry: Margaret Holloway, department: housing, said: putting you through}
  - id: wrong
    turns: [{says: housing}]
    expect: {outcome: transferred, entry: Planning}
  - id: which
    turns: [{says: priya patel}, "keys:2"]
    expect: {outcome: transferred, entry: Priya Patel, department: Planning}
  - id: busy
    turns: [{says: margaret holloway}]
    dials: [busy, no-answer, answered]
    expect: {outcome: transfer_failed, entry: the operator, said: [on another call, "isn't answering"]}
  - id: rings-off
    turns: [{says: housing}]
    dials: [hangup]
    expect: {outcome: abandoned}
  - id: any-of
    turns: [silence, silence]
    expect: {outcome: [operator_fallback, abandoned]}
  - id: texted
    caller: "+447700900123"
    turns: [{says: my bin was missed}, {says: "yes"}, {hangup: true}]
    expect: {outcome: signposted, enquiry: missed_bin, said: "sent you a text"}
  - id: no-texts
    caller: "+447700900123"
    texts: false
    turns: [{says: my bin was missed}, {says: "yes"}]
    expect: {outcome: signposted, said: "could not be sent"}
  - id: closed
    at: 2026-12-25T10:00
    turns: [{says: housing}]
    expect: {outcome: closed, said: closed}
  - id: open-after-all
    at: 2026-12-25T10:00
    open: true
    turns: [{says: housing}]
    expect: {outcome: transferred, entry: housing}
  - id: patient
    settings: {dialogue.failures: 3}
    turns: [silence, silence, {says: housing}]
    expect: {outcome: transferred, entry: Housing}
  - id: colleague
    internal: true
    turns: [{keys: "4722"}]
    expect: {outcome: transferred, entry: Tobias Underwood}
  - id: says-and-hangs-up
    turns: [{says: "blah blah", hangup: true}, {says: housing}]
    expect: {outcome: abandoned}
"""


@pytest.fixture
def results(small_site: Any, tmp_path: Path) -> dict[str, Any]:
    """Play the calls."""
    (tmp_path / "calls.yaml").write_text(CALLS, encoding="utf-8")
    return {r.script.id: r for r in run_calls(small_site, None, load_calls(tmp_path / "calls.yaml"))}


def test_calls_are_judged_by_their_scripts(results: dict[str, Any]) -> None:
    """Each call ends as its script says, but the one that expects another place; that is a wrong transfer."""
    assert {name: r.problems for name, r in results.items() if not r.as_expected} == {
        "wrong": ("dialled Housing, expected Planning",)
    }
    assert [name for name, r in results.items() if r.wrong_transfer] == ["wrong"]


def test_the_clock_runs_with_the_call(results: dict[str, Any]) -> None:
    """A played call takes time, so that lengths and hours in reports make sense."""
    assert all(0 < r.record.seconds < 300 for r in results.values())


def test_the_sample_calls_can_be_read(root: Path) -> None:
    """The script of the sample calls is one, and its recordings are there."""
    scripts = load_calls(root / "audio" / "calls" / "calls.yaml")
    assert len(scripts) >= 30
    assert all(turn.wav is None or turn.wav.is_file() for script in scripts for turn in script.turns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no calls"),
        ("calls: 7", "holds no calls"),
        ("- {id: a}", r"call 1 \(`a`\): needs `id` and a list of `turns`"),
        ("- {turns: []}", "call 1: `id`: field required"),
        ("- {id: a, turns: [], surprise: 1}", "`surprise`: extra inputs"),
        ("- {id: a, turns: [7]}", "`7` is no turn"),
        ("- {id: a, turns: [{keys: abc}]}", "`keys`"),
        ("- {id: a, turns: [], expect: {outcome: splendid}}", "`expect.outcome.0`"),
        ("- {id: a, turns: [], dials: [maybe]}", "`dials.0`"),
        ("- {id: a, turns: []}\n- {id: a, turns: []}", "`a` is there twice"),
        ("- {id: a, turns: [", "not valid YAML"),
    ],
)
def test_a_wrong_script_is_named(tmp_path: Path, text: str, message: str) -> None:
    """A script that cannot be used says which call, and why."""
    file = tmp_path / "calls.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_calls(file)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    """No file: one line."""
    with pytest.raises(InputError, match=r"none.yaml: cannot be read"):
        load_calls(tmp_path / "none.yaml")


def test_a_setting_that_is_none_is_named(small_site: Any) -> None:
    """Only the dialogue's settings can be changed for a call."""
    script = script_of(["silence"], settings={"matching.accept": 1})
    with pytest.raises(InputError, match=r"`matching.accept` is no setting of a call"):
        run_calls(small_site, None, [script])


def test_recordings_are_heard_by_a_real_recogniser(small_site: Any, root: Path, tmp_path: Path) -> None:
    """Speech, silence and a file that is no sound: the first is heard, the second is silence, the third is refused."""
    from ivr.grammar.pronounce import Pronouncer
    from ivr.recognise.sphinx import SphinxRecogniser

    recogniser = SphinxRecogniser(small_site.grammars, Pronouncer(root / "grammars").pronounce)
    soundfile.write(tmp_path / "quiet.wav", np.zeros(16000, np.int16), 8000)
    spoken = root / "audio" / "calls" / "operator-1.wav"
    result = run_calls(small_site, recogniser, [script_of([str(tmp_path / "quiet.wav"), str(spoken)])])[0]
    assert result.record.turns[0].heard == ""
    assert result.record.turns[0].audio_seconds == pytest.approx(2.0)
    assert result.record.outcome is Outcome.OPERATOR_REQUESTED
    assert result.record.engine == "sphinx"
    (tmp_path / "text.wav").write_text("not sound", encoding="utf-8")
    with pytest.raises(AudioError, match=r"text.wav"):
        run_calls(small_site, recogniser, [script_of([str(tmp_path / "text.wav")])])


def test_call_time() -> None:
    """A time is local unless it says otherwise; none is always within opening hours."""
    from ivr.dialogue.hours import Region, is_open

    site = SiteSettings(hours="Mo 10:00-14:00")
    assert call_time("2026-07-01T10:00", site).isoformat() == "2026-07-01T10:00:00+01:00"
    assert call_time("2026-07-01T10:00+00:00", site).isoformat() == "2026-07-01T10:00:00+00:00"
    assert is_open(site.hours, call_time("", site), Region(site.timezone))
    with pytest.raises(InputError, match="`soon` is no date and time"):
        call_time("soon", site)
