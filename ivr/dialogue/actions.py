"""What the engine asks a channel to do, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.model import Entry, Expect, Outcome


@dataclass(frozen=True, slots=True)
class Say:
    """Speak the prompt with this id."""

    prompt: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Values for the prompt's placeholders."""
    language: str = ""
    """Language it is spoken in; empty: the call's, and by the time a channel has it, the site's own."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for speech or keys. The last action of a step, unless that ends, transfers or charges."""

    expect: Expect
    offered: tuple[str, ...] = ()
    """Targets (`kind:id`) that the question is about: the one to confirm, those to choose from."""
    only: tuple[str, ...] = ()
    """Targets that recognition is narrowed to, where any other name is unlikely; empty: to none."""
    seconds: float = 5.0
    """Time to start speaking."""
    keys: int = 1
    """Most keys the answer can have."""
    language: str = ""
    """Language listened for; empty: the site's own."""
    free: bool = False
    """Any words at all may come: a grammar cannot hear them."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Dial an entry of the active directory. Nothing else can dial."""

    entry: Entry
    whisper: str = ""
    """Said to the person who answers, before the caller is joined: a prompt's id as the engine gives it, its
    words by the time the conversation's runner hands it to a channel."""
    priority: bool = False
    """The safety floor sends this caller: ahead of any queue."""
    about: str = ""
    """What a skill had gathered before it gave up, for the whisper."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Send the text message of this enquiry to the caller."""

    enquiry: str
    body: str


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Keep what the caller asked for, to be dealt with by the organisation; its reference comes back as an event."""

    enquiry: str
    kind: str
    """Name of the skill that gathered it."""
    title: str
    details: Mapping[str, str]
    """What was gathered, by name."""
    promised: datetime | None = None
    """By when the caller was told it would be dealt with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePayment:
    """Have the payment provider take a card payment; only how that went comes back, as an event."""

    pence: int
    account: str
    """What is paid, as the organisation numbers it: a council tax account, a penalty notice."""
    takes: str
    """What the payment is for, in words."""
    fund: str = ""
    """Code that the payment provider books it under."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The call's outcome is decided; comes once, before or with the last action."""

    outcome: Outcome
    reason: str
    entry: str = ""
    """Id of the entry it ended with."""
    enquiry: str = ""
    wrong_transfer: bool = False
    """The caller said that a transfer of this call reached the wrong place."""
    wrong_last: bool = False
    """The caller said so of the transfer of their call before this one (`CallFacts.last_entry`)."""


Action = Say | Listen | Transfer | SendText | FileRequest | TakePayment | HangUp | Finish
