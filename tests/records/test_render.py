"""The report reads the same as a table, CSV, JSON and page, and no name in it can do harm."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from made_calls import NOON, call, turn
from openpyxl import load_workbook
from rich.console import Console

from ivr.model import Decision, Outcome
from ivr.records import render
from ivr.records.changes import compare
from ivr.records.counting import count_calls
from ivr.records.figures import FIGURES, Tally
from ivr.records.period import Period
from ivr.records.render_html import as_html
from ivr.records.render_pdf import as_pdf, plain
from ivr.records.render_xlsx import as_xlsx
from ivr.records.report import Report, make_report
from ivr.records.savings import save
from ivr.records.store import Store
from ivr.settings import ReportSettings, SavingsSettings

if TYPE_CHECKING:
    from pathlib import Path

EVIL = '=HYPERLINK("http://x")<script>alert(1)</script>[bold]&'


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Make a report of 500 calls over 14 months, one department's name being hostile."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    outcomes = list(Outcome)
    store.save_calls(
        call(f"CA{n}", started=NOON + timedelta(hours=20 * n), outcome=outcomes[n % 10], department=EVIL)
        for n in range(500)
    )
    made = make_report(count_calls(store.database, Period(ZoneInfo("Europe/London"))), "Wexbourne Council")
    store.close()
    return made


class _Reader(HTMLParser):
    """Collects the tags of a page, and checks that they nest."""

    void = frozenset({"meta", "line", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag


def test_the_page_is_whole_self_contained_and_harmless(report: Report) -> None:
    """Every tag is closed, nothing is fetched, no script runs, and the chart has its figures in words."""
    page = as_html(report)
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert "script" not in reader.tags
    assert all(link.startswith("#") for link in reader.links)
    assert "&lt;script&gt;" in page
    assert '<html lang="en-GB">' in page
    assert 'role="img"' in page
    month = report.months[0].value(FIGURES[11])
    assert f"{report.months[0].name}: {month.percent}" in page
    assert all(figure.definition[1:] in unescape(page) for figure in FIGURES)


def test_csv_has_every_figure_of_every_group(report: Report) -> None:
    """Counts add up over months, shares have one decimal, and a name cannot become a formula."""
    rows = list(csv.DictReader(io.StringIO(render.as_csv(report))))
    total = next(row for row in rows if row["section"] == "total")
    months = [row for row in rows if row["section"] == "month"]
    assert sum(int(row["offered"]) for row in months) == int(total["offered"]) == 500
    assert total["containment_percent"] == "20.0"
    assert next(row for row in rows if row["section"] == "department")["name"] == f"'{EVIL}"


def test_json_says_everything(report: Report) -> None:
    """Each figure has its count, share and interval, and the report says that it reconciles."""
    said = json.loads(render.as_json(report))
    assert said["reconciles"] is True
    assert said["total"]["containment"]["percent"] == 20.0
    assert said["total"]["containment"]["interval"][0] < 20 < said["total"]["containment"]["interval"][1]
    assert {section: bool(groups) for section, groups in said["sections"].items()} == {
        "month": True, "department": True, "enquiry": False, "skill": False, "entry": False, "language": True,
        "hour": True,
    }  # fmt: skip
    assert set(said["definitions"]) == {figure.name for figure in FIGURES}


@pytest.mark.parametrize("width", [80, 120, 300])
def test_no_figure_is_cut_however_narrow_the_terminal(report: Report, width: int) -> None:
    """All months' figures are in the output whole, and a name is printed as it is."""
    out = io.StringIO()
    console = Console(file=out, width=width)
    for part in render.as_tables(report, console.width):
        console.print(part)
    text = out.getvalue()
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    for month in report.months:
        assert month.name in text
        assert month.value(FIGURES[11]).text in text
    assert width < 300 or "[bold]&" in text


def test_the_workbook_has_numbers_that_are_numbers(report: Report) -> None:
    """A sheet a table, counts as numbers, lights as colours, and no name becomes a formula."""
    book = load_workbook(io.BytesIO(as_xlsx(report)))
    sheet = book["How calls ended, by month"]
    assert sheet["A2"].value == "Calls offered"
    assert sheet[2][-1].value == 500
    services = book["By service"]
    assert services["A2"].value == f"'{EVIL}"
    assert all(cell.data_type != "f" for one in book.worksheets for row in one.iter_rows() for cell in row)


