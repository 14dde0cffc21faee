"""What callers thought of the service: how many were asked, how many answered, and what they said.

A score is 1 (not at all satisfied) to 5; 4 and 5 count as satisfied. A call's survey is kept with the call
(`surveyed`, `satisfaction`), a comment with its turns, whose `state` is `commenting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ivr.records.tables import calls, turns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.records.database import Database
    from ivr.records.period import Period

SCORES = (1, 2, 3, 4, 5)
SATISFIED = (4, 5)
COMMENTING = "commenting"
"""State of a turn in which a caller says why."""


@dataclass(frozen=True, slots=True)
class Surveys:
    """The surveys of a period's calls."""

    asked: int
    """Calls whose caller was asked."""
    scores: Mapping[int, int]
    """How many gave each score; every score is in it."""

    @property
    def answered(self) -> int:
        """Callers who gave a score."""
        return sum(self.scores.values())

    @property
    def satisfied(self) -> int:
        """Callers who gave 4 or 5."""
        return sum(self.scores[score] for score in SATISFIED)


@dataclass(frozen=True, slots=True)
class Comment:
    """Why a caller gave the score they gave: personal data, removed with the call's other words."""

    call_id: str
    at: datetime
    score: int | None
    words: str


def count_surveys(database: Database, period: Period) -> Surveys:
    """Count the surveys of the finished calls that began in the period. Raises RecordsError."""
    counted = sa.select(calls.c.satisfaction, sa.func.count()).where(calls.c.surveyed, *_within(period))
    with database.read() as connection:
        found = {score: int(number) for score, number in connection.execute(counted.group_by(calls.c.satisfaction))}
    return Surveys(sum(found.values()), {score: found.get(score, 0) for score in SCORES})


def survey_comments(database: Database, period: Period, limit: int = 1000) -> tuple[Comment, ...]:
    """Return what callers said about their scores, newest first. Raises RecordsError."""
    said = sa.select(calls.c.call_id, turns.c.at, calls.c.satisfaction, turns.c.heard).join_from(calls, turns)
    which = said.where(turns.c.state == COMMENTING, turns.c.heard != "", *_within(period))
    with database.read() as connection:
        rows = connection.execute(which.order_by(turns.c.at.desc(), calls.c.call_id).limit(limit)).all()
    return tuple(Comment(*row) for row in rows)


def _within(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    ended: sa.ColumnElement[bool] = calls.c.outcome.is_not(None)
    after = (calls.c.started >= period.start,) if period.start else ()
    before = (calls.c.started < period.end,) if period.end else ()
    return (ended, *after, *before)
