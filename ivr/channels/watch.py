"""What is told of calls as they are settled: counted for alarms, and shown to the person who takes them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ivr.channels.desk_feed import CallSoFar, handover
from ivr.dialogue.actions import Transfer
from ivr.errors import IvrError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ivr.channels.desk_feed import DeskFeed, Handover
    from ivr.channels.metrics import Metrics
    from ivr.channels.runner import Actions, Conversation
    from ivr.records.store import Store
    from ivr.settings import Settings

log = logging.getLogger(__name__)


class Watch(Protocol):
    """Who is told."""

    def settled(self, conversation: Conversation, actions: Actions) -> None:
        """Take in what one request of a call came to. Never raises."""
        ...


class Unwatched:
    """Nobody."""

    def settled(self, conversation: Conversation, actions: Actions) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Watching:
    """Counts how calls end, and tells the desk of those that go to a person."""

    metrics: Metrics
    desk: DeskFeed
    settings: Settings
    store: Store
    clock: Callable[[], datetime]

    def settled(self, conversation: Conversation, actions: Actions) -> None:
        """Count, and tell; a fault here costs nothing but the news."""
        try:
            self._settled(conversation, actions)
        except Exception:
            log.exception("call %s: not told", conversation.facts.call_id)

    def _settled(self, conversation: Conversation, actions: Actions) -> None:
        record = conversation.record
        if record is not None:
            self.metrics.ended.labels(record.outcome.value).inc()
        for turn in conversation.turns:
            self.metrics.utterances.labels(turn.decision.value if turn.decision else "none").inc()
        last = actions[-1] if actions else None
        if isinstance(last, Transfer) and self.desk.wanted:
            call_id, at = conversation.facts.call_id, self.clock()
            self.desk.tell(call_id, lambda: self._handover(conversation, last, at))

    def _handover(self, conversation: Conversation, transfer: Transfer, at: datetime) -> Handover:
        """Read what was said before this request; where that cannot be read, what this one brought has to do."""
        facts, turns = conversation.facts, {turn.turn: turn for turn in conversation.turns}
        try:
            turns = {turn.turn: turn for turn in self.store.turns(facts.call_id)} | turns
        except IvrError as error:
            log.warning("call %s: what was said before is not read: %s", facts.call_id, error)
        ordered = tuple(turn for _, turn in sorted(turns.items()))
        call = CallSoFar(facts.call_id, at, facts.caller, conversation.state, ordered)
        return handover(self.settings, call, conversation.parts.engine.desk.enquiries, transfer.entry, transfer)
