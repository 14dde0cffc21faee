"""What dialling a number costs, and whether it may be dialled at all. Pure.

Ordinary numbers of the site's own country may be; premium and other special rates, personal and pager numbers,
the islands that share a country's code, and everywhere else only where `limits.dial_also` lists their beginning.
Source of the British ranges: Ofcom, National Telephone Numbering Plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberType

if TYPE_CHECKING:
    from ivr.settings import LimitsSettings

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_INSIDE = re.compile(r"sips?:\S+|queue:\S+|site:\S+|[0-9*#]{1,10}", re.IGNORECASE)
_BRITISH = re.compile(
    r"\+44(?:(?P<landline>[123]\d{8,9}|5[56]\d{8}|80\d{7,8})|(?P<mobile>7(?:[1-57-9]\d{8}|624\d{6})))"
)
_ISLANDS = frozenset({"JE", "GG", "IM"})
_ORDINARY = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "mobile",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.VOIP: "landline",
    PhoneNumberType.TOLL_FREE: "landline",
}


class Tariff(StrEnum):
    """What sort of number it is, for those who pay."""

    INSIDE = "inside"
    """An extension, a queue, a SIP address or another site: costs nothing by the minute."""
    LANDLINE = "landline"
    MOBILE = "mobile"
    OTHER = "other"
    """Abroad, on the islands, or at a special rate."""


@dataclass(frozen=True, slots=True)
class Toll:
    """The terms of dialling one number."""

    tariff: Tariff
    allowed: bool
    pence: float = 0.0
    """What the transfer is taken to cost."""


def toll(number: str, limits: LimitsSettings, country: str = "GB") -> Toll:
    """Return the terms of dialling `number`: E.164, an extension, a queue, a SIP address or a site."""
    kind = tariff(number, country)
    if kind is Tariff.INSIDE:
        return Toll(kind, allowed=True)
    listed = any(number.startswith(prefix) for prefix in limits.dial_also if prefix)
    minute = {str(name): pence for name, pence in limits.minute_pence.items()}.get(kind.value, 0.0)
    return Toll(kind, allowed=listed or kind is not Tariff.OTHER, pence=minute * limits.transfer_minutes)


@lru_cache(maxsize=4096)
def tariff(number: str, country: str = "GB") -> Tariff:
    """Return the kind of a number as seen from `country`; what cannot be read is of the dearest kind.

    >>> tariff("+441632960123").value, tariff("+447700900123").value, tariff("+449098790000").value
    ('landline', 'mobile', 'other')
    """
    if _INSIDE.fullmatch(number):
        return Tariff.INSIDE
    if not _E164.fullmatch(number):
        return Tariff.OTHER
    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed)
    if country == "GB":
        found = _BRITISH.fullmatch(number)
        kind = found.lastgroup if found and region not in _ISLANDS else None
    else:
        kind = _ORDINARY.get(phonenumbers.number_type(parsed)) if region == country else None
    return Tariff(kind or "other")
