"""Card payments by Twilio's `<Pay>`: the TwiML that asks for one, and what comes back of it. Pure.

Twilio collects the card by keypad, outside our sight and hearing, and hands it to the payment provider. Of all it
reports, only the result and the provider's confirmation (or token) are read: not even a masked number is looked at.

Source: twilio.com/docs/voice/twiml/pay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twilio.twiml.voice_response import Pay, VoiceResponse

from ivr.channels.phrases import clean
from ivr.dialogue.events import Paid
from ivr.model import PayStatus
from ivr.skills.reading import luhn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ivr.channels.phrases import Style
    from ivr.dialogue.actions import TakePayment

LONGEST_CODE = 120
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=-]*")
_CARD = re.compile(r"(?=(\d{13,19}))")
_RESULTS: Mapping[str, PayStatus] = {
    "caller-interrupted-with-star": PayStatus.CANCELLED,
    "caller-hung-up": PayStatus.CANCELLED,
    "too-many-failed-attempts": PayStatus.INVALID,
    "validation-error": PayStatus.INVALID,
}
"""`Result` where it is no success; all others are failures of ours, Twilio's or the provider's."""


def ask_to_pay(response: VoiceResponse, payment: TakePayment, style: Style, turn: int) -> None:
    """Add the verb that takes a payment; its result is posted to `/voice/pay/TURN`."""
    how = style.payments
    amount = f"{payment.pence // 100}.{payment.pence % 100:02}"
    # A British postcode has letters, which no keypad can give unasked: it is not asked for.
    pay = Pay(
        input="dtmf", action=f"{style.origin}/voice/pay/{turn}", payment_connector=how.connector,
        payment_method="credit-card", max_attempts=how.attempts, security_code="true", postal_code="false",
        valid_card_types=" ".join(how.cards), language=style.language, description=clean(payment.takes),
        **({"charge_amount": amount, "currency": how.currency} if how.take == "charge" else {"token_type": how.token}),
    )  # fmt: skip
    for name, value in {"reference": payment.account, "fund": payment.fund}.items():
        if value:
            pay.parameter(name=name, value=value)
    response.append(pay)


def paid(form: Mapping[str, str], now: datetime) -> Paid:
    """Read how a payment went; a success without anything to prove it is a failure."""
    result = form.get("Result", "")
    if result != "success":
        return Paid(now, _RESULTS.get(result, PayStatus.FAILED))
    confirmation, token = _code(form.get("PaymentConfirmationCode", "")), _code(form.get("PaymentToken", ""))
    if confirmation:
        return Paid(now, PayStatus.CHARGED, confirmation)
    return Paid(now, PayStatus.TOKEN, token) if token else Paid(now, PayStatus.UNKNOWN)


def _code(text: str) -> str:
    code = text.strip()
    whole = len(code) <= LONGEST_CODE and _CODE.fullmatch(code)
    return code if whole and not _card_in(code) else ""


def _card_in(code: str) -> bool:
    """Whether a card's number is in it: a provider set up wrongly might send that back."""
    bare = re.sub(r"[^0-9A-Za-z]", "", code)
    runs = (found[1] for found in _CARD.finditer(bare))
    return any(luhn(run[:size]) for run in runs for size in range(13, len(run) + 1))
