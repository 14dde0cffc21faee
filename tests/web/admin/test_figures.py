"""The pages with figures: the report with its calls and files, and the service as it is now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from ivr.model import CallFacts, CallRecord, Outcome
from ivr.records.requests import Requests
from ivr.records.roles import Role
from ivr.records.today import look
from ivr.settings import ReportSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site

    from .conftest import Browser

MAY = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)


def _call(number: int, **changes: object) -> CallRecord:
    values: dict[str, object] = {
        "call_id": f"CA{number}", "channel": "twilio", "started": MAY + timedelta(hours=number),
        "ended": MAY + timedelta(hours=number, minutes=2), "outcome": Outcome.COMPLETED, "enquiry_id": "missed_bin",
    }  # fmt: skip
    return CallRecord(**values | changes)  # type: ignore[arg-type]


@pytest.fixture
def may(admin_site: Site) -> Site:
    """Give the site three calls in May 2026."""
    admin_site.store.save_call(_call(1))
    admin_site.store.save_call(_call(2, outcome=Outcome.ABANDONED))
    admin_site.store.save_call(_call(3, caller_masked="+44 7700 900***", outcome=Outcome.TRANSFERRED))
    return admin_site


def test_every_number_of_the_report_leads_to_its_calls(may: Site, make_browser: Callable[..., Browser]) -> None:
    """A viewer sees the month asked for, and each link lists as many calls as its number says; nobody is named."""
    del may
    browser = make_browser(Role.VIEWER)
    shown = browser.get("/admin/figures/?month=2026-05").text
    assert "3 / 1 / 33.3 %" in shown
    links = re.findall(r'<a href="(/admin/figures/calls[^"]+)">([\d,]+) \(', shown)
    assert links
    for link, number in links[:8]:
        page = browser.get(unescape(link)).text
        assert f": {number} calls</h1>" in page
        assert page.count("<td>CA") == int(number)
        assert "7700" not in page


def test_editors_go_on_to_each_call(may: Site, make_browser: Callable[..., Browser]) -> None:
    """Who may read calls finds each of those behind a figure linked; viewers see when and which."""
    del may
    path = "/admin/figures/calls?figure=completed&month=2026-05"
    shown = make_browser(Role.EDITOR).get(path).text
    link = re.search(r'href="(/admin/calls/CA1/)"', shown)
    assert link
    assert make_browser(Role.PUBLISHER).get(link[1]).status_code == 200
    assert "/admin/calls/" not in make_browser(Role.VIEWER).get(path).text


def test_the_report_comes_as_files_too(may: Site, make_browser: Callable[..., Browser]) -> None:
    """Page, PDF, workbook, CSV and JSON, named after the period; others are not there."""
    del may
    browser = make_browser(Role.VIEWER)
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("html", b"<!doctype html>"), ("csv", b"section"),
                        ("json", b"{")):  # fmt: skip
        got = browser.get(f"/admin/figures/file/{form}?month=2026-05")
        assert got.status_code == 200
        assert got.data.startswith(start), form
        assert f'report-2026-05-01-2026-05-31.{form}"' in got.headers["Content-Disposition"]
    assert browser.get("/admin/figures/file/exe").status_code == 404


def test_for_publication_small_numbers_are_hidden_and_nothing_is_linked(
    may: Site, make_browser: Callable[..., Browser]
) -> None:
    """Three calls are too few to publish anything of."""
    del may
    shown = make_browser(Role.VIEWER).get("/admin/figures/?month=2026-05&publish=1").text
    assert "/admin/figures/calls" not in shown
    assert "33.3 %" not in shown


@pytest.mark.parametrize("query", ["month=May", "from=2026-05-09&to=2026-05-01", "from=yesterday"])
def test_a_period_that_is_none_is_said_in_one_line(make_browser: Callable[..., Browser], query: str) -> None:
    """Bad input is a page with what is wrong and what to do."""
    got = make_browser(Role.VIEWER).get(f"/admin/figures/?{query}")
    assert got.status_code == 400
    assert "Traceback" not in got.text
    assert make_browser(Role.EDITOR).get("/admin/figures/calls?figure=nonsense").status_code == 400


def test_the_live_page_shows_calls_requests_and_alarms(admin_site: Site, make_browser: Callable[..., Browser]) -> None:
    """A call in progress, a request that could not be delivered, and today's calls; the part is renewed by itself."""
    now = datetime.now(UTC)
    admin_site.store.begin(CallFacts(call_id="CAlive", channel="twilio", started=now - timedelta(seconds=65)))
    book = Requests(admin_site.store.database)
    reference = book.file("CA1", "missed_bin", "report", "A missed bin", {"name": "Jane Smith"}, now)
    book.failed(reference, "answered 500", due=None)
    browser = make_browser(Role.VIEWER)
    whole, part = browser.get("/admin/today/").text, browser.get("/admin/today/part").text
    for text in (whole, part):
        assert "CAlive" in text
        assert "1 requests could not be delivered" in text
        assert "Jane" not in text
    assert '<meta http-equiv="refresh"' in whole
    assert 'data-renew="/admin/today/part"' in whole
    assert "<html" not in part


def test_pages_with_figures_need_somebody_signed_in(make_browser: Callable[..., Browser]) -> None:
    """A stranger is asked to sign in first."""
    stranger = make_browser(None)
    for path in (
        "/admin/figures/",
        "/admin/figures/calls?figure=offered",
        "/admin/figures/file/csv",
        "/admin/today/part",
    ):
        assert stranger.get(path).status_code == 303


def test_shares_alarm_from_twenty_calls_on(admin_site: Site) -> None:
    """Today's faults beyond two per cent are an alarm; of a handful of calls nothing follows."""
    zone = ZoneInfo("Europe/London")
    now = datetime(2026, 5, 12, 15, tzinfo=UTC)
    for number in range(25):
        outcome = Outcome.FAILED if number < 3 else Outcome.COMPLETED
        admin_site.store.save_call(_call(number, started=MAY, ended=MAY, outcome=outcome))
        seen = look(admin_site.store.database, zone, now, ReportSettings())
        assert bool(seen.alarms) == (number >= 19)
    assert seen.today.tally.offered == 25
