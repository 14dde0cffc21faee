"""Simulated traffic: every figure equals an independent slow count, the same on both databases."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from ivr.records.counting import count_calls
from ivr.records.database import Database
from ivr.records.figures import BY_NAME, clock, mean_seconds, percent
from ivr.records.period import Period, month_of
from ivr.records.render import as_csv, as_json
from ivr.records.report import Report, make_report
from ivr.records.tables import calls
from ivr.settings import ReportSettings

ROOT = Path(__file__).parent.parent.parent
PUBLISHED = ROOT.parent / "shared" / "data" / "text" / "published_reports"
LONDON = ZoneInfo("Europe/London")
sys.path.insert(0, str(ROOT / "benchmarks"))


def report_of(url: str, period: Period | None = None, *, afresh: bool = False) -> Report:
    """Count and report a period, or everything."""
    database = Database(url)
    try:
        return make_report(count_calls(database, period or Period(LONDON), afresh=afresh), "Wexbourne Council")
    finally:
        database.close()


def test_every_figure_of_simulated_months_equals_a_slow_count(url: str) -> None:
    """Two months with a clock change between, counted first, kept, and afresh: all the same as the slow count."""
    from slow_figures import differences, slow_figures
    from traffic import insert, link, simulate

    months = [simulate(date(2026, 3, 1), date(2026, 4, 1), 500), simulate(date(2026, 4, 1), date(2026, 5, 1), 500)]
    link(months)
    insert(url, months, turns=True)
    slow = slow_figures(url, LONDON)
    reports = [report_of(url), report_of(url), report_of(url, afresh=True)]
    assert all(report.reconciles for report in reports)
    assert all(report.total.tally.offered == 1000 for report in reports)
    assert differences(reports[0], slow) == []
    assert len({as_json(report) for report in reports}) == 1


def test_both_databases_give_the_same_report(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Letter by letter, as JSON and as CSV."""
    from traffic import insert, link, simulate

    postgres: str = request.getfixturevalue("postgres")
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    months = [simulate(date(2025, 10, 1), date(2025, 11, 1), 400)]
    link(months)
    written = []
    for url in (f"sqlite:///{tmp_path}/calls.sqlite3", postgres):
        insert(url, [dict(month) for month in months], turns=True)
        made = report_of(url)
        written.append(as_json(made) + as_csv(made))
    assert written[0] == written[1]


# --- a council's own published tables, from call records made to fit them ---


def rows_of(name: str) -> list[dict[str, str]]:
    """Read a table of the published reports."""
    file = PUBLISHED / name
    if not file.is_file():
        pytest.skip(f"needs {file.relative_to(ROOT.parent)}, which is not here")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def share_of(part: int, whole: int, like: str) -> str:
    """Write a share with as many decimals as a published one, halves rounded up."""
    decimals = len(like.partition(".")[2])
    scale = 10**decimals
    number = (200 * scale * part + whole) // (2 * whole)
    return f"{number / scale:.{decimals}f}"


def split(answered: int, like: str) -> tuple[int, int]:
    """Find (answered in time, put through) that give a published share: those never answered are the difference."""
    for asked in range(answered, answered + 200):
        part = round(float(like) * asked / 100)
        for quick in (part - 1, part, part + 1):
            if 0 <= quick <= answered and share_of(quick, asked, like) == like:
                return quick, asked
    raise AssertionError(f"no share of {answered} calls and a few more is {like}")


