"""The report's figures counted a second time: slowly, row by row in plain Python, from the documented definitions.

Nothing of the report's code is used, and nothing that the report keeps: callers' next calls, first tries and counts of
turns are all worked out again here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

SECOND = 1_000_000
ACTED_ON = {"transferred", "completed", "signposted"}
COLUMNS = (
    "call_id", "started", "ended", "outcome", "caller_key", "entry_id", "department", "enquiry_id", "skill", "language",
    "dial_status", "answer_seconds", "wrong_transfer", "texts", "surveyed", "satisfaction", "in_hours",
)  # fmt: skip


def rows_of(url: str, query: str) -> Iterator[Any]:
    """Read rows, a few thousand at a time."""
    engine = sa.create_engine(url)
    with engine.connect().execution_options(stream_results=True) as connection:
        yield from connection.exec_driver_sql(query).yield_per(10_000)
    engine.dispose()


def slow_figures(url: str, zone: ZoneInfo, *, turns: bool = True) -> dict[tuple[str, str], int]:
    """Return (group, figure) -> number, of every group and figure that has any, over all finished calls.

    Groups are "" and `month=`, `day=`, `hour=`, `entry=`, `department=`, `enquiry=`, `skill=`, `language=`.
    `average_wait` is the sum of waits in hundredths of a second. `turns=False`: those of recognition are left out.
    """
    calls = list(rows_of(url, f"SELECT {', '.join(COLUMNS)} FROM calls WHERE outcome IS NOT NULL"))  # noqa: S608
    following = _following(calls)
    said = _said(url) if turns else {}
    found: dict[tuple[str, str], int] = defaultdict(int)
    day_answers: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    hours: dict[int, tuple[str, str, str]] = {}
    for row in calls:
        call = dict(zip(COLUMNS, row, strict=True))
        figures = _figures(call, following.get(call["call_id"]), said.get(call["call_id"], []))
        groups = _groups(call, zone, hours)
        for group in groups:
            for figure, number in figures.items():
                if number:
                    found[group, figure] += number
        if figures["handed_on"]:
            for group in ("", groups[1], f"department={call['department']}"):
                day_answers[group, groups[2]][0] += 1
                day_answers[group, groups[2]][1] += figures["answered_60"]
    for (group, _), (asked, quick) in day_answers.items():
        if not group.endswith("="):
            found[group, "days"] += 1
            found[group, "days_below"] += 100 * quick < 40 * asked
    return {key: number for key, number in found.items() if number}


def _following(calls: list[Any]) -> dict[str, int]:
    """Return the start of the same caller's next call, by call id."""
    callers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in calls:
        if row[4]:
            callers[row[4]].append((row[1], row[0]))
    found = {}
    for mine in callers.values():
        mine.sort()
        for (_, call_id), (started, _) in pairwise(mine):
            found[call_id] = started
    return found


def _said(url: str) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return (decision, command, key, candidates) of each call's turns, in order."""
    found: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    query = "SELECT call_id, decision, command, keyed, candidates FROM turns ORDER BY call_id, turn"
    for call_id, decision, command, keyed, candidates in rows_of(url, query):
        found[call_id].append((decision or "", command, keyed, candidates))
    return found


