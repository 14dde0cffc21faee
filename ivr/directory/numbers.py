"""Telephone numbers out of cells: E.164 or an extension of the dial plan, and what had to be guessed on the way.

Three kinds of address are dialled as they are: `sip:NAME@HOST` (or `sips:`), `queue:NAME` (a queue of callers) and
`workflow:WW...` (a Twilio TaskRouter workflow, where urgent calls come first).

Possible numbers are accepted (Ofcom's numbers for drama are possible, never valid); premium-rate and
personal-redirect numbers are refused, because a council must not put its callers' calls through to them.
Sources: Ofcom, National Telephone Numbering Plan; ITU-T E.164.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult


class Line(StrEnum):
    """What sort of number it is."""

    DIRECT = "direct"
    EXTENSION = "extension"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class DialPlan:
    """How numbers are written on this site."""

    country: str = "GB"
    """ISO 3166 country of numbers without one."""
    area_code: str = ""
    """Put before numbers written without an area code."""
    extension_digits: tuple[int, ...] = (4,)
    """Lengths an extension may have."""


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell says about how to dial."""

    dial: str = ""
    """E.164, an extension or an address; empty: nothing that can be dialled."""
    line: Line = Line.DIRECT
    extension: str = ""
    """An extension beside a full number."""
    problem: str = ""
    """Kind of problem found: `premium_number`, `impossible_number` (refused), `excel_number`, ... (fixed)."""
    advice: str = ""


_ADDRESS: Final = re.compile(
    r"sips?:[a-z0-9._+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?|queue:[a-z0-9_-]{1,64}|workflow:ww[0-9a-f]{32}",
    re.IGNORECASE,
)
SCHEME: Final = re.compile(r"\s*(?:sips?|queue|workflow)\s*:", re.IGNORECASE)
_EXT_WORDS: Final = r"(?:extension|extn?|int(?:ernal)?|xtn|x)\s*(?:no|number)?\.?\s*[:.\-]?|#"
_TAIL: Final = re.compile(rf"[\s,;/(\[]*(?:{_EXT_WORDS})\s*(\d{{2,7}})\s*[)\]]?\s*$", re.IGNORECASE)
_ALONE: Final = re.compile(rf"^\s*[(\[]?\s*(?:{_EXT_WORDS})?\s*(\d[\d \-]{{1,7}})\s*[)\]]?\s*$", re.IGNORECASE)
_FLOAT: Final = re.compile(r"^([+\d]\d+)[.,]0+$")
_SCIENCE: Final = re.compile(r"^(\d)[.,]?(\d*)E\+?(\d{1,2})$", re.IGNORECASE)
_LABEL: Final = re.compile(r"^(?:tel(?:ephone)?|phone|ddi|direct(?: line| dial)?|mob(?:ile)?|m|t|office|work)\b\.?\s*[:.]?\s*", re.IGNORECASE)  # fmt: skip  # noqa: E501 - a pattern is read whole
_SPLIT: Final = re.compile(r"\s*(?:/|;|\||\bor\b|,|\n|&|\band\b)\s*", re.IGNORECASE)
_LETTER_O: Final = re.compile(r"(?<=[\doO])[oO]+|[oO]+(?=\d)")
_PREMIUM: Final = ("9", "871", "872", "873", "118")
_EMERGENCY: Final = frozenset({"999", "112", "911", "101", "111", "105", "119", "123", "100", "155"})
_UK_FIRST: Final = frozenset("1235789")


def read_number(text: str, plan: DialPlan, *, extension: bool = False) -> Number:
    """Read one cell. With several numbers in it the first that can be dialled counts.

    `extension`: the cell stands in an extension column, so bare digits are one.

    >>> read_number("01632 960123 x4711", DialPlan()).dial
    '+441632960123'
    >>> read_number("#4711", DialPlan()).dial
    '4711'
    """
    return _read(text, plan, extension)


@lru_cache(maxsize=65536)
def _read(text: str, plan: DialPlan, extension: bool) -> Number:
    if SCHEME.match(text):
        return _address(text.strip())
    whole = _one(text, plan, extension=extension)
    if whole.dial or not _SPLIT.search(text):
        return whole
    parts = [_one(part, plan, extension=extension) for part in _SPLIT.split(text) if any(c.isdigit() for c in part)]
    usable = [part for part in parts if part.dial]
    if not usable:
        return next((part for part in parts if part.problem == "premium_number"), whole)
    best = next((part for part in usable if part.line is Line.DIRECT), usable[0])
    spare = next((part.dial for part in usable if part.line is Line.EXTENSION and part is not best), "")
    advice = "the first that can be dialled is used; give each person one number"
    return Number(
        best.dial, best.line, best.extension or spare, best.problem or "several_numbers", best.advice or advice
    )


def _address(text: str) -> Number:
    if _ADDRESS.fullmatch(text):
        scheme, _, rest = text.partition(":")
        return Number(f"{scheme.casefold()}:{rest}")
    advice = "write sip:NAME@HOST, queue:NAME or workflow:WW and 32 hexadecimal digits"
    return Number(problem="bad_address", advice=advice)


