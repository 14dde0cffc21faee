"""The report's figures are right: against a second, slow count, on both databases, over clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_calls import NOON, call
from slow_count import slow_count

from ivr.errors import InputError
from ivr.model import Outcome
from ivr.records.counting import count_calls
from ivr.records.figures import BY_NAME, HEARD, count
from ivr.records.listing import calls_behind
from ivr.records.period import Period, days, hour_name, hour_named, month_of, offsets
from ivr.records.report import Report, make_report
from ivr.records.tables import calls

if TYPE_CHECKING:
    from ivr.model import CallRecord
    from ivr.records.store import Store

LONDON = ZoneInfo("Europe/London")
ZONES = tuple(map(ZoneInfo, ("Europe/London", "UTC", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe")))


def report_of(store: Store, period: Period) -> Report:
    """Count and report a period."""
    return make_report(count_calls(store.database, period), "Wexbourne Council")


def counted(report: Report) -> dict[tuple[str, str], int]:
    """Return the count of every (group, figure that counts calls) that has any call."""
    groups = [report.total, *(group for section in report.sections.values() for group in section)]
    others = {"average_wait", "days_below", "satisfaction", "texts"} | {figure.name for figure in HEARD}
    values = ((g.key, v.figure.name, v.count) for g in groups for v in g.values)
    return {(key, name): number for key, name, number in values if number and name not in others}


# Around both clock changes of 2026, month ends and midnights, so that random calls meet them.
edges = st.sampled_from(
    [
        datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 5, 31, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    ]
)
spans = st.sampled_from([0, 1, 60, 119, 120, 121, 3600, 86399, 86400, 86401]).map(lambda s: timedelta(seconds=s))


@st.composite
def drawn_call(draw: st.DrawFn, number: int) -> CallRecord:
    """Draw a call near an edge, by one of few callers, about one of few things."""
    started = draw(edges) + draw(spans) + draw(spans)
    return call(
        f"CA{number}",
        started=started,
        ended=started + draw(spans),
        outcome=draw(st.sampled_from(Outcome)),
        caller_key=draw(st.sampled_from(["", "k", "l"])),
        entry_id=draw(st.sampled_from(["", "p-1", "p-2"])),
        department=draw(st.sampled_from(["", "Housing", "Parks/Leisure"])),
        enquiry_id=draw(st.sampled_from(["", "missed_bin"])),
        wrong_transfer=draw(st.booleans()),
        skill=draw(st.sampled_from(["", "bin_day"])),
        language=draw(st.sampled_from(["en-GB", "cy-GB"])),
        dial_status=draw(st.sampled_from(["", "answered", "no-answer"])),
        answer_seconds=draw(st.sampled_from([None, 0.0, 29.995, 30.0, 30.001, 60.0, 61.5])),
        in_hours=draw(st.booleans()),
        texts=draw(st.integers(0, 2)),
        surveyed=draw(st.booleans()),
        satisfaction=draw(st.sampled_from([None, 1, 3, 4, 5])),
    )


some_calls = st.integers(0, 10).flatmap(lambda n: st.tuples(*(drawn_call(number) for number in range(n))).map(list))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_calls, st.sampled_from(ZONES), st.booleans())
def test_every_figure_equals_an_independent_slow_count(
    store: Store, records: list[CallRecord], zone: ZoneInfo, year: bool
) -> None:
    """On random calls, each figure of each group, and the calls listed behind it, are what a slow count finds."""
    with store.database.write() as connection:
        connection.execute(sa.delete(calls))
    store.save_calls(records)
    period = days(date(2026, 4, 1), date(2026, 10, 25), zone) if year else Period(zone)

    def within(one: CallRecord) -> bool:
        day = one.started.astimezone(zone).date()
        return not year or date(2026, 4, 1) <= day <= date(2026, 10, 25)

    report = make_report(count_calls(store.database, period, afresh=not year), "Wexbourne Council")
    expected = slow_count(records, zone, within)
    assert counted(report) == {key: len(ids) for key, ids in expected.items()}
    assert report.reconciles
    for (group, figure), ids in list(expected.items())[:8]:
        listed = [id_ for id_, _ in calls_behind(store.database, f"{figure}/{group}" if group else figure, period)]
        assert sorted(listed) == sorted(ids)


def test_a_published_month_comes_out_as_published(store: Store) -> None:
    """11,013 calls offered of which 2,461 completed are 22.3 %."""
    outcomes = [Outcome.COMPLETED] * 2461 + [Outcome.OPERATOR_REQUESTED] * (11013 - 2461)
    rows = [{"call_id": f"CA{n}", "started": NOON, "ended": NOON, "outcome": one} for n, one in enumerate(outcomes)]
    with store.database.write() as connection:
        connection.execute(sa.insert(calls), rows)
    total = report_of(store, Period(LONDON)).total
    assert total.value(BY_NAME["offered"]).text == "11,013"
    assert total.value(BY_NAME["completed"]).text == "2,461 (22.3 %)"


def test_calls_are_in_the_month_and_hour_of_the_local_clock(store: Store) -> None:
    """In summer, 23:30 UTC on the last of May is half past midnight in June."""
    store.save_call(call(started=datetime(2026, 5, 31, 23, 30, tzinfo=UTC)))
    report = report_of(store, Period(LONDON))
    assert [group.name for group in report.months] == ["2026-06"]
    assert [group.name for group in report.sections["hour"]] == ["Mon-00"]
    assert report_of(store, month_of("2026-05", LONDON)).total.tally.offered == 0
    assert report_of(store, month_of("2026-06", LONDON)).total.tally.offered == 1


def test_a_call_back_after_the_period_counts_against_strict_containment(store: Store) -> None:
    """What happened in the 24 hours after the period's last call is looked at too."""
    last = datetime(2026, 6, 30, 12, tzinfo=UTC)
    store.save_call(call("CA1", started=last, caller_key="k"))
    store.save_call(call("CA2", started=last + timedelta(hours=20), caller_key="k"))
    tally = report_of(store, month_of("2026-06", LONDON)).total.tally
    assert (tally.offered, count(tally, "strict_containment")) == (1, 0)


