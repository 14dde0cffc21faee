"""How well a call was heard, counted from its turns when it ends, and kept with the call.

Kept as counts, they stay when the caller's words are removed, and a report needs no turn.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ivr.model import Command, Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.model import TurnRecord

RIGHT, WRONG = "right", "wrong"
_ACTED_ON = frozenset({Outcome.TRANSFERRED, Outcome.COMPLETED, Outcome.SIGNPOSTED})
_NO_KEY, _PICK_KEYS = "2", frozenset({"1", "2", "3"})
_ASKED = frozenset({Decision.CONFIRM, Decision.CHOOSE})
_PICKS = frozenset({Command.FIRST, Command.SECOND, Command.THIRD, Command.YES})
_REFUSALS = frozenset({Command.NO, Command.NEITHER})


def count_turns(turns: Sequence[TurnRecord], outcome: Outcome) -> dict[str, Any]:
    """Return the columns of `calls` that say how its turns went; `turns` are in order.

    `first_try` is "right" or "wrong" about the caller's first request, where what followed tells: it was acted
    on, confirmed or picked; or it was not understood, or declined. Empty: nothing tells.
    """
    decided = [turn.decision for turn in turns]
    return {
        "utterances": sum(decision is not None for decision in decided),
        "accepted": decided.count(Decision.ACCEPT),
        "confirmed": decided.count(Decision.CONFIRM),
        "offered_choice": decided.count(Decision.CHOOSE),
        "rejected": decided.count(Decision.REJECT),
        "declined": sum(
            turn.decision is Decision.CONFIRM and _picked(turn, after) is False for turn, after in pairwise(turns)
        ),
        "silent": sum(_is_silence(turn) for turn in turns),
        "keyed": sum(bool(turn.keyed) for turn in turns),
        "first_try": _first_try(turns, outcome),
    }


def _is_silence(turn: TurnRecord) -> bool:
    return turn.decision is None and not turn.keyed


def _first_try(turns: Sequence[TurnRecord], outcome: Outcome) -> str:
    for at, turn in enumerate(turns):
        alone = turn.command and not turn.candidates
        if turn.decision is None or alone:
            continue
        if turn.decision is Decision.REJECT:
            return WRONG
        if turn.decision in _ASKED:
            picked = _picked(turn, turns[at + 1]) if at + 1 < len(turns) else None
            return "" if picked is None else RIGHT if picked else WRONG
        return RIGHT if outcome in _ACTED_ON else ""
    return ""


def _picked(asked: TurnRecord, answer: TurnRecord) -> bool | None:
    """Read what a caller answered: yes, or one of those offered; no, or none of them; None: neither can be told."""
    if answer.command in _REFUSALS or (asked.decision is Decision.CONFIRM and answer.keyed == _NO_KEY):
        return False
    if answer.command in _PICKS or answer.keyed in _PICK_KEYS:
        return True
    offered = {candidate.target for candidate in asked.candidates}
    named = answer.decision is Decision.ACCEPT and answer.candidates and answer.candidates[0].target in offered
    return True if named else None
