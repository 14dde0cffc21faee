"""Health, figures and recordings: what a monitor and Twilio's player fetch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ivr.records.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_health_and_readiness(phone: Any) -> None:
    """The process says that it lives, and whether directory, database and recogniser are there."""
    client = phone.app.test_client()
    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["ready"], ready.json["database"]) == (200, True, "ok")
    assert ready.json["directory"].endswith("entries")


def test_figures(phone: Any) -> None:
    """Calls and requests are counted, with the time they took."""
    phone.dial()
    phone.post("/voice")
    page = phone.app.test_client().get("/metrics").text
    assert "ivr_calls_total 1.0" in page
    assert 'ivr_requests_total{route="/voice",status="200"} 2.0' in page
    assert 'ivr_turn_seconds_count{route="/voice"} 2.0' in page


@pytest.fixture
def recorded(make_phone: Callable[..., Any], tmp_path: Path) -> Any:
    """Make a telephone to a council with one recorded prompt and one recorded name."""
    folder = tmp_path / "prompts"
    folder.mkdir()
    for name in ("connecting", "marjorie"):
        soundfile.write(folder / f"{name}.wav", np.sin(np.arange(8000) / 8) * 0.2, 8000, "PCM_16")
    (folder / "prompts.csv").write_text(
        "file,text\nconnecting.wav,Putting you through to\nmarjorie.wav,Marjorie Featherstone\n", encoding="utf-8"
    )
    (folder / "notes.txt").write_text("not for everybody")
    return make_phone(audio=str(folder))


def test_recordings_mix_with_the_voice(recorded: Any) -> None:
    """A sentence whose parts are recorded is played; others are spoken."""
    dial = recorded.say(recorded.dial(), "Marjorie Featherstone")
    assert [v.text for v in dial.iter("Play")] == [
        "https://phone.example.org/audio/connecting.wav",
        "https://phone.example.org/audio/marjorie.wav",
    ]


def test_recordings_are_served_to_keep(recorded: Any) -> None:
    """A recording comes with a type, may be kept, and is not sent again to who has it."""
    client = recorded.app.test_client()
    with client.get("/audio/connecting.wav") as got:
        assert got.status_code == 200
        assert got.content_type in {"audio/wav", "audio/x-wav"}
        assert "max-age=86400" in got.headers["Cache-Control"]
    with client.get("/audio/connecting.wav", headers={"If-None-Match": got.headers["ETag"]}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize(
    "file", ["notes.txt", "prompts.csv", "../calls.sqlite3", "%2e%2e/calls.sqlite3", "missing.wav", "/etc/passwd", ".."]
)
def test_nothing_else_is_served(recorded: Any, file: str) -> None:
    """Only recordings inside the folder are given out."""
    assert recorded.app.test_client().get(f"/audio/{file}").status_code in {404, 308}


def test_requests_are_counted(phone: Any) -> None:
    """How many wait, are delivered, are dead, and are late, as the database knows."""
    book = Requests(phone.service.calls.site.store.database)
    long_ago = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    book.file("c1", "call_back", "callback", "a call back", {}, long_ago, promised=long_ago)
    page = phone.app.test_client().get("/metrics").data.decode()
    assert 'ivr_kept_requests{site="",status="waiting"} 1.0' in page
    assert 'ivr_kept_requests{site="",status="dead"} 0.0' in page
    assert 'ivr_late_requests{site=""} 1.0' in page
