"""Several sites on one installation: the number chooses, nothing crosses, and who rang the wrong one is handed over."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ivr.assembly import open_site
from ivr.channels.load import Threads
from ivr.channels.metrics import Metrics
from ivr.records.accounts import Accounts
from ivr.records.privacy import hashed
from ivr.records.requests import Requests
from ivr.records.retention import erase_caller, export_caller
from ivr.records.roles import Role
from ivr.records.store import Store
from ivr.settings import load_settings
from ivr.sites import read_installation
from ivr.web.app import LARGEST_BODY, Shared, create_app
from ivr.web.many import Sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ivr.assembly import Site

TOKEN, ORIGIN, SECRET = "made-up-token", "https://phone.example.org", "a secret"
COUNTY, TESTFORD = "+441632960700", "+441632960500"
INSTALLATION = f"""
[sites.county]
folder = "county"
numbers = ["{COUNTY}"]
name = "Wexshire County Council"
also = ["the county", "the county council"]
[sites.testford]
folder = "district"
numbers = ["{TESTFORD}"]
name = "Testford Council"
common = ["common.csv"]
"""
COUNTY_STAFF = """Surname,Forename,Department,Job title,Telephone,Directory
,,Highways,,01632 960710,public
,,Registration,,01632 960720,public
Greatorex,Percival,Highways,Officer,01632 960711,public
"""
COMMON = """Surname,Forename,Department,Job title,Telephone,Directory
,,Flood Warnings,,01632 960790,public
"""


@pytest.fixture(scope="module")
def opened_sites(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """Open a county and a district of one installation."""
    root = tmp_path_factory.mktemp("installation")
    for name in ("county", "district"):
        shutil.copytree(folder, root / name, ignore=shutil.ignore_patterns("var"))
    written = (root / "county" / "ivr.toml").read_text(encoding="utf-8")
    (root / "county" / "ivr.toml").write_text(
        written.replace("Testford Council", "Wexshire County Council").replace("960999", "960799"), encoding="utf-8"
    )
    (root / "county" / "staff.csv").write_text(COUNTY_STAFF, encoding="utf-8")
    (root / "common.csv").write_text(COMMON, encoding="utf-8")
    (root / "sites.toml").write_text(INSTALLATION, encoding="utf-8")
    env = {"TWILIO_AUTH_TOKEN": TOKEN, "IVR_PUBLIC_URL": ORIGIN, "IVR_SECRET_KEY": SECRET}
    installation = read_installation(root / "sites.toml")
    return {site: open_site(load_settings(place=place, environ=env)) for site, place in installation.places.items()}


@pytest.fixture
def sites(opened_sites: dict[str, Site], tmp_path: Path) -> Iterator[dict[str, Site]]:
    """Give them new records."""
    made = {}
    for name, site in opened_sites.items():
        records = site.settings.records.model_copy(update={"database": f"sqlite:///{tmp_path}/{name}.sqlite3"})
        made[name] = replace(site, settings=site.settings.model_copy(update={"records": records}))
    yield made
    for site in made.values():
        site.store.close()


@pytest.fixture
def served(sites: dict[str, Site]) -> Sites:
    """Serve them."""
    metrics = Metrics()
    shared = Shared(threads=Threads(64), metrics=metrics)
    apps = {name: create_app(site, shared=shared) for name, site in sites.items()}
    file = sites["county"].settings.root.parent / "sites.toml"
    return Sites(read_installation(file), apps, metrics, LARGEST_BODY)


class _Server:
    """What `Phone` takes for a Flask application."""

    def __init__(self, served: Sites) -> None:
        self.served = served

    def test_client(self) -> Any:
        from werkzeug.test import Client

        return Client(self.served)


@pytest.fixture
def ring(served: Sites, phone_kind: type[Any]) -> Callable[..., Any]:
    """Make telephones that ring a number of the installation."""

    def make(number: str, call_id: str = "CA0001", caller: str = "+447700900123") -> Any:
        phone = phone_kind(_Server(served), caller=caller, call_id=call_id)
        post = phone.post
        phone.post = lambda target, **form: post(target, **({"To": number} | form))
        return phone

    return make


def test_the_number_chooses_the_site(ring: Callable[..., Any], sites: dict[str, Site]) -> None:
    """Each number is answered by its own council, with its own people, at its own addresses."""
    for number, name, site in ((COUNTY, "Wexshire County Council", "county"), (TESTFORD, "Testford", "testford")):
        phone = ring(number, f"CA{site}")
        root = phone.dial()
        assert name in phone.words(root)
        assert urlsplit(phone.action(root)).path == f"/sites/{site}/voice/turn/1"
    phone = ring("+441632960001", "CAunknown")  # a number nobody lists
    assert "Wexshire" in phone.words(phone.dial())
    page = phone.app.test_client().get("/metrics").text
    assert 'ivr_site_calls_total{site="county"} 2.0' in page
    assert "ivr_calls_total 3.0" in page
    assert {site: len(opened.store.in_progress()) for site, opened in sites.items()} == {"county": 2, "testford": 1}


def test_people_of_one_site_are_not_reached_from_another(ring: Callable[..., Any]) -> None:
    """A name of the county's is not understood at the district, and the other way round."""
    at_county, at_district = ring(COUNTY, "CA1"), ring(TESTFORD, "CA2")
    assert at_county.dialled(at_county.say(at_county.dial(), "Percival Greatorex")) == ["+441632960711"]
    assert at_district.dialled(at_district.say(at_district.dial(), "Marjorie Featherstone")) == ["+441632960123"]
    for number, stranger in ((COUNTY, "Marjorie Featherstone"), (TESTFORD, "Percival Greatorex")):
        phone = ring(number, f"CA{stranger.split()[0]}")
        root = phone.say(phone.dial(), stranger)
        assert not phone.dialled(root)
        assert stranger not in phone.words(root)


