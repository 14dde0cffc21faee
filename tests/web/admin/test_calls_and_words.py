"""Calls found and judged, gaps closed, words changed, things tried: each page against real records."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ivr.assembly import open_site
from ivr.directory.corrections import read_corrections
from ivr.directory.load import active_wording
from ivr.directory.versions import active_version
from ivr.directory.wording import read_wording
from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord
from ivr.records.browse import Wanted, look_back
from ivr.records.replay import read_said
from ivr.records.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site

pytestmark = pytest.mark.usefixtures("work_at_once")


def _call(call_id: str, heard: str, outcome: Outcome = Outcome.OPERATOR_FALLBACK, **more: Any) -> CallRecord:
    at = datetime.now(UTC) - timedelta(hours=1)
    candidates = (Candidate(Target(TargetKind.ENTRY, "p-1"), "Marjorie Featherstone", 0.3),)
    decision = Decision.REJECT if outcome is Outcome.OPERATOR_FALLBACK else Decision.ACCEPT
    turn = TurnRecord(turn=1, at=at, expect="call", state="listening", heard=heard, decision=decision,
                      candidates=candidates, why="not sure enough", engine="typed")  # fmt: skip
    return CallRecord(call_id=call_id, channel="twilio", started=at, ended=at + timedelta(minutes=1), outcome=outcome,
                      caller_masked="+44 7700 900***", turns=(turn,), **more)  # fmt: skip


@pytest.fixture
def with_calls(admin_site: Site) -> Site:
    """Give a site that took some calls."""
    admin_site.store.save_calls([
        _call("CA1", "the bin lady", Outcome.TRANSFERRED, entry_id="p-1", entry_name="Marjorie Featherstone"),
        _call("CA2", "marge from housing", entry_name=""),
        _call("CA3", "marge from housing please"),
        _call("CA4", "my account is 4929 1234 5678 9012 <script>alert(1)</script>"),
    ])  # fmt: skip
    return admin_site


def test_calls_are_found_and_told(make_browser: Callable[..., Any], with_calls: Site) -> None:
    """By outcome, by whom, by words; a call is told turn by turn, masked; reading one is in the audit log."""
    browser = make_browser(Role.EDITOR)
    assert browser.get("/admin/calls/").text.count("+44 7700 900***") == 4
    found = browser.get("/admin/calls/?outcome=transferred&about=featherstone").text
    assert (found.count("+44 7700"), "/admin/calls/CA1/" in found) == (1, True)
    assert "/admin/calls/CA2/" in browser.get("/admin/calls/?words=marge").text
    assert "No calls like that" in browser.get("/admin/calls/?words=nobody+said+this").text
    story = browser.get("/admin/calls/CA4/").text
    assert "4929" not in story
    assert "<script>alert" not in story
    assert "not sure enough" in story
    assert "Words and the masked number are removed on" in story
    rows = list(csv.reader(io.StringIO(browser.get("/admin/calls/export?outcome=transferred").text.lstrip("\ufeff"))))
    assert [row[0] for row in rows] == ["call", "CA1"]
    assert browser.get("/admin/calls/nowhere/").status_code == 404
    assert browser.get("/admin/calls/?about=CA4").location == "/admin/calls/CA4/"
    assert browser.get("/admin/calls/?from=soon").status_code == 400
    assert make_browser(Role.VIEWER).get("/admin/calls/").status_code == 403
    assert "calls.read" in make_browser(Role.ADMINISTRATOR).get("/admin/log/").text
    del with_calls


def test_calls_go_on_page_by_page(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Every call is on exactly one page, the latest first, also those that began at the same moment."""
    admin_site.store.save_calls([_call(f"CB{n:03}", "hello") for n in range(120)])
    browser, seen, path = make_browser(Role.EDITOR), [], "/admin/calls/"
    for _ in range(5):
        text = browser.get(path).text
        seen += re.findall(r"/admin/calls/(CB\d+)/", text)
        more = re.search(r'href="(/admin/calls/\?[^"]*after=[^"]+)"', text)
        if not more:
            break
        path = more[1].replace("&amp;", "&")
    assert sorted(seen) == [f"CB{n:03}" for n in range(120)]


