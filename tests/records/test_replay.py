"""What callers said, compared: each utterance gets one verdict, and what they wanted is taken from how calls ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from made_calls import NOON, call, turn

from ivr.model import Candidate, Decision, Outcome, Target, TargetKind, Understanding
from ivr.records.replay import Golden, Said, Taken, Verdict, compare, read_said, report, taken
from ivr.records.tables import reviews

if TYPE_CHECKING:
    from ivr.records.store import Store

NOTHING = Taken("reject", (), (), 0.0)


def _taken(decision: str, *names: str) -> Taken:
    return Taken(decision, tuple(f"entry:{n}" for n in names), names, 0.9)


JANE = _taken("accept", "jane")
JOAN = _taken("accept", "joan")


@pytest.mark.parametrize(
    ("meant", "before", "after", "verdict"),
    [
        ("entry:jane", NOTHING, JANE, Verdict.GAIN),
        ("entry:jane", NOTHING, _taken("choose", "joan", "jane"), Verdict.GAIN),
        ("entry:jane", JANE, NOTHING, Verdict.LOSS),
        ("entry:jane", JANE, JOAN, Verdict.LOSS),
        ("entry:jane", _taken("accept", "june"), JOAN, Verdict.CONFUSION),
        ("entry:jane", JANE, JANE, Verdict.SAME),
        ("entry:jane", _taken("confirm", "jane"), JANE, Verdict.OTHER),
        ("", NOTHING, JANE, Verdict.NEWLY_TAKEN),
        ("", JANE, NOTHING, Verdict.NEWLY_REFUSED),
        ("", JANE, JOAN, Verdict.CONFUSION),
        ("", JANE, _taken("confirm", "joan"), Verdict.OTHER),
        ("", NOTHING, NOTHING, Verdict.SAME),
        ("entry:old", _taken("accept", "old"), _taken("accept", "new"), Verdict.SAME),
    ],
)
def test_each_utterance_has_one_verdict(meant: str, before: Taken, after: Taken, verdict: Verdict) -> None:
    """Known meanings are gained or lost, unknown ones newly taken, refused or confused; who moved is the same."""
    found = compare(Said("CA1", 1, "jane please", meant), before, after, {"entry:old": "entry:new"})
    assert found.verdict is verdict


def test_the_report_adds_up() -> None:
    """The verdicts are all the utterances; what was acted on and wrong is counted; broken calls are named."""
    said = Said("CA1", 1, "jane please", "entry:jane")
    compared = [compare(said, *pair, {}) for pair in ((JANE, JANE), (NOTHING, JANE), (JANE, JOAN), (NOTHING, NOTHING))]
    golden = [Golden("a", "A", (), ("dialled nobody",)), Golden("b", "B", ("x",), ()), Golden("c", "C", ("x",), ("x",))]
    found = report(compared, golden)
    assert sum(found["counts"].values()) == found["utterances"] == 4
    assert (found["right_before"], found["right_after"]) == (2, 2)
    assert found["accepted_wrongly"]["before"]["wrong"] == 0
    assert (found["accepted_wrongly"]["after"]["wrong"], found["accepted_wrongly"]["after"]["acted"]) == (1, 3)
    assert (found["golden_broken"], found["golden_mended"]) == (["a"], ["b"])
    assert found["names"] == {"jane": {"gain": 1, "loss": 1}}


def test_what_the_dialogue_would_act_on() -> None:
    """Accepted: the best; to choose from: all; danger and commands by their names; rejected: nothing."""
    some = tuple(Candidate(Target(TargetKind.ENTRY, n), n, 0.5) for n in ("jane", "joan"))
    assert taken(Understanding("x", Decision.ACCEPT, some)).targets == ("entry:jane",)
    assert taken(Understanding("x", Decision.CHOOSE, some)).targets == ("entry:jane", "entry:joan")
    assert taken(Understanding("x", Decision.REJECT, some)).targets == ()
    assert taken(Understanding("x", Decision.ACCEPT, safety="fire")).targets == ("safety:fire",)


def test_what_callers_wanted_is_read_from_how_calls_ended(store: Store) -> None:
    """A good transfer names the entry, a wrong one nothing; a reviewer's word counts more than either."""
    jane = (Candidate(Target(TargetKind.ENTRY, "p-1"), "Jane", 0.9),)
    heard = replace(turn(), turn=1, expect="call", heard="jane", decision=Decision.ACCEPT, candidates=jane)
    good = replace(call("CA1"), outcome=Outcome.TRANSFERRED, entry_id="p-1", turns=(heard,))
    wrong = replace(good, call_id="CA2", wrong_transfer=True)
    reviewed = replace(wrong, call_id="CA3")
    store.save_calls([good, wrong, reviewed])
    row = {"call_id": "CA3", "turn": 1, "right": False, "meant": "entry:p-2", "at": NOON}
    with store.database.write() as connection:
        connection.execute(sa.insert(reviews).values(row))
    found = {said.call_id: said.meant for said in read_said(store.database, 10)}
    assert found == {"CA1": "entry:p-1", "CA2": "", "CA3": "entry:p-2"}
    assert len(read_said(store.database, 2)) == 2
