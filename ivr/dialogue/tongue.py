"""How a language says days, times, amounts and the fixed words of skills, and what its callers' words mean.

A language is a file, `words.LANGUAGE.yaml`, with two parts. `said` has the patterns and lists below. `understood` puts
words of callers into the words of the site's grammars, longest first: "dydd mawrth" is "tuesday", so everything that
understands Tuesday understands it. `terms` are single words of skills and tables as they are said: "rubbish" is
"sbwriel".
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 (pydantic reads the fields' types at run time)
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ivr.errors import GrammarError
from ivr.text import normalise

if TYPE_CHECKING:
    from pathlib import Path

BUILT_IN: Final = "en-GB"
"""Language of which the package has a file: what a site without one for its own language says."""
_NOON: Final = 12
_DAYS_APART: Final = 12 * 366
"""Within so many days every day of the year falls on every day of the week, but for the last of February."""
_PLACE: Final = re.compile(r"\{(\w*)\}")
_Text = Annotated[str, Field(min_length=1)]


class _Said(BaseModel):
    """The patterns. `{...}` are filled in; the lists are in the order of the calendar and of the clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[tuple[_Text, ...], Field(min_length=7, max_length=7)]
    days_on: tuple[_Text, ...] = ()
    """Days as they are said where something happens on one; empty: as `days`."""
    months: Annotated[tuple[_Text, ...], Field(min_length=12, max_length=12)]
    hours: Annotated[tuple[_Text, ...], Field(min_length=12, max_length=12)]
    hours_at: tuple[_Text, ...] = ()
    """Hours as they are said after "at", "from" and "to"; empty: as `hours`."""
    date: _Text
    hour: _Text
    o_clock: _Text
    quarter_past: _Text
    half_past: _Text
    quarter_to: _Text
    minutes: _Text
    noon: _Text
    midnight: _Text
    moment: _Text
    today: _Text
    tomorrow: _Text
    later: _Text
    open: _Text
    open_again: _Text
    every_other_week: _Text
    pence: _Text
    one_pound: _Text
    pounds: _Text
    and_pence: _Text
    postcode: _Text
    house: _Text
    bin: _Text
    lamp_post: _Text
    thing: _Text
    things: _Text
    also: _Text
    dated: _Text
    reference: _Text

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, many in {"days_on": 7, "hours_at": 12}.items():
            if len(getattr(self, name)) not in {0, many}:
                raise ValueError(f"{name}: write {many}, or none")
        for name, pattern in self:
            known = set(_PLACE.findall(getattr(_english_said(), name))) if isinstance(pattern, str) else set()
            if isinstance(pattern, str) and not set(_PLACE.findall(pattern)) <= known:
                there = ", ".join(f"{{{place}}}" for place in sorted(known)) or "nothing to fill in"
                raise ValueError(f"{name}: it may use: {there}")
        return self


