"""What can happen in a call, as the engine is told of it. Every event carries its clock reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.model import CallFacts, DialStatus, PayStatus, Understanding


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The caller is on the line."""

    at: datetime
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller said something."""

    at: datetime
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller said nothing in the time given."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed keys."""

    at: datetime
    digits: str
    """0-9, * and #, as pressed."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A transfer attempt ended."""

    at: datetime
    status: DialStatus
    answer_seconds: float | None = None
    """Ringing time until answered."""
    talk_seconds: float | None = None
    gone: bool = False
    """The caller has hung up too."""


@dataclass(frozen=True, slots=True)
class TextSent:
    """A text message was accepted for delivery, or was not."""

    at: datetime
    ok: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """A request was kept, or could not be."""

    at: datetime
    reference: str
    """What the caller quotes; empty: it could not be kept."""


@dataclass(frozen=True, slots=True)
class Paid:
    """An attempt to take a card payment ended."""

    at: datetime
    status: PayStatus
    code: str = ""
    """The payment provider's confirmation, or its token for the card; nothing of the card itself."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller hung up."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of ours failed; the caller must not be lost."""

    at: datetime
    reason: str
    """For the log; never spoken."""
    recoverable: bool = False
    """True: only this turn is lost (a recogniser died), so the caller can be asked again."""


Event = CallStarted | Heard | Silence | Keyed | Dialled | TextSent | Filed | Paid | HungUp | Fault
