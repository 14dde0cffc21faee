"""What callers left: seen, sent again and done on the pages, what was gathered by those who need it only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ivr.records.requests import Requests, Status
from ivr.records.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_AGO = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def book(admin_site: Any) -> Requests:
    """Give the requests of the site."""
    return Requests(admin_site.store.database)


def _file(book: Requests, name: str = "c1", promised: datetime | None = LONG_AGO) -> str:
    details = {"number": "07700900123", "subject": "<b>bins</b>"}
    return book.file(name, "call_back", "callback", "a call back", details, LONG_AGO, promised=promised)


def test_what_is_owed_is_seen_and_done(make_browser: Callable[..., Any], book: Requests) -> None:
    """Late ones are marked; done once, they are owed no more, and the audit log knows who said so."""
    reference = _file(book)
    ada = make_browser(Role.EDITOR)
    assert f"{reference}</a>" in ada.get("/admin/requests/").text
    assert "<strong>late</strong>" in ada.get("/admin/requests/").text
    assert ada.said(ada.post(f"/admin/requests/{reference}/done")) == f"{reference} is done."
    assert "Nothing is owed to anybody." in ada.get("/admin/requests/").text
    assert book.get(reference).done is not None  # type: ignore[union-attr]
    assert "requests.done" in make_browser(Role.PUBLISHER).get("/admin/log/").text


def test_what_was_gathered_is_for_editors(make_browser: Callable[..., Any], book: Requests) -> None:
    """A viewer sees that there is a request, not what it says; an editor does, escaped, and that is logged."""
    reference = _file(book)
    viewer = make_browser(Role.VIEWER)
    assert reference in viewer.get("/admin/requests/?which=all").text
    assert "07700900123" not in viewer.get("/admin/requests/?which=all").text
    assert "/done" not in viewer.get("/admin/requests/?which=all").text
    assert viewer.get(f"/admin/requests/{reference}").status_code == 403
    shown = make_browser(Role.EDITOR).get(f"/admin/requests/{reference}").text
    assert "07700900123" in shown
    assert "&lt;b&gt;bins&lt;/b&gt;" in shown
    assert viewer.post(f"/admin/requests/{reference}/done").status_code == 403


def test_given_up_and_sent_again(make_browser: Callable[..., Any], book: Requests) -> None:
    """The fault is said; sent again, they wait."""
    reference = _file(book, promised=None)
    book.failed(reference, "answered 503", due=None)
    ada = make_browser(Role.EDITOR)
    page = ada.get("/admin/requests/?which=dead").text
    assert "answered 503" in page
    assert ada.said(ada.post("/admin/requests/retry")) == "1 wait for delivery again."
    assert book.counts()[Status.WAITING] == 1
    assert ada.get("/admin/requests/?which=nonsense").status_code == 200


def test_a_reference_nobody_has(make_browser: Callable[..., Any], book: Requests) -> None:
    """There is no such page."""
    del book
    ada = make_browser(Role.EDITOR)
    assert ada.get("/admin/requests/0000000").status_code == 404
    assert ada.post("/admin/requests/0000000/done").status_code == 404
