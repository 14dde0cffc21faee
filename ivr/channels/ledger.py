"""Records of one request, held back until its answer has won: a request repeated at the same time logs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import RecordsError
from ivr.records.database import Joined
from ivr.records.privacy import Caller
from ivr.records.spooled import Begun, Finished, Taken, Wrong
from ivr.records.store import Store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ivr.model import CallFacts, CallRecord, TurnRecord
    from ivr.records.sessions import Also
    from ivr.records.spool import Spool
    from ivr.records.spooled import Op


class Ledger:
    """A recorder that writes on `flush`, or never."""

    def __init__(self, store: Store, spool: Spool | None = None) -> None:
        """Write to `store`; to `spool` while that fails, and until the spool has been replayed."""
        self._store, self._spool = store, spool
        self._held: list[Op] = []
        self.finished: CallRecord | None = None
        """How the call ended, where this request ended it."""

    def begin(
        self, facts: CallFacts, caller: Caller | None = None, *, directory_version: str = "", language: str = "en-GB"
    ) -> bool:
        """Hold back that a call began."""
        self._held.append(Begun(facts, caller or Caller(), directory_version, language))
        return True

    def turn(self, call_id: str, turn: TurnRecord) -> bool:
        """Hold back a turn."""
        self._held.append(Taken(call_id, turn))
        return True

    def finish(self, call: CallRecord) -> None:
        """Hold back how a call ended."""
        self.finished = call
        self._held.append(Finished(call))

    def mark_wrong(self, call_id: str) -> bool:
        """Hold back that an earlier call's transfer was wrong."""
        self._held.append(Wrong(call_id))
        return True

    @property
    def at_once(self) -> Also | None:
        """What writes it all in the transaction of the answer; None: it has to wait behind what is spooled."""
        return None if self._spool is None or self._spool.waiting else self._within

    def _within(self, connection: sa.Connection) -> None:
        store = Store.on(Joined(self._store.database, connection))
        for op in self._held:
            op.apply(store)

    def flush(self) -> None:
        """Write what was held back. Raises RecordsError where that fails and there is no spool."""
        held, self._held = self._held, []
        done = 0
        try:
            if self._spool is None or not self._spool.waiting:
                for op in held:
                    op.apply(self._store)
                    done += 1
        except RecordsError:
            if self._spool is None:
                raise
        if self._spool and held[done:]:
            self._spool.append(held[done:])
