"""A council's callers, simulated: whole years of call records with the shape of real ones, made in seconds.

python benchmarks/traffic.py DATABASE-URL [--calls 400000] [--first 2025-01-01] [--years 1] [--seed 1] [--turns]

What is simulated, so that reports have something to find:
- the year (Mondays, the weeks of council tax bills and garden waste renewals, bank holidays' quiet) and the day
  (mornings), on the site's own clocks, clock changes included, and evenings and nights out of hours
- callers of whom few call often and most once; 18 % withhold their number; some who were not helped call again, most
  within the day, and some who were put through wrongly within two minutes
- what callers want (names, departments, 50 enquiries, an operator, nothing), how well they are heard, which improves
  with each directory version and drops for one bad week a year, and what came of it: every outcome there is
- how long telephones ring, worse on Mondays; texts, surveys, a second language; and how each utterance was taken

All of it is drawn from one seed. Nothing of the report's code is used: only the tables' names and columns.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from ivr.records.store import Store

MICRO = 1_000_000
PEOPLE, FREQUENT = 150_000, 2_000
"""Callers, and those of them who call far more often than the others."""
ENTRIES, DEPARTMENTS, ENQUIRIES = 600, 40, 50
SKILLS = ("", "", "", "bin_day", "report_place", "leave_request", "balance", "")
OUTCOMES = (
    "completed", "signposted", "transferred", "transfer_failed", "operator_requested", "operator_fallback",
    "escalated", "closed", "abandoned", "failed",
)  # fmt: skip
OPEN = (0.14, 0.12, 0.40, 0.06, 0.09, 0.08, 0.004, 0.0, 0.10, 0.006)
"""How often each outcome comes while the operators are there."""
SHUT = (0.20, 0.17, 0.08, 0.04, 0.0, 0.0, 0.01, 0.34, 0.15, 0.01)
HOURS = (1, 1, 1, 1, 1, 2, 5, 15, 60, 100, 95, 85, 75, 70, 72, 68, 55, 20, 12, 9, 7, 5, 3, 2)
"""Weight of each hour of a working day."""
WEEK = (1.25, 1.05, 1.0, 0.97, 0.95, 0.12, 0.08)

# How a call's turns went: (decision, command or key) of each. An empty decision is a silence or a key press.
CLEAR = (("accept", ""),)
CONFIRMED = (("confirm", ""), ("accept", "yes"))
KEYED_YES = (("confirm", ""), ("", "1"))
DECLINED = (("confirm", ""), ("accept", "no"), ("accept", ""))
PICKED = (("choose", ""), ("accept", "second"))
REPEATED = (("reject", ""), ("accept", ""))
LOST = (("reject", ""), ("reject", ""))
SILENT = (("", ""), ("accept", ""))
OPERATOR = (("accept", "operator"),)
UNANSWERED = (("confirm", ""), ("", ""))
SAID = (CLEAR, CONFIRMED, KEYED_YES, DECLINED, PICKED, REPEATED, LOST, SILENT, OPERATOR, UNANSWERED, ())
FIRST_TRY = ("acted", "right", "right", "wrong", "right", "wrong", "wrong", "acted", "", "", "")
"""What each says of the first request: right, wrong, nothing, or right where the call was acted on."""
GOOD, BAD = (46, 16, 2, 4, 6, 9, 4, 3, 5, 1, 4), (26, 16, 2, 10, 6, 18, 12, 3, 5, 1, 1)
"""How often each comes: as a rule, and with a bad version of the directory."""


def hours_of(first: date, last: date, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, for every hour from `first` to before `last`: its start in seconds UTC, weight, weekday, and if open."""
    start = int(datetime.combine(first, datetime.min.time(), zone).timestamp())
    end = int(datetime.combine(last, datetime.min.time(), zone).timestamp())
    seconds = np.arange(start, end, 3600)
    local = [datetime.fromtimestamp(at, UTC).astimezone(zone) for at in seconds.tolist()]
    weekday = np.array([at.weekday() for at in local])
    hour = np.array([at.hour for at in local])
    season = np.array([1.35 if at.month in {3, 4} else 0.45 if (at.month, at.day) in {(12, 25), (12, 26), (1, 1)} else
                       0.9 if at.month in {8, 12} else 1.0 for at in local])  # fmt: skip
    weight = np.array(HOURS)[hour] * np.array(WEEK)[weekday] * season
    is_open = (weekday < 5) & (hour >= 8) & (hour < 17)
    return seconds, weight / weight.sum(), weekday, is_open