def test_common_entries_are_shared_on_purpose(ring: Callable[..., Any]) -> None:
    """An entry of a common export is reached where the file says so, and nowhere else."""
    there, not_there = ring(TESTFORD, "CA1"), ring(COUNTY, "CA2")
    assert there.dialled(there.say(there.dial(), "Flood Warnings")) == ["+441632960790"]
    assert not not_there.dialled(not_there.say(not_there.dial(), "Flood Warnings"))


def test_who_rang_the_wrong_council_is_handed_over(ring: Callable[..., Any], sites: dict[str, Site]) -> None:
    """Asked for the county, the district hands over: the same call goes on at the county, and both records show it."""
    phone = ring(TESTFORD)
    root = phone.say(phone.dial(), "the county council")
    assert "Wexshire County Council" in phone.words(root)
    redirect = str(root[-1].text)
    assert redirect == f"{ORIGIN}/sites/county/voice?from=testford"
    root = phone.document(redirect)
    assert "Wexshire County Council" in phone.words(root)
    assert phone.dialled(phone.say(root, "Highways")) == ["+441632960710"]
    phone.hang_up()
    left, took = (sites[site].store.call("CA0001") for site in ("testford", "county"))
    assert left is not None
    assert took is not None
    assert (left.outcome, left.entry_id, left.handed_from) == ("transferred", "site-county", "")
    assert (took.handed_from, took.outcome) == ("testford", "abandoned")
    assert left.entry_name == "Wexshire County Council"


def test_nobody_goes_round_in_circles(ring: Callable[..., Any]) -> None:
    """Who was handed over is not handed back: an operator sorts it out."""
    phone = ring(TESTFORD)
    redirect = str(phone.say(phone.dial(), "the county council")[-1].text)
    root = phone.say(phone.document(redirect), "Testford Council")
    assert phone.dialled(root) == ["+441632960799"]


