"""What callers said, understood again by a directory that is not live yet: who gains, who loses, what is confused.

Pure over records: hearing and understanding are done elsewhere, and compared here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.model import Decision, Expect, Outcome, TargetKind
from ivr.records.chance import wilson
from ivr.records.reviews import NOBODY, meant_by
from ivr.records.tables import calls, reviews, turns
from ivr.records.tune import needed, upper_bound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.model import Candidate, Understanding
    from ivr.records.database import Database

_PUT_THROUGH = frozenset({Outcome.TRANSFERRED})
_ANSWERED = frozenset({Outcome.COMPLETED, Outcome.SIGNPOSTED})
WRONG = 0.005
"""Share of utterances that may be acted on wrongly, where a site names none: as `ivr tune` has it."""
_EXAMPLES = 200
"""Utterances listed for each kind of change; the counts are of all."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance at the greeting, and what the caller wanted where that is known."""

    call_id: str
    turn: int
    text: str
    meant: str = ""
    """`entry:ID` or `enquiry:ID` that the call ended well with, or that a reviewer named; `NOBODY` where a reviewer
    said that nothing there was asked for; empty: not known."""
    audio: str = ""
    """Name of its recording, where recordings are kept."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an utterance is taken for."""

    decision: str
    targets: tuple[str, ...]
    """Accepted, put to the caller, or read out; none where rejected."""
    labels: tuple[str, ...]
    confidence: float


class Verdict(StrEnum):
    """What a new directory does to an utterance."""

    SAME = "same"
    GAIN = "gain"
    """Was not taken for what the caller wanted, and now is."""
    LOSS = "loss"
    """Was, and no longer is."""
    CONFUSION = "confusion"
    """Would be acted on without asking, for another than before."""
    NEWLY_TAKEN = "newly taken"
    """Was not understood, and now is taken for something; nobody knows whether rightly."""
    NEWLY_REFUSED = "newly refused"
    """Was taken for something, and no longer is; nobody knows whether rightly."""
    OTHER = "other"
    """Taken for something else, or asked about otherwise."""


def read_said(database: Database, most: int) -> tuple[Said, ...]:
    """Return what callers said at the greeting, the latest first, at most `most` utterances. Raises RecordsError."""
    found = (
        sa.select(turns.c.call_id, turns.c.turn, turns.c.heard, turns.c.audio, turns.c.decision, turns.c.candidates,
                  calls.c.outcome, calls.c.entry_id, calls.c.enquiry_id, calls.c.wrong_transfer,
                  reviews.c.meant, reviews.c.right)
        .join_from(turns, calls)
        .outerjoin(reviews, sa.and_(reviews.c.call_id == turns.c.call_id, reviews.c.turn == turns.c.turn))
        .where(turns.c.expect == Expect.CALL.value, turns.c.heard != "", calls.c.outcome.is_not(None))
        .order_by(calls.c.started.desc(), turns.c.call_id, turns.c.turn)
        .limit(most)
    )  # fmt: skip
    with database.read() as connection:
        return tuple(Said(r.call_id, r.turn, r.heard, _meant(r), r.audio) for r in connection.execute(found))


def _meant(row: Any) -> str:
    """Return what the caller wanted: as reviewed, else what the call ended well with if this turn offered it."""
    if judged := meant_by(row.meant, row.right, row.decision, row.candidates):
        return judged
    if row.right is False or row.decision is Decision.REJECT:
        return ""
    wanted = ""
    if row.outcome in _PUT_THROUGH and not row.wrong_transfer and row.entry_id:
        wanted = f"{TargetKind.ENTRY}:{row.entry_id}"
    elif row.outcome in _ANSWERED and row.enquiry_id:
        wanted = f"{TargetKind.ENQUIRY}:{row.enquiry_id}"
    return wanted if any(str(c.target) == wanted for c in row.candidates) else ""


