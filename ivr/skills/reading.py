"""What callers say to a skill's question: postcodes, house and telephone numbers, dates as the British say them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from ivr.match.values import digits, letters
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_POSTCODE: Final = re.compile(r"([a-z]{1,2}[0-9][0-9a-z]?)([0-9][a-z]{2})")
_OUTWARD: Final = re.compile(r"[a-z]{1,2}[0-9][0-9a-z]?")
_INWARD: Final = re.compile(r"[0-9][a-z]{2}")
_ON_KEYS: Final = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
_KEYS: Final = {letter: key for key, on in zip("23456789", _ON_KEYS, strict=True)
                for letter in on}  # fmt: skip
_FILLERS: Final = frozenset({"um", "uh", "er", "erm", "its", "it's", "the", "is", "my", "that's", "please", "yes",
                             "well", "postcode", "a", "at"})  # fmt: skip
_HOUSE: Final = re.compile(r"(?:number|no|house|flat)? ?(\d{1,4}[a-z]?)")
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                  "november", "december")  # fmt: skip
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_NTH: Final = {word: n for n, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}
_FEASTS: Final = {"christmas day": (12, 25), "boxing day": (12, 26), "christmas eve": (12, 24),
                  "new years day": (1, 1), "new year's day": (1, 1), "new years eve": (12, 31),
                  "new year's eve": (12, 31)}  # fmt: skip
_WEEK: Final = 7
_FAR: Final = 60
"""Days or weeks ahead that are still counted."""
_POUNDS: Final = frozenset({"pounds", "pound", "quid"})
_PENCE: Final = frozenset({"pence", "p", "penny"})
_NO_NUMBER: Final = frozenset({"to", "too", "for", "won", "ate", "o"})
"""Words that digits are sometimes misheard as, and that are themselves in a sentence."""
_PHONE: Final = re.compile(r"0\d{9,10}|44[1-9]\d{8,9}|00[1-9]\d{7,12}")
"""National, of this country from abroad, of another. No card's number begins with a nought."""
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
CARD_KEYS: Final = _LONGEST_CARD + 1
"""Keys taken in one piece where somebody may key a card's number, so that no part of it passes for something else."""


def postcode(text: str) -> str:
    """Postcode in what was said or typed, as "WX1 1AA"; "" where there is none.

    >>> postcode("it's double u x one one a a"), postcode("wx11aa"), postcode("whiskey x ray one one alpha alpha")
    ('WX1 1AA', 'WX1 1AA', 'WX1 1AA')
    """
    plain = normalise(text).replace("x ray", "xray").replace("double you", "double u")
    words = [word for word in plain.split() if word not in _FILLERS - {"a"}]
    for squashed in ("".join(words), "".join(_sounds(words))):
        if found := _POSTCODE.search(squashed):
            return f"{found[1]} {found[2]}".upper()
    return ""


def postcode_begun(text: str) -> str:
    """First half of a postcode, where no more was said, as "WX1"; "" where it is none.

    >>> postcode_begun("it's double u x one"), postcode_begun("w x one one a a"), postcode_begun("wx12")
    ('WX1', '', 'WX12')
    """
    found = _OUTWARD.fullmatch(_squashed(text))
    return found[0].upper() if found and not postcode(text) else ""


def postcode_rest(begun: str, text: str) -> str:
    """Join the first half of a postcode with the second, said now; "" where that is none.

    >>> postcode_rest("WX1", "one alpha alpha"), postcode_rest("WX1", "two b c please"), postcode_rest("", "1aa")
    ('WX1 1AA', 'WX1 2BC', '')
    """
    found = _INWARD.fullmatch(_squashed(text)) if begun else None
    return f"{begun} {found[0].upper()}" if found else ""


