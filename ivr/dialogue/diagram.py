"""The table as documentation: a state diagram and a list of rules, both made from `transitions.TABLE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue.moment import Trigger
from ivr.dialogue.state import Phase
from ivr.dialogue.transitions import ANSWERED, ASKING, EVERYWHERE, PHASES, UNLISTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.dialogue.transitions import Rule

BEGIN = "<!-- made from ivr/dialogue/transitions.py: begin -->"
END = "<!-- made from ivr/dialogue/transitions.py: end -->"

QUESTION, ANSWER = "question", "answer"
"""Names of the groups of phases in the picture: those with a question, and those after an answer."""
_STAYING = frozenset({Trigger.HELP, Trigger.REPEAT, Trigger.STARTED, Trigger.HICCUP, Trigger.SILENCE, Trigger.NO_MATCH})
"""Triggers after which a question is put again: in the rules, not in the picture."""
_LEFT_OUT = frozenset({Phase.ENDED, Phase.TO_OPERATOR})
"""Every phase may lead to these: said once in the picture."""


def section() -> str:
    """Return the generated section of `docs/dialogue.md`, with its marks."""
    return f"{BEGIN}\n\n{diagram()}\n\n{rules()}\n\n{END}"


def diagram() -> str:
    """Return the state diagram in Mermaid."""
    edges: dict[tuple[str, str], list[str]] = {}
    for phase, own in PHASES.items():
        for trigger, rule in own.items():
            shared = phase in ASKING and trigger in _common()
            if shared and phase is not Phase.LISTENING:
                continue
            start = QUESTION if shared else phase.value
            stays = shared and trigger is not Trigger.BACK
            for to in _ends(rule.to - {phase} if stays else rule.to):
                names = edges.setdefault((start, to), [])
                names += [trigger.value] if to != start and not (shared and trigger in _STAYING) else []
    groups = [
        f"    state {QUESTION} {{",
        *(f"        {phase.value}" for phase in ASKING if phase not in ANSWERED),
        f"        state {ANSWER} {{",
        *(f"            {phase.value}" for phase in ANSWERED),
        "        }",
        "    }",
    ]
    arrows = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in edges.items() if names]
    last = [
        f"    {QUESTION} --> {Phase.TO_OPERATOR.value}: operator, failures, danger, fault",
        f"    {QUESTION} --> {Phase.ENDED.value}: goodbye, hang-up, nothing more",
        f"    {Phase.TRANSFERRING.value} --> {Phase.ENDED.value}: answered",
        f"    {Phase.TO_OPERATOR.value} --> {Phase.ENDED.value}: answered, not answered",
        f"    {Phase.ENDED.value} --> [*]",
    ]
    return "\n".join(
        ["```mermaid", "stateDiagram-v2", f"    [*] --> {Phase.NEW.value}", *groups, *arrows, *last, "```"]
    )


def _ends(phases: frozenset[Phase]) -> list[str]:
    """Name where a rule leads, the phases after an answer as one."""
    answered = frozenset(ANSWERED)
    whole = answered <= phases
    named = [p.value for p in Phase if p in phases - _LEFT_OUT - (answered if whole else frozenset())]
    return [*named, ANSWER] if whole else named


def rules() -> str:
    """Return every rule as a Markdown table."""
    head = ["| phase | when | does | may lead to |", "|---|---|---|---|"]
    return "\n".join([*head, *_rows()])


def _rows() -> Iterator[str]:
    for trigger, rule in EVERYWHERE.items():
        yield _row("any", trigger.value, rule)
    common = _common()
    for trigger, rule in common.items():
        yield _row("any question", trigger.value, rule, stays=trigger is not Trigger.BACK)
    yield "| any question | anything else | As if not understood | the same, to_operator, ended |"
    for phase, own in PHASES.items():
        for trigger, rule in own.items():
            if phase not in ASKING or trigger not in common:
                yield _row(phase.value, trigger.value, rule)
        if phase not in ASKING:
            yield _row(phase.value, "anything else", UNLISTED[phase])


def _common() -> Mapping[Trigger, Rule]:
    """Return the rules that all phases with a question share, as they are for a request."""
    listening = PHASES[Phase.LISTENING].items()
    return {t: r for t, r in listening if all((own := PHASES[p].get(t)) and own.do is r.do for p in ASKING)}


def _row(phase: str, when: str, rule: Rule, *, stays: bool = False) -> str:
    where = [p.value for p in Phase if p in rule.to and not (stays and p is Phase.LISTENING)]
    does = (rule.do.__doc__ or "").split("\n")[0].rstrip(".")
    return f"| {phase} | {when} | {does} | {', '.join([*(['the same'] if stays else []), *where])} |"