def taken(understanding: Understanding) -> Taken:
    """Say what the dialogue would act on, ask about or read out."""
    if understanding.safety:
        return Taken(Decision.ACCEPT.value, (f"safety:{understanding.safety}",), (understanding.safety,), 1.0)
    if understanding.decision is Decision.REJECT:
        return Taken(Decision.REJECT.value, (), (), 0.0)
    found: Sequence[Candidate] = understanding.candidates
    found = found if understanding.decision is Decision.CHOOSE else found[:1]
    if not found and understanding.command:
        name = understanding.command.value
        return Taken(understanding.decision.value, (f"command:{name}",), (name,), 1.0)
    return Taken(
        understanding.decision.value,
        tuple(str(c.target) for c in found),
        tuple(c.label for c in found),
        round(found[0].confidence, 4) if found else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """One utterance, before and after."""

    said: Said
    before: Taken
    after: Taken
    verdict: Verdict
    right_before: bool | None
    """None: nobody knows what the caller wanted."""
    right_after: bool | None


def compare(said: Said, before: Taken, after: Taken, now_called: Mapping[str, str]) -> Compared:
    """Judge one utterance. `now_called`: old target to new, of entries whose id went with their name or department."""
    meant = now_called.get(said.meant, said.meant)
    was = tuple(now_called.get(target, target) for target in before.targets)
    right = (_right(meant, was), _right(meant, after.targets))
    return Compared(said, before, after, _verdict(right, was, before.decision, after), *right)


def _right(meant: str, targets: Sequence[str]) -> bool | None:
    """Tell whether the caller got what they wanted; None: nobody knows what that was."""
    if meant == NOBODY:
        return not targets
    return meant in targets if meant else None


def _verdict(right: tuple[bool | None, bool | None], was: tuple[str, ...], decided: str, after: Taken) -> Verdict:
    acts = after.decision == Decision.ACCEPT.value
    if right[0] != right[1]:
        return Verdict.GAIN if right[1] else Verdict.LOSS
    if not right[1] and was and acts and was[:1] != after.targets[:1]:
        return Verdict.CONFUSION
    if right[1] is None and not was and after.targets:
        return Verdict.NEWLY_TAKEN
    if right[1] is None and was and not after.targets:
        return Verdict.NEWLY_REFUSED
    return Verdict.SAME if (was, decided) == (after.targets, after.decision) else Verdict.OTHER


@dataclass(frozen=True, slots=True)
class Golden:
    """A call that should go on ending as it does: what was wrong with it, before and after; empty: nothing."""

    id: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def report(compared: Iterable[Compared], golden: Iterable[Golden], target: float = WRONG) -> dict[str, Any]:
    """Return the whole comparison, as other programs and the pages read it.

    `target`: share of the utterances (0-1) that may be acted on wrongly, as `ivr tune` takes it.
    """
    every, calls_ = list(compared), list(golden)
    known = [c for c in every if c.said.meant]
    return {
        "utterances": len(every),
        "known": len(known),
        "right_before": sum(bool(c.right_before) for c in known),
        "right_after": sum(bool(c.right_after) for c in known),
        "counts": {verdict.value: sum(c.verdict is verdict for c in every) for verdict in Verdict},
        "accepted_wrongly": {"before": _wrong(known, after=False), "after": _wrong(known, after=True)},
        "target": {"share": target, **_target(known, target)},
        "names": _by_name(every),
        "examples": [_plain(c) for verdict in Verdict if verdict is not Verdict.SAME for c in _few(every, verdict)],
        "golden": [{"id": g.id, "title": g.title, "before": g.before, "after": g.after} for g in calls_],
        "golden_broken": [g.id for g in calls_ if g.after and not g.before],
        "golden_mended": [g.id for g in calls_ if g.before and not g.after],
    }


def _wrong(known: Sequence[Compared], *, after: bool) -> dict[str, Any]:
    """Count the utterances acted on without asking, and those of them that were wrong; with the 95 % interval."""
    acted = [c for c in known if (c.after if after else c.before).decision == Decision.ACCEPT.value]
    wrong = sum(not (c.right_after if after else c.right_before) for c in acted)
    low, high = wilson(wrong, len(acted)) if acted else (0.0, 0.0)
    return {"acted": len(acted), "wrong": wrong, "interval": [round(low, 6), round(high, 6)]}


def _target(known: Sequence[Compared], target: float) -> dict[str, Any]:
    """Say whether the thresholds, as they are, keep to the target with this version: `holds`, `missed` or `unshown`.

    The limits are one-sided, with 95 % confidence, of the share of all utterances (`ivr.records.tune`).
    """
    wrong = _wrong(known, after=True)["wrong"]
    if not known:
        return {"state": "unshown", "upper": None, "needed": needed(target)}
    upper, lower = upper_bound(wrong, len(known)), 1 - upper_bound(len(known) - wrong, len(known))
    state = "holds" if upper <= target else "missed" if lower > target else "unshown"
    return {"state": state, "upper": round(upper, 6), "needed": needed(target)}


def _by_name(every: Sequence[Compared]) -> dict[str, dict[str, int]]:
    """Count gains and losses by whom they concern."""
    found: dict[str, Counter[str]] = {}
    for one in every:
        if one.verdict in {Verdict.GAIN, Verdict.LOSS, Verdict.CONFUSION}:
            labels = one.after.labels if one.verdict is not Verdict.LOSS else one.before.labels
            found.setdefault(labels[0] if labels else "nobody", Counter())[one.verdict.value] += 1
    ordered = sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return {name: dict(counts) for name, counts in ordered[:_EXAMPLES]}


def _few(every: Sequence[Compared], verdict: Verdict) -> list[Compared]:
    return [c for c in every if c.verdict is verdict][:_EXAMPLES]


def _plain(one: Compared) -> dict[str, Any]:
    return {
        "verdict": one.verdict.value, "call": one.said.call_id, "turn": one.said.turn, "said": one.said.text,
        "meant": one.said.meant,
        "before": {"decision": one.before.decision, "labels": one.before.labels},
        "after": {"decision": one.after.decision, "labels": one.after.labels},
    }  # fmt: skip
