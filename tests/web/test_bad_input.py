"""Bad input: whatever arrives, signed, the answer is valid TwiML and the caller is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable


def _goes_on(phone: Any, root: Any) -> bool:
    """Whether the caller can still reach somebody: is listened to, or put through."""
    return root[-1].tag in {"Redirect", "Dial", "Enqueue"} or bool(phone.dialled(root))


@pytest.mark.parametrize(
    "form",
    [
        {"SpeechResult": "x" * 1_000_000},
        {"SpeechResult": "🎉🐈‍⬛🇬🇧 👩‍👩‍👧"},
        {"SpeechResult": "\x00\x07\x1b[31m\u202e\ufeff"},
        {"SpeechResult": "'; DROP TABLE calls; --"},
        {"SpeechResult": "<Response><Dial>+4490000</Dial></Response>"},
        {"SpeechResult": ""},
        {"SpeechResult": "Marjorie", "Confidence": "NaN"},
        {"SpeechResult": "Marjorie", "Confidence": "very"},
        {"SpeechResult": "Marjorie", "Confidence": "-1e999"},
        {"Digits": "1" * 1000},
        {"Digits": "*" * 1000},
        {"Digits": "hangup"},
        {"Digits": "٤٧١١"},
        {"Digits": "#"},
        {"From": "anonymous"},
        {"From": "(absent)", "To": "(absent)"},
        {"From": "client:jane"},
        {"From": "+266696687"},
        {"From": "\x00" * 500},
        {"From": "sip:" + "a" * 5000 + "@x"},
        {"CallStatus": "💥"},
        {"NewParameter": "nobody told us"},
        {},
    ],
)
def test_odd_parameters(phone: Any, form: dict[str, str]) -> None:
    """Odd words, keys, numbers and parameters, at the first turn and at the call's start."""
    assert _goes_on(phone, phone.document("/voice", **form))
    assert _goes_on(phone, phone.document("/voice/turn/1", **form))
    assert phone.post("/voice/transfer/2", **form).status_code == 200
    assert phone.post("/voice/status", **form).status_code == 204


@pytest.mark.parametrize("call_id", ["(absent)", "", "💥", "../../etc/passwd", "CA" * 500, "CA1\r\nX: y"])
def test_no_readable_call(phone: Any, call_id: str) -> None:
    """A request that names no call still reaches the operator."""
    for target in ("/voice", "/voice/turn/1", "/voice/transfer/1"):
        assert phone.dialled(phone.document(target, CallSid=call_id)) == ["+441632960999"]


@pytest.mark.parametrize("target", ["/voice/turn/-1", "/voice/turn/x", "/voice/turn/", "/voice/turn/1/2", "/voices"])
def test_no_such_address(phone: Any, target: str) -> None:
    """Addresses that are none are not found."""
    assert phone.post(target).status_code in {403, 404, 405}


@pytest.mark.parametrize("turn", [0, 99, 10**9, 10**30])
def test_turns_nobody_waits_for(phone: Any, turn: int) -> None:
    """Absurd turn numbers get the answer the call is at."""
    greeting = phone.post("/voice").data
    assert phone.post(f"/voice/turn/{turn}", SpeechResult="Housing").data == greeting


texts = st.text(max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    forms=st.lists(
        st.dictionaries(
            st.sampled_from(
                [
                    "SpeechResult",
                    "Confidence",
                    "Digits",
                    "From",
                    "To",
                    "DialCallStatus",
                    "DialCallDuration",
                    "QueueTime",
                ]
            ),
            texts,
        ),
        max_size=4,
    )
)
def test_any_conversation_goes_on(make_phone: Callable[..., Any], forms: list[dict[str, str]]) -> None:
    """Whatever a few turns bring, each answer is valid, and the call ends only with words or a person."""
    phone = make_phone()
    phone.call_id = f"CA{abs(hash(str(forms)))}"
    root = phone.dial()
    for form in forms:
        where = phone.action(root)
        root = phone.document(where, **form)
        if root[-1].tag == "Hangup":
            assert phone.words(root)
            break


def test_garbled_bodies(phone: Any) -> None:
    """Bodies that are no form are refused: nobody signed them."""
    client = phone.app.test_client()
    for body, kind in ((b"\xff\xfe\x00", "application/x-www-form-urlencoded"), (b"{", "application/json"), (b"", "")):
        answer = client.post("/voice", data=body, content_type=kind, headers={"X-Twilio-Signature": "x"})
        assert answer.status_code == 403


def test_broken_dialogue(phone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the middle of a turn ends in an apology and the operator, and is recorded and counted."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    phone.dial()
    monkeypatch.setattr(type(phone.service.calls.site.understander), "understand", broken)
    root = phone.document("/voice/turn/1", SpeechResult="Housing")
    assert phone.dialled(root) == ["+441632960999"]
    assert "sorry" in phone.words(root).casefold()
    assert 'ivr_faults_total{kind="ZeroDivisionError"} 1.0' in phone.app.test_client().get("/metrics").text
    phone.document(phone.action(root), DialCallStatus="completed", DialCallDuration="300")
    assert phone.record().outcome == "failed"


def test_broken_records(phone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that fails, at any turn, costs the records, and the caller gets the operator."""

    def broken(*_: object, **__: object) -> None:
        raise RecordsError("the disk is full")

    phone.dial()
    monkeypatch.setattr(phone.service.calls.site.store.database, "read", broken)
    monkeypatch.setattr(phone.service.calls.site.store.database, "write", broken)
    for target in ("/voice", "/voice/turn/1", "/voice/transfer/1", "/voice/turn/2"):
        assert phone.dialled(phone.document(target, SpeechResult="Housing")) == ["+441632960999"]
    assert phone.app.test_client().get("/readyz").status_code == 503
    assert phone.app.test_client().get("/healthz").status_code == 200


def test_damaged_state(phone: Any) -> None:
    """A call whose saved state cannot be read gets the operator."""
    phone.dial()
    database = phone.service.calls.site.store.database
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET state = '{}'")
    assert phone.dialled(phone.document("/voice/turn/1", SpeechResult="Housing")) == ["+441632960999"]
