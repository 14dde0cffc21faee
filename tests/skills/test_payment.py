"""Card payments: which account, how much; the card itself never comes here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ivr.dialogue.actions import Listen, TakePayment
from ivr.dialogue.events import Paid
from ivr.dialogue.tongue import english
from ivr.errors import InputError
from ivr.model import Enquiry, PayStatus
from ivr.skills.bills import load_bills, require_enquiries
from ivr.skills.reading import amount, number

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Call

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TOLD = ("pay my council tax", "yes", "one two three four five six seven eight", "forty two pounds fifty")


def _paid(call: Call, status: PayStatus = PayStatus.CHARGED) -> Call:
    call.actions = call.conversation.handle(Paid(NOW, status, "ch_1"))
    return call


def test_from_the_offer_to_the_reference(call: Call) -> None:
    """Read back, handed over, written down with the provider's confirmation, the reference spoken and texted."""
    call.say(*TOLD)
    assert "1 2 3 4 5 6 7 8, 42 pounds 50" in call.said
    call.say("yes")
    assert call.actions[-1] == TakePayment(pence=4250, account="12345678", takes="council tax", fund="CTAX")
    _paid(call)
    told = {"account": "12345678", "amount": "42.50", "confirmation": "ch_1"}
    assert dict(call.filed[0].details) == told
    assert call.prompts == ["pay_taken", "offer_text"]
    assert "1 2 3, 4 5 6 6" in call.said


def test_by_keypad_alone(call: Call) -> None:
    """Pounds and pence are keyed together."""
    call.say("pay my council tax", "1", "12345678", "1250#")
    assert "12 pounds 50" in call.said


def test_an_account_of_another_length_is_asked_for_again(call: Call) -> None:
    """Seven digits are no account."""
    call.say("pay my council tax", "yes", "one two three four five six seven")
    assert call.prompts == ["detail_no_match_1", "pay_account"]


def test_an_amount_beyond_the_limits_is_asked_for_again(call: Call) -> None:
    """The limits are said."""
    call.say(*TOLD[:-1], "six thousand pounds")
    assert call.prompts == ["pay_range", "pay_amount"]


@pytest.mark.parametrize("said", ["no, fifty pounds", "no it's fifty pounds"])
def test_the_amount_corrected(call: Call, said: str) -> None:
    """The account stays as it was."""
    call.say(*TOLD, said)
    assert "1 2 3 4 5 6 7 8, 50 pounds." in call.said


CARD = "4242424242424242"
CARD_SAID = "four two four two four two four two four two four two four two four two"


def _kept(call: Call) -> str:
    """All that the call's state and records hold."""
    return call.conversation.state.to_json() + repr(call.conversation.turns)


@pytest.mark.parametrize("told", [CARD, CARD_SAID, "it's 4242 4242 4242 4242", CARD[:15]])
@pytest.mark.parametrize("before", [("pay my council tax", "yes"), TOLD[:-1]])
def test_a_card_is_refused_wherever_it_is_told(call: Call, before: tuple[str, ...], told: str) -> None:
    """At the account and at the amount, keyed or said: asked again, and not a digit of it stays."""
    call.say(*before, told)
    assert call.prompts[0] == "pay_no_card"
    assert "4242" not in _kept(call)
    assert "four two" not in _kept(call)


def test_the_account_is_keyed_in_one_piece(call: Call) -> None:
    """The keypad takes more keys than an account has: a card's first eight can never pass for one."""
    call.say("pay my council tax", "yes")
    listen = call.actions[-1]
    assert isinstance(listen, Listen)
    assert listen.keys > 19


def test_a_card_told_in_two_halves_is_forgotten(call: Call) -> None:
    """The half that was taken for an account goes, too."""
    call.say("pay my council tax", "yes", "four two four two four two four two")
    assert call.prompts == ["pay_amount"]
    call.say("four two four two four two four two")
    assert call.prompts == ["pay_no_card", "pay_account"]
    assert "42424242" not in _kept(call)
    assert "four two" not in _kept(call)


@pytest.mark.parametrize("keyed", ["4242424242424", CARD])
def test_a_card_is_no_telephone_number(call: Call, keyed: str) -> None:
    """Keyed where a number to call back is asked for, it is asked for again."""
    call.say("call me back", "yes", keyed)
    assert call.prompts == ["detail_no_match_1", "callback_number"]
    assert "4242" not in _kept(call)


