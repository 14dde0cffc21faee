"""Links by text message, from the caller's yes to Twilio's REST service, which a small real server plays."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from ivr.channels.late_texts import LateTexts
from ivr.channels.messages import Messages
from ivr.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def sent(make_site: Callable[..., Any]) -> Iterator[tuple[list[dict[str, str]], Any]]:
    """Play Twilio's REST service; give what it was sent, and a site that sends to it."""
    got: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append({name: values[0] for name, values in parse_qs(body).items()})
            answer = json.dumps({"sid": "SM1", "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    site = make_site(rest_url=f"http://127.0.0.1:{server.server_port}")
    secrets = site.settings.secrets.model_copy(update={"twilio_account_sid": "AC1"})
    object.__setattr__(site, "settings", site.settings.model_copy(update={"secrets": secrets}))
    yield got, site
    server.shutdown()
    thread.join()
    server.server_close()


def _offered(phone: Any) -> Any:
    """Ask about a bin, up to the offer of a text."""
    answer = phone.say(phone.dial(), "You missed my bin!")
    return phone.say(answer, "Yes.") if "Is this about" in phone.words(answer) else answer


def test_the_link_is_texted_once(sent: Any, make_phone: Callable[..., Any]) -> None:
    """A yes sends the link to the caller's mobile; the same request again sends nothing more."""
    got, site = sent
    phone = make_phone(site=site)
    offer = _offered(phone)
    assert got == []
    done = phone.post(phone.action(offer), SpeechResult="Yes please.")
    assert "sent you a text" in phone.words(phone.checked(done))
    assert phone.post(phone.action(offer), SpeechResult="Yes please.").data == done.data
    assert [(text["To"], text["From"]) for text in got] == [(phone.caller, "+441632960001")]
    assert "https://www.testford.example/bins" in got[0]["Body"]
    phone.hang_up()
    assert phone.record().outcome is Outcome.SIGNPOSTED


def test_a_no_sends_nothing(sent: Any, make_phone: Callable[..., Any]) -> None:
    """A caller who does not want a text gets none."""
    got, site = sent
    phone = make_phone(site=site)
    phone.say(_offered(phone), "No thank you.")
    assert got == []


@pytest.mark.parametrize("caller", ["+441632960555", "anonymous", "sip:anna@elsewhere.example"])
def test_only_mobiles_are_offered_a_text(sent: Any, make_phone: Callable[..., Any], caller: str) -> None:
    """A caller without a mobile is not asked."""
    got, site = sent
    phone = make_phone(site=site)
    phone.caller = caller
    assert "text you" not in phone.words(_offered(phone))
    assert got == []


def test_a_text_waits_while_twilio_cannot_be_reached(sent: Any, tmp_path: Path) -> None:
    """The caller is told it is sent, and it is, once, as soon as Twilio takes it; nobody else can read it meanwhile."""
    got, site = sent
    file = tmp_path / "spool" / "texts.json"
    away = site.settings.model_copy(
        update={"telephony": site.settings.telephony.model_copy(update={"rest_url": "http://127.0.0.1:1"})}
    )
    messages = Messages.of(away, None, LateTexts(file))
    assert messages.send("CA1", "missed_bin", "+447700900123", "the link")
    assert file.stat().st_mode & 0o077 == 0
    assert (messages.send_late(), got) == (0, [])
    back = Messages.of(site.settings, None, LateTexts(file))
    assert back.send_late() == 1
    assert [text["Body"] for text in got] == ["the link"]
    assert back.send_late() == 0
    assert not file.exists()


def test_a_late_text_is_given_up_after_an_hour(tmp_path: Path) -> None:
    """A link that comes much later is of no use, and the number is not kept."""
    late = LateTexts(tmp_path / "texts.json")
    asked = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
    assert late.keep("+447700900123", "the link", "missed_bin", asked)
    assert late.send(lambda _: False, asked + timedelta(minutes=59)) == 0
    assert late.send(lambda _: False, asked + timedelta(minutes=61)) == 1
    assert not (tmp_path / "texts.json").exists()


def test_a_text_that_cannot_be_kept_is_not_promised(tmp_path: Path) -> None:
    """Where the disk is in the way, the caller is told that it was not sent."""
    (tmp_path / "file").write_text("in the way")
    late = LateTexts(tmp_path / "file" / "texts.json")
    assert not late.keep("+447700900123", "the link", "missed_bin", datetime.now(UTC))
