"""Callers' numbers and words are hidden, removed by age, given out and erased, and no figure changes by it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from made_calls import NOON, call, turn

from ivr.model import Candidate, Outcome, Target
from ivr.records.counting import count_calls
from ivr.records.period import Period
from ivr.records.privacy import Caller, hashed, know, mask, mask_words
from ivr.records.retention import erase_caller, expire, export_caller
from ivr.records.sessions import Sessions
from ivr.records.tables import metadata

if TYPE_CHECKING:
    from ivr.records.store import Store

NUMBER, SECRET = "+447700900123", "secret"
KEY = hashed(NUMBER, SECRET)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+447700900123", "+44 7700 900***"),
        ("+442079460123", "+44 20 7946 0***"),
        ("+441632960999", "+44 1632 960***"),
        ("4711", "4***"),
        ("anonymous", "anonymous"),
        ("", ""),
        ("sip:jo@example.org", "sip:jo@example.***"),
    ],
)
def test_a_number_is_shown_without_its_last_digits(number: str, shown: str) -> None:
    """People see where a call came from, not who called."""
    assert mask(number) == shown


def test_a_hash_tells_callers_apart_and_needs_the_secret() -> None:
    """The same number has the same key however it is written; another secret gives another key; withheld has none."""
    assert hashed("+44 7700 900123", SECRET) == KEY
    assert hashed(NUMBER, "other") != KEY
    assert hashed("+447700900124", SECRET) != KEY
    assert know("anonymous", SECRET) == Caller("", "anonymous")
    assert know(NUMBER, SECRET) == Caller(KEY, "+44 7700 900***")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my number is 07700 900123 thank you", "my number is ***** ****** thank you"),
        ("card 4929-1234-5678-9012", "card ****-****-****-****"),
        ("+44 (0)7700 900123", "+** (*)**** ******"),
        ("extension 4711 or room 12", "extension 4711 or room 12"),
        ("house 12 on the 3rd of May 2026", "house 12 on the 3rd of May 2026"),
        ("no numbers", "no numbers"),
    ],
)
def test_long_numbers_in_transcripts_are_hidden(said: str, kept: str) -> None:
    """A card's or telephone's digits go; an extension, a house and a year stay."""
    assert mask_words(said) == kept


@given(st.text(st.sampled_from("0123456789 -ab"), max_size=40))
def test_hiding_keeps_the_shape_and_is_done_once(text: str) -> None:
    """Only digits change, and hiding again changes nothing."""
    hidden = mask_words(text)
    assert len(hidden) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, hidden, strict=True))
    assert mask_words(hidden) == hidden


SAID = turn(1, heard="jane smith", why="heard jane", audio="CA-1.wav", keyed="1",
            candidates=(Candidate(Target.parse("entry:p-1"), "Jane Smith", 0.4),))  # fmt: skip


def _fill(store: Store) -> None:
    """Save two calls of one caller, a day apart, and one of another; the first caller is on the line again."""
    mine = {"caller_key": KEY, "caller_masked": "+44 7700 900***"}
    store.save_call(call("CA1", **mine, turns=(SAID,)))
    store.save_call(call("CA2", **mine, started=NOON + timedelta(hours=20), turns=(SAID,)))
    store.save_call(call("CA3", caller_key="other", outcome=Outcome.TRANSFERRED, turns=(SAID,)))
    Sessions(store.database).advance("CA2", 0, '{"said": "jane"}', "jane?")


def _everything(store: Store) -> str:
    with store.database.read() as connection:
        return json.dumps(
            [[list(map(str, row)) for row in connection.execute(sa.select(t))] for t in metadata.sorted_tables]
        )


def _days(store: Store) -> object:
    return count_calls(store.database, Period(ZoneInfo("Europe/London")), afresh=True).tallies("day")


def test_old_calls_lose_words_and_caller_and_keep_the_figures(store: Store) -> None:
    """After the time set, words, masked number and key are gone; every figure is what it was; later calls stay."""
    _fill(store)
    before = _days(store)
    removed = expire(store.database, NOON + timedelta(hours=1))
    assert (removed.calls, removed.turns, removed.recordings) == (2, 2, ("CA-1.wav", "CA-1.wav"))
    old, later = store.call("CA1"), store.call("CA2")
    assert old is not None
    assert later is not None
    assert (old.caller_key, old.caller_masked, old.turns[0].heard, old.turns[0].candidates) == ("", "", "", ())
    assert later.turns == (SAID,)
    assert _days(store) == before
    assert expire(store.database, NOON + timedelta(hours=1)).calls == 0


def test_a_caller_is_erased_everywhere(store: Store) -> None:
    """Neither key, masked number, words nor session of the caller is anywhere; other callers and figures stay."""
    _fill(store)
    before = _days(store)
    removed = erase_caller(store.database, KEY)
    assert (removed.calls, removed.turns, removed.sessions) == (2, 2, 1)
    left = _everything(store)
    assert KEY not in left
    assert "7700" not in left
    assert "jane?" not in left
    assert store.turns("CA3") == (SAID,)
    assert _days(store) == before
    assert erase_caller(store.database, KEY).calls == 0


def test_a_withheld_number_erases_and_exports_nobody(store: Store) -> None:
    """The empty key is no caller: nothing happens to the calls of all who withhold theirs."""
    store.save_call(call("CA1", turns=(SAID,)))
    assert erase_caller(store.database, "").calls == 0
    assert store.turns("CA1") == (SAID,)
    assert json.loads(export_caller(store.database, ""))["calls"] == []


def test_a_caller_is_given_a_copy(store: Store) -> None:
    """The copy holds each of their calls with its turns, what waits for them, and nobody else's."""
    _fill(store)
    known = json.loads(export_caller(store.database, KEY))
    assert [one["call_id"] for one in known["calls"]] == ["CA1", "CA2"]
    assert known["calls"][0]["turns"][0]["heard"] == "jane smith"
    assert known["calls"][0]["started"] == "2026-06-15T12:00:00+00:00"
    assert [one["call_id"] for one in known["sessions"]] == ["CA2"]
    assert [one["answer"] for one in known["answers"]] == ["jane?"]