class _Written(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: _Said
    terms: Mapping[str, _Text] = Field(default_factory=dict)
    understood: Mapping[str, _Text] = Field(default_factory=dict)


@dataclass(frozen=True)
class Tongue:
    """One language. Immutable."""

    language: str
    said: _Said
    terms: Mapping[str, str] = field(default_factory=dict)
    understood: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """Words of the grammars by the words callers say."""

    # --- saying -------------------------------------------------------------------------------------------------

    def fill(self, name: str, **values: str) -> str:
        """Fill in one of the patterns."""
        return _PLACE.sub(lambda place: values[place[1]], getattr(self.said, name))

    def term(self, word: str) -> str:
        """Say a word of a skill or a table; the word itself where the language has none for it."""
        return self.terms.get(word, word)

    def weekday(self, number: int, *, on: bool = False) -> str:
        """Say a day of the week, Monday being 0. `on`: something happens on it."""
        return ((on and self.said.days_on) or self.said.days)[number]

    def day(self, day: date, *, on: bool = False) -> str:
        """Say a date: "Saturday the 26 of December". `on`: something happens on it."""
        month = self.said.months[day.month - 1]
        return self.fill("date", day=self.weekday(day.weekday(), on=on), number=str(day.day), month=month)

    def clock(self, at: datetime, *, after: bool = False, whole: str = "hour") -> str:
        """Say a time of day: "half past 8", "5", "noon". `after`: it follows "at", "from" or "to".

        `whole`: the pattern of a full hour.
        """
        hour, minute = at.hour % _NOON or _NOON, at.minute
        if (hour, minute) == (_NOON, 0):
            return self.said.midnight if at.hour == 0 else self.said.noon
        said, soft = self.said.hours, self.said.hours_at or self.said.hours
        match minute:
            case 0:
                return self.fill(whole, hour=(soft if after else said)[hour - 1])
            case 15:
                return self.fill("quarter_past", hour=said[hour - 1])
            case 30:
                return self.fill("half_past", hour=said[hour - 1])
            case 45:
                return self.fill("quarter_to", hour=soft[hour % _NOON])
            case _:
                return self.fill("minutes", hour=said[hour - 1], minutes=f"{minute:02}")

    def moment(self, at: datetime | None) -> str:
        """Say a day and time: "Monday the 28 of December at half past 8"; "" for none."""
        return self.fill("moment", date=self.day(at.date(), on=True), time=self.clock(at, after=True)) if at else ""

    def deadline(self, at: datetime, now: datetime) -> str:
        """Say by when, as seen from now: "5 o'clock tomorrow", "half past 4 on Tuesday the 24 of November"."""
        said = self.clock(at, whole="o_clock")
        days = {now.date(): "today", now.date() + timedelta(days=1): "tomorrow"}
        near = days.get(at.date())
        return self.fill(near, time=said) if near else self.fill("later", time=said, date=self.day(at.date(), on=True))

    def opening(self, first: datetime, last: datetime) -> str:
        """Say from when to when something is open: "half past 8 to 5"."""
        return self.fill("open", first=self.clock(first, after=True), last=self.clock(last, after=True))

    def amount(self, pence: int) -> str:
        """Say an amount of money: "42 pounds 50"."""
        pounds, rest = divmod(pence, 100)
        if not pounds:
            return self.fill("pence", pence=str(rest))
        whole = self.said.one_pound if pounds == 1 else self.fill("pounds", pounds=str(pounds))
        return self.fill("and_pence", pounds=whole, pence=f"{rest:02}") if rest else whole

    def dated(self, words: str, day: date) -> str:
        """Put a date after the words that mean it: "tuesday week, that is Tuesday the 1 of December"."""
        return self.fill("dated", words=words, date=self.day(day))

    def undated(self, text: str, since: date = date(2024, 1, 1)) -> tuple[str, date | None]:
        """Take apart what `dated` put together; the day is the first since then that is said so, None without one."""
        for n in range(_DAYS_APART):
            end = self.dated("", day := since + timedelta(days=n))
            if text.endswith(end):
                return text.removesuffix(end), day
        return text, None

    # --- understanding ------------------------------------------------------------------------------------------

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.understood), default=0)

    def into_grammar(self, text: str) -> str:
        """Put what a caller said into the words of the grammars; words that are not listed stay as they are."""
        words = normalise(text).split()
        found: list[str] = []
        at = 0
        while at < len(words):
            sizes = range(min(self._longest, len(words) - at), 0, -1)
            size = next((n for n in sizes if tuple(words[at : at + n]) in self.understood), 0)
            found += self.understood[tuple(words[at : at + size])] if size else words[at : at + 1]
            at += max(size, 1)
        return " ".join(found)


def load_tongue(folder: Path, language: str) -> Tongue:
    """Read a language's `words.LANGUAGE.yaml`; English needs none. Raises GrammarError naming what is wrong."""
    path = folder / f"words.{language}.yaml"
    if not path.exists() and language.partition("-")[0] == BUILT_IN.partition("-")[0]:
        return english()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        todo = "write the file after the example in docs/enquiries.md, or remove the language from ivr.toml"
        raise GrammarError("no words in this language", where=str(path), todo=todo) from None
    except (OSError, UnicodeDecodeError) as error:
        raise GrammarError(f"cannot be read: {error}", where=str(path), todo="save it as UTF-8 text") from error
    return _read(text, language, str(path))


@lru_cache(maxsize=1)
def english() -> Tongue:
    """Return British English."""
    return Tongue(BUILT_IN, _english_said())


@lru_cache(maxsize=1)
def _english_said() -> _Said:
    text = resources.files("ivr.dialogue").joinpath(f"words.{BUILT_IN}.yaml").read_text(encoding="utf-8")
    return _Said.model_construct(**yaml.safe_load(text)["said"])


def _read(text: str, language: str, where: str) -> Tongue:
    try:
        written = _Written.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise GrammarError(f"is not YAML: {' '.join(str(error).split())}", where=where, todo="mend that") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        what = f"{place}: {first['msg'].removeprefix('Value error, ').lower()}"
        raise GrammarError(
            what, where=where, todo="see ivr/dialogue/words.en-GB.yaml for what each line says"
        ) from error
    understood: dict[tuple[str, ...], tuple[str, ...]] = {}
    for ours, theirs in written.understood.items():
        for way in theirs.split("|"):
            said = tuple(normalise(way).split())
            if said and understood.setdefault(said, tuple(normalise(ours).split())) != tuple(normalise(ours).split()):
                what = f"understood: `{way.strip()}` means `{' '.join(understood[said])}` and `{ours}`"
                raise GrammarError(what, where=where, todo="keep one")
    return Tongue(language, written.said, dict(written.terms), understood)
