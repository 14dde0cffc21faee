"""What callers say about their score, as sound: announced, recorded by Twilio, fetched, kept, played, and erased."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import numpy as np
import pytest
import soundfile

from ivr.channels.comments import CALLBACK, Comments
from ivr.dialogue.engine import Engine
from ivr.records.privacy import hashed
from ivr.records.retention import erase_caller
from ivr.records.schedule import RECORDINGS, delete_recordings, enforce, kept_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

SID = "RE0123456789abcdef0123456789abcdef"
READY = {"RecordingSid": SID, "RecordingStatus": "completed", "RecordingUrl": "https://elsewhere.example/x"}


def _wav() -> bytes:
    sound = io.BytesIO()
    soundfile.write(sound, np.zeros(800, np.int16), 8000, format="WAV")
    return sound.getvalue()


class _Rest(ThreadingHTTPServer):
    """Plays Twilio's REST service."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.forms: list[dict[str, list[str]]] = []
        self.sound = _wav()
        self.refuses = False


class _Handler(BaseHTTPRequestHandler):
    server: _Rest

    def _answer(self, status: int, body: bytes) -> None:
        self.server.asked.append((self.command, self.path.removeprefix("/2010-04-01/Accounts/AC1")))
        self.send_response(500 if self.server.refuses else status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.forms.append(parse_qs(body))
        self._answer(201, json.dumps({"sid": SID, "status": "in-progress"}).encode())

    def do_GET(self) -> None:
        self._answer(200, self.server.sound)

    def do_DELETE(self) -> None:
        self._answer(204, b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass


@pytest.fixture
def rest() -> Iterator[_Rest]:
    """Give Twilio's REST service."""
    server = _Rest()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ring(
    rest: _Rest, make_site: Callable[..., Any], make_phone: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """Make a telephone to a council that asks its callers why, and keeps recordings or does not."""

    def make(*, recordings: bool = True) -> Any:
        site = make_site(rest_url=f"http://127.0.0.1:{rest.server_port}")
        settings = site.settings
        rules = settings.dialogue.model_copy(update={"survey": 1.0, "survey_comments": True})
        secrets = settings.secrets.model_copy(update={"twilio_account_sid": "AC1"})
        records = settings.records.model_copy(update={"recordings": recordings})
        changed = {"dialogue": rules, "secrets": secrets, "records": records, "root": tmp_path}
        engine = Engine.over(replace(site.engine.desk, rules=rules))
        return make_phone(site=replace(site, settings=settings.model_copy(update=changed), engine=engine))

    return make


def _asked_why(phone: Any) -> Element:
    """Bring a call to the question why."""
    root = phone.say(phone.dial(), "pay my council tax")
    while "how satisfied" not in phone.words(root):
        root = phone.say(root, "no")
    found: Element = phone.press(root, "2")
    return found


def _store(phone: Any) -> Any:
    return phone.service.calls.site.store


def test_recorded_kept_and_deleted_at_twilio(ring: Any, rest: _Rest, tmp_path: Path) -> None:
    """The caller is told; the sound stands with the turn, may be played, and is nowhere else."""
    phone = ring()
    root = _asked_why(phone)
    assert "This is recorded" in phone.words(root)
    assert rest.asked == [("POST", "/Calls/CA0001/Recordings.json")]
    assert rest.forms[0]["RecordingTrack"] == ["inbound"]
    assert rest.forms[0]["RecordingStatusCallback"][0].endswith(CALLBACK)
    phone.say(root, "the queue was far too long")
    assert phone.post(CALLBACK, **READY).status_code == 204
    assert rest.asked[1:] == [("GET", f"/Recordings/{SID}.wav"), ("DELETE", f"/Recordings/{SID}.json")]
    turn = phone.record().turns[-1]
    assert (turn.state, turn.heard) == ("commenting", "the queue was far too long")
    kept = kept_recording(tmp_path / RECORDINGS, turn.audio)
    assert kept is not None
    assert kept.read_bytes() == rest.sound
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("how", ["erased", "expired"])
def test_it_goes_with_the_callers_data(ring: Any, tmp_path: Path, how: str) -> None:
    """On the caller's request, and when its days are over."""
    phone = ring()
    phone.say(_asked_why(phone), "it was fine")
    phone.post(CALLBACK, **READY)
    store, settings = _store(phone), phone.service.calls.site.settings
    name = phone.record().turns[-1].audio
    assert kept_recording(tmp_path / RECORDINGS, name)
    if how == "erased":
        key = hashed(phone.caller, settings.secrets.secret_key.get_secret_value())
        delete_recordings(tmp_path / RECORDINGS, erase_caller(store.database, key).recordings)
    else:
        days = timedelta(days=settings.records.keep_recordings_days + 1)
        enforce(settings, store.database, phone.record().started + days)
    assert kept_recording(tmp_path / RECORDINGS, name) is None


def test_words_alone_where_nothing_is_recorded(ring: Any, rest: _Rest) -> None:
    """Off by default: nobody is recorded, and the caller hears that the words are kept."""
    phone = ring(recordings=False)
    root = _asked_why(phone)
    assert "We keep what you say" in phone.words(root)
    assert "recorded" not in phone.words(root)
    phone.say(root, "it was fine")
    assert phone.post(CALLBACK, **READY).status_code == 204
    assert rest.asked == []


def test_words_alone_where_twilio_does_not_record(ring: Any, rest: _Rest) -> None:
    """Nobody is told they are recorded who is not."""
    phone = ring()
    rest.refuses = True
    assert "We keep what you say" in phone.words(_asked_why(phone))


def test_danger_in_a_comment_ends_the_recording(ring: Any, rest: _Rest) -> None:
    """Words are heard all the while, and a person who takes over is not recorded."""
    phone = ring()
    after = phone.say(_asked_why(phone), "i want to kill myself")
    assert phone.dialled(after)
    assert rest.asked[-1] == ("POST", "/Calls/CA0001/Recordings/Twilio.CURRENT.json")
    assert rest.forms[-1]["Status"] == ["stopped"]


@pytest.mark.parametrize("said", ["my card is 4242 4242 4242 4242", ""])
def test_what_must_not_be_kept_is_dropped(ring: Any, rest: _Rest, tmp_path: Path, said: str) -> None:
    """A long number among the words, or no comment at all: deleted at Twilio, and never fetched."""
    phone = ring()
    root = _asked_why(phone)
    if said:
        phone.say(root, said)
    phone.post(CALLBACK, **READY)
    assert not list((tmp_path / RECORDINGS).glob("*")) if (tmp_path / RECORDINGS).exists() else True
    assert [method for method, _ in rest.asked] == ["POST", "DELETE"]


@pytest.mark.parametrize("form", [{"RecordingStatus": "failed"}, {"RecordingSid": "../RE1"}, {"RecordingSid": ""}])
def test_news_of_nothing(ring: Any, rest: _Rest, form: dict[str, str]) -> None:
    """A recording that failed, or is none of ours, is not asked for."""
    phone = ring()
    phone.say(_asked_why(phone), "it was fine")
    assert phone.post(CALLBACK, **(READY | form)).status_code == 204
    assert len(rest.asked) == 1


def test_what_is_no_sound_is_not_kept(ring: Any, rest: _Rest) -> None:
    """An error page is not a recording."""
    rest.sound = b"<html>no</html>"
    phone = ring()
    phone.say(_asked_why(phone), "it was fine")
    phone.post(CALLBACK, **READY)
    assert phone.record().turns[-1].audio == ""


def test_only_twilio_may_tell(ring: Any, rest: _Rest) -> None:
    """Unsigned news is refused."""
    phone = ring()
    phone.say(_asked_why(phone), "it was fine")
    assert phone.post(CALLBACK, signed=False, **READY).status_code == 403
    assert len(rest.asked) == 1


def test_without_an_account_nothing_is_recorded(make_site: Callable[..., Any]) -> None:
    """No account, no recording, whatever the settings say."""
    settings = make_site().settings
    records = settings.records.model_copy(update={"recordings": True})
    rules = settings.dialogue.model_copy(update={"survey_comments": True})
    assert Comments.of(settings.model_copy(update={"records": records, "dialogue": rules})) is None