def _one(text: str, plan: DialPlan, *, extension: bool) -> Number:
    text, problem, advice = _undamaged(_LABEL.sub("", text.strip()))
    if problem == "damaged_number":
        return Number(problem=problem, advice=advice)
    digits = re.sub(r"\D", "", text)
    if not digits:
        return Number(problem="not_a_number", advice="write the number in digits")
    alone = _ALONE.match(text)
    if alone and not text.startswith("+"):
        short = _extension(re.sub(r"\D", "", alone.group(1)), plan, named=extension or not text[0].isdigit())
        if short is not None:
            return _with(short, problem, advice)
    tail = _TAIL.search(text)
    if tail and tail.start() > 0:
        main = _full(text[: tail.start()], plan)
        inner = tail.group(1) if len(tail.group(1)) in plan.extension_digits else ""
        if main.dial or not inner:
            return _with(Number(main.dial, main.line, inner, main.problem, main.advice), problem, advice)
        return Number(inner, Line.EXTENSION, problem=main.problem, advice=main.advice)
    return _with(_full(text, plan), problem, advice)


def _with(number: Number, problem: str, advice: str) -> Number:
    kind = (problem, advice) if problem and number.dial else (number.problem, number.advice)
    return Number(number.dial, number.line, number.extension, *kind)


def _undamaged(text: str) -> tuple[str, str, str]:
    if _SCIENCE.match(text):
        first, rest, power = _SCIENCE.match(text).groups()  # type: ignore[union-attr]
        if len(rest) < int(power):
            return text, "damaged_number", "the spreadsheet rounded this number away; type it in again as text"
        return first + rest, "excel_number", "store telephone numbers as text"
    whole = _FLOAT.match(text)
    if whole:
        return whole.group(1), "excel_number", "store telephone numbers as text"
    mended = _LETTER_O.sub(lambda found: "0" * len(found.group()), text) if _LETTER_O.search(text) else text
    if mended != text and not re.search(r"[a-np-z]", mended, re.IGNORECASE):
        return mended, "letter_in_number", "the letter O was read as a nought"
    return text, "", ""


def _extension(digits: str, plan: DialPlan, *, named: bool) -> Number | None:
    if len(digits) in plan.extension_digits and digits not in _EMERGENCY:
        return Number(digits, Line.EXTENSION)
    lengths = " or ".join(str(n) for n in plan.extension_digits)
    if len(digits) < 5 or (named and len(digits) < 7):  # noqa: PLR2004 - shorter than any local number
        return Number(problem="bad_extension", advice=f"extensions here have {lengths} digits")
    return None


def _full(text: str, plan: DialPlan) -> Number:
    text = re.sub(r"\(\s*0\s*\)", "", text) if re.search(r"^\s*(?:\+|00)", text) else text
    digits = re.sub(r"\D", "", text)
    problem = ""
    if not text.strip().startswith(("+", "00")) and plan.country == "GB":
        digits, problem = _british(digits, plan)
        text = digits
    if not digits:
        return Number(problem=problem or "not_a_number", advice="set `area_code`, or write numbers with theirs")
    try:
        parsed = phonenumbers.parse(text, plan.country)
    except NumberParseException:
        return Number(problem="impossible_number", advice="no such number; ask for the right one")
    return _judged(parsed, problem)


def _british(digits: str, plan: DialPlan) -> tuple[str, str]:  # noqa: PLR0911 - one return a case reads best
    if digits.startswith("44") and len(digits) == 12:  # noqa: PLR2004 - 44 and ten digits
        return "0" + digits[2:], "country_code_without_plus"
    if digits.startswith("440") and len(digits) == 13:  # noqa: PLR2004
        return digits[2:], "country_code_without_plus"
    if digits.startswith("0"):
        return digits, ""
    if len(digits) == 10:  # noqa: PLR2004 - a national number less its nought
        return "0" + digits, "leading_zero_lost"
    if 5 <= len(digits) <= 8:  # noqa: PLR2004 - local numbers
        if not plan.area_code:
            return "", "no_area_code"
        return re.sub(r"\D", "", plan.area_code) + digits, "no_area_code"
    return digits, ""


def _judged(parsed: phonenumbers.PhoneNumber, problem: str) -> Number:
    national = phonenumbers.national_significant_number(parsed)
    british = parsed.country_code == 44  # noqa: PLR2004
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.PREMIUM_RATE or (british and national.startswith(_PREMIUM)):
        return Number(problem="premium_number", advice="callers are never put through to premium rate; give another")
    if kind == PhoneNumberType.PERSONAL_NUMBER or (british and national.startswith("70")):
        return Number(problem="premium_number", advice="070 numbers charge like premium rate; give another")
    if not _possible(parsed, national, british=british):
        return Number(problem="impossible_number", advice="no such number; ask for the right one")
    dial = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    mobile = kind == PhoneNumberType.MOBILE or (british and national.startswith("7"))
    advice = {
        "leading_zero_lost": "store telephone numbers as text",
        "country_code_without_plus": "write +44",
        "no_area_code": "the site's area code was put before it",
    }.get(problem, "")
    return Number(dial, Line.MOBILE if mobile else Line.DIRECT, "", problem, advice)


def _possible(parsed: phonenumbers.PhoneNumber, national: str, *, british: bool) -> bool:
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return False
    if len(set(national[1:])) == 1 or national in {"1234567890", "1234567891"}:
        return False
    if british:
        return national[0] in _UK_FIRST and (len(national) == 10 or phonenumbers.is_valid_number(parsed))  # noqa: PLR2004
    return True
