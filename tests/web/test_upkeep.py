"""What the service removes by itself, and when it does not trust its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from ivr.model import CallRecord, Outcome, TurnRecord
from ivr.records.schedule import enforce
from ivr.records.sessions import Sessions
from ivr.web.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.assembly import Site


def test_words_go_by_themselves(make_site: Callable[..., Site]) -> None:
    """Words and callers whose time is over are removed; while the clock was just set, nothing is."""
    site, now = make_site(), datetime.now(UTC)
    old = now - timedelta(days=site.settings.records.keep_days - 1)
    turn = TurnRecord(turn=1, at=old, expect="call", state="listening", heard="housing")
    site.store.save_call(
        CallRecord(
            call_id="CA1", channel="twilio", started=old, ended=old, outcome=Outcome.ABANDONED, caller_key="k",
            turns=(turn,),
        )
    )  # fmt: skip
    clock = [now]
    upkeep = Upkeep(
        site.store,
        Sessions(site.store.database),
        None,
        clock=lambda: clock[0],
        retain=partial(enforce, site.settings, site.store.database),
    )
    upkeep.retain()
    assert site.store.turns("CA1")[0].heard == "housing"
    clock[0] = now + timedelta(days=2)  # in no time at all
    upkeep.retain()
    assert site.store.turns("CA1")[0].heard == "housing"
    upkeep.retain()  # the clock has stayed where it is since
    assert site.store.turns("CA1")[0].heard == ""
    call = site.store.call("CA1")
    assert call is not None
    assert (call.caller_key, call.outcome) == ("", Outcome.ABANDONED)


def test_a_clock_that_jumps_forgets_no_call(make_site: Callable[..., Site]) -> None:
    """Live calls are forgotten by their age only while the clock goes steadily; records that wait need no clock."""
    site, clock = make_site(), [datetime.now(UTC)]
    sessions = Sessions(site.store.database)
    upkeep = Upkeep(site.store, sessions, None, clock=lambda: clock[0])
    sessions.advance("CA1", 0, "state", "answer")
    clock[0] += timedelta(days=2)
    upkeep.tidy()
    assert sessions.load("CA1") is not None
    upkeep.tidy()
    assert sessions.load("CA1") is None
