"""Records that cannot be written wait on disk, and are replayed in order, exactly once, whatever dies in between."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from made_calls import call, turn

from ivr.errors import AwayError, RecordsError
from ivr.model import CallFacts
from ivr.records import spool as spooling
from ivr.records.privacy import Caller
from ivr.records.spool import Spool
from ivr.records.spooled import Begun, Finished, Taken, Wrong, parse
from ivr.records.tables import replayed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ivr.records.spooled import Op
    from ivr.records.store import Store


START = call().started


def _steps(call_id: str, turns: int = 3) -> list[Op]:
    """Give all that is recorded of one call, as it goes on."""
    said = tuple(turn(n) for n in range(1, turns + 1))
    facts = CallFacts(call_id=call_id, channel="twilio", started=START, caller="+447700900123")
    begun = Begun(facts, Caller("hash", "+44 7700 900***"), "v1", "en-GB")
    return [begun, *(Taken(call_id, one) for one in said), Finished(call(call_id, turns=said))]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Make an empty spool."""
    return Spool(tmp_path / "spool")


def test_steps_survive_json() -> None:
    """Every kind of record is the same after JSON, but for the caller's number, which is in none of it."""
    for op in [*_steps("CA1"), Wrong("CA0")]:
        written = op.as_json()
        assert "+447700900123" not in str(written)
        again = parse(written)
        assert again.as_json() == written
        if not isinstance(op, Begun):
            assert again == op


def test_what_waited_is_as_if_it_had_not(spool: Spool, store: Store) -> None:
    """Replayed, a call is recorded like one that never waited; then nothing waits, and nothing is left behind."""
    spool.append(_steps("CA1")[:2])
    spool.append(_steps("CA1")[2:])
    assert spool.waiting
    assert spool.replay(store) == 5
    straight = _steps("CA2")
    for op in straight:
        op.apply(store)
    one, two = store.call("CA1"), store.call("CA2")
    assert one is not None
    assert two is not None
    assert (one.turns, one.outcome) == (two.turns, two.outcome)
    assert not spool.waiting
    assert (spool.lines(), _noted(store)) == (0, 0)


def test_killed_in_the_middle_of_a_replay(spool: Spool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay cut short anywhere and begun again applies each line once: a review made in between stands."""
    spool.append([*_steps("CA1"), *_steps("CA2"), *_steps("CA3")])
    usual = spooling._apply
    left = [7]

    def dies(*args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        usual(*args)

    monkeypatch.setattr(spooling, "_apply", dies)
    with pytest.raises(KeyboardInterrupt):
        spool.replay(store)
    assert store.mark_wrong("CA1")
    monkeypatch.undo()
    assert spool.waiting
    spool.replay(store)
    done = {one.call_id: one for one in store.calls()}
    assert sorted(done) == ["CA1", "CA2", "CA3"]
    assert done["CA1"].wrong_transfer
    assert [len(one.turns) for one in done.values()] == [3, 3, 3]


def test_half_a_line_is_left_behind(spool: Spool, store: Store) -> None:
    """A process killed while it wrote leaves half a line; what comes before and after is whole."""
    spool.append(_steps("CA1"))
    with (spool.folder / "now.jsonl").open("ab") as file:
        file.write(b'{"line": "x", "op": "tak')
    spool.append(_steps("CA2"))
    assert spool.replay(store) == 10
    assert len(list(store.calls())) == 2


def test_an_unknown_call_is_put_off(spool: Spool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that began on a host whose own spool is not replayed yet holds nobody up, and is not lost."""
    begun, *rest = _steps("CA1")
    spool.append([*rest[:-1], *_steps("CA2")])
    spool.replay(store)
    assert store.call("CA2") is not None
    assert (spool.waiting, spool.lines()) == (False, 3)
    begun.apply(store)
    monkeypatch.setattr(spooling, "LATER_SECONDS", -1.0)
    spool.replay(store)
    assert [one.turn for one in store.turns("CA1")] == [1, 2, 3]
    assert spool.lines() == 0


def test_a_database_that_is_away_leaves_everything(spool: Spool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay that finds no database tries again later, from where it was."""
    spool.append(_steps("CA1"))
    monkeypatch.setattr(spooling, "_apply", _away)
    with pytest.raises(AwayError):
        spool.replay(store)
    monkeypatch.undo()
    assert spool.replay(store) == 5


def _away(*_: object) -> None:
    raise AwayError("gone")


def test_a_full_disk(spool: Spool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the ballast makes room; where that does not help, records are held in memory until something does."""
    usual, room = os.write, [0]

    def write(handle: int, data: Any) -> int:
        if not room[0] and (spool.folder / "ballast").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        if room[0] < 0:
            usual(handle, bytes(data)[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return usual(handle, data)

    monkeypatch.setattr(os, "write", write)
    spool.append(_steps("CA1"))
    assert not (spool.folder / "ballast").exists()
    room[0] = -1
    spool.append(_steps("CA2"))
    assert spool.lines() == 10
    monkeypatch.undo()
    assert spool.replay(store) == 10
    assert len(list(store.calls())) == 2
    assert (spool.folder / "ballast").exists()


def test_one_process_replays_at_a_time(spool: Spool, store: Store) -> None:
    """While one replays, another leaves it alone."""
    spool.append(_steps("CA1"))
    with spool._alone() as mine:
        assert mine
        assert Spool(spool.folder).replay(store) == 0
    assert spool.replay(store) == 5


def test_only_its_owner_reads_it(spool: Spool) -> None:
    """What callers said is nobody else's."""
    spool.append(_steps("CA1"))
    assert (spool.folder / "now.jsonl").stat().st_mode & 0o077 == 0
    assert spool.folder.stat().st_mode & 0o077 == 0


def test_the_store_refuses_what_it_refused(store: Store) -> None:
    """A turn of a call nobody began is an error of its own kind, not a database that is away."""
    with pytest.raises(RecordsError) as caught:
        store.turn("CA9", turn(1))
    assert not isinstance(caught.value, AwayError)


def _noted(store: Store) -> int:
    with store.database.read() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(replayed)) or 0)


def test_order_is_kept_over_many_files(spool: Spool, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rotated between any two lines, calls come out in the order they were written."""
    order: list[str] = []
    usual: Callable[..., None] = spooling._apply
    monkeypatch.setattr(spooling, "_apply", lambda s, line: (order.append(line["call_id"]), usual(s, line)))
    names = [f"CA{n:02}" for n in range(12)]
    for name in names:
        facts = CallFacts(call_id=name, channel="twilio", started=START + timedelta(seconds=1))
        spool.append([Begun(facts, Caller(), "", "en-GB")])
        spool._rotate()
    spool.replay(store)
    assert order == names
