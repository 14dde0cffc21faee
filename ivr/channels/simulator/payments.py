"""The payment provider: takes the card, or does not, as the script says; and tells what Twilio would tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ivr.channels.script import CallScript

RESULTS = {
    "cancelled": "caller-interrupted-with-star",
    "invalid": "too-many-failed-attempts",
    "failed": "payment-connector-error",
    "hangup": "caller-hung-up",
}
MASKED = {
    "PaymentCardNumber": "xxxxxxxxxxxx4242",
    "PaymentCardType": "visa",
    "SecurityCode": "xxx",
    "ExpirationDate": "0129",
    "PaymentMethod": "credit-card",
    "ProfileId": "",
}
"""What Twilio tells of the card, whatever becomes of it."""


def pay_result(script: CallScript, verb: Element, number: int) -> dict[str, str]:
    """Return the form for the verb's action, of the call's payment of this number."""
    results = script.payments
    result = results[number - 1] if number <= len(results) else "charged"
    form = {**MASKED, "PaymentConnector": verb.get("paymentConnector", "Default")}
    if result in RESULTS:
        over = {"CallStatus": "completed"} if result == "hangup" else {}
        return form | {"Result": RESULTS[result], "PaymentError": RESULTS[result]} | over
    form["Result"] = "success"
    if result == "unknown":
        return form
    proof = {"PaymentToken": "tok_made_up"} if verb.get("tokenType") else {"PaymentConfirmationCode": "ch_made_up"}
    return form | proof
