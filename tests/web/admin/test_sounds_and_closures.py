"""What was said heard again and judged, gaps closed by how a word is said, and the days on which nobody is there."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ivr.assembly import open_site
from ivr.directory.corrections import read_corrections
from ivr.directory.wording import read_wording
from ivr.errors import UnavailableError
from ivr.model import CallRecord, Candidate, Decision, Outcome, Target, TargetKind, TurnRecord
from ivr.recognise.audio import write_wav
from ivr.recognise.respell import Respelling
from ivr.records.gaps import misspelt, respelt
from ivr.records.manifest import read_manifest
from ivr.records.replay import read_said
from ivr.records.reviews import NOBODY, judged
from ivr.records.roles import Role
from ivr.records.schedule import RECORDINGS
from ivr.web.admin import voice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ivr.assembly import Site

pytestmark = pytest.mark.usefixtures("work_at_once")


def _call(site: Site, call_id: str, heard: str, name: str, **more: Any) -> CallRecord:
    at = datetime.now(UTC) - timedelta(hours=1)
    entry = next(e for e in site.directory.entries if e.name == name)
    candidates = (Candidate(Target(TargetKind.ENTRY, entry.id), entry.name, 0.3),)
    turn = TurnRecord(turn=1, at=at, expect="call", state="listening", heard=heard, decision=Decision.REJECT,
                      candidates=candidates, why="not sure enough", engine="typed")  # fmt: skip
    outcome = more.pop("outcome", Outcome.TRANSFERRED)
    return CallRecord(call_id=call_id, channel="twilio", started=at, ended=at + timedelta(minutes=1), outcome=outcome,
                      turns=(replace(turn, **more),), entry_name=name, entry_id=entry.id)  # fmt: skip


@pytest.fixture
def with_sound(admin_site: Site) -> Site:
    """Give a site that took a call and kept what was said."""
    folder = admin_site.settings.path(RECORDINGS)
    folder.mkdir(parents=True)
    write_wav(folder / "CA1-1.wav", np.zeros(8000, np.int16))
    (folder.parent / "secret.wav").write_bytes(b"RIFF")
    admin_site.store.save_calls([
        _call(admin_site, "CA1", "marjory feather", "Marjorie Featherstone", audio="CA1-1.wav"),
        _call(admin_site, "CA2", "featherstone", "Marjorie Featherstone", audio="../secret.wav"),
    ])  # fmt: skip
    return admin_site


def test_what_was_said_is_heard_again(make_browser: Callable[..., Any], with_sound: Site) -> None:
    """By editors alone, noted in the audit log, with the day on which it goes; a name never leads outside."""
    browser = make_browser(Role.EDITOR)
    page = browser.get("/admin/calls/CA1/").text
    assert 'src="/admin/calls/CA1/sound/1"' in page
    assert "Recordings are removed on" in page
    assert "in 30 days" in page
    answer = browser.get("/admin/calls/CA1/sound/1")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "audio/wav", b"RIFF")
    assert browser.get("/admin/calls/CA1/sound/1", headers={"Range": "bytes=100-"}).status_code == 206
    for path in ("CA2/sound/1", "CA1/sound/2", "CA9/sound/1"):
        assert browser.get(f"/admin/calls/{path}").status_code == 404, path
    assert "<audio" not in browser.get("/admin/calls/CA2/").text
    assert make_browser(Role.VIEWER).get("/admin/calls/CA1/sound/1").status_code == 403
    log = make_browser(Role.PUBLISHER).get("/admin/log/?about=calls.listen").text
    assert log.count("<code>calls.listen</code>") == 1 or log.count("calls.listen") >= 1
    assert 'src="/admin/calls/CA1/sound/1"' in browser.get("/admin/gaps/").text
    del with_sound


def test_judgements_are_what_tuning_reads(make_browser: Callable[..., Any], with_sound: Site, tmp_path: Path) -> None:
    """Wanted, wanted nobody, and rightly refused: each is an utterance with what it should be taken for."""
    browser, database = make_browser(Role.EDITOR), with_sound.store.database
    browser.post("/admin/calls/CA1/review", {"turn": "1", "right": "no", "meant": "Marjorie Featherstone"})
    browser.post("/admin/calls/CA2/review", {"turn": "1", "right": "no", "meant": "Nobody"})
    folder = with_sound.settings.path(RECORDINGS)
    found = judged(database, with_sound.directory, folder)
    assert {(u.expected, u.text, u.file) for u in found} == {
        ("Marjorie Featherstone", "", (folder / "CA1-1.wav").resolve()), ("", "featherstone", None),
    }  # fmt: skip
    text = browser.get("/admin/calls/judged").text
    manifest = tmp_path / "judged.csv"
    manifest.write_text(text, encoding="utf-8")
    assert [(u.text, u.expected) for u in read_manifest(manifest)] == [
        ("marjory feather", "Marjorie Featherstone"), ("featherstone", ""),
    ]  # fmt: skip
    browser.post("/admin/calls/CA1/review", {"turn": "1", "right": "yes"})
    meant = {said.call_id: said.meant for said in read_said(database, 10)}
    assert meant == {"CA1": NOBODY, "CA2": NOBODY}  # nothing was taken, and that was right


def test_a_replay_listens_to_kept_recordings(make_browser: Callable[..., Any], with_sound: Site) -> None:
    """Asked to listen, the replay hears the recordings again, and says whether the thresholds keep to the target."""
    from ivr.web.admin.replaying import replay

    browser = make_browser(Role.EDITOR)
    kept = browser.post("/admin/wording/prompts/greeting", {"text": "Hello from {site}."})
    assert kept.status_code == 303
    version = browser.post("/admin/wording/stage").location.rstrip("/").rpartition("/")[2]
    steps: list[str] = []
    report = replay(with_sound.given, version, workers=1, listen=True, progress=lambda step, _d, _t: steps.append(step))
    assert (report["utterances"], report["listened"]) == (2, True)
    assert report["target"] == {"share": 0.005, "state": "unshown", "upper": None, "needed": 598}
    assert steps[-1] == "Playing calls"
    assert "598" in browser.get(f"/admin/versions/{version}/replay").text


@pytest.mark.parametrize(
    ("said", "name", "word"),
    [
        ("kay lee jones please", "Caoileann Jones", "caoileann"),
        ("jane smyth", "Jane Smith", "smith"),
        ("marge from housing", "Marjorie Featherstone", ""),
        ("the bin lady smith", "Jane Smith", ""),
        ("peter jones", "Jane Jones", ""),
        ("jane", "Jane Smith", ""),
    ],
)
def test_a_word_said_otherwise_is_known(admin_site: Site, said: str, name: str, word: str) -> None:
    """One word of the name, sounding somewhat like it: that is how callers say it. Anything else is not."""
    found = respelt(said, name, admin_site.pronouncer.pronounce)
    assert (found.word if found else "") == word


def test_a_slip_of_the_directory_is_known() -> None:
    """A letter or two apart is a misspelt name; more is another."""
    assert misspelt("marjorie fetherstone please", "Marjorie Featherstone")
    assert not misspelt("marge", "Marjorie Featherstone")
    assert not misspelt("marjorie featherstone", "Marjorie Featherstone")


def test_a_gap_becomes_a_pronunciation_or_a_name(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Both are suggested where they fit, accepted with one click, and count from the next version on."""
    admin_site.store.save_calls([
        _call(admin_site, "CA1", "marjory fetherstone", "Marjorie Featherstone"),
        _call(admin_site, "CA2", "marjorie fedderstone", "Marjorie Featherstone"),
    ])  # fmt: skip
    browser = make_browser(Role.EDITOR)
    page = browser.get("/admin/gaps/").text
    assert "By what was meant" in page
    assert re.search(r"Callers say \w+ like", page)
    assert "means=Marjorie+Featherstone" in page
    answer = browser.post("/admin/gaps/said", {"word": "featherstone", "respelt": "fedder stone"})
    assert "featherstone is said f eh d er s t ow n" in browser.said(answer)
    assert read_wording(admin_site.settings.path("var/directory")).said["featherstone"] == "F EH D ER S T OW N"
    form = {"said": "marjory featherstone", "entry": "Marjorie Featherstone", "how": "name"}
    assert "is called “Marjory Featherstone”" in browser.said(browser.post("/admin/gaps/accept", form))
    (written,) = read_corrections(admin_site.settings.path("directory/corrections.csv"))
    assert (written.field, written.after) == ("name", "Marjory Featherstone")
    assert "Nothing" not in browser.get("/admin/gaps/?means=Marjorie+Featherstone").text


