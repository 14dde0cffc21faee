"""A little council of its own, and a telephone to call it with: signed requests, checked answers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from ivr.assembly import Site, open_site
from ivr.channels.signatures import HEADER, Signatures
from ivr.channels.simulator.check import check
from ivr.settings import load_settings
from ivr.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from flask import Flask

    from ivr.channels.service import Service
    from ivr.model import CallRecord
    from ivr.recognise.base import Recogniser

ORIGIN = "https://phone.example.org"
TOKEN = "made-up-token"
SETTINGS = """
[site]
name = "Testford Council"
operator = "+441632960999"
hours = "24/7"
[directory]
export = "staff.csv"
switchboard = "+441632960000"
area_code = "01632"
[telephony]
number = "+441632960001"
internal_prefixes = ["+4416329608"]
internal_sip_domains = ["pbx.testford.example"]
[payments]
connector = "Testford"
"""
BILLS = """enquiry,takes,account,digits,fund,least,most
council_tax_pay,council tax,council tax account number,8,CT,1,5000
"""
STAFF = """Surname,Forename,Department,Job title,Telephone,Directory
,,Housing,,01632 960100,public
,,Council Tax,,01632 960200,public
,,Waste and Recycling,,01632 960300,public
Featherstone,Marjorie,Housing,Officer,01632 960123,public
Okonkwo,Chidi,Council Tax,Officer,4711,public
Quigley,Desmond,Waste and Recycling,Officer,01632 960124,internal
Hidden,Harriet,Housing,Officer,01632 960125,ex-directory
"""
ENQUIRIES = """
missed_bin:
  title: a missed bin collection
  phrases: |
    (my|the) bin (was|has) [not] (missed|been emptied)
    you missed my bin
    report a missed bin
  answer: "Missed bins are collected within two working days."
  text: "Report a missed bin: https://www.testford.example/bins"
  entry: Waste and Recycling
council_tax_pay:
  title: paying council tax
  phrases: |
    pay my council tax
  answer: "You can pay online at any hour."
  text: "Pay: https://www.testford.example/pay"
  entry: Council Tax
  skill: payment