def waits(quick: int, slow: int, limit: int, mean: int) -> list[float]:
    """Make waits, `quick` of them within the limit and the others beyond, whose mean is so many seconds."""
    late = max(limit + 1, -(-(mean * (quick + slow) - limit * quick) // slow)) if slow else 0
    left = mean * (quick + slow) - late * slow
    early, more = divmod(left, quick)
    assert 0 <= early <= limit
    return [float(early + 1)] * more + [float(early)] * (quick - more) + [float(late)] * slow


def service_month(row: dict[str, str], number: int) -> list[dict[str, Any]]:
    """Make the calls of one service in one month: its bad days first, then the others."""
    answered, limit, days = int(row["answered"]), int(row["target_seconds"]), int(row["days_below_40_percent"] or 0)
    minutes, seconds = row["average_wait"].split(":")
    quick, asked = split(answered, row["percent_in_target"])
    times = waits(quick, answered - quick, limit, 60 * int(minutes) + int(seconds))
    first = datetime.fromisoformat(f"{row['month']}-01T11:00:00+00:00")
    # A bad day has five calls, all answered too late; the other days share the rest, the quick ones spread evenly.
    bad = [(at, times.pop()) for at in range(days) for _ in range(5)]
    ends: list[tuple[int, float | None]] = [*bad]
    ends += [(days + at % (28 - days), wait) for at, wait in enumerate(times)]
    ends += [(days + at % (28 - days), None) for at in range(asked - answered)]
    found = []
    for at, (day, wait) in enumerate(ends):
        started = first + timedelta(days=day, seconds=at % 18_000)
        found.append({
            "call_id": f"{number}-{at}", "started": started, "ended": started + timedelta(minutes=3),
            "outcome": "transferred" if wait is not None else "transfer_failed", "department": row["service"],
            "dial_status": "answered" if wait is not None else "no-answer", "answer_seconds": wait,
        })  # fmt: skip
    return found


def test_a_published_contact_centre_table_comes_out_as_published(tmp_path: Path) -> None:
    """Answered, per cent in time, average wait and days below 40 %, of three services in seven months."""
    rows = rows_of("contact_centre_monthly.csv")
    url = f"sqlite:///{tmp_path}/calls.sqlite3"
    database = Database(url)
    with database.write() as connection:
        for number, row in enumerate(rows):
            connection.execute(sa.insert(calls), service_month(row, number))
    found, wanted = [], []
    settings = ReportSettings(floor=40.0)
    for month in sorted({row["month"] for row in rows}):
        made = make_report(count_calls(database, month_of(month, LONDON)), "A council", settings=settings)
        for group in made.sections["department"]:
            row = next(r for r in rows if (r["month"], r["service"]) == (month, group.name))
            quick = group.value_of(f"answered_{row['target_seconds']}")
            wait, below = group.value_of("average_wait"), group.value_of("days_below")
            found.append((month, group.name, group.value_of("answered").count,
                          share_of(quick.count, quick.of or 0, row["percent_in_target"]), wait.text,
                          str(below.count) if row["days_below_40_percent"] else ""))  # fmt: skip
            wanted.append((month, row["service"], int(row["answered"]), row["percent_in_target"], row["average_wait"],
                           row["days_below_40_percent"]))  # fmt: skip
    database.close()
    assert len(found) == len(rows) == 21
    assert found == wanted


def test_a_published_satisfaction_table_comes_out_as_published(tmp_path: Path) -> None:
    """Surveys sent and answered, and the per cent satisfied: of 27 people none is 97 %, so it is a mean of scores."""
    rows = rows_of("satisfaction_monthly.csv")
    database = Database(f"sqlite:///{tmp_path}/calls.sqlite3")
    with database.write() as connection:
        for row in rows:
            sent, answers = int(row["surveys_sent"]), int(row["responses"])
            points = next(
                p for p in range(5 * answers + 1) if share_of(p, 5 * answers, "0") == row["percent_satisfied"]
            )
            lost = 5 * answers - points
            scores = [max(1, 5 - max(0, min(4, lost - 4 * at))) for at in range(answers)]
            started = datetime.fromisoformat(f"{row['month']}-10T11:00:00+00:00")
            connection.execute(sa.insert(calls), [
                {"call_id": f"{row['month']}-{at}", "started": started, "ended": started, "outcome": "completed",
                 "surveyed": True, "satisfaction": scores[at] if at < answers else None}
                for at in range(sent)
            ])  # fmt: skip
    made = make_report(count_calls(database, Period(LONDON)), "A council")
    database.close()
    found = [
        (group.name, str(group.value_of("surveyed").count), str(group.value_of("survey_answered").count),
         share_of((score := group.value_of("satisfaction")).count, score.whole, "0"))
        for group in made.months
    ]  # fmt: skip
    assert found == [(r["month"], r["surveys_sent"], r["responses"], r["percent_satisfied"]) for r in rows]


def test_a_published_voice_service_table_comes_out_as_published(tmp_path: Path) -> None:
    """Offered, completed, and the share, over seven months."""
    row = rows_of("voicebot.csv")[0]
    offered, completed = int(row["offered"]), int(row["completed"])
    first = datetime(2023, 5, 1, 11, tzinfo=UTC)
    database = Database(f"sqlite:///{tmp_path}/calls.sqlite3")
    with database.write() as connection:
        connection.execute(sa.insert(calls), [
            {"call_id": str(at), "started": first + timedelta(minutes=25 * at), "ended": first + timedelta(days=400),
             "outcome": "completed" if at < completed else "operator_requested"}
            for at in range(offered)
        ])  # fmt: skip
    made = make_report(count_calls(database, Period(LONDON)), "A council")
    database.close()
    names = [group.name for group in made.months]
    assert f"{names[0]} to {names[-1]}" == row["period"]
    total = made.total.value_of("completed")
    assert (made.total.tally.offered, total.count, total.percent) == (
        offered,
        completed,
        f"{row['percent_completed']} %",
    )
    assert percent(completed, offered) == total.percent


def test_published_volumes_come_out_as_published(tmp_path: Path) -> None:
    """Calls of each service over fourteen months, a hundredth of them, to the call."""
    volumes = {
        row["service"]: int(row["calls_aug_2011_to_sep_2012"]) // 100 for row in rows_of("volumes_2011_2012.csv")
    }
    first = datetime(2011, 8, 1, 11, tzinfo=UTC)
    database = Database(f"sqlite:///{tmp_path}/calls.sqlite3")
    with database.write() as connection:
        for service, number in volumes.items():
            started = [first + timedelta(seconds=at * 36_000_000 // number) for at in range(number)]
            connection.execute(sa.insert(calls), [
                {"call_id": f"{service} {at}", "started": moment, "ended": moment, "outcome": "transferred",
                 "department": service}
                for at, moment in enumerate(started)
            ])  # fmt: skip
    made = make_report(count_calls(database, Period(LONDON)), "A council")
    database.close()
    assert {group.name: group.tally.offered for group in made.sections["department"]} == volumes
    assert (made.months[0].name, made.months[-1].name) == ("2011-08", "2012-09")


def test_waits_are_written_as_published_ones() -> None:
    """76 seconds are 01:16."""
    assert clock(mean_seconds(76 * 100 * 9157, 9157)) == "01:16"
    assert BY_NAME["average_wait"].label.endswith("(mm:ss)")