def test_a_search_ends_when_its_time_is_over(with_calls: Site) -> None:
    """It says how far back it looked, and going on from there finds every call once."""
    for n in range(6):
        old = datetime.now(UTC) - timedelta(days=30 * n + 1)
        call = replace(_call(f"CD{n}", "the tip"), started=old, ended=old)
        with_calls.store.save_calls([call])
    seen: list[str] = []
    after, looks = "", 0
    while True:
        looked = look_back(with_calls.store.database, Wanted(words="the tip"), after, 50, patience=0.0)
        seen += [row.call_id for row in looked.rows]
        looks += 1
        if not looked.more:
            break
        after = looked.more
    assert seen == [f"CD{n}" for n in range(6)]
    assert looks > 6
    patient = look_back(with_calls.store.database, Wanted(words="the tip"), patience=1e9)
    assert ([row.call_id for row in patient.rows], patient.more, patient.until) == (seen, "", None)
    newest = look_back(with_calls.store.database, Wanted(), most=3, patience=1e9)
    assert (len(newest.rows), newest.more) == (3, newest.rows[-1].key)


def test_a_judgement_counts_in_the_next_replay(make_browser: Callable[..., Any], with_calls: Site) -> None:
    """Marked wrong with what was wanted: shown, kept once, found again, and what the replay takes as meant."""
    browser = make_browser(Role.EDITOR)
    for wanted in ("Chidi Okonkwo", "Marjorie Featherstone"):
        answer = browser.post("/admin/calls/CA2/review", {"turn": "1", "right": "no", "meant": wanted})
        assert "Noted" in browser.said(answer)
    assert "wrong, says editor" in browser.get("/admin/calls/CA2/").text
    marjorie = next(e.id for e in with_calls.directory.entries if e.name == "Marjorie Featherstone")
    meant = {said.call_id: said.meant for said in read_said(with_calls.store.database, 10)}
    assert (meant["CA2"], meant["CA1"], meant["CA3"]) == (f"entry:{marjorie}", "entry:p-1", "")
    browser.post("/admin/calls/CA1/review", {"right": "no"})
    assert with_calls.store.call("CA1").wrong_transfer
    assert "/admin/calls/CA1/" in browser.get("/admin/calls/?reviewed=wrong").text
    unknown = browser.post("/admin/calls/CA2/review", {"turn": "1", "right": "no", "meant": "Zebedee Quux"})
    assert (unknown.status_code, "Zebedee" in unknown.text) == (400, True)
    assert browser.post("/admin/calls/CA2/review", {"turn": "9", "right": "yes"}).status_code == 404


def test_a_gap_becomes_a_way_to_say_somebody(make_browser: Callable[..., Any], with_calls: Site) -> None:
    """What callers said is accepted with one click, and the next version understands it."""
    browser = make_browser(Role.EDITOR)
    page = browser.get("/admin/gaps/").text
    assert "marge from housing" in page
    assert "2 times" in page
    answer = browser.post("/admin/gaps/accept", {"said": "marge from housing", "entry": "Marjorie Featherstone"})
    assert "also called" in browser.said(answer)
    (written,) = read_corrections(with_calls.settings.path("directory/corrections.csv"))
    assert (written.field, written.after) == ("spoken", "marge from housing")
    staged = browser.post("/admin/gaps/stage")
    assert staged.status_code == 303
    upload = staged.location.rstrip("/").rpartition("/")[2]
    page = browser.get(f"/admin/directory/{upload}/problems/").text
    version = re.search(r"/admin/versions/(\w+)/", page)[1]
    site = open_site(with_calls.given, version=version)
    marjorie = next(e for e in site.directory.entries if e.name == "Marjorie Featherstone")
    assert "marge from housing" in marjorie.spoken
    assert browser.post("/admin/gaps/accept", {"said": "x", "entry": "Zebedee Quux"}).status_code == 400


