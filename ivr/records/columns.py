"""How values are kept: what both databases take, and give back exactly.

Times are whole microseconds since 1970 in UTC: exact, in order, and the same arithmetic on both databases.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from ivr.model import Candidate, Target

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
"""Microseconds in a second: the unit that time columns hold."""

# PostgreSQL refuses NUL, and no database takes half of a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def to_micros(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970 UTC. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a time zone cannot be recorded: {moment.isoformat()}")
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware time in UTC."""
    return EPOCH + micros * MICROSECOND


def storable(text: str) -> str:
    """Replace the few characters that a database refuses by U+FFFD."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """Value to column."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Column to value."""
        return None if value is None else from_micros(int(value))


class Line(TypeDecorator[str]):
    """Text, with what no database can hold replaced."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """Value to column."""
        return None if value is None else storable(value)


class Named(TypeDecorator[Any]):
    """A member of an enumeration by its value; NULL where there is none yet."""

    impl = sa.String(20)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """Value to column."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """Column to value."""
        return None if value is None else self.kind(value)


class CandidateList(TypeDecorator[tuple[Candidate, ...]]):
    """Candidates as JSON: `[[target, label, confidence, [[name, score], ...]], ...]`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Candidate, ...] | None, dialect: Dialect) -> str:  # noqa: ARG002
        """Value to column."""
        rows = [[str(c.target), storable(c.label), c.confidence, c.evidence] for c in value or ()]
        return json.dumps(rows)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Candidate, ...]:  # noqa: ARG002
        """Column to value."""
        return tuple(
            Candidate(Target.parse(target), label, confidence, tuple((name, score) for name, score in evidence))
            for target, label, confidence, evidence in json.loads(value or "[]")
        )
