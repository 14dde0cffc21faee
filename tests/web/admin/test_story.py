"""From a messy export to a live version and back: what each page shows, and what it does."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from ivr.assembly import open_site
from ivr.directory.corrections import read_corrections
from ivr.directory.uploads import uploads
from ivr.directory.versions import active_version
from ivr.directory.wording import read_wording
from ivr.records.roles import Role
from ivr.records.trail import read_trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site

pytestmark = pytest.mark.usefixtures("work_at_once")

MESSY = """Surname,Forename,Department,Job title,Telephone,Directory
,,Housing,,01632 960100,public
,,Council Tax,,01632 960200,public
,,Waste and Recycling,,01632 960300,public
FEATHERSTONE,Marjorie,Housing,Officer,01632 960123,public
Okonkwo,Chidi,Council Tax,Officer,4711,public
Quigley,Desmond,Waste and Recycling,Officer,01632 960124,internal
Test,User,Housing,,01632 960777,public
Nobody,Norman,Cheese,Officer,0900 123456,public
Newcombe,Siobhan,Housing,Officer,01632 960126,public
=cmd|' /C calc'!A0,Eve,Housing,Officer,01632 960127,public
Hidden,Harriet,Housing,Officer,01632 960125,ex-directory
"""


def _send(browser: Any, text: str | bytes = MESSY, name: str = "staff.csv", why: str = "March") -> str:
    """Send an export in, and return its id."""
    data = text.encode() if isinstance(text, str) else text
    answer = browser.post("/admin/directory/send", {"file": (io.BytesIO(data), name), "why": why})
    assert answer.status_code == 303, answer.text
    return str(answer.location.rstrip("/").rpartition("/")[2])


def _problem(browser: Any, upload: str, kind: str) -> str:
    """Return the number of the first problem of a kind."""
    page = browser.get(f"/admin/directory/{upload}/problems/?kind={kind}&show=all").text
    found = re.search(r'<li id="p(\d+)">', page)
    assert found, kind
    return found[1]


def test_from_a_messy_export_to_live_and_back(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Sent, corrected, accepted, compared, audited, live, and back, each with who, when and why."""
    browser = make_browser(Role.PUBLISHER)
    upload = _send(browser)
    assert browser.get(f"/admin/directory/{upload}/").location == f"/admin/directory/{upload}/problems/"
    page = browser.get(f"/admin/directory/{upload}/problems/").text
    assert "test row" in page
    assert "premium number" in page
    address = f"/admin/directory/{upload}/problems"
    number = {"action": "set", "field": "number", "value": "01632 960128"}
    fixed = browser.post(f"{address}/correct", number | {"problem": _problem(browser, upload, "premium_number")})
    assert "Norman Nobody has the number" in browser.said(fixed)
    kept = browser.post(f"{address}/correct", {"problem": _problem(browser, upload, "test_row"), "action": "keep"})
    assert "is kept" in browser.said(kept)
    assert "Accepted" in browser.said(browser.post(f"{address}/accept", {"kind": "unreachable"}))
    written = read_corrections(admin_site.settings.path("directory/corrections.csv"))
    assert {(c.action, c.field, c.after, c.reviewer) for c in written} == {
        ("set", "number", "01632 960128", "publisher"), ("keep", "", "", "publisher"),
    }  # fmt: skip
    before = uploads(admin_site.settings.path("var/directory"))[0].version
    browser.post(f"/admin/directory/{upload}/check")
    version = uploads(admin_site.settings.path("var/directory"))[0].version
    assert version != before
    page = browser.get(f"/admin/versions/{version}/").text
    assert "Norman Nobody" in browser.get(f"/admin/versions/{version}/?show=joined").text
    assert "Siobhan Newcombe" in page
    assert "Siobhan" in browser.get(f"/admin/versions/{version}/audit?about=newcombe").text
    over = re.search(r'name="over" value="(\w*)"', browser.get(f"/admin/versions/{version}/live").text)
    live = browser.post(f"/admin/versions/{version}/live", {"over": over[1], "why": "joiners"})
    assert "is live" in browser.said(live)
    assert active_version(admin_site.settings.path("var/directory")) == version
    page = browser.get("/admin/directory/").text
    assert "as it was before versions were kept here" in page
    assert "live again" in browser.said(browser.post("/admin/versions/back", {"why": "too early"}))
    assert active_version(admin_site.settings.path("var/directory")) != version
    actions = [(row.who, row.action, row.detail) for row in read_trail(admin_site.store.database)][::-1]
    assert ("publisher", "directory.activate", "joiners") in actions
    assert actions[-1][1] == "directory.rollback"


