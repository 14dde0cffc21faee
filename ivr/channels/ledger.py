"""Records of one request, held back until its answer has won: a request repeated at the same time logs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.errors import RecordsError
from ivr.records.database import Joined
from ivr.records.privacy import Caller
from ivr.records.spooled import Begun, Finished, Over, Taken, Wrong
from ivr.records.store import Store

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ivr.model import CallFacts, CallRecord, TurnRecord
    from ivr.records.sessions import Kept
    from ivr.records.spool import Spool
    from ivr.records.spooled import Op


class Ledger:
    """A recorder that writes with the answer, on `flush`, or never."""

    def __init__(self, store: Store, spool: Spool | None = None) -> None:
        """Write to `store`; to `spool` while that fails."""
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

    def over(self, call: CallRecord) -> None:
        """Hold back that a call is over of which nobody here knew."""
        self._held.append(Over(call))

    def mark_wrong(self, call_id: str) -> bool:
        """Hold back that an earlier call's transfer was wrong."""
        self._held.append(Wrong(call_id))
        return True

    @property
    def kept(self) -> Kept | None:
        """What writes it together with the answer; None: there is nowhere to wait, so it is written afterwards."""
        return self if self._spool else None

    def within(self, connection: sa.Connection) -> None:
        """Write it all in this transaction, behind what waits on disk of the same calls. Raises RecordsError."""
        joined = Joined(self._store.database, connection)
        if self._spool and self._held:
            self._spool.bring({op.call_id for op in self._held}, joined)
        for op in self._held:
            op.apply(Store.on(joined))

    def aside(self) -> None:
        """Put it all on disk, to be written later."""
        if self._spool:
            self._spool.append(self._held)

    def flush(self) -> None:
        """Write what was held back. Raises RecordsError where that fails and there is no spool."""
        try:
            with self._store.database.write() as connection:
                self.within(connection)
        except RecordsError:
            if self._spool is None:
                raise
            self.aside()
