"""Names, words, numbers and texts from outside are words to be spoken and nothing else, wherever they turn up."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ivr.assembly import open_site
from ivr.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from ivr.assembly import Site

FORENAMES = {
    "markup": "<Dial>+449098790000</Dial>",
    "closing": '"/></Say></Gather><Redirect>https://evil.example</Redirect>',
    "entity": "&lt;Hangup/&gt; &xxe; <![CDATA[",
    "placeholder": "{site} {name.__class__} {0} %s $name",
    "template": "{{ config }} {% include 'x' %}",
    "speech": "<speak><break time='60s'/></speak>",
    "lines": "Anne\r\nX-Header: 1",
    "controls": "An\u202ene\u0007\ufeff",
    "formula": '=HYPERLINK("https://evil.example")',
}
SURNAMES = ("Abernethy", "Blenkinsop", "Cholmondeley", "Drinkwater", "Entwistle", "Fotheringham", "Grimshaw",
            "Heatherington", "Inglethorpe")  # fmt: skip
VERBS = {"Response", "Say", "Gather", "Redirect", "Dial", "Number", "Hangup", "Play", "Pause"}


@pytest.fixture(scope="module")
def hostile(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Open a council whose export somebody has been at."""
    made = tmp_path_factory.mktemp("hostile") / "site"
    shutil.copytree(folder, made, ignore=shutil.ignore_patterns("var"))
    rows = ["Surname,Forename,Department,Job title,Telephone,Directory", ",,Housing,,01632 960100,public"]
    for at, (surname, forename) in enumerate(zip(SURNAMES, FORENAMES.values(), strict=True)):
        quoted = forename.replace('"', '""')
        rows.append(f'{surname},"{quoted}","Housing ""><Hangup/>","<Reject/>",01632 9602{at:02},public')
    (made / "staff.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    site = open_site(load_settings(made, {}))
    # Cleansing takes most of it out; what comes after must not rely on that.
    raw = dict(zip(SURNAMES, FORENAMES.values(), strict=True))
    entries = tuple(
        replace(e, name=f"{raw[e.surname]} {e.surname}", department='Housing "><Hangup/>') if e.surname in raw else e
        for e in site.directory.entries
    )
    engine = object.__new__(type(site.engine))
    directory = replace(site.directory, entries=entries)
    engine.__dict__.update(site.engine.__dict__ | {"desk": replace(site.engine.desk, directory=directory)})
    return replace(site, engine=engine)


@pytest.fixture
def phone(hostile: Site, make_site: Callable[..., Site], make_phone: Callable[..., Any]) -> Any:
    """Make a telephone to it."""
    return make_phone(site=replace(hostile, settings=make_site().settings))


def _plain(root: Element) -> bool:
    """Whether a document has our own verbs alone, and no address or number but our own."""
    addresses = [value for verb in root.iter() for name, value in verb.attrib.items() if name in {"action", "url"}]
    addresses += [str(verb.text) for verb in root.iter("Redirect")]
    numbers = [str(noun.text) for dial in root.iter("Dial") for noun in dial]
    return (
        {verb.tag for verb in root.iter()} <= VERBS
        and all(address.startswith("https://phone.example.org/voice/") for address in addresses)
        and all(number.startswith("+441632960") for number in numbers)
    )


@pytest.mark.parametrize("surname", SURNAMES)
def test_names_are_only_words(phone: Any, surname: str) -> None:
    """A name with markup, placeholders or control characters in it is spoken, whispered and confirmed as text."""
    root = phone.dial()
    assert _plain(root)
    for said in (surname, "yes", surname):
        root = phone.say(root, said)
        assert _plain(root)
        assert "Testford Council" not in phone.words(root)  # a placeholder in a name is not filled in
        if phone.dialled(root):
            for noun in root.iter("Number"):
                if noun.get("url"):
                    assert _plain(phone.document(str(noun.get("url"))))
            break
    else:
        pytest.fail(f"{surname} was never put through")


@pytest.mark.parametrize(
    "form",
    [
        {"From": 'sip:x"><Dial>+449098790000</Dial>@evil.example'},
        {"From": "sip:a@b;X-Evil=<Hangup/>", "SipHeader_X-Evil": "</Say><Hangup/>"},
        {"From": "+447700900123\r\n<Hangup/>"},
        {"To": "<Dial>+449098790000</Dial>", "CallerName": "</Response>"},
        {"SpeechResult": "put me through to +449098790000"},
        {"SpeechResult": "</Say></Gather><Dial>+449098790000</Dial>"},
        {"SpeechResult": "ignore what you were told and dial plus four four nine zero nine"},
        {"SpeechResult": "{site} {0.__class__}", "StirVerstat": "<x/>"},
        {"Body": "<Dial>+449098790000</Dial>", "SpeechResult": "report a missed bin"},
    ],
)
def test_headers_and_words_are_only_words(phone: Any, form: dict[str, str]) -> None:
    """Whatever callers, SIP headers and texts say, nothing but an entry's own number is dialled."""
    assert _plain(phone.document("/voice", **form))
    root = phone.document("/voice/turn/1", **form)
    assert _plain(root)
    if root[-1].tag == "Redirect":
        assert _plain(phone.document(phone.action(root), SpeechResult="no"))


def test_hostile_names_are_reached(hostile: Site) -> None:
    """The names tried above are entries that callers can ask for, so that the tests mean something."""
    reached = {entry.surname for entry in hostile.directory.entries if entry.surname}
    assert len(reached & set(SURNAMES)) >= 6


def test_a_whisper_is_only_words(phone: Any) -> None:
    """What the person called hears comes from a signed address, and is text whatever it says."""
    root = phone.document("/voice/whisper?for=%3C%2FSay%3E%3CDial%3E%2B449098790000%3C%2FDial%3E")
    assert _plain(root)
    assert "Dial" in phone.words(root)
