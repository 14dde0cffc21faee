"""What may be dialled, and what it costs."""

from __future__ import annotations

import pytest

from ivr.channels.tolls import Tariff, tariff, toll
from ivr.settings import LimitsSettings

ORDINARY = {
    "+441632960123": Tariff.LANDLINE,
    "+442079460000": Tariff.LANDLINE,
    "+443069990123": Tariff.LANDLINE,
    "+448081570123": Tariff.LANDLINE,
    "+447700900123": Tariff.MOBILE,
    "4711": Tariff.INSIDE,
    "queue:housing": Tariff.INSIDE,
    "sip:4711@pbx.example.org": Tariff.INSIDE,
    "site:county": Tariff.INSIDE,
}


@pytest.mark.parametrize("number", ORDINARY)
def test_ordinary_numbers(number: str) -> None:
    """Ordinary numbers at home and everything inside may be dialled."""
    assert toll(number, LimitsSettings()).tariff is ORDINARY[number]
    assert toll(number, LimitsSettings()).allowed


@pytest.mark.parametrize(
    "number",
    [
        "+449098790000",  # premium rate
        "+448431234567",  # shared revenue
        "+448712345678",
        "+447011234567",  # a personal number
        "+447640123456",  # a pager
        "+44118500",  # directory enquiries
        "+441534123456",  # Jersey
        "+447797712345",
        "+35315550123",  # Ireland
        "+12025550123",
        "+870773111632",  # a satellite
        "+882161234567",
        "00441632960123",
        "anonymous",
        "",
        "+44163296012x",
    ],
)
def test_numbers_that_are_not_dialled(number: str) -> None:
    """Premium and special rates, personal and pager numbers, islands, abroad, and what is no number."""
    assert not toll(number, LimitsSettings()).allowed


def test_what_the_site_lists_is_dialled() -> None:
    """A beginning listed in the settings may be dialled, and is counted at its price."""
    limits = LimitsSettings(dial_also=("+353", "+44843"), transfer_minutes=2.0)
    ireland = toll("+35315550123", limits)
    assert ireland.allowed
    assert ireland.pence == 60.0
    assert toll("+448431234567", limits).allowed
    assert not toll("+33155501234", limits).allowed
    assert not toll("+449098790000", LimitsSettings(dial_also=("",))).allowed


def test_another_country() -> None:
    """Seen from elsewhere, that country's ordinary numbers are the ordinary ones."""
    assert tariff("+35315550123", "IE") is Tariff.LANDLINE
    assert tariff("+35315501234567", "IE") is Tariff.OTHER
    assert tariff("+441632960123", "IE") is Tariff.OTHER
