"""Opening hours: whether a moment falls inside them, and when they next begin."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import opening_hours

from ivr.dialogue.bank_holidays import written_out
from ivr.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.settings import SiteSettings


class Region(NamedTuple):
    """Where hours are kept: its clock, and its bank holidays."""

    timezone: str = "Europe/London"
    """IANA name."""
    nation: str = "england"
    """A key of `bank_holidays.NATIONS`."""

    @classmethod
    def of(cls, site: SiteSettings) -> Region:
        """Return where a site is."""
        return cls(site.timezone, site.nation)

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone. Raises SettingsError."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            what = f"unknown time zone `{self.timezone}`"
            raise SettingsError(what, todo='write it as in "Europe/London"') from None


HERE = Region()


@lru_cache(maxsize=4096)
def parse_hours(hours: str, region: Region = HERE) -> opening_hours.OpeningHours:
    """Read opening hours in OpenStreetMap syntax; `PH` are the region's bank holidays. Raises SettingsError."""
    if not opening_hours.validate(hours):
        raise SettingsError(f"opening hours `{hours}` cannot be read", todo='write them as in "Mo-Fr 09:00-17:00"')
    return opening_hours.OpeningHours(written_out(hours, region.nation), timezone=region.zone, country="GB")


def is_open(hours: str, at: datetime, region: Region = HERE) -> bool:
    """Whether `hours` include the aware moment `at`; empty hours are always open. Raises SettingsError."""
    if not hours:
        return True
    return bool(parse_hours(hours, region).is_open(at.astimezone(region.zone)))


def next_opening(hours: str, at: datetime, region: Region = HERE) -> datetime | None:
    """Return when `hours` next begin after `at` (aware); None: never, or open all the time. Raises SettingsError."""
    if not hours:
        return None
    opening = parse_hours(hours, region)
    moment: datetime | None = at.astimezone(region.zone)
    if opening.is_open(moment):
        moment = opening.next_change(moment)
    change = opening.next_change(moment) if moment else None
    return change.astimezone(region.zone) if change else None