@pytest.mark.parametrize("chain", ["", "county,", "../x", "a" * 500, "<x>", "COUNTY"])
def test_a_hand_over_that_says_nonsense(ring: Callable[..., Any], sites: dict[str, Site], chain: str) -> None:
    """What an address says of earlier sites is taken for what it is, or for nothing."""
    phone = ring(TESTFORD)
    phone.document(f"/sites/county/voice?from={chain}")
    phone.hang_up()
    call = sites["county"].store.call("CA0001")
    assert call is None or call.handed_from == ""


def test_signatures_hold_on_every_path(ring: Callable[..., Any]) -> None:
    """A site's addresses are as closed as the installation's, and unknown sites are not found."""
    phone = ring(TESTFORD)
    for target in ("/voice", "/sites/county/voice", "/sites/testford/voice/turn/1", "/voice/status"):
        assert phone.post(target, signed=False).status_code == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert phone.app.test_client().get("/sites/testford/media", headers=upgrade).status_code == 403
    for target in ("/sites/parish/voice", "/sites/", "/sites", "/voices", "/", "/admin"):
        assert phone.post(target).status_code in {404, 405}


def test_rights_end_at_the_site(ring: Callable[..., Any], sites: dict[str, Site]) -> None:
    """Who is signed in at the county's pages is nobody at the district's, whatever their cookie is called."""
    password = "plum-orbit-lantern-42"
    Accounts(sites["county"].store.database).add("ann", Role.ADMINISTRATOR, password, datetime.now(UTC))
    client = ring(COUNTY).app.test_client()
    answer = client.post(
        "/sites/county/admin/sign-in",
        data={"name": "ann", "password": password, "form_key": ""},
        base_url=ORIGIN,
        headers={"Origin": ORIGIN},
    )
    assert answer.status_code == 303
    assert answer.location.startswith("/sites/county/admin")
    assert client.get("/sites/county/admin/me/", base_url=ORIGIN).status_code == 200
    token = str(client.get_cookie("__Host-ivr-county", "phone.example.org").value)
    client.set_cookie("__Host-ivr-testford", token, domain="phone.example.org", secure=True)
    there = client.get("/sites/testford/admin/me/", base_url=ORIGIN)
    assert there.status_code == 303
    assert there.location.startswith("/sites/testford/admin/sign-in")


def test_readiness_of_all(ring: Callable[..., Any]) -> None:
    """The installation says of each site whether it takes calls."""
    client = ring(TESTFORD).app.test_client()
    assert client.get("/healthz").text == "ok\n"
    told = client.get("/readyz").json
    assert told["ready"] is True
    assert set(told["sites"]) == {"county", "testford"}
    assert client.get("/sites/county/readyz").json["ready"] is True


def test_bodies_that_name_no_number(ring: Callable[..., Any], served: Sites) -> None:
    """A body that is none, or too large, is refused as by a single site."""
    client = ring(TESTFORD).app.test_client()
    assert served is not None
    for body, kind in ((b"\xff\xfe", "application/x-www-form-urlencoded"), (b"{", "application/json"), (b"", "")):
        assert client.post("/voice", data=body, content_type=kind).status_code == 403
    assert ring(TESTFORD, "CA9").post("/voice", SpeechResult="a" * 3_000_000).status_code == 413


def _leave_requests(root: Path) -> dict[str, Path]:
    """Leave a request at each site, and have each delivered in its own way; give where each goes, by site."""
    ways = {
        "county": ("county", 'deliver = "csv"'),
        "testford": ("district", 'deliver = "email"\nemail = "o@t.example"'),
    }
    for name, (folder, how) in ways.items():
        with (root / folder / "ivr.toml").open("a", encoding="utf-8") as written:
            written.write(f'\n[requests]\n{how}\nfolder = "delivered"\n')
        site = load_settings(place=read_installation(root / "sites.toml").places[name], environ={})
        store = Store(site.database_url)
        now = datetime.now(UTC)
        Requests(store.database).file("CA1", "pothole", "problem", f"pothole of {name}", {"place": name}, now)
        store.close()
    return {name: root / folder / "delivered" for name, (folder, _) in ways.items()}


