"""What is not given to everybody at every moment: a whole conversation, and a transfer.

When the service is too busy or too slow, and when one number calls very often or has asked for very many names, a
new caller goes straight to an operator. A transfer to a number that may not be dialled, to an entry that had its
share of the hour, or beyond what the hour may cost, goes down the entry's chain as if nobody had answered; the
operator and the safety floor are never refused. Where the records cannot be asked, nobody is limited by them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ivr.channels.tolls import toll
from ivr.dialogue.desk import OPERATOR, OUT_OF_HOURS
from ivr.directory.shared import ELSEWHERE
from ivr.errors import RecordsError
from ivr.records.dials import Dials

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.channels.load import Load
    from ivr.channels.metrics import Metrics
    from ivr.channels.recent import Recent
    from ivr.dialogue.actions import Transfer
    from ivr.model import CallFacts
    from ivr.settings import Settings

HOUR = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one site. Safe to share between threads."""

    settings: Settings
    recent: Recent
    load: Load
    metrics: Metrics

    def short(self, caller_key: str, now: datetime) -> bool:
        """Say whether a new caller, whose number has this hash (empty: withheld), goes straight to an operator."""
        try:
            why = self._crowded() or self._habitual(caller_key, now)
        except RecordsError as error:
            log.warning("limits not checked: %s", error)
            return False
        if why:
            self.metrics.shortened.labels(why).inc()
        return bool(why)

    def permit(self, facts: CallFacts, transfer: Transfer, at: datetime) -> bool:
        """Say whether a transfer may be made, and count it."""
        entry, call_id = transfer.entry, facts.call_id
        if entry.id in {OPERATOR, OUT_OF_HOURS} or transfer.priority:
            return True
        terms = toll(entry.number, self.settings.limits, self.settings.directory.country)
        why = "" if terms.allowed else "number"
        if entry.number.removeprefix(ELSEWHERE) in facts.handed_from.split(","):
            why = "circle"  # the caller was there already, and came here from it
        try:
            why = why or self._spent(call_id, entry.id, terms.pence, at)
        except RecordsError as error:
            log.warning("call %s: caps not checked: %s", call_id, error)
        if why:
            self.metrics.transfers_refused.labels(why).inc()
            log.warning("call %s: transfer to entry %s refused: %s", call_id, entry.id, why)
        return not why

    def _crowded(self) -> str:
        limits = self.settings.limits
        lag, conversations = self.load.lag.seconds, self.load.conversations()
        self.metrics.lag.set(lag)
        self.metrics.conversations.set(conversations)
        if limits.slow_seconds and lag > limits.slow_seconds:
            return "slow"
        return "conversations" if limits.conversations and conversations >= limits.conversations else ""

    def _habitual(self, caller_key: str, now: datetime) -> str:
        limits = self.settings.limits
        if not caller_key or not (limits.caller_calls or limits.caller_names):
            return ""
        habit = self.recent.habit(caller_key, now - HOUR)
        if limits.caller_calls and habit.calls >= limits.caller_calls:
            return "calls"
        return "names" if limits.caller_names and habit.names >= limits.caller_names else ""

    def _spent(self, call_id: str, entry_id: str, pence: float, at: datetime) -> str:
        limits = self.settings.limits
        dials = Dials(self.recent.database)
        transfers, spent = dials.since(at - HOUR, entry_id, call_id)
        if limits.entry_transfers and transfers >= limits.entry_transfers:
            return "entry"
        if limits.hour_pence and pence and spent + pence > limits.hour_pence:
            return "cost"
        dials.add(call_id, entry_id, at, pence)
        return ""
