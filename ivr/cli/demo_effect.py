"""What enquiries and skills do for containment: the calls just taken, and the same calls again without them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from ivr.assembly import Site
    from ivr.channels.recording import CallResult
    from ivr.channels.script import CallScript
    from ivr.model import CallRecord, Outcome


@dataclass(frozen=True, slots=True)
class Effect:
    """Containment with enquiries and skills, and without."""

    offered: int
    answers: int
    """Calls contained by an enquiry's answer."""
    skills: Mapping[str, int]
    """Calls contained by each skill."""
    without: int
    """Calls contained without enquiries: the same words, only put through to who they named."""
    instead: Mapping[Outcome, int]
    """What became, without enquiries, of the calls that were contained with them."""

    @property
    def contained(self) -> int:
        """Calls contained with enquiries and skills."""
        return self.answers + sum(self.skills.values())


def effect_of(site: Site, results: Sequence[CallResult]) -> Effect:
    """Play the calls again, as they were heard, on the same site without its enquiries; and compare."""
    from ivr.channels.recording import run_calls
    from ivr.dialogue.engine import Engine
    from ivr.records.figures import CONTAINED

    desk = site.engine.desk
    bare = replace(site, engine=Engine.over(replace(desk, enquiry_list=())))
    again = run_calls(bare, None, [_as_heard(result.script, result.record) for result in results])
    pairs = [(result.record, played.record.outcome) for result, played in zip(results, again, strict=True)]
    kept = [(record, outcome) for record, outcome in pairs if record.outcome in CONTAINED]
    return Effect(
        offered=len(results),
        answers=sum(not record.skill for record, _ in kept),
        skills=dict(Counter(record.skill for record, _ in kept if record.skill).most_common()),
        without=sum(outcome in CONTAINED for _, outcome in pairs),
        instead=dict(Counter(outcome for _, outcome in kept).most_common()),
    )


def _as_heard(script: CallScript, record: CallRecord) -> CallScript:
    """Write a call down with the words that were heard in it, so that nothing needs to be recognised again."""
    from ivr.channels.script import Expected, Turn

    turns = tuple(Turn(keys=turn.keyed) if turn.keyed else Turn(says=turn.heard) for turn in record.turns)
    return script.model_copy(update={"turns": turns, "expect": Expected()})


def effect_table(effect: Effect) -> Table:
    """Return the comparison as a table."""
    from rich.table import Table

    from ivr.records.figures import percent

    table = Table(title="What enquiries and skills do", title_justify="left", pad_edge=False)
    table.add_column("", overflow="fold")
    table.add_column("calls", justify="right")
    table.add_column("of those offered", justify="right")
    rows = [("contained", effect.contained), ("  by an answer or a link", effect.answers)]
    rows += [(f"  by the skill {name}", number) for name, number in effect.skills.items()]
    rows += [("contained without them, by the same words", effect.without)]
    rows += [(f"  their calls: {outcome.value.replace('_', ' ')}", n) for outcome, n in effect.instead.items()]
    for name, number in rows:
        table.add_row(name, str(number), percent(number, effect.offered))
    return table


def effect_json(effect: Effect) -> dict[str, Any]:
    """Return the comparison for a machine."""
    return {
        "offered": effect.offered,
        "contained": effect.contained,
        "by_answers": effect.answers,
        "by_skills": dict(effect.skills),
        "contained_without": effect.without,
        "instead": {outcome.value: number for outcome, number in effect.instead.items()},
    }
