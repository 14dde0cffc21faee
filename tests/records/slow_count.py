"""The report's figures counted a second time: slowly, call by call, from the definitions and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from ivr.model import CallRecord


def next_call(call: CallRecord, everyone: list[CallRecord]) -> CallRecord | None:
    """Find the same caller's next call."""
    mine = [c for c in everyone if c.caller_key and c.caller_key == call.caller_key]
    mine.sort(key=lambda c: (c.started, c.call_id))
    after = mine[mine.index(call) + 1 :] if call in mine else []
    return after[0] if after else None


def figures_of(call: CallRecord, everyone: list[CallRecord]) -> set[str]:
    """Name the figures that count this call; those of recognition, which count turns, are left out."""
    outcome = str(call.outcome)
    found = {"offered", outcome}
    again = next_call(call, everyone)
    gap = again.started - call.ended if again else None
    repeated = gap is not None and gap <= timedelta(hours=24)
    wrong = call.wrong_transfer
    if outcome in {"completed", "signposted"}:
        found |= {"containment", "automation"} | (set() if repeated else {"strict_containment"})
    if outcome == "transferred":
        found |= {"automation", "transfers"}
        wrong = wrong or (gap is not None and timedelta(0) <= gap <= timedelta(minutes=2))
    if outcome in {"operator_requested", "operator_fallback"}:
        found.add("bail_rate")
    if wrong:
        found |= {"transfers" if call.wrong_transfer else "", "wrong_transfers"} - {""}
    found |= {"repeated"} if repeated else set()
    found |= {"bounced"} if wrong or outcome == "transfer_failed" else set()
    found |= {"texted"} if call.texts else set()
    return found | _people(call) | _survey(call)


def _people(call: CallRecord) -> set[str]:
    found = set() if call.in_hours else {"out_of_hours"}
    if not call.dial_status:
        return found
    found.add("handed_on")
    if call.dial_status != "answered":
        return found
    found.add("answered")
    if call.answer_seconds is None:
        return found
    return found | {f"answered_{limit}" for limit in (30, 60) if call.answer_seconds <= limit}


def _survey(call: CallRecord) -> set[str]:
    if not call.surveyed:
        return set()
    if call.satisfaction is None:
        return {"surveyed"}
    return {"surveyed", "survey_answered"} | ({"satisfied"} if call.satisfaction >= 4 else set())


def groups_of(call: CallRecord, zone: ZoneInfo) -> set[str]:
    """Name the groups that this call belongs to, as `--calls` narrows to them."""
    local = call.started.astimezone(zone)
    found = {"", f"month={local:%Y-%m}", f"day={local:%Y-%m-%d}", f"hour={local:%a-%H}", f"language={call.language}"}
    found |= {f"entry={call.entry_id}"} if call.entry_id else set()
    found |= {f"department={call.department}"} if call.department else set()
    found |= {f"enquiry={call.enquiry_id}"} if call.enquiry_id else set()
    found |= {f"skill={call.skill}"} if call.skill else set()
    return found


def slow_count(
    calls: list[CallRecord], zone: ZoneInfo, within: Callable[[CallRecord], bool] = lambda _: True
) -> dict[tuple[str, str], set[str]]:
    """Return the ids of the calls behind every (group, figure) that has any."""
    found: dict[tuple[str, str], set[str]] = {}
    for call in filter(within, calls):
        for group in groups_of(call, zone):
            for figure in figures_of(call, calls):
                found.setdefault((group, figure), set()).add(call.call_id)
    return found