def test_a_card_told_among_other_words_is_hidden(call: Call) -> None:
    """Words that nobody reads before they are kept hold no card's number."""
    call.say("call me back", "yes", "1", "tomorrow morning", f"my payment with {CARD} went wrong")
    assert "my payment with **************** went wrong" in call.said
    call.say("yes")
    assert "4242" not in _kept(call) + repr(call.filed)


@pytest.mark.parametrize("keyed", ["4242", "42424242", "77"])
def test_keys_that_reach_nobody_are_not_kept(call: Call, keyed: str) -> None:
    """At the greeting a card's digits come as one extension after the other."""
    call.say(keyed)
    assert call.conversation.turns[-1].keyed == (keyed if len(keyed) < 4 else "*" * len(keyed))


def test_not_wanted(call: Call) -> None:
    """A caller who does not want to pay now hears how else."""
    call.say("pay my council tax", "no")
    assert call.prompts == ["answer", "offer_text"]


@pytest.mark.parametrize("status", [PayStatus.CANCELLED, PayStatus.INVALID, PayStatus.FAILED])
def test_a_payment_that_failed_leads_to_the_link(call: Call, status: PayStatus) -> None:
    """Nothing is written down, and the link is offered."""
    _paid(call.say(*TOLD, "yes"), status)
    assert call.prompts[1:] == ["answer", "offer_text"]
    assert not call.filed


def test_given_up_the_person_hears_what_was_told(call: Call) -> None:
    """The account need not be given again."""
    call.say(*TOLD[:-1], "gobbledygook", "gobbledygook")
    assert call.transfer
    assert "12345678" in call.transfer.whisper


def test_without_a_connector_the_answer_is_all(parts_without_payments: Call) -> None:
    """A site that takes no payments answers."""
    call = parts_without_payments.say("pay my council tax")
    assert call.prompts == ["answer", "offer_text"]


@pytest.mark.parametrize(
    ("said", "pence"),
    [
        ("forty two pounds fifty", 4250), ("£42.50", 4250), ("£1,250.50", 125050), ("£12.05", 1205),
        ("a hundred and twenty", 12000), ("twelve fifty", 1250), ("fifty pence", 50), ("a pound", 100),
        ("one thousand two hundred pounds", 120000), ("nine pounds oh five", 905), ("sixty quid please", 6000),
        ("no idea", 0), ("", 0), ("all of it", 0),
    ],
)  # fmt: skip
def test_amounts_as_people_say_them(said: str, pence: int) -> None:
    """Pounds and pence, with or without the words."""
    assert amount(said) == pence


@pytest.mark.parametrize("pence", [5, 100, 1205, 4250, 12000, 125050, 999999])
def test_an_amount_said_is_understood(pence: int) -> None:
    """What is read back means what was taken."""
    assert amount(english().amount(pence)) == pence


def test_long_numbers() -> None:
    """Digits one by one, in pairs, doubled."""
    assert number("one two three four double five seventy eight") == "12345578"


def test_nothing_is_payable_that_no_enquiry_leads_to() -> None:
    """The nearest that could be meant is named."""
    tax = Enquiry(id="council_tax_pay", title="x", phrases=("x",), answer="x", skill="payment")
    require_enquiries(["council_tax_pay"], [tax])
    with pytest.raises(InputError, match="did you mean `council_tax_pay`"):
        require_enquiries(["council_tax"], [tax])


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",tax,number,8,,1,5", "`enquiry` is empty"),
        ("x,tax,number,eight,,1,5", "`digits`"),
        ("x,tax,number,99,,1,5", "`digits`"),
        ("x,tax,number,8,,9,5", "more than `most`"),
        ("x,tax,number,8,,one,5", "no amount"),
        ("x,tax,number,8,,nan,5", "no amount"),
    ],
)
def test_a_table_with_a_fault_is_refused(tmp_path: Path, row: str, fault: str) -> None:
    """One clear line, with the row."""
    (tmp_path / "payments.csv").write_text("enquiry,takes,account,digits,fund,least,most\n" + row + "\n")
    with pytest.raises(InputError, match=fault) as error:
        load_bills(tmp_path)
    assert "row 2" in str(error.value)
