"""When the same caller called again: kept beside each call, in `calls.next_started`.

Calls of one caller follow each other by their start, then by id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def link(connection: sa.Connection, keys: Collection[str], since: datetime) -> None:
    """Set `next_started` right for these callers' calls that began at `since` or later, and the one before.

    The empty key is no caller: a withheld number tells nothing about who called.
    """
    known = sorted(key for key in keys if key)
    if not known:
        return
    if connection.dialect.name == "postgresql":  # two first calls at once must see each other
        key = sa.func.unnest(sa.literal(known, sa.ARRAY(sa.Text))).column_valued("key")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))
    later = calls.alias("later")
    follows = sa.or_(
        later.c.started > calls.c.started,
        sa.and_(later.c.started == calls.c.started, later.c.call_id > calls.c.call_id),
    )
    following = sa.select(sa.func.min(later.c.started)).where(
        later.c.caller_key == calls.c.caller_key, later.c.started >= calls.c.started, follows
    )
    affected = calls.c.caller_key.in_(known), calls.c.started >= _first_affected(connection, known, since)
    connection.execute(sa.update(calls).where(*affected).values(next_started=following.scalar_subquery()))


def _first_affected(connection: sa.Connection, keys: list[str], since: datetime) -> datetime:
    """Return the start of the earliest call just before `since` of any of these callers, else `since`."""
    previous = sa.select(sa.func.max(calls.c.started).label("started")).where(calls.c.started < since)
    if len(keys) == 1:  # without grouping, the index answers at once however often this caller called
        found = connection.scalar(previous.where(calls.c.caller_key == keys[0]))
    else:
        latest = previous.where(calls.c.caller_key.in_(keys)).group_by(calls.c.caller_key).subquery()
        found = connection.scalar(sa.select(sa.func.min(latest.c.started)))
    return found or since
