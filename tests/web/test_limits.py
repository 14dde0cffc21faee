"""Overload and abuse: the service keeps answering, every caller still gets a person, and the figures say so."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels.load import Threads
from ivr.errors import RecordsError
from ivr.web.app import Aside, create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPERATOR = "+441632960999"


@pytest.fixture
def limited(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> Callable[..., Any]:
    """Make a telephone to a council with these limits."""

    def make(**limits: object) -> Any:
        site = make_site()
        update = {"limits": site.settings.limits.model_copy(update=limits)}
        return make_phone(site=replace(site, settings=site.settings.model_copy(update=update)))

    return make


def _figure(phone: Any, name: str) -> dict[str, float]:
    page = phone.app.test_client().get("/metrics").text
    return {why: float(n) for why, n in re.findall(rf'{name}_total\{{why="([^"]+)"\}} (\S+)', page)}


def _call(phone: Any, number: int, caller: str = "") -> Any:
    phone.call_id = f"CA{number:04}"
    phone.caller = caller or phone.caller
    return phone.dial()


def _with_desk(site: Any, **changes: object) -> Any:
    """Return the site with another directory or other rules in its dialogue."""
    engine = object.__new__(type(site.engine))
    engine.__dict__.update(site.engine.__dict__ | {"desk": replace(site.engine.desk, **changes)})
    return replace(site, engine=engine)


def test_beyond_the_limit_callers_get_a_person(limited: Callable[..., Any]) -> None:
    """With as many callers in conversation as allowed, the next goes straight to an operator, and is recorded."""
    phone = limited(conversations=2)
    phone.service.load.count = lambda: phone.service.calls.tools.sessions.active(phone.service.calls.tools.clock())
    for n in range(2):
        assert not phone.dialled(_call(phone, n, f"+4477009001{n:02}"))
    phone.service.load.count = lambda: 2
    phone.service.load._counted_at = 0.0
    root = _call(phone, 3, "+447700900199")
    assert phone.dialled(root) == [OPERATOR]
    assert "you're through to Testford Council" in phone.words(root)
    phone.document(phone.action(root), DialCallStatus="completed", DialCallDuration="60")
    assert phone.record().outcome == "operator_fallback"
    assert _figure(phone, "ivr_shortened") == {"conversations": 1.0}
    assert "ivr_conversations 2.0" in phone.app.test_client().get("/metrics").text


def test_conversations_are_counted(limited: Callable[..., Any]) -> None:
    """Callers in conversation are those that something was heard of lately."""
    phone = limited()
    for n in range(3):
        _call(phone, n)
    assert phone.service.load.count() == 3


def test_slow_answers_shorten_the_way(limited: Callable[..., Any]) -> None:
    """While answers take too long, new callers go straight to an operator; those in conversation go on."""
    phone = limited(slow_seconds=2.0)
    talking = _call(phone, 1)
    for _ in range(20):
        phone.service.load.lag.note(9.0)
    assert phone.dialled(_call(phone, 2)) == [OPERATOR]
    assert _figure(phone, "ivr_shortened") == {"slow": 1.0}
    phone.call_id = "CA0001"
    assert phone.dialled(phone.say(talking, "Marjorie Featherstone")) == ["+441632960123"]


def test_with_no_thread_left_the_answer_needs_nothing(limited: Callable[..., Any]) -> None:
    """When the threads are all but used up, new callers get the static answer at once; no database is asked."""
    phone = limited()
    talking = _call(phone, 1)
    with ExitStack() as held:
        for _ in range(60):
            held.enter_context(phone.service.load.threads.webhook())
        assert phone.dialled(_call(phone, 2)) == [OPERATOR]
        phone.call_id = "CA0001"
        assert phone.dialled(phone.say(talking, "Marjorie Featherstone")) == ["+441632960123"]
    assert not phone.dialled(_call(phone, 3))
    assert _figure(phone, "ivr_shortened") == {"threads": 1.0}


def test_a_single_webhook_is_no_crowd() -> None:
    """However few threads there are, and however many streams hold, one webhook alone finds room."""
    threads = Threads(4, streams=3)
    with threads.webhook():
        assert not threads.full
        with threads.webhook():
            assert threads.full


def test_callers_without_room_are_recorded(make_site: Callable[..., Any], phone_kind: Any, tmp_path: Path) -> None:
    """Who got the static answer is in the records once there is room again: no figure misses them."""
    site = make_site()
    records = site.settings.records.model_copy(update={"spool": tmp_path / "spool"})
    site = replace(site, settings=site.settings.model_copy(update={"records": records}))
    aside = Aside.of(site.settings)
    phone = phone_kind(create_app(site, aside=aside))
    with ExitStack() as held:
        for _ in range(60):
            held.enter_context(phone.service.load.threads.webhook())
        for _ in range(2):  # Twilio asks twice
            assert phone.dialled(_call(phone, 1)) == [OPERATOR]
    assert phone.record() is None
    aside.spool.replay(site.store)
    call = phone.record()
    assert (call.outcome, call.reason, call.caller_masked) == ("operator_fallback", "no room", "+44 7700 900***")
    site.store.close()


def test_one_number_that_calls_and_calls(limited: Callable[..., Any]) -> None:
    """Beyond its share of the hour a number goes straight to an operator; other numbers and withheld ones do not."""
    phone = limited(caller_calls=3)
    for n in range(3):
        assert not phone.dialled(_call(phone, n))
    assert phone.dialled(_call(phone, 4)) == [OPERATOR]
    assert not phone.dialled(_call(phone, 5, "+447700900124"))
    for n in range(6, 12):
        assert not phone.dialled(_call(phone, n, "anonymous"))
    assert _figure(phone, "ivr_shortened") == {"calls": 1.0}


def test_reading_the_directory_out_over_many_calls(limited: Callable[..., Any]) -> None:
    """Who was told many names in an hour goes straight to an operator."""
    phone = limited(caller_names=3)
    for n in range(3):
        phone.say(_call(phone, n), "Marjorie Featherstone")
        phone.hang_up()
    assert phone.dialled(_call(phone, 4)) == [OPERATOR]
    assert _figure(phone, "ivr_shortened") == {"names": 1.0}


def test_numbers_that_may_not_be_dialled(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> None:
    """An entry that got a number abroad is not dialled: its department takes the call."""
    site = make_site()
    directory = site.directory
    entries = tuple(replace(e, number="+882161234567") if e.surname else e for e in directory.entries)
    phone = make_phone(site=_with_desk(site, directory=replace(directory, entries=entries)))
    root = phone.say(_call(phone, 1), "Marjorie Featherstone")
    assert phone.dialled(root) == ["+441632960100"]
    assert "I couldn't get through to Marjorie Featherstone" in phone.words(root)
    assert _figure(phone, "ivr_transfers_refused") == {"number": 1.0}


@pytest.mark.parametrize(
    ("limits", "why"), [({"entry_transfers": 2}, "entry"), ({"hour_pence": 10.0}, "cost")], ids=["entry", "cost"]
)
def test_caps_of_the_hour(limited: Callable[..., Any], limits: dict[str, object], why: str) -> None:
    """Beyond an entry's transfers or the hour's money, the call goes down the chain, at last to the operator."""
    phone = limited(**limits)
    reached = []
    for n in range(4):
        root = phone.say(_call(phone, n), "Marjorie Featherstone")
        reached.append(phone.dialled(root)[0])
        phone.hang_up()
    assert reached[:2] == ["+441632960123"] * 2
    assert reached[2] != "+441632960123"
    if why == "cost":
        assert reached[2:] == [OPERATOR] * 2
    assert _figure(phone, "ivr_transfers_refused")[why] >= 2


def test_a_transfer_said_again_counts_once(limited: Callable[..., Any]) -> None:
    """A repeated request takes nothing of the hour's share."""
    phone = limited(entry_transfers=1)
    gather = _call(phone, 1)
    for _ in range(3):
        assert phone.dialled(phone.say(gather, "Marjorie Featherstone")) == ["+441632960123"]
    assert _figure(phone, "ivr_transfers_refused") == {}


