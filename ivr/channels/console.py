"""A typed call: what is said is printed, what the caller says is a line of text.

A line of keys (`4711`, `1`, `*`, `#`) is keys, an empty line is silence, and the end of the text (Ctrl-D) or
Ctrl-C hangs up.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from ivr.channels.line import CallerGoneError
from ivr.channels.offline import MADE_UP
from ivr.dialogue.events import Dialled, Paid
from ivr.model import DialStatus, PayStatus, Recognition
from ivr.recognise.typed import ENGINE, recognise_typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from ivr.dialogue.actions import FileRequest, Listen, SendText, TakePayment, Transfer
    from ivr.model import CallFacts, CallRecord, TurnRecord

_KEYS = re.compile(r"[0-9*#]+")


class ConsoleLine:
    """One typed call, as the dialogue's line."""

    def __init__(
        self,
        console: Console,
        started: datetime,
        *,
        dial: DialStatus = DialStatus.ANSWERED,
        read: Callable[[str], str] = input,
    ) -> None:
        """Print on `console`; the call's clock begins at `started`, and every transfer ends with `dial`."""
        self._console, self._started, self._dial, self._read = console, started, dial, read
        self._begun = monotonic()

    def now(self) -> datetime:
        """Return the call's clock."""
        return self._started + timedelta(seconds=monotonic() - self._begun)

    def clock(self, *, by_itself: bool) -> None:
        """Tell what time it is in the call, where that is not the time of day."""
        if not by_itself or abs(self._started - datetime.now(UTC)) > timedelta(minutes=1):
            why = "; the offices are closed now, --at now calls all the same" if by_itself else ""
            self._note(f"the call's clock says {self._started:%A %-d %B %Y, %H:%M}{why}")

    def say(self, text: str) -> None:
        """Print what is said."""
        self._console.print(text, style="bold cyan", markup=False, highlight=False, soft_wrap=True)

    def listen(self, listen: Listen) -> Recognition | str:
        """Read a line. Raises CallerGoneError where there is none."""
        del listen
        try:
            line = self._read("> ").strip()
        except (EOFError, KeyboardInterrupt):
            raise CallerGoneError from None
        if _KEYS.fullmatch(line):
            return line
        heard = recognise_typed(line)
        return Recognition((), ENGINE, speech=True) if line and not heard.text else heard

    def transfer(self, transfer: Transfer) -> Dialled:
        """Show who would be dialled."""
        entry = transfer.entry
        where = f", {entry.department}" if entry.department not in {"", entry.name} else ""
        urgent = " with priority" if transfer.priority else ""
        self._note(f"dialling {entry.name}{where} on {entry.number}{urgent}: {self._dial.value}")
        return Dialled(self.now(), self._dial, answer_seconds=0.0 if self._dial is DialStatus.ANSWERED else None)

    def send_text(self, facts: CallFacts, text: SendText) -> bool:
        """Show the text message that would be sent."""
        del facts
        self._note(f"text message: {text.body}")
        return True

    def file(self, facts: CallFacts, request: FileRequest) -> str:
        """Show the request that would be kept."""
        del facts
        told = "; ".join(f"{name}: {value}" for name, value in request.details.items())
        self._note(f"request: {request.title}; {told}")
        return MADE_UP

    def pay(self, payment: TakePayment) -> Paid:
        """Show what would be taken: only a telephone can take it."""
        what = f"{payment.takes}, account {payment.account}, £{payment.pence / 100:.2f}"
        self._note(f"card payment: {what}; the card is keyed to the payment provider, here it counts as paid")
        return Paid(self.now(), PayStatus.CHARGED, "made-up")

    def hang_up(self) -> None:
        """Show that the call is over."""
        self._note("the call is over")

    def explain(self, turn: TurnRecord) -> None:
        """Show what was made of a turn."""
        found = ", ".join(f"{c.label} {c.confidence:.2f}" for c in turn.candidates[:3]) or "no candidate"
        self._note(f"{turn.state}: {turn.decision or turn.keyed or 'silence'}; {found}; {turn.why}".rstrip("; "))

    def summary(self, record: CallRecord) -> None:
        """Show how the call ended."""
        about = "; ".join(filter(None, (record.entry_name, record.enquiry_id, record.reason)))
        self._note(f"outcome: {record.outcome.value}" + (f" ({about})" if about else ""))

    def _note(self, text: str) -> None:
        self._console.print(f"[{text}]", style="dim", markup=False, highlight=False, soft_wrap=True)
