"""Months are counted once, and always equal what counting again gives, whoever changes a call."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from made_calls import NOON, call, turn

from ivr.model import CallFacts, Candidate, Decision, Outcome, Target
from ivr.records.counting import count_calls, keep_months
from ivr.records.database import Database
from ivr.records.figures import count
from ivr.records.listing import calls_behind
from ivr.records.period import Period, days, month_of, period_before, year_before
from ivr.records.report import make_report
from ivr.records.retention import expire
from ivr.records.store import Store
from ivr.records.tables import calls, reviews, summaries
from ivr.settings import ReportSettings

if TYPE_CHECKING:
    from pathlib import Path

LONDON = ZoneInfo("Europe/London")
JUNE = month_of("2026-06", LONDON)
LATER = datetime(2026, 8, 1, tzinfo=UTC)


def kept(store: Store) -> list[str]:
    """Return the months kept."""
    with store.database.read() as connection:
        return list(connection.scalars(sa.select(summaries.c.month).where(summaries.c.content != "")))


@pytest.fixture
def june(store: Store) -> Store:
    """Give a store with three calls in June, counted."""
    store.save_call(call("CA1", caller_key="k", turns=(turn(1, decision=Decision.ACCEPT),)))
    store.save_call(call("CA2", outcome=Outcome.TRANSFERRED, started=NOON + timedelta(days=2), dial_status="answered"))
    store.save_call(call("CA3", started=NOON + timedelta(days=3), enquiry_id="missed_bin"))
    count_calls(store.database, JUNE, now=LATER)
    assert kept(store) == ["2026-06"]
    return store


def test_the_service_keeps_months_once_they_are_over(store: Store) -> None:
    """Each is counted once, the one that goes on never, and again only when a call of it changed."""
    store.save_call(call("CA1"))
    store.save_call(call("CA2", started=NOON + timedelta(days=40)))
    assert keep_months(store.database, LONDON, LATER - timedelta(days=1)) == 1
    assert keep_months(store.database, LONDON, LATER) == 1
    assert keep_months(store.database, LONDON, LATER) == 0
    store.mark_wrong("CA1")
    assert keep_months(store.database, LONDON, LATER) == 1
    assert sorted(kept(store)) == ["2026-06", "2026-07"]


def test_a_database_that_cannot_be_written_is_counted_all_the_same(tmp_path: Path) -> None:
    """A copy to read from, or a role that may only read, gives the same figures; nothing is kept."""
    file = tmp_path / "calls.sqlite3"
    store = Store(f"sqlite:///{file}")
    store.save_call(call())
    copy = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert count_calls(copy, JUNE, now=LATER).total.offered == 1
    copy.close()
    assert kept(store) == []
    store.close()


def test_a_month_that_goes_on_is_not_kept(store: Store) -> None:
    """Only months that are over are: a month's calls come by the minute."""
    store.save_call(call())
    count_calls(store.database, JUNE, now=NOON)
    assert kept(store) == []


COUNTED = (
    "started", "ended", "outcome", "channel", "entry_id", "entry_name", "department", "enquiry_id", "skill", "language",
    "engine", "directory_version", "dial_status", "answer_seconds", "talk_seconds", "wrong_transfer", "texts",
    "surveyed", "satisfaction", "in_hours", "first_try", "utterances", "accepted", "confirmed", "offered_choice",
    "rejected", "declined", "silent", "keyed",
)  # fmt: skip


def test_a_change_of_anything_counted_drops_the_month(june: Store) -> None:
    """The database itself drops it, whichever program writes."""
    for column in COUNTED:
        count_calls(june.database, JUNE, now=LATER)
        assert kept(june) == ["2026-06"]
        kind = calls.c[column].type
        new = "'transferred'" if column == "outcome" else "'x'" if isinstance(kind, sa.Text) else "4"
        if isinstance(kind, sa.Boolean):
            new = f"NOT {column}"
        if column in {"started", "ended"}:
            new = f"{column} - 4"
        with june.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE calls SET {column} = {new} WHERE call_id = 'CA1'")  # noqa: S608
        assert kept(june) == [], column


def test_every_way_to_change_a_call_drops_its_month(june: Store) -> None:
    """A late call, a mark, a review and a removal are all counted the next time."""

    def offered_wrong() -> tuple[int, int]:
        total = count_calls(june.database, JUNE, now=LATER).total
        assert kept(june) == ["2026-06"]
        return total.offered, count(total, "wrong_transfers")

    assert offered_wrong() == (3, 0)
    june.save_call(call("CA4", started=NOON + timedelta(days=9)))
    assert offered_wrong() == (4, 0)
    june.mark_wrong("CA2")
    assert offered_wrong() == (4, 1)
    with june.database.write() as connection:
        connection.execute(sa.insert(reviews).values(call_id="CA1", turn=1, right=False, at=NOON))
    assert kept(june) == []
    assert count(count_calls(june.database, JUNE, now=LATER).total, "first_time_right") == 0
    with june.database.write() as connection:
        connection.execute(sa.delete(calls).where(calls.c.call_id == "CA3"))
    assert offered_wrong() == (3, 1)


def test_a_caller_who_calls_again_after_weeks_changes_nothing(june: Store) -> None:
    """The earlier month stays kept: nothing it counts has changed; a call within a day does change it."""
    june.save_call(call("CA5", caller_key="k", started=NOON + timedelta(days=40)))
    assert kept(june) == ["2026-06"]
    june.save_call(call("CA6", caller_key="k", started=NOON + timedelta(hours=2)))
    assert kept(june) == []
    assert count(count_calls(june.database, JUNE, now=LATER).total, "strict_containment") == 2