def test_the_operator_is_never_refused(limited: Callable[..., Any]) -> None:
    """No cap stands between a caller and a person."""
    phone = limited(entry_transfers=1, hour_pence=0.1)
    for n in range(5):
        assert phone.dialled(phone.press(_call(phone, n), "0")) == [OPERATOR]


def test_limits_that_cannot_be_checked_limit_nobody(
    limited: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that does not say what the caller did before costs the check, not the call."""

    def broken(*_: object) -> None:
        raise RecordsError("the database is gone")

    phone = limited(caller_calls=1)
    monkeypatch.setattr(type(phone.service.calls.tools.recent), "habit", broken)
    for n in range(3):
        assert not phone.dialled(_call(phone, n))


def test_names_in_one_call(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> None:
    """Who has been told as many names in a call as the site allows gets the operator; the last name can be taken."""
    site = make_site()
    rules = site.engine.desk.rules.model_copy(update={"most_names": 2, "confirm_people": True})
    phone = make_phone(site=_with_desk(site, rules=rules))
    for call, last, reached in ((1, "Council Tax", OPERATOR), (2, "yes", "+441632960000")):
        root = _call(phone, call)
        for name in ("Marjorie Featherstone", "Chidi Okonkwo"):
            root = phone.say(root, name)
            assert not phone.dialled(root)
        assert phone.dialled(phone.say(root, last)) == [reached]