def _require_own(folders: dict[str, Path]) -> None:
    """Require that each site's request, and no other, went where that site wants it, in its form."""
    for name, files in _delivered(folders).items():
        assert len(files) == 1
        text = files[0].read_text(encoding="utf-8")
        assert f"pothole of {name}" in text
        assert not any(f"pothole of {other}" in text for other in folders if other != name)


def _delivered(folders: dict[str, Path]) -> dict[str, list[Path]]:
    """Files of the form that each site wants, whole."""
    return {name: list(folder.glob({"county": "*.csv", "testford": "*.eml"}[name])) for name, folder in folders.items()}


def test_one_server_serves_them_all(opened_sites: dict[str, Site], root: Path, tmp_path: Path) -> None:
    """`ivr serve --sites FILE` answers and delivers for every site; a file with a mistake is refused in one line."""
    file = opened_sites["county"].settings.root.parent / "sites.toml"
    hidden = {"TWILIO_AUTH_TOKEN", "IVR_PUBLIC_URL", "IVR_DATABASE_URL", "IVR_SITE", "IVR_SITES"}
    env = {k: v for k, v in os.environ.items() if k not in hidden} | {"PYTHONPATH": str(root)}
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "ivr", "serve", "--port", str(port), "--sites"]
    (tmp_path / "sites.toml").write_text("[sites.county]\n", encoding="utf-8")
    refused = subprocess.run(
        [*command, str(tmp_path / "sites.toml")], env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    folders = _leave_requests(file.parent)
    with subprocess.Popen([*command, str(file)], env=env, cwd=tmp_path, start_new_session=True) as process:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None:
                with suppress(requests.RequestException):
                    ready = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60)
                    break
                time.sleep(0.1)
            assert set(ready.json()["sites"]) == {"county", "testford"}
            form = {"CallSid": "CA1", "From": "+447700900123", "To": TESTFORD}
            answer = requests.post(f"http://127.0.0.1:{port}/voice", data=form, timeout=60)
            assert "/sites/testford/voice/turn/1" in answer.text
            while time.monotonic() < until and not all(_delivered(folders).values()):
                time.sleep(0.1)
            _require_own(folders)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)


WORDS = ("Housing", "Highways", "Marjorie Featherstone", "Percival Greatorex", "operator", "no", "")
CALLS = st.lists(
    st.tuples(st.sampled_from([COUNTY, TESTFORD]), st.lists(st.sampled_from(WORDS), max_size=3)), min_size=1, max_size=4
)
NUMBERED = itertools.count()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
@given(calls=CALLS)
def test_nothing_crosses(ring: Callable[..., Any], sites: dict[str, Site], calls: list[tuple[str, list[str]]]) -> None:
    """Whatever callers do at two sites, each site's records, exports and erasures are of its own calls alone."""
    mine: dict[str, set[str]] = {"county": set(), "testford": set()}
    for number, words in calls:
        call_id = f"CA{next(NUMBERED)}x"
        mine["county" if number == COUNTY else "testford"].add(call_id)
        phone = ring(number, call_id)
        root = phone.dial()
        for said in words:
            if phone.dialled(root) or not root.findall("Gather"):
                break
            root = phone.say(root, said)
        phone.hang_up()
    key = hashed("+447700900123", SECRET)
    for site, other in (("county", "testford"), ("testford", "county")):
        stored = {call.call_id for call in sites[site].store.calls()}
        assert mine[site] <= stored
        assert not stored & mine[other]
        known = export_caller(sites[site].store.database, key)
        assert not any(call_id in known for call_id in mine[other])
    erase_caller(sites["county"].store.database, key)
    assert all(call.caller_key == key for call in sites["testford"].store.calls())
    assert not any(call.caller_key for call in sites["county"].store.calls())