def postcode_among(text: str, known: Iterable[str]) -> str:
    """Find the one known postcode whose second half was said; "" where none, or several, have it.

    >>> postcode_among("one alpha alpha", ["WX1 1AA", "WX2 4RD"]), postcode_among("1aa", ["WX1 1AA", "WX2 1AA"])
    ('WX1 1AA', '')
    """
    said = _squashed(text).upper()
    found = [code for code in known if code.split()[1:] == [said]] if _INWARD.fullmatch(said.lower()) else []
    return found[0] if len(found) == 1 else ""


def is_whole(code: str) -> bool:
    """Whether a postcode has both halves."""
    return _POSTCODE.fullmatch(code.replace(" ", "").lower()) is not None


def apart(code: str) -> str:
    """Say a postcode letter by letter: "W X 1, 1 A A"."""
    return ", ".join(" ".join(part) for part in code.split())


def _squashed(text: str) -> str:
    plain = normalise(text).replace("x ray", "xray").replace("double you", "double u")
    return "".join(_sounds([word for word in plain.split() if word not in _FILLERS - {"a"}]))


def _sounds(words: Sequence[str]) -> Iterable[str]:
    """Give each letter or digit that words name; others stay."""
    at = 0
    while at < len(words):
        for size in (3, 2, 1):
            stretch = words[at : at + size]
            spelt = size == 1 or stretch[0] == "double" or stretch[1:2] in (["for"], ["as"])
            said = digits(stretch) or (letters(stretch) if spelt else "")
            if said and len(stretch) == size:
                yield said
                at += size
                break
        else:
            yield words[at]
            at += 1


def postcode_keyed(keys: str, known: Iterable[str]) -> str:
    """Postcode of `known` whose letters and digits are on these keys; "" where none, or two, are."""
    plain = keys.rstrip("#")
    found = [code for code in known if on_keys(code) == plain]
    return found[0] if len(found) == 1 else ""


def on_keys(code: str) -> str:
    """Return the keys that a postcode's letters and digits are on.

    >>> on_keys("WX1 1AA")
    '991122'
    """
    return "".join(_KEYS.get(c, c) for c in code.lower() if c != " ")


def house(text: str) -> str:
    """House number in what was said; "" where there is none.

    >>> house("number twelve"), house("a hundred and four"), house("twenty three b"), house("no number twelve")
    ('12', '104', '23b', '12')
    """
    words = normalise(text).replace("a hundred", "one hundred").split()
    numbers = " ".join(_numbers(words))
    found = _HOUSE.search(numbers)
    return found[1] if found else ""


def _numbers(words: Sequence[str]) -> Iterable[str]:
    """Write numbers in digits, a letter after one joined to it."""
    at = 0
    while at < len(words):
        size = next((n for n in (4, 3, 2, 1) if digits(words[at : at + n]) and at + n <= len(words)), 0)
        if not size or words[at] in {"to", "too", "for", "won", "o"}:
            yield words[at]
            at += 1
            continue
        said = digits(words[at : at + size])
        at += size
        if at + 1 < len(words) and said.endswith("00") and words[at] == "and" and digits(words[at + 1 : at + 2]):
            said = said[:-2] + digits(words[at + 1 : at + 2]).zfill(2)
            at += 2
        if at < len(words) and len(words[at]) == 1 and words[at].isalpha() and words[at] not in {"a", "i"}:
            said += words[at]
            at += 1
        yield said


