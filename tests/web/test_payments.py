"""Card payments over the webhooks: taken, refused, repeated, hung up on; and no card digit is ever kept."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from ivr.model import Outcome
from ivr.records.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

CARD = {"PaymentCardNumber": "4242424242424242", "SecurityCode": "737", "ExpirationDate": "0129",
        "PaymentCardPostalCode": "WX1 1AA"}  # fmt: skip
SUCCESS = {"Result": "success", "PaymentConfirmationCode": "ch_made_up"}


@pytest.fixture
def paying(phone: Any) -> Callable[[], Element]:
    """Bring a call to the card."""

    def begin() -> Element:
        root = phone.say(phone.dial(), "pay my council tax")
        root = phone.press(root, "1")
        root = phone.press(root, "12345678")
        root = phone.say(root, "forty two pounds fifty")
        found: Element = phone.press(root, "1")
        return found

    return begin


def test_a_payment_is_taken_and_written_down(phone: Any, paying: Any) -> None:
    """`<Pay>` carries the amount; its success is filed, read back, and delivered like any request."""
    root = paying()
    pay = root.find("Pay")
    assert (pay.get("chargeAmount"), pay.get("paymentConnector")) == ("42.50", "Testford")
    after = phone.document(phone.action(root), **SUCCESS, **CARD)
    assert "that is paid" in phone.words(after)
    (kept,) = Requests(phone.service.calls.site.store.database).list()
    assert kept.details == {"account": "12345678", "amount": "42.50", "confirmation": "ch_made_up"}
    phone.hang_up()
    record = phone.record()
    assert (record.outcome, record.skill) == (Outcome.COMPLETED, "payment")


def test_no_digit_of_the_card_is_kept(
    phone: Any, paying: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is posted of the card, neither the database nor the log has it."""
    with caplog.at_level(logging.DEBUG):
        root = paying()
        phone.document(phone.action(root), **SUCCESS, **CARD)
        phone.hang_up()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"ch_made_up" in stored
    for value in CARD.values():
        assert value.encode() not in stored
        assert value not in caplog.text


def test_a_card_keyed_to_the_wrong_question_is_not_kept(phone: Any, tmp_path: Path) -> None:
    """Who keys the card where the account is asked for: neither the turn nor the records have its digits."""
    root = phone.press(phone.say(phone.dial(), "pay my council tax"), "1")
    gather = root.find("Gather")
    assert (int(gather.get("numDigits")) > 19, gather.get("finishOnKey")) == (True, "#")
    phone.press(root, CARD["PaymentCardNumber"])
    phone.hang_up()
    assert [turn.keyed for turn in phone.record().turns][-1] == "*" * 16
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert CARD["PaymentCardNumber"].encode() not in stored


def test_a_repeated_result_is_one_payment(phone: Any, paying: Any) -> None:
    """Twilio's retry gets the first answer, and one request is filed."""
    action = phone.action(paying())
    first, second = (phone.post(action, key="K1", **SUCCESS).data for _ in range(2))
    assert first == second
    assert len(Requests(phone.service.calls.site.store.database).list()) == 1


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("caller-interrupted-with-star", "nothing has been taken"),
        ("too-many-failed-attempts", "card was not accepted"),
        ("payment-connector-error", "payment service isn't answering"),
    ],
)
def test_a_failure_leads_to_the_link(phone: Any, paying: Any, result: str, words: str) -> None:
    """The caller hears that nothing was taken, and is offered the link."""
    after = phone.document(phone.action(paying()), Result=result, **CARD)
    assert words in phone.words(after)
    assert "text you the link" in phone.words(after)
    assert Requests(phone.service.calls.site.store.database).list() == ()


def test_a_result_nobody_can_prove_gives_a_person(phone: Any, paying: Any) -> None:
    """A success without a confirmation is not tried again, and not called paid."""
    after = phone.document(phone.action(paying()), Result="success")
    assert "can't tell whether that payment went through" in phone.words(after)
    assert phone.dialled(after) == ["+441632960999"]


def test_hanging_up_after_paying_keeps_the_payment(phone: Any, paying: Any) -> None:
    """Paid and gone: it is written down, and the call is completed."""
    phone.document(phone.action(paying()), **SUCCESS, CallStatus="completed")
    assert phone.record().outcome is Outcome.COMPLETED
    assert len(Requests(phone.service.calls.site.store.database).list()) == 1


def test_hanging_up_instead_of_paying(phone: Any, paying: Any) -> None:
    """Gone without paying: abandoned, and nothing is written down."""
    phone.document(phone.action(paying()), Result="caller-hung-up", CallStatus="completed")
    assert phone.record().outcome is Outcome.ABANDONED
    assert Requests(phone.service.calls.site.store.database).list() == ()


def test_a_server_that_fails_while_a_payment_comes_back(
    phone: Any, paying: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even then the caller gets the operator."""
    action = phone.action(paying())
    monkeypatch.setattr("ivr.channels.requests.paying.paid", lambda *_: 1 / 0)
    after = phone.checked(phone.post(action, **SUCCESS))
    assert phone.dialled(after) == ["+441632960999"]
