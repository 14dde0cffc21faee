"""The audit log: who did what, when, to what. Rows are only ever added; the database refuses anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ivr.records.tables import audit_log

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.records.database import Database

_LONGEST = 1000
"""Characters kept of a subject or a detail."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One row."""

    number: int
    at: datetime
    who: str
    action: str
    """Short stable name: `directory.activate`, `sign-in.refused`."""
    subject: str
    """What it was done to: a version, an account, a call."""
    detail: str


def note(database: Database, at: datetime, who: str, action: str, subject: str = "", detail: str = "") -> None:
    """Add a row. Raises RecordsError."""
    row = {"at": at, "who": who, "action": action, "subject": subject[:_LONGEST], "detail": detail[:_LONGEST]}
    with database.write() as connection:
        connection.execute(sa.insert(audit_log).values(row))


def read_trail(database: Database, about: str = "", before: int = 0, most: int = 50) -> tuple[Noted, ...]:
    """Return rows, the newest first, with `about` in any column; `before` this number, at most `most`."""
    conditions: list[sa.ColumnElement[bool]] = [audit_log.c.number < before] if before else []
    if about:
        columns = (audit_log.c.who, audit_log.c.action, audit_log.c.subject, audit_log.c.detail)
        conditions.append(sa.or_(*(c.icontains(about, autoescape=True) for c in columns)))
    found = sa.select(audit_log).where(*conditions).order_by(audit_log.c.number.desc()).limit(most)
    with database.read() as connection:
        return tuple(Noted(**_plain(row)) for row in connection.execute(found).mappings())


def _plain(row: Any) -> dict[str, Any]:
    return dict(row)
