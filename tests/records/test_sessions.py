"""A live call goes on after a restart, and every repeat of a request is given the identical answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from ivr.records.sessions import Session, Sessions, StaleRequestError
from ivr.records.store import Store

AT_ONCE = 12


def test_a_call_goes_on_where_it_stood_after_a_restart(url: str) -> None:
    """What one process saved, another loads."""
    first = Store(url)
    Sessions(first.database).advance("CA1", 0, '{"at": "greeting"}', "<Response/>")
    first.close()
    second = Store(url)
    sessions = Sessions(second.database)
    assert sessions.load("CA1") == Session("CA1", 1, '{"at": "greeting"}')
    assert sessions.load("CA2") is None
    second.close()


def test_a_repeated_turn_is_given_the_same_answer(store: Store) -> None:
    """Request n again, at once or turns later, gets what it got first, and the call does not move."""
    sessions = Sessions(store.database)
    assert sessions.answered("CA1", 0) is None
    for n in range(3):
        assert sessions.advance("CA1", n, f"state {n}", f"answer {n}").won
    for n in range(3):
        assert sessions.answered("CA1", n) == f"answer {n}"
        again = sessions.advance("CA1", n, "other state", "other answer")
        assert (again.won, again.answer) == (False, f"answer {n}")
    assert sessions.load("CA1") == Session("CA1", 3, "state 2")


def test_a_repeated_idempotency_key_is_given_the_same_answer(store: Store) -> None:
    """A retry with the same key is recognised even where it names another turn; other calls' keys are theirs."""
    sessions = Sessions(store.database)
    sessions.advance("CA1", 0, "{}", "greeting", key="token")
    assert sessions.answered("CA1", 7, key="token") == "greeting"
    assert sessions.advance("CA1", 1, "{}", "next", key="token").answer == "greeting"
    assert sessions.advance("CA2", 0, "{}", "hello", key="token").won


def test_a_turn_out_of_order_is_refused(store: Store) -> None:
    """A request that the call does not wait for, and that was never answered, is an error of its own."""
    sessions = Sessions(store.database)
    with pytest.raises(StaleRequestError, match="does not wait for request 3"):
        sessions.advance("CA1", 3, "{}", "answer")
    sessions.advance("CA1", 0, "{}", "answer")
    with pytest.raises(StaleRequestError):
        sessions.advance("CA1", 2, "{}", "answer")
    assert sessions.load("CA1") == Session("CA1", 1, "{}")


@pytest.mark.parametrize("key", ["", "token"])
def test_of_many_at_once_exactly_one_wins(store: Store, key: str) -> None:
    """Duplicates that arrive together all get the one winner's answer, turn after turn."""
    sessions = Sessions(store.database)
    for turn in range(4):
        ready = Barrier(AT_ONCE)

        def answer(n: int, turn: int = turn, ready: Barrier = ready) -> tuple[bool, str]:
            ready.wait()
            done = sessions.advance("CA1", turn, f"state {n}", f"answer {turn} by {n}", key and f"{key} {turn}")
            return done.won, done.answer

        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(answer, range(AT_ONCE)))
        assert [won for won, _ in results].count(True) == 1
        assert len({said for _, said in results}) == 1
        now = sessions.load("CA1")
        winner = next(said for won, said in results if won).rsplit(" ", 1)[1]
        assert now == Session("CA1", turn + 1, f"state {winner}")


def test_two_servers_share_a_call(url: str) -> None:
    """Requests need not come to the process that answered the last: no sticky sessions."""
    stores = [Store(url), Store(url)]
    for n in range(6):
        sessions = Sessions(stores[n % 2].database)
        assert sessions.advance("CA1", n, f"state {n}", "answer").won
    for store in stores:
        store.close()


def test_old_calls_are_forgotten(store: Store) -> None:
    """A call not heard of since a moment is forgotten with its answers; a live one stays."""
    sessions = Sessions(store.database)
    sessions.advance("old", 0, "{}", "answer")
    between = datetime.now(UTC) + timedelta(microseconds=1)
    sessions.advance("new", 0, "{}", "answer")
    assert sessions.expire(between) == 1
    assert sessions.load("old") is None
    assert sessions.answered("old", 0) is None
    assert sessions.load("new") is not None
    sessions.end("new")
    assert sessions.load("new") is None