def test_the_pdf_is_whole_and_says_the_headline(report: Report) -> None:
    """It opens, has pages, and letters that PDF's own fonts lack do not break it."""
    made = as_pdf(replace(report, site="Cyngor Wŷdd \N{SNOWMAN}"))
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") >= 1
    assert plain("Wŷdd \N{SNOWMAN}") == "Wydd ?"


def test_lights_follow_the_targets(report: Report) -> None:
    """Met is green, missed by little amber, by more red; each with its shape and its word."""
    for wanted, light in ((20.0, "green"), (24.0, "amber"), (26.0, "red")):
        made = replace(report, settings=ReportSettings(containment=wanted))
        assert made.as_json()["targets"]["containment"] == {"status": light, "target": f"at least {wanted:g} %"}
        page = as_html(made)
        assert f'class="{light}"' in page
        assert f'aria-label="{light}"' in page
    assert "containment" not in report.as_json()["targets"]
    low = replace(report, settings=ReportSettings(abandoned=5.0))
    assert low.as_json()["targets"]["abandoned"]["status"] == "amber"


def test_links_lead_from_numbers_to_calls(report: Report) -> None:
    """Where a page can list calls, each number has its address; in a file it has none."""
    part = as_html(report, links=lambda calls: f"/calls?figure={calls}", whole=False)
    assert f'href="/calls?figure=containment/month={report.months[0].name}"' in part
    assert "<html" not in part


def test_changes_say_whether_they_are_more_than_chance() -> None:
    """A jump from 20 to 40 per cent of 500 is, of 10 is not; better and worse follow the figure."""

    def tally(calls: int, contained: int) -> Tally:
        return Tally.of({"completed": contained, "operator_requested": calls - contained})

    def verdicts(calls: int) -> dict[str, str]:
        changes = compare(tally(calls, calls * 4 // 10), tally(calls, calls * 2 // 10))
        return {one.figure.name: one.verdict for one in changes}

    assert verdicts(500)["containment"] == "more than chance: better"
    assert verdicts(500)["bail_rate"] == "more than chance: better"
    assert verdicts(10)["containment"] == "may be chance"
    assert verdicts(500)["offered"] == "-"


def test_savings_print_what_they_assume() -> None:
    """An hour of calls contained, at the costs set, and every assumption beside it."""
    costs = SavingsSettings(operator_minutes=6.0, operator_hour=20.0, service_minute=0.1, text_message=0.5)
    tally = Tally.of({"completed": 10, "strict_containment": 10, "line_seconds": 600, "texts": 2})
    made = {line.label: line.text for line in save(tally, costs).lines}
    assert made["Operators' time saved"] == "1 hours"
    assert (made["Its worth"], made["Cost of the service"], made["Net"]) == ("£20.00", "£2.00", "£18.00")
    assert ("operator_minutes", "6.0") in save(tally, costs).assumptions


def test_a_versions_effect_is_before_against_after(tmp_path: Path) -> None:
    """A version that hears worse shows it; the day it went live is left out."""
    store = Store(f"sqlite:///{tmp_path}/calls.sqlite3")
    store.save_calls(
        call(
            f"CA{n}",
            started=NOON + timedelta(hours=n * 2),
            directory_version="old" if n < 240 else "new",
            turns=(turn(1, decision=Decision.REJECT if n >= 240 and n % 2 else Decision.ACCEPT),),
        )
        for n in range(480)
    )
    made = make_report(count_calls(store.database, Period(ZoneInfo("Europe/London"))), "Wexbourne Council")
    store.close()
    assert [(line.version, line.tally.offered) for line in made.heard] == [("old", 240), ("new", 240)]
    (effect,) = made.effects
    assert (effect.version, effect.day) == ("new", "2026-07-05")
    change = next(one for one in effect.changes if one.figure.name == "first_time_right")
    assert (change.before, change.verdict) == (100.0, "more than chance: worse")
    assert change.now == pytest.approx(50.0, abs=2.0)
