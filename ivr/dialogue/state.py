"""Where a call is: one frozen record of plain values and ids, the same before and after JSON.

It holds no number and no name, and no words of the caller but what a skill gathers, so it can rest in a table
between webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from ivr.errors import RecordsError
from ivr.model import DialStatus, Outcome, PayStatus  # noqa: TC001 (pydantic reads the fields' types at run time)

VERSION = 1
MOST_READ_OUT = 3
"""Names a caller is read to choose from; of more, what tells them apart is asked."""


class Phase(StrEnum):
    """What the call is waiting for."""

    NEW = "new"
    """The call to start."""
    LANGUAGE = "language"
    """The language the caller would like."""
    RETURNING = "returning"
    """Yes or no: did the transfer just made reach the right person?"""
    LISTENING = "listening"
    """The request."""
    CONFIRMING = "confirming"
    """Yes or no: is this what you asked for?"""
    CHOOSING = "choosing"
    """One of up to three read out, or what tells several people of one name apart."""
    SPELLING = "spelling"
    """A name, letter by letter."""
    OFFERING_TEXT = "offering_text"
    """Yes or no: shall I text you the link?"""
    OFFERING_TRANSFER = "offering_transfer"
    """Yes or no: shall I put you through?"""
    ANYTHING_ELSE = "anything_else"
    """Yes, no, or the next request."""
    MENU = "menu"
    """A key of the menu, or of the list that it reads out."""
    IN_SKILL = "in_skill"
    """The answer to a question of the skill that deals with the enquiry."""
    PAYING = "paying"
    """The result of a card payment."""
    RATING = "rating"
    """A score, 1 to 5: how satisfied the caller is. The outcome is decided."""
    COMMENTING = "commenting"
    """Why, in the caller's own words."""
    TRANSFERRING = "transferring"
    """The result of a transfer to an entry."""
    TO_OPERATOR = "to_operator"
    """The result of a transfer to the operator, or to who takes calls of the safety floor."""
    ENDED = "ended"
    """Nothing: the outcome is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the dialogue remembers of a call. Targets are `kind:id`; the rest are ids and counts."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    version: int = VERSION
    phase: Phase = Phase.NEW
    internal: bool = False
    open: bool = True
    language: str = ""
    """Language the caller chose; empty: the site's own."""
    tongue: str = ""
    """English name of a language the caller asked for that the site has no words in."""
    direct: bool = False
    """The caller is always put straight through to a person."""
    known: bool = False
    """The caller's number can be rung back."""
    can_text: bool = False
    """The caller has a mobile number to text."""
    last_entry: str = ""
    """Entry whose transfer `RETURNING` asks about."""
    about: str = ""
    """Target put to the caller to confirm."""
    offered: tuple[str, ...] = ()
    """Targets to choose from: read out, or too many for that."""
    declined: tuple[str, ...] = ()
    """Targets the caller said no to: never offered again in this call."""
    named: int = 0
    """Names put to the caller so far, to confirm or to choose from."""
    menu: str = ""
    """Key of the list that the keypad menu reads out; empty: the menu itself."""
    page: int = 0
    """Page of that list, from 0."""
    failures: int = 0
    """Failed turns in a row: silence, or nothing understood."""
    declines: int = 0
    """Questions answered with no since the last request that was met."""
    hiccups: int = 0
    """Turns lost to faults of ours."""
    turns: int = 0
    repeats: int = 0
    """Times the request was asked for again because the caller said so."""
    spelt: bool = False
    """The caller has been asked to spell."""
    earlier: tuple[tuple[str, float], ...] = ()
    """Targets and confidences of the last request heard, for letters to be fused with."""
    enquiry: str = ""
    """Enquiry answered last."""
    slots: tuple[tuple[str, str], ...] = ()
    """What the enquiry's skill has gathered; only this holds words of the caller, and only while it needs them."""
    reference: str = ""
    """Reference of the request filed last, for the text message."""
    promised: str = ""
    """By when that was said to be dealt with, as it is said."""
    texted: tuple[str, ...] = ()
    """Enquiries whose link was sent."""
    texts: int = 0
    """Text messages that were sent."""
    paid: PayStatus | None = None
    """How the card payment went that is being written down."""
    survey: bool = False
    """The caller is to be asked how satisfied they are."""
    surveyed: bool = False
    """They have been."""
    satisfaction: int | None = None
    """Their answer, 1-5."""
    ending: str = ""
    """Why the call ends once the survey is over."""
    done: Outcome | None = None
    """What the call has achieved so far: its outcome if it ends here."""
    wanted: str = ""
    """Entry the caller asked to be put through to."""
    dialling: str = ""
    """Entry being dialled; empty: the operator."""
    tried: tuple[str, ...] = ()
    """Entries dialled without an answer since the last request."""
    pending: Outcome | None = None
    """Outcome of the call if the transfer in progress is answered."""
    dial_status: DialStatus | None = None
    """How the last transfer went."""
    answer_seconds: float | None = None
    """Ringing time of the last transfer until it was answered."""
    talk_seconds: float | None = None
    priority: bool = False
    safety: str = ""
    """Safety id that escalated the call."""
    wrong_transfer: bool = False
    wrong_last: bool = False
    outcome: Outcome | None = None

    def to_json(self) -> str:
        """Return the state as JSON."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` gave. Raises RecordsError where it is damaged or of another version."""
        try:
            version = from_json(text).get("version")
        except (ValueError, AttributeError):
            raise RecordsError("saved call state is not JSON of this software; the call starts again") from None
        if version != VERSION:
            raise RecordsError(f"saved call state is of version {version!r}; this software reads version {VERSION}")
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise RecordsError(f"saved call state cannot be read: {where}: {fault['msg'].lower()}") from None

    @property
    def ended(self) -> bool:
        """Whether the outcome is decided."""
        return self.outcome is not None


_ADAPTER: TypeAdapter[State] = TypeAdapter(State)
