"""A month of calls, grouped in every way a report shows: each call's flags and sums are read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import sqlalchemy as sa

from ivr.records.columns import SECOND
from ivr.records.conditions import ENDED, STARTED, flags, within
from ivr.records.figures import FLAGS, MEASURES, SUMS
from ivr.records.period import DAY, HOUR, HOURS_OF_WEEK, MONDAY, hour_name, offsets
from ivr.records.tables import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ivr.records.period import Period

    Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

BETWEEN = "\x1f"
"""Separates the parts of a key that has two."""

_TEXTS = ("entry_id", "department", "enquiry_id", "skill", "language", "engine", "directory_version", "entry_name")
_PLAIN = ("texts", "utterances", "accepted", "confirmed", "offered_choice", "rejected", "declined", "silent", "keyed")
_CENTI = 100
_LONGEST = 86_400.0
"""Seconds that a time is taken for at most; a longer one is a mistake, and would drown all others."""


@dataclass(frozen=True, slots=True)
class Table:
    """Groups of calls, counted: a row a group, a column a measure."""

    keys: tuple[str, ...]
    rows: Numbers

    def as_json(self) -> list[Any]:
        """Return it as plain lists."""
        return [list(self.keys), self.rows.tolist()]

    @classmethod
    def from_json(cls, found: Sequence[Any]) -> Table:
        """Read what `as_json` gave."""
        keys, rows = found
        return cls(tuple(keys), np.array(rows, dtype=np.int64).reshape(len(keys), len(MEASURES)))


@dataclass(frozen=True, slots=True)
class Month:
    """The calls of a local month, or of a part of it, grouped in every way."""

    tables: Mapping[str, Table]
    """By day (ISO), hour (of the week), entry, department, enquiry, skill and language; by "heard day" (day, engine
    and directory version) and by "team day" (day and department)."""
    names: Mapping[str, str]
    """Of entries, by id."""


def count_month(connection: sa.Connection, period: Period) -> Month:
    """Count the finished calls of a period within one local month, both ends being set."""
    if period.start is None or period.end is None:
        raise ValueError("counting needs a period with both ends")
    columns = [calls.c[name] for name in (*_TEXTS, *_PLAIN, "answer_seconds", "talk_seconds", "satisfaction")]
    found = sa.select(STARTED, (ENDED - STARTED) // SECOND, flags(), *columns).where(*within(period))
    rows = connection.execute(found.order_by(calls.c.started, calls.c.call_id)).all()
    if not rows:
        return Month({}, {})
    started, length, bits, *rest = zip(*rows, strict=True)
    text = dict(zip(_TEXTS, rest, strict=False))
    plain = dict(zip(_PLAIN, rest[len(_TEXTS) :], strict=False))
    answer, talk, score = rest[-3:]
    moments = np.array(started, dtype=np.int64)
    local = moments + _offset(moments, period)
    flagged = np.array(bits, dtype=np.int64)
    wait = _kept(answer, flagged, "waited", _CENTI)
    sums = plain | {
        "wait": wait,
        "wait_squared": wait * wait,
        "line_seconds": length,
        "talk_seconds": _kept(talk, flagged, "answered"),
        "score": _kept(score, flagged, "survey_answered"),
    }
    measures = _measures(flagged, sums)
    day = _numbered(local // DAY, lambda days: days.astype("datetime64[D]").astype(str).tolist())
    hour = _numbered((local // HOUR + MONDAY) % HOURS_OF_WEEK, lambda hours: list(map(hour_name, hours.tolist())))
    team = _coded(text["department"])
    keys = {
        "day": day,
        "hour": hour,
        "entry": _coded(text["entry_id"]),
        "department": team,
        "enquiry": _coded(text["enquiry_id"]),
        "skill": _coded(text["skill"]),
        "language": _coded(text["language"]),
        "heard day": _paired(day, _paired(_coded(text["engine"]), _coded(text["directory_version"]))),
        "team day": _paired(day, team),
    }
    return Month({name: _grouped(key, measures) for name, key in keys.items()}, _names(text))


def merged(months: Sequence[Month]) -> Month:
    """Add months up."""
    names: dict[str, str] = {}
    for month in months:
        names |= month.names
    kinds = {kind for month in months for kind in month.tables}
    tables = {kind: _added([month.tables[kind] for month in months if kind in month.tables]) for kind in kinds}
    return Month(tables, names)


def _added(tables: Sequence[Table]) -> Table:
    codes: dict[str, int] = {}
    at = np.array([codes.setdefault(key, len(codes)) for table in tables for key in table.keys], dtype=np.int64)
    rows = np.zeros((len(codes), len(MEASURES)), dtype=np.int64)
    np.add.at(rows, at, np.concatenate([table.rows for table in tables]))
    return Table(tuple(codes), rows)


def _offset(moments: Numbers, period: Period) -> Numbers:
    """Return what is to be added to UTC for the site's own clocks, in microseconds."""
    assert period.start is not None  # noqa: S101 - asked before
    assert period.end is not None  # noqa: S101 - asked before
    changes = offsets(period.start, period.end, period.zone)
    since = np.array([since for since, _ in changes], dtype=np.int64)
    values = np.array([offset for _, offset in changes], dtype=np.int64)
    found: Numbers = values[np.searchsorted(since, moments, side="right") - 1]
    return found