def test_removing_callers_words_keeps_months_and_figures(june: Store) -> None:
    """Privacy's removal touches nothing counted, so counting afresh gives the same."""
    before = count_calls(june.database, JUNE, now=LATER)
    expire(june.database, NOON + timedelta(days=100))
    assert kept(june) == ["2026-06"]
    assert count_calls(june.database, JUNE, afresh=True).total == before.total


def test_a_change_while_a_month_is_counted_is_not_lost(june: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that ends between counting and keeping makes the count void."""
    from ivr.records import counting

    june.mark_wrong("CA2")
    real = counting.count_month

    def slowly(connection: sa.Connection, period: Period) -> object:
        found = real(connection, period)
        june.save_call(call("CA9", started=NOON + timedelta(days=4)))
        return found

    monkeypatch.setattr(counting, "count_month", slowly)
    assert count_calls(june.database, JUNE, now=LATER).total.offered == 3
    assert kept(june) == []


def test_a_call_is_in_one_month_whatever_midnight_it_spans(store: Store) -> None:
    """It belongs to the local day and month in which it began, and to no other."""
    store.save_call(call("CA1", started=datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC)))
    store.save_call(call("CA2", started=datetime(2026, 6, 30, 23, 0, tzinfo=UTC)))
    report = make_report(count_calls(store.database, Period(LONDON)), "Council")
    assert [(group.name, group.tally.offered) for group in report.months] == [("2026-06", 1), ("2026-07", 1)]
    for name in ("2026-06", "2026-07"):
        assert count_calls(store.database, month_of(name, LONDON)).total.offered == 1


def test_days_below_the_floor_are_counted_and_listed(store: Store) -> None:
    """A day is below where fewer than the floor were answered within 60 s of the calls put to a person that day."""
    asked = {"outcome": Outcome.TRANSFERRED, "dial_status": "answered", "department": "Housing"}
    store.save_call(call("CA1", **asked, answer_seconds=61.0))
    store.save_call(call("CA2", **asked, answer_seconds=60.0, started=NOON + timedelta(days=1)))
    store.save_call(call("CA3", started=NOON + timedelta(days=2)))
    counts = count_calls(store.database, JUNE, now=LATER)
    report = make_report(counts, "Council", settings=ReportSettings(floor=40.0))
    assert report.total.as_json()["days_below"] == {"count": 1, "of": 2, "percent": 50.0, "interval": [9.5, 90.5]}
    assert report.sections["department"][0].as_json()["days_below"]["count"] == 1
    for figure in ("days_below", "days_below/department=Housing"):
        assert [id_ for id_, _ in calls_behind(store.database, figure, JUNE, floor=40.0)] == ["CA1"]


def test_first_time_right_follows_from_what_callers_answered(store: Store) -> None:
    """Confirmed and picked are right; declined and not understood are wrong; nobody knows where the caller hung up."""
    someone = (Candidate(Target.parse("entry:p-1"), "Jane Smith", 0.7),)
    asked = turn(1, decision=Decision.CONFIRM, candidates=someone)
    yes, no = (turn(2, decision=Decision.ACCEPT, command=word) for word in ("yes", "no"))
    store.save_call(call("right", turns=(asked, yes)))
    store.save_call(call("keyed", turns=(asked, turn(2, keyed="1", heard=""))))
    store.save_call(call("wrong", turns=(asked, no, turn(3, decision=Decision.ACCEPT, candidates=someone))))
    store.save_call(call("gone", outcome=Outcome.ABANDONED, turns=(asked,)))
    store.save_call(call("unheard", turns=(turn(1, heard=""), turn(2, decision=Decision.REJECT))))
    total = count_calls(store.database, JUNE, now=LATER).total
    assert (count(total, "first_time_right"), count(total, "judged")) == (2, 4)
    names = ("utterances", "confirmation_rate", "declined_rate", "no_match", "silence")
    assert [count(total, name) for name in names] == [8, 4, 1, 1, 1]


def test_hearing_is_counted_step_by_step_too(store: Store) -> None:
    """A live call's turns are recorded as they come, and counted when it ends."""
    store.begin(CallFacts(call_id="CA1", channel="twilio", started=NOON))
    store.turn("CA1", turn(1, decision=Decision.REJECT))
    store.turn("CA1", turn(2, decision=Decision.ACCEPT))
    store.finish(call("CA1"))
    total = count_calls(store.database, JUNE, now=LATER).total
    assert [count(total, name) for name in ("utterances", "no_match", "judged", "first_time_right")] == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("first", "last", "before", "year"),
    [
        ("2026-05-01", "2026-05-31", ("2026-04-01", "2026-04-30"), ("2025-05-01", "2025-05-31")),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        ("2024-02-01", "2024-02-29", ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        ("2025-02-01", "2025-02-28", ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        ("2026-05-04", "2026-05-10", ("2026-04-27", "2026-05-03"), ("2025-05-04", "2025-05-10")),
    ],
)
def test_earlier_periods_to_compare_with(first: str, last: str, before: tuple[str, str], year: tuple[str, str]) -> None:
    """Months are compared with months, other periods with as many days just before; and with a year ago."""
    period = days(date.fromisoformat(first), date.fromisoformat(last), LONDON)
    found = [period_before(period), year_before(period)]
    assert [(str(one.first_day), str(one.last_day)) for one in found] == [before, year]


def test_calls_are_listed_behind_every_figure(june: Store) -> None:
    """No figure is without its calls: as many as it counts, where it counts calls."""
    figures = make_report(count_calls(june.database, JUNE, now=LATER), "Council").total.values
    for value in figures:
        listed = list(calls_behind(june.database, value.figure.name, JUNE, floor=40.0))
        if value.figure.unity == "calls" and value.figure.unit not in {"wait", "score"}:
            assert len(listed) == value.count, value.figure.name
