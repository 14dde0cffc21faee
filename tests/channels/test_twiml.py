"""TwiML: whatever the dialogue asks for becomes one valid document, with one way on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.dialling import empty, join, say_and_dial, whisper
from ivr.channels.phrases import Piece, Recorded, Spoken, Style
from ivr.channels.simulator.check import check
from ivr.channels.twiml import LARGEST, Turn, compose
from ivr.dialogue.actions import Action, Finish, HangUp, Listen, Say, SendText, Transfer
from ivr.model import Entry, Expect, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE = Style(voice="Polly.Amy-Neural", language="en-GB", origin="https://phone.example.org", number="+441632960000")
TURN = Turn(number=2, caller="+447700900123")
SAY = Say("greeting")


def _spoken(say: Say) -> Sequence[Piece]:
    return [Spoken(say.values.get("text", "Hello."))]


def _entry(number: str = "+441632960123") -> Entry:
    return Entry(id="d-1", kind=Kind.DEPARTMENT, name="Housing", spoken=("housing",), number=number)


def _root(document: str, *, whispered: bool = False) -> ET.Element:
    checked = check(document.encode(), whisper=whispered)
    assert checked.problems == ()
    assert checked.root is not None
    return checked.root


def _composed(*actions: Action, style: Style = STYLE, turn: Turn = TURN) -> ET.Element:
    return _root(compose(actions, _spoken, style, turn))


def _only(root: ET.Element, path: str) -> ET.Element:
    found = root.findall(path)
    assert len(found) == 1, ET.tostring(root)
    return found[0]


def test_listening() -> None:
    """Listening gathers speech and keys together, unmasked, in whole seconds, and always comes back."""
    root = _composed(
        SAY, Listen(Expect.CALL, seconds=4.2), turn=replace(TURN, hints=("Jane Smith", "Housing, Benefits"))
    )
    gather = _only(root, "Gather")
    assert gather.attrib == {
        "input": "dtmf speech",
        "action": "https://phone.example.org/voice/turn/2",
        "method": "POST",
        "timeout": "5",
        "speechTimeout": "1",
        "language": "en-GB",
        "profanityFilter": "false",
        "actionOnEmptyResult": "true",
        "numDigits": "1",
        "hints": "Jane Smith,Housing Benefits",
    }
    say = _only(gather, "Say")
    assert (say.text, say.attrib) == ("Hello.", {"voice": "Polly.Amy-Neural", "language": "en-GB"})
    assert root[-1].tag == "Redirect"
    assert root[-1].text == "https://phone.example.org/voice/turn/2"


def test_several_keys_end_with_hash() -> None:
    """Where the answer can have several keys, # ends them."""
    gather = _only(_composed(Listen(Expect.DIGITS, keys=5)), "Gather")
    assert (gather.get("numDigits"), gather.get("finishOnKey"), gather.get("speechTimeout")) == ("5", "#", "2")


def test_recordings_and_voice_mix() -> None:
    """Recordings are played and the rest is spoken, in order, within one sentence."""
    pieces = (Recorded("connecting.wav"), Spoken("Siân"), Spoken("O'Brien"), Recorded("a b.wav"))
    root = _root(compose([SAY, HangUp()], lambda _: pieces, STYLE, TURN))
    assert [(e.tag, e.text) for e in root] == [
        ("Play", "https://phone.example.org/audio/connecting.wav"),
        ("Say", "Siân O'Brien"),
        ("Play", "https://phone.example.org/audio/a%20b.wav"),
        ("Hangup", None),
    ]


def test_stream_plays_last_recordings_itself() -> None:
    """Recordings at the end go into the stream, where they can be talked over; what comes before is said first."""
    pieces = (Recorded("a.wav"), Spoken("Housing."), Recorded("b.wav"), Recorded("c.wav"))
    turn = replace(TURN, stream="wss://phone.example.org/media", parameters={"turn": "2"})
    root = _root(compose([SAY, Listen(Expect.CALL)], lambda _: pieces, STYLE, turn))
    assert [e.tag for e in root] == ["Play", "Say", "Connect", "Redirect"]
    parameters = {p.get("name"): p.get("value") for p in root.iter("Parameter")}
    assert parameters == {"turn": "2", "play": "b.wav|c.wav"}


@pytest.mark.parametrize(
    ("number", "style", "tag", "text", "extra"),
    [
        ("+441632960123", STYLE, "Number", "+441632960123", None),
        ("4711", replace(STYLE, switchboard="+441632960000"), "Number", "+441632960000", "ww4711"),
        ("4711", replace(STYLE, sip_domain="pbx.example.org"), "Sip", "sip:4711@pbx.example.org", None),
        ("sip:jane@pbx.example.org", STYLE, "Sip", "sip:jane@pbx.example.org", None),
    ],
)
def test_destinations(number: str, style: Style, tag: str, text: str, extra: str | None) -> None:
    """Numbers are dialled; extensions go behind the switchboard or to its SIP domain; SIP addresses to SIP."""
    root = _composed(SAY, Transfer(_entry(number), whisper="Switchboard call for Housing & Co"), style=style)
    dial = _only(root, "Dial")
    assert dial.attrib == {
        "action": "https://phone.example.org/voice/transfer/2",
        "method": "POST",
        "timeout": "25",
        "ringTone": "uk",
        "callerId": "+447700900123",
    }
    noun = _only(dial, tag)
    assert (noun.text, noun.get("sendDigits")) == (text, extra)
    assert noun.get("url") == "https://phone.example.org/voice/whisper?for=Switchboard+call+for+Housing+%26+Co"