def simulate(
    first: date, last: date, calls: int, *, seed: int = 1, zone: str = "Europe/London", prefix: str = "CA"
) -> dict[str, Any]:
    """Return `calls` calls from `first` to before `last` as columns in order of time, named as the table's."""
    chance = np.random.default_rng([seed, first.toordinal()])
    starts, weight, weekday, is_open = hours_of(first, last, ZoneInfo(zone))
    again = calls // 12
    slot = np.sort(chance.choice(len(starts), calls - again, p=weight))
    started = starts[slot] * MICRO + chance.integers(0, 3600 * MICRO, calls - again)
    often = chance.random(calls - again) < 0.05
    caller = np.where(
        often, chance.zipf(1.6, calls - again) % FREQUENT, FREQUENT + chance.integers(0, PEOPLE, calls - again)
    )
    # Callers who come back: some at once, most within the day, a few later.
    of = chance.integers(0, calls - again, again)
    pause = np.where(chance.random(again) < 0.1, chance.integers(5, 240, again), chance.exponential(36_000, again))
    back = started[of] + (pause.astype(np.int64) + 60) * MICRO
    end = int(starts[-1] + 3600) * MICRO
    back = np.where(back < end, back, started[of])
    started, caller = np.concatenate([started, back]), np.concatenate([caller, caller[of]])
    order = np.argsort(started, kind="stable")
    started, caller = started[order], caller[order]
    slot = np.searchsorted(starts, started // MICRO, side="right") - 1
    found = _fates(chance, started, weekday[slot], is_open[slot])
    withheld = chance.random(calls) < 0.18
    key = np.char.add("k", caller.astype(str)).astype(object)
    key[withheld] = ""
    found["call_id"] = [f"{prefix}{first:%Y%m%d}{number:07}" for number in range(calls)]
    found |= {"started": started, "caller_key": key.tolist()}
    found["caller_masked"] = ["+44 7700 900***" if k else "anonymous" for k in found["caller_key"]]
    found["ended"] = started + found.pop("length") * MICRO + chance.integers(0, MICRO, calls)
    return found


def _fates(
    chance: np.random.Generator, started: np.ndarray, weekday: np.ndarray, is_open: np.ndarray
) -> dict[str, Any]:
    """Draw what each call was about, how it was heard, and how it ended."""
    calls = len(started)
    draw = chance.random(calls)
    outcome = np.where(is_open, np.searchsorted(np.cumsum(OPEN), draw), np.searchsorted(np.cumsum(SHUT), draw))
    outcome = np.minimum(outcome, len(OUTCOMES) - 1)
    week = started // (7 * 86_400 * MICRO)
    bad = week % 52 == 17
    said = np.where(bad, _drawn(chance, BAD, calls), _drawn(chance, GOOD, calls))
    person = np.isin(outcome, (2, 3))
    operator = np.isin(outcome, (4, 5, 6))
    entry = np.minimum(chance.zipf(1.4, calls), ENTRIES) - 1
    asked = (outcome < 2) | (chance.random(calls) < 0.12) & ~person
    enquiry = np.where(asked, np.minimum(chance.zipf(1.5, calls), ENQUIRIES), 0)
    answered = (outcome == 2) | operator & (chance.random(calls) < 0.93) | (outcome == 9) & (chance.random(calls) < 0.5)
    rung = answered | person | operator
    ring = np.round(chance.gamma(1.6, np.where(weekday == 0, 32.0, 17.0)), 3)
    talk = np.round(chance.exponential(150.0, calls), 1)
    length = (15 + chance.exponential(50.0, calls) + np.where(rung, ring, 0) + np.where(answered, talk, 0)).astype(int)
    texts = (enquiry > 0) & (outcome < 2) & (chance.random(calls) < 0.35)
    surveyed = (outcome < 3) & (chance.random(calls) < 0.3)
    scored = surveyed & (chance.random(calls) < 0.12)
    score = 1 + _drawn(chance, (4, 3, 6, 30, 57), calls)
    entries = np.array(["", *(f"p-{at:04}" for at in range(ENTRIES))], dtype=object)
    names = np.array(["", *(f"Person {at}" for at in range(ENTRIES))], dtype=object)
    teams = np.array(["", *(f"Department {at % DEPARTMENTS}" for at in range(ENTRIES))], dtype=object)
    enquiries = np.array(["", *(f"enquiry_{at}" for at in range(ENQUIRIES))], dtype=object)
    place = np.where(person, entry + 1, 0)
    columns: dict[str, Any] = {
        "channel": "twilio",
        "outcome": np.array(OUTCOMES, dtype=object)[outcome].tolist(),
        "entry_id": entries[place].tolist(),
        "entry_name": names[place].tolist(),
        "department": teams[place].tolist(),
        "enquiry_id": enquiries[enquiry].tolist(),
        "skill": np.where(enquiry > 0, np.array(SKILLS, dtype=object)[enquiry % len(SKILLS)], "").tolist(),
        "directory_version": [f"v{number:06}" for number in week.tolist()],
        "engine": np.where(week % 104 < 52, "vosk", "vosk+sphinx").tolist(),
        "language": np.where(chance.random(calls) < 0.04, "cy-GB", "en-GB").tolist(),
        "dial_status": np.where(answered, "answered", np.where(rung, "no-answer", "")).tolist(),
        "answer_seconds": [r if a else None for r, a in zip(ring.tolist(), answered.tolist(), strict=True)],
        "talk_seconds": [t if a else None for t, a in zip(talk.tolist(), answered.tolist(), strict=True)],
        "wrong_transfer": ((outcome == 2) & (chance.random(calls) < 0.004)).tolist(),
        "texts": (texts * chance.integers(1, 3, calls)).tolist(),
        "surveyed": surveyed.tolist(),
        "satisfaction": [s if k else None for s, k in zip(score.tolist(), scored.tolist(), strict=True)],
        "in_hours": is_open.tolist(),
        "length": length,
    }
    return columns | _heard(said, outcome)


def _drawn(chance: np.random.Generator, weights: tuple[int, ...], number: int) -> np.ndarray:
    return np.searchsorted(np.cumsum(weights) / sum(weights), chance.random(number))


def _heard(said: np.ndarray, outcome: np.ndarray) -> dict[str, Any]:
    """Count what each way of hearing a call comes to."""
    counts = {
        "utterances": [sum(bool(d) for d, _ in turns) for turns in SAID],
        "accepted": [sum(d == "accept" for d, _ in turns) for turns in SAID],
        "confirmed": [sum(d == "confirm" for d, _ in turns) for turns in SAID],
        "offered_choice": [sum(d == "choose" for d, _ in turns) for turns in SAID],
        "rejected": [sum(d == "reject" for d, _ in turns) for turns in SAID],
        "declined": [int(turns is DECLINED) for turns in SAID],
        "silent": [sum(not d and not k for d, k in turns) for turns in SAID],
        "keyed": [sum(not d and bool(k) for d, k in turns) for turns in SAID],
    }
    first = np.array(FIRST_TRY, dtype=object)[said]
    first = np.where(first == "acted", np.where(outcome < 3, "right", ""), first)
    columns: dict[str, Any] = {name: np.array(values)[said].tolist() for name, values in counts.items()}
    return columns | {"first_try": first.tolist(), "said": said.tolist()}


def link(months: list[dict[str, Any]]) -> None:
    """Add to each call when its caller called next, over all months, which are in order of time."""
    keys = np.array([key for month in months for key in month["caller_key"]], dtype=str)
    started = np.concatenate([month["started"] for month in months])
    order = np.lexsort((np.arange(len(keys)), started, keys))
    same = (keys[order][1:] == keys[order][:-1]) & (keys[order][1:] != "")
    following = np.full(len(keys), -1, dtype=np.int64)
    following[order[:-1][same]] = started[order[1:][same]]
    at = 0
    for month in months:
        number = len(month["caller_key"])
        month["next_started"] = [None if moment < 0 else moment for moment in following[at : at + number].tolist()]
        at += number


def turns_of(month: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the turns of a month's calls: call, number, time, expect, state, decision, command, key, candidates."""
    someone = '[["entry:p-0001", "Person 1", 0.8, []]]'
    rows = []
    for call_id, started, said in zip(month["call_id"], month["started"].tolist(), month["said"], strict=True):
        asked = ""
        for number, (decision, word) in enumerate(SAID[said], 1):
            state = "confirming" if asked == "confirm" else "choosing" if asked == "choose" else "listening"
            answer = bool(decision) and bool(word)
            rows.append((
                call_id, number, started + number * 5 * MICRO, "call", state, decision or None,
                word if answer else "", "" if decision else word,
                someone if decision in {"accept", "confirm", "choose"} and not answer else "[]",
            ))  # fmt: skip
            asked = decision
    return rows


TURNS = ("call_id", "turn", "at", "expect", "state", "decision", "command", "keyed", "candidates")


def insert(url: str, months: list[dict[str, Any]], *, turns: bool = False) -> None:
    """Write the months into a records database, which is made where there is none."""
    Store(url).close()
    engine = sa.create_engine(url)
    raw: Any = engine.raw_connection()
    try:
        for month in months:
            names = [name for name in month if name != "said"]
            columns = [month[n].tolist() if isinstance(month[n], np.ndarray) else month[n] for n in names]
            number = len(month["call_id"])
            columns = [[c] * number if isinstance(c, str) else c for c in columns]
            _write(raw.driver_connection, "calls", names, zip(*columns, strict=True))
            if turns:
                _write(raw.driver_connection, "turns", TURNS, turns_of(month))
            raw.commit()
        raw.driver_connection.execute("ANALYZE")
        raw.commit()
    finally:
        raw.close()
        engine.dispose()


def _write(connection: Any, table: str, names: Any, rows: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)  # noqa: S608
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def months_between(first: date, years: int) -> list[tuple[date, date]]:
    """Return the first day of each month and of the next, for so many years."""
    starts = [date(first.year + (first.month - 1 + at) // 12, (first.month - 1 + at) % 12 + 1, 1)
              for at in range(12 * years + 1)]  # fmt: skip
    return list(pairwise(starts))


def years_of(first: date, years: int, calls: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Return months of calls, so many calls a year, linked."""
    months = months_between(first, years)
    whole = (months[-1][1] - first) / timedelta(days=1)
    wanted = [round(years * calls * ((start - first) / timedelta(days=1)) / whole) for start, _ in months]
    wanted.append(years * calls)
    made = [
        simulate(start, end, wanted[at + 1] - wanted[at], seed=seed)
        for at, (start, end) in enumerate(months)
        if wanted[at + 1] > wanted[at]
    ]
    link(made)
    return made


def main() -> None:
    """Fill a database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="database, SQLAlchemy form: sqlite:///FILE or postgresql+psycopg://...")
    parser.add_argument("--calls", type=int, default=400_000, help="calls a year")
    parser.add_argument("--first", type=date.fromisoformat, default=date(2025, 1, 1), help="first day, a month's first")
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", action="store_true", help="write every turn too")
    options = parser.parse_args()
    began = time.perf_counter()
    months = years_of(options.first.replace(day=1), options.years, options.calls, seed=options.seed)
    made = time.perf_counter()
    insert(options.url, months, turns=options.turns)
    total = sum(len(month["call_id"]) for month in months)
    written = time.perf_counter() - made
    print(f"{total:,} calls simulated in {made - began:.1f} s, written in {written:.1f} s ({total / written:,.0f} /s)")


if __name__ == "__main__":
    main()