def telephone(text: str, keys: str = "") -> str:
    """Telephone number said or keyed, digits only; "" where there is none.

    >>> telephone("oh seven seven double oh nine hundred one two three"), telephone("", "07700900123#")
    ('07700900123', '07700900123')
    >>> telephone("plus four four seven seven double oh nine hundred one two three"), telephone("", "4242424242424")
    ('447700900123', '')
    """
    said = keys.rstrip("#") or number(text)
    return said if _PHONE.fullmatch(said) else ""


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, as on payment cards (ISO/IEC 7812-1).

    >>> luhn("4242424242424242"), luhn("4242424242424241")
    (True, False)
    """
    doubled = (int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0  # noqa: PLR2004 - the formula's


def is_card(number: str) -> bool:
    """Whether so many digits are a payment card's, be they all heard right or not.

    >>> is_card("4242424242424242"), is_card("00447700900123"), is_card("12345678")
    (True, False, False)
    """
    return _SHORTEST_CARD <= len(number) <= _LONGEST_CARD and not number.startswith("0")


def halves_of_card(first: str, second: str) -> bool:
    """Whether two numbers given one after the other are together a payment card's.

    >>> halves_of_card("42424242", "42424242"), halves_of_card("12345678", "1250")
    (True, False)
    """
    joined = first + second
    return is_card(joined) and joined[0] in "23456" and luhn(joined)


def number(text: str) -> str:
    """Digits of a long number said in any way, run together; "" where there are none.

    >>> number("one two three four double five seventy eight"), number("it's 1234 5678")
    ('12345578', '12345678')
    """
    return "".join(n for n in _numbers(normalise(text).split()) if n.isdigit())


def amount(text: str) -> int:
    """Pence in what was said; 0 where there is no amount.

    >>> amount("forty two pounds fifty"), amount("£1,250.50"), amount("a hundred and twenty"), amount("twelve fifty")
    (4250, 125050, 12000, 1250)
    """
    words = [word for word in normalise(text).split() if word not in _FILLERS - {"a"}]
    at = next((n for n, word in enumerate(words) if word in _POUNDS), -1)
    if at >= 0:
        pounds, pence = _cardinals(words[:at]), _cardinals(words[at + 1 :])
        pounds = pounds or [1] * (words[:at][-1:] == ["a"])
        return _pence(_run(pounds), pence[0] if pence else 0) if pounds else 0
    if set(words) & _PENCE:
        found = _cardinals(words)
        return found[0] if len(found) == 1 else 0
    found = _cardinals(words)
    if len(found) > 1 and (10 <= found[-1] < 100 or re.fullmatch(r"0\d", words[-1])):  # noqa: PLR2004 - pence
        return _pence(_run(found[:-1]), found[-1])
    return _pence(_run(found), 0) if found else 0


def _pence(pounds: int, pence: int) -> int:
    return 100 * pounds + pence if pence < 100 else 0  # noqa: PLR2004 - pence in a pound


def _run(found: Sequence[int]) -> int:
    """Join what a comma parted: 1,250 comes as 1 and 250."""
    return int(str(found[0]) + "".join(f"{part:03}" for part in found[1:])) if found else 0


def _cardinals(words: Sequence[str]) -> list[int]:
    """Give the whole numbers said: "forty two" is one, "twelve fifty" two."""
    found: list[int] = []
    at = 0
    while at < len(words):
        value, after = _thousands(words, at)
        if after > at:
            found.append(value)
        at = max(after, at + 1)
    return found


def _thousands(words: Sequence[str], at: int) -> tuple[int, int]:
    value, after = _hundreds(words, at)
    if after == at or words[after : after + 1] != ["thousand"]:
        return value, after
    more, end = _hundreds(words, after + 1 + (words[after + 1 : after + 2] == ["and"]))
    return value * 1000 + more, end if more else after + 1


def _hundreds(words: Sequence[str], at: int) -> tuple[int, int]:
    value, after = _tens(words, at)
    if words[at : at + 1] == ["a"] and words[at + 1 : at + 2] in (["hundred"], ["thousand"], ["pound"]):
        value, after = 1, at + 1
    if after == at or words[after : after + 1] != ["hundred"]:
        return value, after
    more, end = _tens(words, after + 1 + (words[after + 1 : after + 2] == ["and"]))
    return value * 100 + more, end if more else after + 1


def _tens(words: Sequence[str], at: int) -> tuple[int, int]:
    for size in (2, 1):
        stretch = words[at : at + size]
        said = digits(stretch) if len(stretch) == size and stretch[0] not in _NO_NUMBER else ""
        whole = size == 1 or (len(said) == 2 and said[1] != "0" and digits(stretch[:1]).endswith("0"))  # noqa: PLR2004
        if said and whole and "hundred" not in stretch:
            return int(said), at + size
    return 0, at


def feast(text: str, today: date) -> date | None:
    """Day of a feast that is on the same date each year; None: none is spoken of."""
    plain = normalise(text)
    named = next((day for name, day in _FEASTS.items() if name in plain), None)
    named = named or ((12, 25) if "christmas" in plain.split() else None)
    return _ahead(today, *named) if named else None


def on_date(text: str, today: date) -> date | None:
    """Date meant by "tuesday week", "the twenty third", "boxing day", "a week on friday"; None: no date in it.

    >>> on_date("tuesday week", date(2026, 11, 20)), on_date("the twenty third of december", date(2026, 11, 20))
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 23))
    """
    plain = normalise(text)
    if found := feast(plain, today):
        return found
    words = plain.split()
    ahead = _days_ahead(words)
    if ahead is not None:
        return today + timedelta(days=ahead)
    named = next((word for word in words if word.removesuffix("s") in DAYS), "")
    if named and set(words) & set(_MONTHS) and (dated := _day_of_month(words, today)):
        return dated  # "wednesday the twenty third of december"
    if named:
        return _weekday(words, named.removesuffix("s"), today)
    return _day_of_month(words, today)


def _days_ahead(words: Sequence[str]) -> int | None:
    """How many days away: "tomorrow", "a week today", "in three days", "in a fortnight"; None: it is not said so."""
    weeks = 2 if "fortnight" in words else 1 if "week" in words else 0
    if "today" in words or "now" in words:
        return weeks * _WEEK
    if "tomorrow" in words:
        later = 2 if "after" in words and "day" in words else 1
        return later + weeks * _WEEK
    if "in" not in words and "time" not in words:
        return None
    counted = next(iter(_cardinals(words)), 1 if {"a", "one"} & set(words) else 0)
    for unit, days in {"days": 1, "day": 1, "weeks": _WEEK, "week": _WEEK, "fortnight": 2 * _WEEK}.items():
        if unit in words and 0 < counted <= _FAR:
            return counted * days
    return None


def _weekday(words: Sequence[str], named: str, today: date) -> date:
    ahead = (DAYS.index(named) - today.weekday()) % _WEEK or _WEEK
    week = "week" in words or ("next" in words and ahead + today.weekday() < _WEEK)
    fortnight = "fortnight" in words
    return today + timedelta(days=ahead + (2 * _WEEK if fortnight else _WEEK if week else 0))


def _day_of_month(words: Sequence[str], today: date) -> date | None:
    month = next((n for n, name in enumerate(_MONTHS, 1) if name in words), 0)
    day = 0
    for place, word in enumerate(words):
        tens = {"twenty": 20, "thirty": 30}.get(words[place - 1], 0) if place else 0
        if word in _NTH and _NTH[word] + tens <= 31:  # noqa: PLR2004 - days of a month
            day = _NTH[word] + (tens if _NTH[word] < 10 else 0)  # noqa: PLR2004 - "twenty third", not "twenty tenth"
        elif re.fullmatch(r"\d{1,2}(st|nd|rd|th)", word):
            day = int(word[:-2])
    if not day and month:
        said = next((n for n in _numbers(words) if n.isdigit() and 1 <= int(n) <= 31), "")  # noqa: PLR2004
        day = int(said) if said else 0
    return _ahead(today, month, day) if day else None


def _ahead(today: date, month: int, day: int) -> date | None:
    """Return the next day of that number, in that month if one was named."""
    for more in range(1, 25):
        at = today.replace(day=1)
        year, number = divmod(at.year * 12 + at.month - 1 + (more - 1), 12)
        if month and number + 1 != month:
            continue
        try:
            found = date(year, number + 1, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