def test_operators_transfers_teach(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Where the operator put a caller says what was meant, and the gap suggests it; a wrong row is named."""
    from ivr.web.admin.judging import learn_transfers, read_transfers

    call = _call(admin_site, "CA1", "the bin lady", "Marjorie Featherstone", outcome=Outcome.OPERATOR_FALLBACK)
    admin_site.store.save_calls([replace(call, entry_id="", entry_name="")])
    rows = read_transfers("list.csv", b"call,put_to\nCA1,01632 960123\nCA9,4711\nCA1,nobody at all\n")
    learned = learn_transfers(admin_site, rows, datetime.now(UTC))
    assert (learned.rows, learned.learned) == (3, 1)
    assert [problem.split(":")[0] for problem in learned.problems] == ["row 3", "row 4"]
    browser = make_browser(Role.EDITOR)
    sent = {"file": (io.BytesIO(b"call,put_to\nCA1,01632 960123\nCA9,4711\n"), "list.csv")}
    said = browser.said(browser.post("/admin/gaps/operators", sent))
    assert "Learned from 0 turns of 2 calls. Not used: row 3" in said  # the one was learned from already
    wrong = {"file": (io.BytesIO(b"a,b\n1,2\n"), "list.csv")}
    assert browser.post("/admin/gaps/operators", wrong).status_code == 400
    page = browser.get("/admin/gaps/").text
    assert "wanted in 1 of 1, as an operator or a reviewer says" in page


def test_closures_are_seen_kept_staged_and_taken_back(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Previewed without being kept, kept in the working copy, live with a version, gone when one goes back."""
    browser, folder = make_browser(Role.PUBLISHER), admin_site.settings.path("var/directory")
    row = {"from": "2031-12-22", "to": "2031-12-23", "who": "", "hours": "", "reason": "moving house"}
    page = browser.post("/admin/hours/closures", row | {"do": "preview"}).text
    assert "Not kept yet" in page
    assert read_wording(folder).closures == {}
    assert "Kept" in browser.said(browser.post("/admin/hours/closures", row))
    assert "Kept" in browser.said(browser.post("/admin/hours/closures", row | {"who": "Housing", "to": ""}))
    assert "moving house" in browser.get("/admin/hours/").text
    for wrong in ({"from": "tomorrow"}, {"to": "2031-12-01"}, {"who": "Cheese"}, {"hours": "whenever"}):
        assert browser.post("/admin/hours/closures", row | wrong).status_code == 400, wrong
    version = browser.post("/admin/wording/stage").location.rstrip("/").rpartition("/")[2]
    assert "closure 2031-12-22" in browser.get(f"/admin/versions/{version}/", follow_redirects=True).text
    housing = next(e for e in open_site(admin_site.given, version=version).directory.entries if e.name == "Housing")
    assert "2031 Dec 22 off" in housing.hours
    assert "2031" not in next(e for e in open_site(admin_site.given).directory.entries if e.id == housing.id).hours
    keys = re.findall(r'name="key" value="([^"]+)"', browser.get("/admin/hours/").text)
    assert len(keys) == 2
    for key in keys:
        assert "Taken away" in browser.said(browser.post("/admin/hours/closures/drop", {"key": key}))
    assert browser.post("/admin/hours/closures/drop", {"key": keys[0]}).status_code == 400
    assert read_wording(folder).nothing
    assert make_browser(Role.VIEWER).post("/admin/hours/closures", row).status_code == 403


def test_what_would_be_said_is_shown_first(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """A preview of the urgent message, the hours, a prompt and an enquiry keeps nothing and says nothing to callers."""
    browser, folder = make_browser(Role.PUBLISHER), admin_site.settings.path("var/directory")
    page = browser.post("/admin/wording/notice", {"notice": "Snow today.", "do": "preview"}).text
    assert "Snow today. Hello" in page
    assert '<textarea id="notice" name="notice" rows="2" aria-describedby="notice-hint">Snow today.' in page
    assert "Monday" in browser.post("/admin/wording/prompts/greeting", {"text": "It is Monday.", "do": "preview"}).text
    words = {"title": "a missed bin", "answer": "Tomorrow.", "entry": "Housing", "do": "preview"}
    assert "Tomorrow." in browser.post("/admin/wording/enquiries/missed_bin", words).text
    page = browser.post("/admin/hours/", {"hours": "24/7", "do": "preview"}).text
    assert "00:00 to 24:00" in page
    assert browser.post("/admin/hours/", {"hours": "whenever", "do": "preview"}).status_code == 400
    assert read_wording(folder).nothing
    assert not (folder / "active.json").exists()


def test_what_an_installed_model_lacks_is_shown(
    make_browser: Callable[..., Any], admin_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word with what it is listened for as, or that nothing is like it; listed on their own, and counted."""
    lacked = {"marjorie": Respelling("marjorie", "march tree", 0.25), "okonkwo": None}
    monkeypatch.setattr("ivr.web.admin.worker.lacking", lambda *_: lacked)
    browser = make_browser(Role.EDITOR)
    version = browser.post("/admin/wording/stage").location.rstrip("/").rpartition("/")[2]
    page = browser.get(f"/admin/versions/{version}/audit?need=not_in_the_model", follow_redirects=True).text
    assert "is listened for as “march tree”" in page
    assert "nothing the model knows sounds like it" in page
    assert "not in the model" in page
    assert "Housing</h3>" not in page
    del admin_site


def test_names_are_played(make_browser: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By whatever can speak here; where nothing can, the page says what to install."""
    browser, asked = make_browser(Role.EDITOR), "/admin/versions/sound.wav?phones=JH+EY+N&phones=S+M+IH+TH"
    monkeypatch.setattr(voice.shutil, "which", lambda _name: None)
    answer = browser.get(asked)
    assert (answer.status_code, "install" in answer.text) == (503, True)
    assert browser.get("/admin/versions/sound.wav?phones=XX").status_code == 404
    monkeypatch.undo()
    if not voice.synthesiser():
        pytest.skip("needs espeak-ng or flite")
    answer = browser.get(asked)
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "audio/wav", b"RIFF")


def test_both_synthesisers_are_asked_in_their_own_way(tmp_path: Path) -> None:
    """Every phone has a sign; the first vowel is stressed; words are kept apart."""
    words = (("JH", "EY", "N"), ("S", "M", "IH", "TH"))
    assert voice._espeak(words, tmp_path / "x")[-1] == "[[dZ'eIn]] [[sm'IT]]"
    assert voice._flite(words, tmp_path / "x")[2] == "pau jh ey n pau s m ih th pau"
    from ivr.grammar.pronounce import PHONES

    assert set(voice._ESPEAK) == PHONES
    with pytest.raises(UnavailableError):
        voice.spoken([])


def test_judged_list_has_no_formula(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """What a caller was heard to say cannot run in a spreadsheet."""
    admin_site.store.save_calls([_call(admin_site, "CA1", "=1+1", "Marjorie Featherstone")])
    browser = make_browser(Role.EDITOR)
    browser.post("/admin/calls/CA1/review", {"turn": "1", "right": "no", "meant": "nobody"})
    rows = list(csv.DictReader(io.StringIO(browser.get("/admin/calls/judged").text)))
    assert rows[0]["text"] == "'=1+1"