"""


@pytest.fixture(scope="session")
def folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the little council's site."""
    made = tmp_path_factory.mktemp("testford")
    (made / "ivr.toml").write_text(SETTINGS, encoding="utf-8")
    (made / "staff.csv").write_text(STAFF, encoding="utf-8")
    (made / "directory").mkdir()
    (made / "directory" / "payments.csv").write_text(BILLS, encoding="utf-8")
    shutil.copytree(root / "grammars", made / "grammars")
    (made / "grammars" / "enquiries.yaml").write_text(ENQUIRIES, encoding="utf-8")
    (made / "grammars" / "enquiries.grammar").write_text("<thing>:\n    thing\n", encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def opened(folder: Path) -> Site:
    """Open it, once for all tests."""
    return open_site(load_settings(folder, {}))


@pytest.fixture(autouse=True)
def never_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is that runs the tests: a service is slow only where a test says so."""
    monkeypatch.setattr("ivr.channels.service.SLOW", float("inf"))
    monkeypatch.setattr("ivr.channels.webhook.perf_counter", lambda: 0.0)


@dataclass
class Phone:
    """A caller's telephone, with the network behind it."""

    app: Flask
    caller: str = "+447700900123"
    call_id: str = "CA0001"
    token: str = TOKEN
    keys: list[str] = field(default_factory=list)

    @property
    def service(self) -> Service:
        """The service called."""
        found: Service = self.app.extensions["ivr"]
        return found

    def post(self, target: str, *, key: str = "", signed: bool = True, **form: str) -> Any:
        """Post a signed request and return the response."""
        target = target.removeprefix(ORIGIN)
        body = {"CallSid": self.call_id, "From": self.caller, "To": "+441632960001", "AccountSid": "AC1"} | form
        body = {name: value for name, value in body.items() if value != "(absent)"}
        headers = {"I-Twilio-Idempotency-Token": key} if key else {}
        if signed:
            signer = Signatures((self.token,), ORIGIN)
            headers[HEADER] = signer.sign(ORIGIN + target, {name: [value] for name, value in body.items()})
        return self.app.test_client().post(target, data=body, headers=headers)

    def document(self, target: str, **form: str) -> Element:
        """Post, and return the TwiML, which has no fault."""
        return self.checked(self.post(target, **form))

    def dial(self) -> Element:
        """Call, and return the first TwiML."""
        return self.document("/voice", CallStatus="ringing")

    def say(self, gather: Element, speech: str, **form: str) -> Element:
        """Answer a Gather by voice."""
        return self.document(self.action(gather), **({"SpeechResult": speech, "Confidence": "0.92"} | form))

    def press(self, gather: Element, keys: str) -> Element:
        """Answer a Gather by keys."""
        return self.document(self.action(gather), Digits=keys)

    @staticmethod
    def checked(response: Any) -> Element:
        """Return the TwiML of a response, which has no fault."""
        assert response.status_code == 200, response.data
        found = check(response.data, response.content_type)
        assert found.problems == ()
        assert found.root is not None
        return found.root

    @staticmethod
    def action(root: Element) -> str:
        """Return where a document goes on: the action of its Gather, Dial or Enqueue, else its Redirect."""
        for verb in root:
            if verb.tag in {"Gather", "Dial", "Enqueue", "Pay"} and verb.get("action"):
                return str(verb.get("action"))
        return next(str(verb.text) for verb in root if verb.tag == "Redirect")

    @staticmethod
    def words(root: Element) -> str:
        """Return all that a document says."""
        return " ".join(verb.text or "" for verb in root.iter("Say"))

    @staticmethod
    def dialled(root: Element) -> list[str | None]:
        """Return the numbers and addresses a document dials."""
        return [noun.text for dial in root.iter("Dial") for noun in dial]

    def record(self) -> CallRecord | None:
        """Return how the call was recorded, once it has ended."""
        return self.service.calls.site.store.call(self.call_id)

    def hang_up(self) -> None:
        """End the call."""
        assert self.post("/voice/status", CallStatus="completed").status_code == 204


@pytest.fixture(scope="session")
def phone_kind() -> type[Phone]:
    """Give the telephone itself, for a test that brings its own application."""
    return Phone


@pytest.fixture
def make_site(opened: Site, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make the little council's site with records of its own; keyword arguments go over its telephony settings."""
    made: list[Site] = []

    def make(database: str = "", *, checked: bool = True, **telephony: object) -> Site:
        settings = opened.settings
        secrets = settings.secrets.model_copy(
            update={
                "twilio_auth_tokens": (SecretStr(TOKEN), SecretStr("the-old-token")) if checked else (),
                "public_url": ORIGIN if checked else "",
                "secret_key": SecretStr("a secret"),
            }
        )
        update = {
            "secrets": secrets,
            "telephony": settings.telephony.model_copy(update=telephony),
            "records": settings.records.model_copy(
                update={"database": database or f"sqlite:///{tmp_path}/calls.sqlite3"}
            ),
        }
        made.append(replace(opened, settings=settings.model_copy(update=update)))
        return made[-1]

    yield make
    for site in made:
        if "store" in site.__dict__:
            site.store.close()


@pytest.fixture
def make_phone(make_site: Callable[..., Site]) -> Callable[..., Phone]:
    """Make a telephone that calls the little council."""

    def make(recogniser: Recogniser | None = None, site: Site | None = None, **telephony: object) -> Phone:
        return Phone(create_app(site or make_site(**telephony), recogniser))

    return make


@pytest.fixture
def phone(make_phone: Callable[..., Phone]) -> Phone:
    """Make an ordinary telephone."""
    return make_phone()
