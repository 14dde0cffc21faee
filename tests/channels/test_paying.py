"""`<Pay>`: what is asked of Twilio, and what is read of its answer; never anything of the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse

from ivr.channels.paying import ask_to_pay, paid
from ivr.channels.phrases import Style
from ivr.channels.simulator.check import check
from ivr.dialogue.actions import TakePayment
from ivr.model import PayStatus
from ivr.settings import PaymentSettings

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
STYLE = Style(voice="Polly.Amy-Neural", language="en-GB", origin="https://phone.example.org",
              payments=PaymentSettings(connector="Testford"))  # fmt: skip
CARD = "4242424242424242"


def _asked(payment: TakePayment, style: Style = STYLE) -> ET.Element:
    response = VoiceResponse()
    ask_to_pay(response, payment, style, 7)
    checked = check(str(response).encode())
    assert checked.problems == ()
    assert checked.root is not None
    (pay,) = checked.root
    return pay


def test_a_charge() -> None:
    """Amount, account and fund go to the provider; the card is keyed, and the answer comes to our address."""
    pay = _asked(TakePayment(pence=4205, account="12345678", takes="council tax", fund="CTAX"))
    assert pay.attrib == {
        "action": "https://phone.example.org/voice/pay/7", "input": "dtmf", "paymentConnector": "Testford",
        "paymentMethod": "credit-card", "chargeAmount": "42.05", "currency": "gbp", "maxAttempts": "3",
        "securityCode": "true", "postalCode": "false", "validCardTypes": "visa mastercard amex", "language": "en-GB",
        "description": "council tax",
    }  # fmt: skip
    assert [p.attrib for p in pay] == [{"name": "reference", "value": "12345678"}, {"name": "fund", "value": "CTAX"}]


def test_a_token() -> None:
    """Where the back office charges, no amount is named, only what the token is good for."""
    style = replace(STYLE, payments=PaymentSettings(connector="Testford", take="token", token="reusable"))
    pay = _asked(TakePayment(pence=4205, account="12345678", takes="council tax"), style)
    assert pay.get("tokenType") == "reusable"
    assert not {"chargeAmount", "currency"} & set(pay.attrib)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"Result": "success", "PaymentConfirmationCode": "ch_123"}, PayStatus.CHARGED, "ch_123"),
        ({"Result": "success", "PaymentToken": "tok_123"}, PayStatus.TOKEN, "tok_123"),
        ({"Result": "success"}, PayStatus.UNKNOWN, ""),
        ({"Result": "success", "PaymentConfirmationCode": CARD}, PayStatus.UNKNOWN, ""),
        ({"Result": "success", "PaymentToken": "4242-4242-4242-4242"}, PayStatus.UNKNOWN, ""),
        ({"Result": "success", "PaymentToken": "x" * 500}, PayStatus.UNKNOWN, ""),
        ({"Result": "caller-interrupted-with-star"}, PayStatus.CANCELLED, ""),
        ({"Result": "too-many-failed-attempts"}, PayStatus.INVALID, ""),
        ({"Result": "payment-connector-error", "PaymentConfirmationCode": "ch_1"}, PayStatus.FAILED, ""),
        ({"Result": "something-new"}, PayStatus.FAILED, ""),
        ({}, PayStatus.FAILED, ""),
    ],
)
def test_what_comes_back(form: dict[str, str], status: PayStatus, code: str) -> None:
    """A success needs proof, and a card's number is none."""
    found = paid(form, NOW)
    assert (found.status, found.code) == (status, code)


@given(st.dictionaries(st.sampled_from(["Result", "PaymentConfirmationCode", "PaymentToken"]), st.text(max_size=200)),
       st.text("0123456789 -", max_size=8))  # fmt: skip
def test_no_card_number_comes_through(form: dict[str, str], around: str) -> None:
    """Whatever comes, and wherever a card's number stands in it, the code never holds one."""
    for name in ("PaymentConfirmationCode", "PaymentToken"):
        found = paid({"Result": "success", **form, name: around + CARD}, NOW)
        assert CARD not in found.code.replace("-", "")
