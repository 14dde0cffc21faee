"""Bank holidays of England, Wales, Scotland and Northern Ireland, put into opening hours as dates.

`PH` in opening hours means the bank holidays of the site's nation, days in lieu included. The evaluator of opening
hours knows the United Kingdom only as a whole, and not all of its holidays, so each `PH` is written out.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import opening_hours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NATIONS: Final = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
"""Nations by their names in the settings, and as holiday calendars call them."""
FIRST, LAST = 2020, 2045
"""Years that `PH` is written out for."""
_PH = re.compile(r"\bPH\b(?!\s*[+-]\s*\d+\s*day)")
_DAY = r"(?:(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?|PH|SH)"
_LIST = re.compile(rf"(?P<before>.*?)(?P<days>(?:{_DAY}\s*,\s*)*PH(?:\s*,\s*{_DAY})*)(?P<rest>.*)", re.DOTALL)
"""A rule that speaks of holidays: months or weeks, days, times."""
_TIME = re.compile(r"\d:\d\d|off|closed|open")


@lru_cache(maxsize=8)
def bank_holidays(nation: str) -> Mapping[date, str]:
    """Return the bank holidays of a nation by date, with their names, from 2020 to 2045."""
    import holidays  # noqa: PLC0415 (slow to import)

    found = holidays.country_holidays("GB", subdiv=NATIONS[nation], years=range(FIRST, LAST + 1))
    return dict(sorted(found.items()))


def written_out(hours: str, nation: str) -> str:
    """Return opening hours in which each `PH` is the nation's dates.

    >>> written_out("Mo-Fr 09:00-17:00; PH off", "england")[:57]
    'Mo-Fr 09:00-17:00; 2020 Jan 01,2020 Apr 10,2020 Apr 13,20'
    """
    if not _PH.search(hours):
        return hours
    rules = [made for rule in hours.split(";") for part in _parts(rule) for made in _written(part, nation)]
    return "; ".join(rules)


def _parts(rule: str) -> Iterator[str]:
    """Give a rule, cut before an additional one ("Mo-Fr 09:00-17:00, PH 10:00-12:00") that speaks of holidays."""
    found = _PH.search(rule)
    head = rule[: found.start()] if found else ""
    comma = head.rfind(",")
    if found and comma >= 0 and _TIME.search(head[:comma]):
        yield rule[:comma].strip()
        yield from _parts(rule[comma + 1 :])
        return
    yield rule.strip()


def _written(rule: str, nation: str) -> Iterator[str]:
    found = _LIST.fullmatch(rule) if _PH.search(rule) else None
    if found is None:
        yield rule
        return
    days = [day for day in re.split(r"\s*,\s*", found["days"]) if day != "PH"]
    before, rest = found["before"].strip(), found["rest"].strip()
    if days:
        yield " ".join(filter(None, (before, ",".join(days), rest)))
    dates = [day for day in bank_holidays(nation) if not before or _within(before, day)]
    if dates:
        yield " ".join(filter(None, (",".join(f"{day:%Y %b %d}" for day in dates), rest)))


def _within(selector: str, day: date) -> bool:
    """Whether a day is one of a selector of months or weeks."""
    chosen = opening_hours.OpeningHours(f"{selector} 00:00-24:00")
    return bool(chosen.is_open(datetime(day.year, day.month, day.day, 12)))  # noqa: DTZ001 (a day, no moment)