def _kept(values: Sequence[float | None], bits: Numbers, flag: str, scale: int = 1) -> Numbers:
    """Return values times `scale` as whole numbers, where a call has this flag; else 0."""
    whole: Numbers = np.rint(np.minimum(np.array([v or 0.0 for v in values]), _LONGEST) * scale).astype(np.int64)
    kept: Numbers = whole * ((bits >> FLAGS.index(flag)) & 1)
    return kept


def _measures(bits: Numbers, sums: Mapping[str, Any]) -> Numbers:
    """Return a row a call, a column a measure."""
    found = np.zeros((len(bits), len(MEASURES)), dtype=np.int64)
    found[:, : len(FLAGS)] = (bits[:, None] >> np.arange(len(FLAGS))) & 1
    for at, name in enumerate(SUMS, len(FLAGS)):
        found[:, at] = sums[name]
    return found


class _Keys(NamedTuple):
    """The group of each call: which key it has, as a number, and the keys."""

    at: Numbers
    keys: tuple[str, ...]


def _coded(texts: Sequence[str]) -> _Keys:
    codes = dict.fromkeys(texts)
    for number, key in enumerate(codes):
        codes[key] = number
    return _Keys(np.array([codes[text] for text in texts], dtype=np.int64), tuple(codes))


def _numbered(numbers: Numbers, name: Callable[[Numbers], list[str]]) -> _Keys:
    known, at = np.unique(numbers, return_inverse=True)
    return _Keys(at.astype(np.int64), tuple(name(known)))


def _paired(first: _Keys, second: _Keys) -> _Keys:
    """Return the keys of both at once."""
    known, at = np.unique(first.at * len(second.keys) + second.at, return_inverse=True)
    pairs = (divmod(pair, len(second.keys)) for pair in known.tolist())
    return _Keys(at.astype(np.int64), tuple(f"{first.keys[a]}{BETWEEN}{second.keys[b]}" for a, b in pairs))


def _grouped(group: _Keys, measures: Numbers) -> Table:
    order = np.argsort(group.at, kind="stable")
    starts = np.searchsorted(group.at[order], np.arange(len(group.keys)))
    return Table(group.keys, np.add.reduceat(measures[order], starts, axis=0))


def _names(text: Mapping[str, Sequence[str]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for id_, name in zip(text["entry_id"], text["entry_name"], strict=True):
        if id_ and name > names.get(id_, ""):
            names[id_] = name
    return names
