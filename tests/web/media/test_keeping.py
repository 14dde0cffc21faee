"""Recordings of callers: off unless the site says so, announced, never of numbers, and nobody else can fetch them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels.keeping import Keeper
from ivr.channels.media_codec import Connected, Started
from ivr.model import Expect
from ivr.recognise.audio import read_wav
from ivr.records.schedule import RECORDINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ring(make_site: Callable[..., Any], make_phone: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Make a telephone to a council that records, or does not."""

    def make(recogniser: Any, *, recordings: bool) -> Any:
        site = make_site(mode="stream")
        records = site.settings.records.model_copy(update={"recordings": recordings})
        settings = site.settings.model_copy(update={"records": records, "root": tmp_path})
        phone = make_phone(recogniser, site=replace(site, settings=settings))
        phone.call_id = "CA0002"  # another call than that of `line_kind`
        return phone

    return make


def _say(phone: Any, line: Any, root: Any, speech: bytes) -> Any:
    (stream,) = root.iter("Stream")
    parameters = {p.get("name"): p.get("value") for p in stream}
    line.put(Connected(), Started(stream="MZ1", call=phone.call_id, parameters=parameters))
    line.sound(speech)
    line.hold(phone)
    return phone.document(phone.action(root))


@pytest.fixture
def line_kind(call: Callable[..., Any], scripted: Any) -> type[Any]:
    """Give Twilio's end of a stream."""
    return type(call(scripted([]))[2])


def test_off_by_default(ring: Any, scripted: Any, line_kind: Any, speech: bytes, tmp_path: Path) -> None:
    """Nothing is kept and nothing is announced unless the site says so."""
    phone = ring(scripted(["marjorie featherstone"]), recordings=False)
    root = phone.dial()
    assert "recorded" not in phone.words(root)
    _say(phone, line_kind(), root, speech)
    assert not (tmp_path / RECORDINGS).exists()


def test_announced_and_kept(ring: Any, scripted: Any, line_kind: Any, speech: bytes, tmp_path: Path) -> None:
    """Callers hear that they may be recorded, and how not to be; what is kept is sound, and only the service's."""
    phone = ring(scripted(["marjorie featherstone"]), recordings=True)
    root = phone.dial()
    assert "may be recorded" in phone.words(root)
    assert "Press 0" in phone.words(root)
    _say(phone, line_kind(), root, speech)
    (turn,) = phone.service.calls.site.store.turns(phone.call_id)
    folder = tmp_path / RECORDINGS
    assert read_wav(folder / turn.audio).size > 4_000
    assert folder.stat().st_mode & 0o077 == 0
    client = phone.app.test_client()
    for address in (turn.audio, f"../recordings/{turn.audio}", f"%2e%2e/{RECORDINGS}/{turn.audio}"):
        assert client.get(f"/audio/{address}").status_code in {404, 308}


def test_numbers_are_never_kept(tmp_path: Path) -> None:
    """The sound of an answer that is a number (a card's, an account's) is not kept, and no name reaches outside."""
    keeper = Keeper(tmp_path / "kept")
    assert keeper.keep("CA1", 1, Expect.DIGITS, b"\xff" * 800) == ""
    assert not (tmp_path / "kept").exists()
    assert keeper.keep("../../CA1", 2, Expect.CALL, b"\xff\x00" * 800) == "CA1-2.wav"
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["CA1-2.wav"]


def test_a_full_disk_costs_the_recording_alone(tmp_path: Path) -> None:
    """Where a recording cannot be written, the call goes on without it."""
    (tmp_path / "kept").write_text("in the way", encoding="utf-8")
    assert Keeper(tmp_path / "kept").keep("CA1", 1, Expect.CALL, b"\xff\x00" * 800) == ""


def test_a_long_number_is_never_kept(tmp_path: Path, speech: bytes) -> None:
    """Whatever the question: it may be a card's."""
    keeper = Keeper(tmp_path)
    for heard in ("yes it's four two four two four two four two", "my card is 4242 4242"):
        assert keeper.keep("CA1", 1, Expect.CALL, speech, heard) == ""
    assert keeper.keep("CA1", 1, Expect.CALL, speech, "number twelve mill road") == "CA1-1.wav"