def _figures(call: dict[str, Any], following: int | None, said: list[tuple[str, str, str, str]]) -> dict[str, int]:
    """Return what one call counts for."""
    outcome = call["outcome"]
    gap = None if following is None else (following - call["ended"]) / SECOND
    again = gap is not None and gap <= 86_400
    contained = outcome in {"completed", "signposted"}
    put_through = outcome == "transferred"
    wrong = bool(call["wrong_transfer"]) or (put_through and gap is not None and 0 <= gap <= 120)
    rung, answered = call["dial_status"] != "", call["dial_status"] == "answered"
    wait = call["answer_seconds"] if answered else None
    scored = bool(call["surveyed"]) and call["satisfaction"] is not None
    first = _first_try(said, outcome)
    decided = [decision for decision, *_ in said if decision]
    refused = sum(
        one[0] == "confirm" and (after[1] in {"no", "neither"} or after[2] == "2") for one, after in pairwise(said)
    )
    return {
        "offered": 1, outcome: 1, "containment": contained, "strict_containment": contained and not again,
        "automation": contained or put_through, "bail_rate": outcome in {"operator_requested", "operator_fallback"},
        "transfers": put_through or bool(call["wrong_transfer"]), "wrong_transfers": wrong,
        "out_of_hours": not call["in_hours"], "handed_on": rung, "answered": answered,
        "answered_30": wait is not None and wait <= 30, "answered_60": wait is not None and wait <= 60,
        "waited": wait is not None, "average_wait": 0 if wait is None else round(wait * 100),
        "repeated": again, "bounced": wrong or outcome == "transfer_failed", "texted": call["texts"] > 0,
        "texts": call["texts"], "surveyed": bool(call["surveyed"]), "survey_answered": scored,
        "satisfied": scored and call["satisfaction"] >= 4, "satisfaction": call["satisfaction"] if scored else 0,
        "judged": first != "", "first_time_right": first == "right" and not wrong,
        "utterances": len(decided), "in_grammar": sum(d != "reject" for d in decided),
        "confirmation_rate": decided.count("confirm"), "declined_rate": refused, "no_match": decided.count("reject"),
        "silence": sum(not d and not key for d, _, key, _ in said), "turns": len(said),
    }  # fmt: skip


def _first_try(said: list[tuple[str, str, str, str]], outcome: str) -> str:
    for at, (decision, command, _, candidates) in enumerate(said):
        if not decision or (command and candidates == "[]"):
            continue
        if decision == "reject":
            return "wrong"
        if decision == "accept":
            return "right" if outcome in ACTED_ON else ""
        answer = said[at + 1] if at + 1 < len(said) else ("", "", "", "")
        if answer[1] in {"no", "neither"} or (decision == "confirm" and answer[2] == "2"):
            return "wrong"
        return "right" if answer[1] in {"yes", "first", "second", "third"} or answer[2] in {"1", "2", "3"} else ""
    return ""


def _groups(call: dict[str, Any], zone: ZoneInfo, hours: dict[int, tuple[str, str, str]]) -> Iterable[str]:
    """Name the groups that this call belongs to; the month and the day are the second and the third."""
    quarter = call["started"] // (900 * SECOND)
    if quarter not in hours:  # clocks change on quarters of an hour only, which saves asking 400,000 times
        local = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone)
        hours[quarter] = (f"month={local:%Y-%m}", f"day={local:%Y-%m-%d}", f"hour={local:%a-%H}")
    found = ["", *hours[quarter]]
    for name, column in (("entry", "entry_id"), ("department", "department"), ("enquiry", "enquiry_id"),
                         ("skill", "skill"), ("language", "language")):  # fmt: skip
        if call[column]:
            found.append(f"{name}={call[column]}")
    return found


def differences(report: Any, slow: dict[tuple[str, str], int], *, turns: bool = True) -> list[str]:
    """Return where a report differs from the slow count, a line each; none: every figure is the same."""
    heard = {"first_time_right", "in_grammar", "confirmation_rate", "declined_rate", "no_match", "silence"}
    groups = [report.total, *(group for name, found in report.sections.items() for group in found)]
    kinds = {"", *(name for name in report.sections)}
    fast = {
        (group.key, value.figure.name): value.count
        for group in groups
        for value in group.values
        if value.count and (turns or value.figure.name not in heard)
    }
    bases = {"days", "waited", "judged", "turns", "utterances", "handed_on"}
    expected = {
        (group, figure): number
        for (group, figure), number in slow.items()
        if group.partition("=")[0] in kinds
        and figure not in (bases - {"handed_on"})
        and (turns or figure not in heard)
        and not (figure == "days_below" and group.partition("=")[0] not in {"", "month", "department"})
    }
    fast = {k: n for k, n in fast.items() if not (k[1] == "days_below" and k[0].startswith("day="))}
    keys = sorted(set(fast) | set(expected))
    return [
        f"{key}: {fast.get(key)} instead of {expected.get(key)}" for key in keys if fast.get(key) != expected.get(key)
    ]
