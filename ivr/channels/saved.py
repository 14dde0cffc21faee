"""What is kept of a telephone call between two requests: the dialogue's state and a few facts, as JSON.

No number and no word of the caller is in it: every request brings the number again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (pydantic reads the fields' types at run time)
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ivr.dialogue.state import State
from ivr.errors import RecordsError
from ivr.model import CallFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Where a call stands."""

    # Hosts are upgraded one after the other: what a newer release adds, this one can do without.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    state: str
    """`State.to_json()`."""
    turn: int
    """Turns recorded."""
    started: datetime
    internal: bool = False
    open: bool = True
    last_entry: str = ""
    last_call: str = ""
    times: tuple[float, ...] = ()
    """When each request was answered, seconds since 1970; the first is request 0."""
    dialling_from: float = 0.0
    """When a transfer's ringing was due to begin (what is said before it has been said); 0: none."""
    directory: str = ""
    """Version of the directory that the call began with."""
    handed_from: str = ""
    """Sites of the installation that handed the caller over."""
    deaf: bool = False
    """Our own recogniser failed in this call: Twilio listens from here on."""

    def to_json(self) -> str:
        """Return it as JSON."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Saved:
        """Read what `to_json` gave. Raises RecordsError where it is damaged or of another version."""
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError as error:
            raise RecordsError("saved call cannot be read: it is damaged, or of another version") from error

    def dialogue(self) -> State:
        """Return the dialogue's state. Raises RecordsError."""
        return State.from_json(self.state)

    def facts(self, call_id: str, caller: str, dialled: str) -> CallFacts:
        """Return the call's facts, with the numbers this request brought."""
        return CallFacts(
            call_id=call_id,
            channel=CHANNEL,
            started=self.started,
            caller=caller,
            dialled=dialled,
            internal=self.internal,
            open=self.open,
            last_entry=self.last_entry,
            last_call=self.last_call,
            handed_from=self.handed_from,
        )


CHANNEL = "twilio"
_ADAPTER: TypeAdapter[Saved] = TypeAdapter(Saved)
