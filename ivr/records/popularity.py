"""Who callers were put through to, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.model import Outcome
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.records.database import Database


def transfers(database: Database, since: datetime) -> Mapping[str, int]:
    """Return how many calls begun at `since` (aware) or later each entry answered, wrong transfers left out, by id."""
    answered = (calls.c.outcome == Outcome.TRANSFERRED) & (calls.c.entry_id != "") & ~calls.c.wrong_transfer
    found = (
        sa.select(calls.c.entry_id, sa.func.count())
        .where(answered & (calls.c.started >= since))
        .group_by(calls.c.entry_id)
    )
    with database.read() as connection:
        return {entry: int(count) for entry, count in connection.execute(found)}
