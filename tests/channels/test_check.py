"""The TwiML checker: what Twilio refuses or ignores is found and named."""

from __future__ import annotations

import inspect

import pytest
from twilio.twiml import voice_response

from ivr.channels.simulator.check import check
from ivr.channels.simulator.vocabulary import ELEMENTS


def _problems(inside: str, *, whisper: bool = False) -> tuple[str, ...]:
    return check(f"<Response>{inside}</Response>".encode(), whisper=whisper).problems


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("<Speak>Hi</Speak>", "unknown verb <Speak>"),
        ("<Gater/>", "unknown verb <Gater>; did you mean <Gather>?"),
        ('<Gather speechTimeOut="1"/>', "<Gather> has no attribute `speechTimeOut`; did you mean `speechTimeout`?"),
        ('<Gather timeout="1.5"/>', "<Gather timeout> cannot be '1.5'"),
        ('<Gather input="voice"/>', "<Gather input> cannot be 'voice'"),
        ('<Gather speechModel="phone_call" speechTimeout="auto"/>', "whole seconds"),
        (f'<Gather hints="{",".join("a" * 501)}"/>', "501 hints"),
        (f'<Gather hints="{"a" * 101}"/>', "more than 100 characters"),
        ("<Gather><Dial>+441632960123</Dial></Gather>", "<Dial> cannot stand in <Gather>"),
        ('<Say voice="alice"></Say>', "<Say> is empty"),
        ("<Say>Hello</Say>", "without a voice"),
        ("<Play/>", "neither an address"),
        ("<Dial/>", "dials nobody"),
        ('<Dial timeout="3">+441632960123</Dial>', "<Dial timeout> cannot be '3'"),
        ("<Dial><Number>Housing</Number></Dial>", "<Number> cannot hold 'Housing'"),
        ("<Dial><Sip>jane@example.org</Sip></Dial>", "<Sip> cannot hold"),
        ("<Connect/>", "needs one thing"),
        ('<Connect><Stream url="wss://a.example/m?turn=1"/></Connect>', "<Stream url> cannot be"),
        ('<Connect><Stream url="https://a.example/m"/></Connect>', "<Stream url> cannot be"),
        ('<Connect><Stream url="wss://a.example/m" track="both_tracks"/></Connect>', "inbound track only"),
        ('<Connect><Stream url="wss://a.example/m"><Parameter/></Stream></Connect>', "<Parameter> needs `name`"),
        ("<Hangup>now</Hangup>", "has text in it"),
        ("<Hangup/>goodbye", "stray text after <Hangup>"),
        ('<Redirect method="PUT">/voice</Redirect>', "<Redirect method> cannot be 'PUT'"),
        ("<Redirect>javascript:alert(1)</Redirect>", "<Redirect> cannot hold"),
    ],
)
def test_problems_are_named(inside: str, problem: str) -> None:
    """Unknown names, wrong values, wrong places and missing parts are each said in words."""
    found = _problems(inside)
    assert any(problem in each for each in found), found


def test_whisper_takes_few_verbs() -> None:
    """Only a few verbs may be played to the person called."""
    assert "cannot be played to the person called" in _problems("<Dial>+441632960123</Dial>", whisper=True)[0]
    assert _problems('<Say voice="alice">Hi</Say>', whisper=True) == ()


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"", "text/xml", "not XML"),
        (b"<Response>", "text/xml", "not XML"),
        (b"\xff\xfe", "text/xml", "not XML"),
        (b"<html/>", "text/xml", "not a <Response>"),
        (b" <Response/>", "text/xml", "white space"),
        (b"<Response/>", "", "content type missing"),
        (b"<Response/>", "application/json", "content type"),
        (b"<Response>" + b" " * 70_000 + b"</Response>", "text/xml", "more than 64 kB"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "text/xml", "document type"),
    ],
)
def test_documents(body: bytes, kind: str, problem: str) -> None:
    """What is no TwiML document at all is said, and nothing it holds is expanded."""
    assert any(problem in each for each in check(body, kind).problems)


def test_good_document() -> None:
    """A whole ordinary answer has no problem."""
    inside = (
        '<Gather input="dtmf speech" action="/voice/turn/1" timeout="5" speechTimeout="1" hints="Jane,Housing">'
        '<Say voice="Polly.Amy-Neural" language="en-GB">Hello <break time="1s"/> there</Say></Gather>'
        '<Dial action="/voice/transfer/1" ringTone="uk"><Number sendDigits="ww4711">+441632960000</Number></Dial>'
    )
    assert _problems(inside) == ()


def _camel(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(part.title() for part in rest)


def test_vocabulary_is_no_narrower_than_twilio_own_library() -> None:
    """Every attribute that Twilio's library offers for a verb we check is one we know."""
    contents = {"name", "url", "message", "number", "body", "identity", "phone_number", "sip_url", "client_identity"}
    for parent in vars(voice_response).values():
        if not inspect.isclass(parent):
            continue
        tag = {"VoiceResponse": "Response"}.get(parent.__name__, parent.__name__)
        if tag not in ELEMENTS or ELEMENTS[tag].known_only:
            continue
        for name, method in vars(parent).items():
            verb = _camel(name)[:1].upper() + _camel(name)[1:]
            if not inspect.isfunction(method) or name.startswith("__") or verb not in ELEMENTS:
                continue
            assert verb in ELEMENTS[tag].children or ELEMENTS[tag].known_only, (tag, verb)
            if not ELEMENTS[verb].known_only:
                offered = {_camel(p) for p in set(inspect.signature(method).parameters) - contents - {"self", "kwargs"}}
                assert offered <= set(ELEMENTS[verb].attributes), (verb, offered - set(ELEMENTS[verb].attributes))
