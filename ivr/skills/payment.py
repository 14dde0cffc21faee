"""A card payment: which account, how much, read back; then the payment provider takes the card.

What can be paid stands in the site's own table, a row an enquiry. Where a site takes no payments, the enquiry's
answer (pay online, or on the payment line) is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen, TakePayment
from ivr.dialogue.skill import Asked, Reply, answer_of
from ivr.dialogue.wording import say
from ivr.model import Expect, Outcome
from ivr.skills import reading
from ivr.skills.form import FREELY, Form, Slot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.skills.bills import Bill


_CONTESTED = frozenset({"challenge", "appeal", "appealing", "contest", "dispute", "query", "disagree", "fight", "argue",
                        "against", "shouldn't"})  # fmt: skip
"""Words of a caller who does not want to pay."""


@dataclass(frozen=True, slots=True)
class Payments:
    """The skill, for all that a site takes payments for. Pure and immutable."""

    forms: Mapping[str, Form]
    """By enquiry; empty: none are taken."""

    def begin(self, asked: Asked) -> Reply:
        """Offer to take a payment, or answer."""
        form = self.forms.get(asked.enquiry.id)
        said = asked.said.text.split() if asked.said else []
        if form is None or _CONTESTED & set(said):
            outcome = Outcome.COMPLETED if asked.enquiry.completes else Outcome.SIGNPOSTED
            return Reply(says=answer_of(asked.enquiry), outcome=outcome)
        return form.begin(asked)

    def take(self, asked: Asked) -> Reply:
        """Take an answer."""
        form = self.forms.get(asked.enquiry.id)
        if form is None:
            return Reply(understood=False)
        told = asked.keys.rstrip("#") or reading.number(asked.said.text if asked.said else "")
        account = asked.slots.get("account", "")
        halved = bool(account) and not asked.keys and reading.halves_of_card(account, told)
        if halved or (reading.is_card(told) and not (form.slots[0].read(asked) and not reading.luhn(told))):
            # Nothing of a card's number may stay, not even its first half taken for an account.
            return form.again(asked, {**asked.slots, **({"account": ""} if halved else {})}, say("pay_no_card"))
        return form.take(asked)

    def ask(self, asked: Asked) -> Reply:
        """Put the question that is open."""
        form = self.forms.get(asked.enquiry.id)
        return form.ask(asked) if form else Reply(listen=Listen(Expect.CALL), slots=asked.slots)


def payments(bills: Mapping[str, Bill], *, taken: bool) -> Payments:
    """Make the skill. `bills` by enquiry; `taken`: the site takes payments."""
    return Payments({name: _form(bill) for name, bill in bills.items()} if taken else {})


def _form(bill: Bill) -> Form:
    def account(asked: Asked) -> str:
        told = asked.keys.rstrip("#") or reading.number(asked.said.text if asked.said else "")
        return told if len(told) in bill.digits else ""

    def amount(asked: Asked) -> str:
        keyed = asked.keys.rstrip("#")
        return _pounds(int(keyed) if keyed else reading.amount(asked.said.text if asked.said else ""))

    def settle(asked: Asked, slots: Mapping[str, str]) -> Reply | None:
        """Ask again for an amount that cannot be paid here."""
        if not slots.get("amount") or bill.least <= _pence(slots["amount"]) <= bill.most:
            return None
        limits = say("pay_range", least=asked.tongue.amount(bill.least), most=asked.tongue.amount(bill.most))
        return form.again(asked, {**slots, "amount": ""}, limits)

    def pay(asked: Asked, filled: Mapping[str, str]) -> Reply:
        payment = TakePayment(
            pence=_pence(filled["amount"]), account=filled["account"], takes=bill.takes, fund=bill.fund
        )
        return Reply(slots=asked.slots, payment=payment)

    form = Form(
        (
            Slot(name="account", prompt="pay_account", values={"account": bill.account}, read=account,
                 listen=Listen(Expect.DIGITS, seconds=6.0, keys=reading.CARD_KEYS),
                 label=lambda asked, digits: f"{asked.tongue.term(bill.account)} {' '.join(digits)}"),
            Slot(name="amount", prompt="pay_amount", read=amount, spot=_spot_amount,
                 fix=lambda text: _pounds(reading.amount(text)),
                 listen=replace(FREELY, keys=reading.CARD_KEYS),
                 label=lambda asked, pounds: asked.tongue.amount(_pence(pounds))),
        ),
        settle, lambda tongue: say("pay_offer", takes=tongue.term(bill.takes)), pay,
    )  # fmt: skip
    return form


def _spot_amount(text: str) -> str:
    """Amount in any sentence, only where money is spoken of."""
    money = {"pounds", "pound", "pence", "quid"} & set(text.split())
    return _pounds(reading.amount(text)) if money else ""


def _pounds(pence: int) -> str:
    """Write an amount as the back office gets it: "42.50"; "" for none."""
    return f"{pence // 100}.{pence % 100:02}" if pence else ""


def _pence(pounds: str) -> int:
    return int(pounds.replace(".", ""))
