"""What enquiries and skills do for containment is computed from calls, played with them and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.channels.recording import run_calls
from ivr.channels.script import CallScript, Turn
from ivr.cli.demo_effect import effect_json, effect_of, effect_table
from ivr.model import Outcome
from ivr.records.figures import CONTAINED

if TYPE_CHECKING:
    from ivr.assembly import Site


def _script(name: str, *said: str) -> CallScript:
    return CallScript(id=name, turns=tuple(Turn(says=words) for words in said))


def test_the_same_calls_with_and_without(sample: Site) -> None:
    """An answer and a skill contain calls that otherwise go to a person; a transfer is a transfer either way."""
    scripts = [
        _script("answer", "how do i apply for a blue badge", "no", "no"),
        _script("skill", "are you open on boxing day", "no", "no"),
        _script("transfer", "council tax please"),
        _script("operator", "operator"),
    ]
    results = run_calls(sample, None, scripts)
    effect = effect_of(sample, results)
    assert (effect.offered, effect.answers, dict(effect.skills)) == (4, 1, {"hours": 1})
    assert effect.contained == sum(r.record.outcome in CONTAINED for r in results) == 2
    assert effect.without == 0
    assert sum(effect.instead.values()) == 2
    assert not set(effect.instead) & set(CONTAINED)
    assert effect_json(effect)["contained"] == 2
    assert effect_table(effect).row_count == 4 + len(effect.instead)
    assert results[2].record.outcome is Outcome.TRANSFERRED