def test_words_are_changed_staged_and_go_live(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """An enquiry, a prompt and the hours: checked when typed, in the next version, and gone when one goes back."""
    browser = make_browser(Role.PUBLISHER)
    words = {"title": "a missed bin collection", "answer": "We come back within one day.", "entry": "Housing"}
    words["phrases"] = "nobody (took|emptied) my bin"
    assert "Kept" in browser.said(browser.post("/admin/wording/enquiries/missed_bin", words))
    bad = browser.post("/admin/wording/enquiries/missed_bin", words | {"phrases": "(unfinished"})
    assert bad.status_code == 400
    assert browser.post("/admin/wording/enquiries/missed_bin", words | {"hours": "whenever"}).status_code == 400
    assert "Kept" in browser.said(browser.post("/admin/wording/prompts/greeting", {"text": "Good day from {site}."}))
    assert browser.post("/admin/wording/prompts/greeting", {"text": "Hello {nobody}"}).status_code == 400
    assert browser.post("/admin/wording/prompts/greeting", {"text": "<b>Hello</b>"}).status_code == 400
    assert "Kept" in browser.said(browser.post("/admin/hours/", {"hours": "Mo-Su 00:00-24:00"}))
    unsafe = browser.post("/admin/hours/", {"hours": "Mo-Fr 10:00-12:00"})
    assert (unsafe.status_code, "out_of_hours" in unsafe.text) == (400, True)
    assert browser.post("/admin/hours/", {"hours": "always"}).status_code == 400
    assert "Good day from [site]." in browser.get("/admin/wording/prompts/greeting").text
    assert "one day" in browser.get("/admin/wording/enquiries/missed_bin").text
    assert "Make a version with these words" in browser.get("/admin/wording/").text
    staged = browser.post("/admin/wording/stage")
    version = staged.location.rstrip("/").rpartition("/")[2]
    page = browser.get(f"/admin/versions/{version}/live")
    assert page.status_code == 200
    assert "is live" in browser.said(browser.post(f"/admin/versions/{version}/live"))
    assert "Good day from {site}." in browser.get(f"/admin/versions/{version}/").text
    site = open_site(admin_site.given)
    assert site.directory.version == version
    assert next(e for e in site.enquiries if e.id == "missed_bin").answer == "We come back within one day."
    assert "nobody (took|emptied) my bin" in next(e for e in site.enquiries if e.id == "missed_bin").phrases
    assert site.prompts.render("greeting", {"site": "Testford"}) == "Good day from Testford."
    assert (site.settings.site.hours, site.given.site.hours) == ("Mo-Su 00:00-24:00", "24/7")
    browser.post("/admin/versions/back")
    assert open_site(admin_site.given).settings.site.hours == "24/7"


def test_an_urgent_message_is_live_at_once(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Said before every greeting, alone: nothing else that is being changed goes live with it; and taken back."""
    browser = make_browser(Role.PUBLISHER)
    browser.post("/admin/wording/prompts/greeting", {"text": "Not yet, {site}."})
    answer = browser.post("/admin/wording/notice", {"notice": "Snow: no collections <today> {now}."})
    assert "within seconds" in browser.said(answer)
    greeting = open_site(admin_site.given).prompts.render("greeting", {"site": "Testford"})
    assert greeting.startswith("Snow: no collections today (now). Hello, you're through to Testford")
    assert "Being said now" in browser.get("/admin/wording/").text
    assert browser.post("/admin/wording/notice", {"notice": "x" * 301}).status_code == 400
    assert "no longer said" in browser.said(browser.post("/admin/wording/notice", {"notice": ""}))
    folder = admin_site.settings.path("var/directory")
    assert active_wording(admin_site.settings).nothing
    assert read_wording(folder).prompts == {"greeting": "Not yet, {site}."}
    assert active_version(folder)
    assert make_browser(Role.EDITOR).post("/admin/wording/notice", {"notice": "no"}).status_code == 403


def test_trying_words(make_browser: Callable[..., Any]) -> None:
    """Typed words are explained; nothing typed, and a version that is not there, are said in one line."""
    browser = make_browser(Role.EDITOR)
    page = browser.post("/admin/try/", {"words": "marjorie featherstone please", "version": ""}).text
    assert "Marjorie Featherstone" in page
    assert "act without asking" in page
    assert browser.post("/admin/try/", {"words": "", "version": ""}).status_code == 400
    assert browser.post("/admin/try/", {"words": "x", "version": "beef"}).status_code == 400


def test_trying_a_recording(make_browser: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser's recording is brought to telephone quality and heard by the site's recogniser; rubbish is refused."""
    monkeypatch.setattr("ivr.web.admin.rehearsal._WAIT_SECONDS", 120.0)
    browser, data = make_browser(Role.EDITOR), io.BytesIO()
    soundfile.write(data, np.zeros(48_000, np.float32), 48_000, format="WAV", subtype="PCM_16")
    silent = browser.post("/admin/try/", {"version": "", "sound": (io.BytesIO(data.getvalue()), "spoken.wav")})
    assert silent.status_code == 200
    assert "1.0 s of sound" in silent.text
    broken = browser.post("/admin/try/", {"version": "", "sound": (io.BytesIO(b"RIFFnonsense"), "spoken.wav")})
    assert broken.status_code == 400
