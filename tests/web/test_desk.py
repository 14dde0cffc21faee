"""When a call goes to a person, what was heard and gathered is at their desk at once: signed, masked, for a while."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from ivr.channels.desk_feed import DeskFeed, check_desk
from ivr.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ivr.assembly import Site

SECRET = "shared-with-the-desk"


class Receiver:
    """A desk's web server, which keeps what it is sent."""

    def __init__(self) -> None:
        got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.got = got
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/calls"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> tuple[dict[str, str], dict[str, Any], bytes]:
        """Wait for the next post."""
        headers, body = self.got.get(timeout=60)
        return headers, json.loads(body), body


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a desk's web server."""
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def _site(make_site: Callable[..., Site], **desk: object) -> Site:
    made = make_site()
    secrets = made.settings.secrets.model_copy(update={"webhook_secret": SecretStr(SECRET)})
    update = {"desk": made.settings.desk.model_copy(update=desk), "secrets": secrets}
    return replace(made, settings=made.settings.model_copy(update=update)).with_store(made.store)


def test_the_desk_is_told_of_a_call_that_goes_to_a_person(
    make_phone: Callable[..., Any], make_site: Callable[..., Site], receiver: Receiver
) -> None:
    """Who is called, what was heard and taken for, the number masked; signed; and a page of it by the link."""
    phone = make_phone(site=_site(make_site, webhook=receiver.url, page=True))
    phone.say(phone.dial(), "Marjorie Featherstone")
    headers, told, body = receiver.next()
    assert (told["event"], told["call_id"], told["to"], told["department"]) == (
        "call.to_person", "CA0001", "Marjorie Featherstone", "Housing",
    )  # fmt: skip
    assert told["caller"] == "+44 7700 900***"
    assert [said["heard"] for said in told["said"]] == ["marjorie featherstone"]
    assert told["said"][0]["understood"] == "Marjorie Featherstone"
    parts = dict(part.split("=", 1) for part in headers["X-IVR-Signature"].split(","))
    signed = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signed, parts["v1"])
    link = told["link"].removeprefix("https://phone.example.org")
    shown = phone.app.test_client().get(link)
    assert shown.status_code == 200
    assert "marjorie featherstone" in shown.text
    assert "7700" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_a_link_that_is_not_ours_shows_nothing(make_phone: Callable[..., Any], make_site: Callable[..., Site]) -> None:
    """A changed or an old link is answered as expired; without the setting, every link is."""
    phone = make_phone(site=_site(make_site, page=True))
    phone.say(phone.dial(), "Marjorie Featherstone")
    link = DeskFeed(phone.service.calls.site.settings).link("CA0001").removeprefix("https://phone.example.org")
    client = phone.app.test_client()
    assert client.get(link).status_code == 200
    for wrong in ("/desk/nonsense", link[:-2] + "xx", link.replace("/desk/", "/desk/x")):
        assert client.get(wrong).status_code == 410
    without = make_phone(site=_site(make_site))
    assert without.app.test_client().get(link).status_code == 410


def test_a_link_expires(make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    """After the minutes set, it opens nothing."""
    import itsdangerous.timed

    feed = DeskFeed(_site(make_site, page=True, minutes=1).settings)
    token = feed.link("CA0001").rpartition("/")[2]
    assert feed.read(token) == "CA0001"
    later = itsdangerous.timed.time.time() + 62
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: later)
    assert feed.read(token) == ""


def test_what_the_site_hides_is_not_told(
    make_phone: Callable[..., Any], make_site: Callable[..., Site], receiver: Receiver
) -> None:
    """Number and words are left out where the settings say so."""
    phone = make_phone(site=_site(make_site, webhook=receiver.url, words=False, caller="hidden"))
    phone.say(phone.dial(), "Marjorie Featherstone")
    _, told, _ = receiver.next()
    assert (told["caller"], told["said"], told["gathered"]) == ("", [], {})
    assert "link" not in told


def test_a_desk_that_does_not_answer_costs_no_caller_anything(
    make_phone: Callable[..., Any], make_site: Callable[..., Site], receiver: Receiver
) -> None:
    """The transfer goes on; only the log says that the desk was not told."""
    receiver.server.shutdown()
    receiver.server.server_close()
    phone = make_phone(site=_site(make_site, webhook=receiver.url))
    assert phone.dialled(phone.say(phone.dial(), "Marjorie Featherstone")) == ["+441632960123"]
    feed = phone.service.calls.tools.watch.desk
    feed.close()


def test_unsafe_settings_are_refused(make_site: Callable[..., Site]) -> None:
    """Words never go out in the clear or unsigned."""
    with pytest.raises(SettingsError, match=r"desk\.webhook"):
        check_desk(_site(make_site, webhook="http://desk.example.org/calls").settings)
    settings = _site(make_site, webhook="https://desk.example.org/calls").settings
    check_desk(settings)
    bare = settings.model_copy(
        update={"secrets": settings.secrets.model_copy(update={"webhook_secret": SecretStr("")})}
    )
    with pytest.raises(SettingsError, match="IVR_WEBHOOK_SECRET"):
        check_desk(bare)


def test_ends_and_turns_are_counted_for_alarms(phone: Any) -> None:
    """`/metrics` says how calls ended and what was decided, with no word of the caller."""
    phone.say(phone.dial(), "Marjorie Featherstone")
    phone.hang_up()
    page = phone.app.test_client().get("/metrics").text
    assert 'ivr_turns_total{decision="accept"} 1.0' in page
    assert 'ivr_calls_ended_total{outcome="' in page
    assert "featherstone" not in page.casefold()


def test_a_thread_logs_under_no_call_once_the_request_is_over(phone: Any) -> None:
    """The next request of the same thread may be about another call, or none."""
    from ivr.channels.logs import CALL

    phone.dial()
    assert CALL.get() == ""


def test_a_calls_requests_are_traced(phone: Any) -> None:
    """Answering and every turn are spans with the call's id, the dialogue and its keeping within them, and no words."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from ivr.channels import tracing

    kept = InMemorySpanExporter()
    tracing.use(SimpleSpanProcessor(kept))
    try:
        phone.say(phone.dial(), "Marjorie Featherstone")
    finally:
        tracing.stop()
    spans = kept.get_finished_spans()
    assert [span.name for span in spans] == ["call.arrive", "call.dialogue", "call.settle", "call.request"]
    assert dict(spans[-1].attributes or {}) == {"ivr.call_id": "CA0001", "ivr.turn": 1}
    assert "featherstone" not in str([span.to_json() for span in spans]).casefold()