def test_calls_still_going_on_are_not_counted_yet(store: Store) -> None:
    """Offered are the calls that have ended, so that the outcomes add up to them at any moment."""
    from ivr.model import CallFacts

    store.begin(CallFacts(call_id="CA1", channel="twilio", started=NOON))
    assert report_of(store, Period(LONDON)).total.tally.offered == 0


def test_no_calls_make_a_report_of_nothing(store: Store) -> None:
    """An empty database gives noughts and dashes, not an error."""
    report = report_of(store, Period(LONDON))
    assert report.total.value(BY_NAME["completed"]).text == "0 (-)"
    assert report.reconciles


@pytest.mark.parametrize("figure", ["nonsense", "offered/colour=red", "offered/month=May", "offered/hour=Mon-24"])
def test_an_unknown_figure_is_named(store: Store, figure: str) -> None:
    """A figure that does not exist is bad input, and the message says which there are."""
    with pytest.raises(InputError):
        list(calls_behind(store.database, figure, Period(LONDON)))


def test_clock_changes_are_found_to_the_second() -> None:
    """London's clocks went forward at 01:00 UTC on 29 March 2026 and back on 25 October."""
    changes = offsets(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), LONDON)
    moments = [datetime.fromtimestamp(at / 1e6, UTC) for at, _ in changes]
    assert moments[1:] == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
    assert [offset for _, offset in changes] == [0, 3_600_000_000, 0]


def test_hours_of_the_week_have_names() -> None:
    """Every hour's name is read back as that hour."""
    assert [hour_named(hour_name(hour)) for hour in range(168)] == list(range(168))


@pytest.mark.parametrize("text", ["2026", "2026-13", "May 2026", "2026-5"])
def test_a_month_must_be_written_as_one(text: str) -> None:
    """A month that is none is bad input."""
    with pytest.raises(InputError, match="not a month"):
        month_of(text, LONDON)