def test_queue() -> None:
    """A queue takes the caller in, and says afterwards how that went."""
    enqueue = _only(_composed(Transfer(_entry("queue:housing"))), "Enqueue")
    assert (enqueue.text, enqueue.get("action")) == ("housing", "https://phone.example.org/voice/transfer/2")


@pytest.mark.parametrize(("urgent", "priority"), [(False, "0"), (True, "100")])
def test_workflow(urgent: bool, priority: str) -> None:
    """A workflow gets a task that says who is asked for, and urgent ones come first."""
    sid = "WW0123456789abcdef0123456789abcdef"
    transfer = Transfer(_entry(f"workflow:{sid}"), "Switchboard call for Housing", priority=urgent)
    enqueue = _only(_composed(transfer), "Enqueue")
    task = _only(enqueue, "Task")
    assert (enqueue.get("workflowSid"), task.get("priority")) == (sid, priority)
    assert json.loads(task.text or "") == {
        "entry": transfer.entry.id,
        "urgent": urgent,
        "call": "Switchboard call for Housing",
    }


@pytest.mark.parametrize(
    ("policy", "caller", "shown"),
    [
        ("caller", "+447700900123", "+447700900123"),
        ("caller", "anonymous", "+441632960000"),
        ("caller", "sip:jane@example.org", "+441632960000"),
        ("switchboard", "+447700900123", "+441632960000"),
    ],
)
def test_caller_id(policy: str, caller: str, shown: str) -> None:
    """The person called sees the caller's number where that is wanted and known, else the service's own."""
    root = _composed(Transfer(_entry()), style=replace(STYLE, caller_id=policy), turn=replace(TURN, caller=caller))
    assert _only(root, "Dial").get("callerId") == shown


def test_no_way_on_ends_the_call_politely() -> None:
    """Actions without a way on end the call, rather than leaving it to Twilio."""
    assert [e.tag for e in _composed(SAY, Finish(Outcome.COMPLETED, ""))] == ["Say", "Hangup"]
    assert [e.tag for e in _composed()] == ["Hangup"]


def test_fallback_needs_nothing() -> None:
    """The fallback apologises, dials the operator, and says so when nobody answers."""
    root = _root(say_and_dial("Sorry.", "Nobody can answer.", "+441632960999", STYLE))
    assert [e.tag for e in root] == ["Say", "Dial", "Say", "Hangup"]
    assert _only(root, "Dial/Number").text == "+441632960999"
    assert "action" not in _only(root, "Dial").attrib


def test_whisper() -> None:
    """The person called hears who the call is for; with an accept key they must press it to be joined."""
    assert [e.tag for e in _root(whisper("Switchboard call", STYLE), whispered=True)] == ["Say"]
    asked = _root(whisper("Switchboard call", STYLE, "Press 1 to take it."), whispered=True)
    assert [e.tag for e in asked] == ["Gather", "Hangup"]
    assert [e.tag for e in _root(join(accepted=True))] == []
    assert [e.tag for e in _root(join(accepted=False))] == ["Hangup"]
    assert [e.tag for e in _root(empty())] == []


any_text = st.text(max_size=60) | st.sampled_from(
    ["\x00\x08", "]]>", "\ud800", "🎉", "a" * 5000, "<Dial>+1</Dial>", "&"]
)
numbers = st.sampled_from(["+441632960123", "4711", "queue:housing", "sip:a@b.example", "workflow:WW" + 32 * "0"])
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(lambda text: Say("p", {"text": text}), any_text),
    st.builds(Listen, st.sampled_from(Expect), seconds=st.floats(0.1, 60), keys=st.integers(1, 12)),
    st.builds(lambda n, w: Transfer(_entry(n), w), numbers, any_text),
    st.builds(SendText, any_text, any_text),
    st.just(HangUp()),
    st.builds(Finish, st.sampled_from(Outcome), any_text),
)
turns = st.builds(
    Turn,
    number=st.integers(0, 99),
    caller=any_text,
    hints=st.lists(any_text, max_size=10),
    stream=st.sampled_from(["", "wss://phone.example.org/media"]),
)


@given(actions=st.lists(actions, max_size=6), turn=turns, origin=st.sampled_from(["", STYLE.origin]))
def test_always_valid(actions: list[Action], turn: Turn, origin: str) -> None:
    """Whatever is said, heard or sent: the document is valid, small, and ends in a way on."""
    document = compose(actions, _spoken, replace(STYLE, origin=origin, switchboard="+441632960000"), turn)
    root = _root(document)
    assert len(document.encode("utf-8", "strict")) <= LARGEST
    assert root[-1].tag in {"Redirect", "Dial", "Enqueue", "Hangup"}


def test_too_large_loses_hints_then_words() -> None:
    """A document that would be too large loses its hints first, then its words, never its way on."""
    hints = ["é" * 100] * 500
    root = _composed(SAY, Listen(Expect.CALL), turn=replace(TURN, hints=hints))
    assert len(_only(root, "Gather").get("hints", "").split(",")) == 125
    flood = [Say("p", {"text": "word " * 4000})] * 20
    assert [e.tag for e in _composed(*flood, Listen(Expect.CALL))] == ["Gather", "Redirect"]
