"""What a simulated call met, and whether that was what its script expects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.channels.script import CallScript
    from ivr.model import CallRecord

    Records = Callable[[str], CallRecord | None]
    """Gives how a call was recorded, where the simulator can see the server's records."""

_OPERATOR = frozenset({Outcome.OPERATOR_REQUESTED, Outcome.OPERATOR_FALLBACK, Outcome.FAILED})
_NO_TRANSFER = frozenset({Outcome.COMPLETED, Outcome.SIGNPOSTED, Outcome.CLOSED})


@dataclass(frozen=True, slots=True)
class Dialling:
    """One transfer that the server asked for."""

    number: str
    whisper: str
    """What the person called would hear, or ''."""
    status: str


@dataclass
class Seen:
    """Everything one call met."""

    call_id: str
    said: list[str] = field(default_factory=list)
    dialled: list[Dialling] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    """Amounts that were to be charged; '' for a token."""
    problems: list[str] = field(default_factory=list)
    """Faults of the server's answers."""
    notes: list[str] = field(default_factory=list)
    """Worth knowing, no fault."""
    turns: int = 0
    requests: list[float] = field(default_factory=list)
    """Seconds each webhook took."""
    answers: list[float] = field(default_factory=list)
    """On streams: seconds from the last sound of each utterance to its answer, the silence that ends it included."""
    hung_up: str = ""
    """Who ended the call: `caller`, `service`, or '' where it broke."""
    on_stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One call, beside what its script expects."""

    script: CallScript
    seen: Seen
    outcome: frozenset[Outcome]
    """The outcome on record, or those that what was seen allows."""
    recorded: bool
    unexpected: tuple[str, ...]
    """What was not as expected; empty: all of it was."""
    skipped: str = ""
    """Why the call was not played; empty: it was."""

    @property
    def ok(self) -> bool:
        """Whether the call ended as expected, without a fault on the way."""
        return not (self.unexpected or self.seen.problems)


def judge(script: CallScript, seen: Seen, records: Records | None = None) -> Judged:
    """Compare a played call with what its script expects."""
    record = records(seen.call_id) if records else None
    outcome = frozenset({record.outcome}) if record else _possible(seen)
    expect, unexpected = script.expect, []
    if expect.outcome and not outcome & set(expect.outcome):
        found = " or ".join(sorted(outcome)) or "none"
        unexpected.append(f"outcome {found}, expected {' or '.join(expect.outcome)}")
    if expect.entry and not any(_named(expect.entry, dialling) for dialling in seen.dialled):
        went = ", ".join(d.whisper or d.number for d in seen.dialled) or "nobody"
        unexpected.append(f"dialled {went}, expected {expect.entry}")
    if expect.enquiry and record and record.enquiry_id != expect.enquiry:
        unexpected.append(f"enquiry {record.enquiry_id or 'none'}, expected {expect.enquiry}")
    heard = " ".join(seen.said).casefold()
    unexpected += [f"never said {words!r}" for words in expect.said if words.casefold() not in heard]
    return Judged(script=script, seen=seen, outcome=outcome, recorded=record is not None, unexpected=tuple(unexpected))


def _named(name: str, dialling: Dialling) -> bool:
    return name.casefold() in dialling.whisper.casefold() or name == dialling.number


def _possible(seen: Seen) -> frozenset[Outcome]:
    """Outcomes that what was seen allows, where the server's records cannot be read."""
    answered = [d for d in seen.dialled if d.status == "answered"]
    if any("priority" in d.whisper.casefold() for d in answered):
        return frozenset({Outcome.ESCALATED})
    if answered and len(seen.dialled) == 1:
        named = " for " in answered[0].whisper
        return frozenset({Outcome.TRANSFERRED}) if named else _OPERATOR
    if seen.dialled:
        return frozenset({Outcome.TRANSFER_FAILED, Outcome.ABANDONED, *_OPERATOR})
    return _NO_TRANSFER if seen.hung_up == "service" else _NO_TRANSFER | {Outcome.ABANDONED}