def test_unknown_headings_are_asked_about_once(make_browser: Callable[..., Any]) -> None:
    """A file nobody can read leads to its columns; what is said there is remembered for the next."""
    browser = make_browser(Role.EDITOR)
    odd = "Nachname,Vorname,Durchwahl,Amt\nOkonkwo,Chidi,4711,Housing\n,,4712,Housing\n"
    upload = _send(browser, odd)
    assert browser.get(f"/admin/directory/{upload}/").location.endswith("/columns")
    page = browser.get(f"/admin/directory/{upload}/columns").text
    assert "Nachname" in page
    assert "Chidi" in page
    chosen = {"column-0": "surname", "column-1": "forename", "column-2": "extension", "column-3": "department"}
    browser.post(f"/admin/directory/{upload}/columns", chosen)
    assert browser.get(f"/admin/directory/{upload}/").location.endswith("/problems/")
    again = _send(browser, odd)
    assert browser.get(f"/admin/directory/{again}/").location.endswith("/problems/")


def test_what_looks_wrong_stops(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """An export that lost two fifths of the council goes live only when somebody says that it is meant."""
    browser = make_browser(Role.PUBLISHER)
    full = MESSY + "".join(f"Person{n},Ann{'abcdefghij'[n]},Housing,,01632 9605{n:02},public\n" for n in range(10))
    upload = _send(browser, full)
    folder = admin_site.settings.path("var/directory")
    browser.post(f"/admin/versions/{uploads(folder)[0].version}/live", {"meant": "yes"})
    upload = _send(browser, MESSY)
    assert uploads(folder)[0].id == upload
    version = uploads(folder)[0].version
    assert "This looks wrong" in browser.get(f"/admin/versions/{version}/").text
    stopped = browser.post(f"/admin/versions/{version}/live")
    assert (stopped.status_code, "would leave" in stopped.text) == (400, True)
    assert active_version(folder) != version
    assert "is live" in browser.said(browser.post(f"/admin/versions/{version}/live", {"meant": "yes"}))


def test_two_publishers_at_once(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """The second to decide is told that something else went live meanwhile, and decides again."""
    one, two = make_browser(Role.PUBLISHER), make_browser(Role.PUBLISHER, "second")
    folder = admin_site.settings.path("var/directory")
    versions = []
    for text in (MESSY, MESSY.replace("960123", "960129")):
        _send(one, text)
        versions.append(uploads(folder)[0].version)
    assert "is live" in one.said(one.post(f"/admin/versions/{versions[0]}/live"))
    seen = active_version(folder)
    assert "is live" in one.said(one.post(f"/admin/versions/{versions[1]}/live", {"over": seen}))
    late = two.post(f"/admin/versions/{versions[0]}/live", {"over": seen})
    assert (late.status_code, "in the meantime" in late.text) == (400, True)
    late = two.post("/admin/versions/back", {"over": seen})
    assert (late.status_code, "in the meantime" in late.text) == (400, True)
    assert active_version(folder) == versions[1]


def test_four_eyes(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Where the site asks for it, somebody else than who staged a version makes it live."""
    rules = admin_site.settings.admin.model_copy(update={"two_people": True})
    vars(admin_site)["settings"] = admin_site.settings.model_copy(update={"admin": rules})
    one, two = make_browser(Role.PUBLISHER), make_browser(Role.PUBLISHER, "second")
    _send(one)
    version = uploads(admin_site.settings.path("var/directory"))[0].version
    refused = one.post(f"/admin/versions/{version}/live", {"meant": "yes"})
    assert (refused.status_code, "somebody else has to" in refused.text) == (400, True)
    assert "is live" in two.said(two.post(f"/admin/versions/{version}/live"))


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0", "no directory export"),
        ("staff.csv", b"", "empty"),
        ("", b"x", "no file was chosen"),
    ],
)
def test_a_wrong_file_is_refused_at_once(make_browser: Callable[..., Any], name: str, data: bytes, part: str) -> None:
    """One line says what is wrong, and nothing is kept."""
    browser = make_browser(Role.EDITOR)
    answer = browser.post("/admin/directory/send", {"file": (io.BytesIO(data), name)})
    assert (answer.status_code, part in answer.text) == (400, True), answer.text
    assert "None yet" in browser.get("/admin/directory/").text


def _bomb() -> bytes:
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big", "w") as big:
        big.write(bytes(3_000_000))
    return packed.getvalue()


def _macros() -> bytes:
    """Make a workbook with a macro project in it."""
    import zipfile

    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(MESSY)):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Attribute VB_Name")
    return data.getvalue()


def test_hostile_files(make_browser: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture named CSV, a bomb and an archive end in one line; a workbook with macros is read, and they are not."""
    monkeypatch.setattr("ivr.directory.workbook.MOST_UNPACKED", 1_000_000)
    browser = make_browser(Role.EDITOR)
    for name, data, part in (
        ("staff.csv", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("staff.xlsx", _bomb(), "unpacks to"),
        ("staff.xlsx", b"PK\x03\x04 but broken", "workbook"),
    ):
        upload = _send(browser, data, name)
        page = browser.get(f"/admin/directory/{upload}/").text
        assert 'class="problem"' in page
        assert part in page, page
        assert "Traceback" not in page
    upload = _send(browser, _macros(), "staff.xlsm")
    assert browser.get(f"/admin/directory/{upload}/").location.endswith("/problems/")


def test_hostile_names_are_only_text(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """Script tags, right-to-left marks, formulas and ten thousand letters: shown as text, exported as text."""
    browser = make_browser(Role.EDITOR)
    script, backwards = "<script>alert(1)</script>", "\N{RIGHT-TO-LEFT OVERRIDE}gro.live"
    rows = f"{script},Eve,Housing,,01632 960130,public\n{backwards},Rita,Housing,,,public\n"
    rows += f"{'Very' * 2500},Long,Housing,,01632 960131,public\n=HYPERLINK(1),Fay,Cheese,,,public\n"
    upload = _send(browser, MESSY + rows)
    version = uploads(admin_site.settings.path("var/directory"))[0].version
    for path in (f"/admin/directory/{upload}/problems/?show=all&severity=warning",
                 f"/admin/directory/{upload}/problems/?show=all", f"/admin/directory/{upload}/columns",
                 f"/admin/versions/{version}/?show=joined", f"/admin/versions/{version}/audit"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text
    exported = browser.get(f"/admin/directory/{upload}/problems/export")
    cells = [cell for row in csv.reader(io.StringIO(exported.text.lstrip("\ufeff"))) for cell in row]
    assert any("hyperlink" in cell.casefold() for cell in cells)
    assert any("name_too_long" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "\t", "-"} or re.match(r"\+\D", cell)]


def test_a_word_is_respelt(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """A name is said as a person writes it with everyday words; nonsense is refused in one line."""
    browser = make_browser(Role.EDITOR)
    _send(browser)
    version = uploads(admin_site.settings.path("var/directory"))[0].version
    address = f"/admin/versions/{version}/said"
    answer = browser.post(address, {"word": "newcombe", "respelt": "nay come"})
    assert "newcombe is said n ey k ah m" in browser.said(answer)
    assert read_wording(admin_site.settings.path("var/directory")).said == {"newcombe": "N EY K AH M"}
    again = _send(browser, MESSY, why="said otherwise")
    assert again
    staged = uploads(admin_site.settings.path("var/directory"))[0].version
    assert "how newcombe is said" in browser.get(f"/admin/versions/{staged}/").text
    page = browser.get(f"/admin/versions/{staged}/audit?about=newcombe").text
    assert "n ey k ah m" in page
    phones = ("N", "EY", "K", "AH", "M")
    assert open_site(admin_site.given, version=staged).pronouncer.pronounce("newcombe")[0] == phones
    assert open_site(admin_site.given).pronouncer.pronounce("newcombe")[0] != phones
    assert browser.post(address, {"word": "newcombe", "respelt": "!!!"}).status_code == 400
    added = browser.post(address, {"entry": "p-1", "name": "Siobhan Newcombe", "alias": "Shiv"})
    assert "also called Shiv" in browser.said(added)


def test_viewers_look_and_change_nothing(make_browser: Callable[..., Any], admin_site: Site) -> None:
    """A viewer sees versions and problems, and no form that changes them."""
    editor, viewer = make_browser(Role.EDITOR), make_browser(Role.VIEWER)
    upload = _send(editor)
    version = uploads(admin_site.settings.path("var/directory"))[0].version
    for path in ("/admin/", "/admin/directory/", f"/admin/directory/{upload}/problems/", f"/admin/versions/{version}/",
                 f"/admin/versions/{version}/audit", f"/admin/versions/{version}/replay",
                 f"/admin/versions/{version}/live"):  # fmt: skip
        answer = viewer.get(path)
        assert answer.status_code == 200, path
        posts = re.findall(r'<form[^>]* method="post" action="([^"]+)"', answer.text)
        assert set(posts) == {"/admin/sign-out"}, path


def test_nothing_is_found_in_one_line(make_browser: Callable[..., Any]) -> None:
    """Versions and exports that are not there are named, whatever was asked for."""
    browser = make_browser()
    for path in ("/admin/versions/abc/", "/admin/versions/..%2f..%2fetc/", "/admin/directory/xyz/",
                 "/admin/directory/..%2f..%2f/problems/"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code in {400, 404}, path
        assert "Traceback" not in answer.text


def test_the_database_goes_away_in_mid_upload(
    make_browser: Callable[..., Any], admin_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says so in one line, nothing half-kept is left, and once it is back the same works."""
    from ivr.errors import RecordsError

    browser = make_browser(Role.EDITOR)
    key, database = browser.form_key(), admin_site.store.database

    def gone() -> None:
        raise RecordsError("the database server does not answer; check the URL and that the server runs")

    with monkeypatch.context() as away:
        away.setattr(database, "read", gone)
        away.setattr(database, "write", gone)
        sent = {"file": (io.BytesIO(MESSY.encode()), "staff.csv"), "why": "March"}
        answer = browser.post("/admin/directory/send", sent, form_key=key)
        assert (answer.status_code, "does not answer" in answer.text) == (503, True)
    assert uploads(admin_site.settings.path("var/directory")) == ()
    assert _send(browser)


def test_exports_are_fetched_every_so_often(admin_site: Site) -> None:
    """What is due is fetched once by whichever server comes first, and waits among the exports sent in."""
    from datetime import UTC, datetime

    from ivr.web.admin.pulling import pull_if_due

    inbox = admin_site.settings.path("inbox")
    inbox.mkdir()
    (inbox / "staff.csv").write_text(MESSY, encoding="utf-8")
    rules = admin_site.settings.pull.model_copy(update={"source": "folder", "minutes": 60})
    settings = admin_site.settings.model_copy(update={"pull": rules})
    assert pull_if_due(settings, lambda: datetime.now(UTC))
    assert not pull_if_due(settings, lambda: datetime.now(UTC))
    (found,) = uploads(settings.path("var/directory"))
    assert (found.by, bool(found.version)) == ("schedule", True)
