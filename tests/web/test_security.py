"""Security: only Twilio gets in, nothing can be made to go elsewhere, and what is refused is counted."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from ivr.channels.signatures import HEADER, Signatures

if TYPE_CHECKING:
    from collections.abc import Callable

POSTS = ("/voice", "/voice/turn/1", "/voice/transfer/1", "/voice/status", "/voice/whisper", "/voice/whisper/accept")
ORIGIN = "https://phone.example.org"


def _refused(phone: Any) -> dict[str, float]:
    page = phone.app.test_client().get("/metrics").text
    return {why: float(n) for why, n in re.findall(r'ivr_refused_total\{why="([^"]+)"\} (\S+)', page)}


@pytest.mark.parametrize("target", POSTS)
def test_unsigned_and_wrongly_signed(phone: Any, target: str) -> None:
    """Without a signature, or with a wrong one, nothing is answered; both are counted."""
    assert phone.post(target, signed=False).status_code == 403
    phone.token = "guessed"
    assert phone.post(target).status_code == 403
    assert _refused(phone) == {"unsigned": 1.0, "wrong signature": 1.0}


def test_either_token_while_rotating(phone: Any) -> None:
    """While the token changes, requests signed with the old one are still Twilio's."""
    phone.token = "the-old-token"
    assert phone.post("/voice").status_code == 200


def test_changed_parameters(phone: Any) -> None:
    """A signature does not carry over to other words, another turn, or a query added to the address."""
    client, form = phone.app.test_client(), {"CallSid": "CA1", "SpeechResult": "Housing"}
    signed = Signatures((phone.token,), ORIGIN).sign(ORIGIN + "/voice/turn/1", {k: [v] for k, v in form.items()})
    for target, data in (
        ("/voice/turn/1", form | {"SpeechResult": "operator"}),
        ("/voice/turn/2", form),
        ("/voice/turn/1?after=stream", form),
    ):
        assert client.post(target, data=data, headers={HEADER: signed}).status_code == 403


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-URL"])
def test_headers_do_not_move_the_address(phone: Any, header: str) -> None:
    """What the request says of its host changes neither what is checked nor where answers lead."""
    target, form = "/voice", {"CallSid": "CA1"}
    signed = Signatures((phone.token,), ORIGIN).sign(ORIGIN + target, {k: [v] for k, v in form.items()})
    answer = phone.app.test_client().post(target, data=form, headers={HEADER: signed, header: "evil.example"})
    assert answer.status_code == 200
    assert b"evil" not in answer.data
    assert b"https://phone.example.org/voice/turn/1" in answer.data


@pytest.mark.parametrize("name", ["url", "next", "action", "Url", "RedirectUrl", "for", "stream"])
def test_no_open_redirects(phone: Any, name: str) -> None:
    """No parameter becomes an address in an answer."""
    for target in ("/voice", "/voice/turn/1", "/voice/transfer/2", "/voice/whisper?for=https://evil.example/x"):
        answer = phone.post(target, **{name: "https://evil.example/x"})
        assert not re.search(rb'(href|url|action)="[^"]*evil', answer.data)
        assert b"<Redirect>https://evil" not in answer.data
        assert "Location" not in answer.headers


@pytest.mark.parametrize("target", POSTS)
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_changes_anything(phone: Any, target: str, method: str) -> None:
    """Everything that changes something takes posts only."""
    assert getattr(phone.app.test_client(), method)(target).status_code in {403, 405}


def test_bodies_have_a_limit(phone: Any) -> None:
    """A body that is too large is refused, before it is read where it is not even signed."""
    assert phone.post("/voice", SpeechResult="a" * 3_000_000).status_code == 413
    assert phone.post("/voice", SpeechResult="a" * 3_000_000, signed=False).status_code == 403


def test_ten_thousand_bogus_requests(phone: Any) -> None:
    """Ten thousand unsigned requests are all refused, quickly, and the next real call is answered."""
    statuses: list[str] = []
    began = time.process_time()
    for n in range(10_000):
        body = f"CallSid=CA{n}".encode()
        builder = {"REQUEST_METHOD": "POST", "PATH_INFO": "/voice", "SERVER_NAME": "x", "SERVER_PORT": "80"}
        kind = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
        wsgi = {"wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr}
        b"".join(phone.app.wsgi_app(builder | kind | wsgi, lambda status, _: statuses.append(status)))
    assert statuses == ["403 FORBIDDEN"] * 10_000
    assert time.process_time() - began < 20
    assert _refused(phone)["unsigned"] == 10_000
    assert phone.service.calls.site.store.in_progress() == ()
    assert phone.post("/voice").status_code == 200


def test_fallback_needs_nothing(phone: Any) -> None:
    """The fallback is given to anybody, without a call, a signature or a database."""
    phone.service.calls.site.store.close()
    for method in ("get", "post"):
        root = phone.checked(getattr(phone.app.test_client(), method)("/voice/fallback"))
        assert phone.dialled(root) == ["+441632960999"]


def test_without_a_token_nothing_is_checked(make_phone: Callable[..., Any], make_site: Callable[..., Any]) -> None:
    """A service that runs without a token (on this machine only) takes unsigned requests, with relative addresses."""
    phone = make_phone(site=make_site(checked=False))
    answer = phone.checked(phone.post("/voice", signed=False))
    assert phone.action(answer) == "/voice/turn/1"


def test_json_bodies(phone: Any) -> None:
    """A JSON body counts with the hash of it in a signed address, and not without."""
    client, body = phone.app.test_client(), b'{"CallSid": "CA1", "CallStatus": "completed"}'
    signer = Signatures((phone.token,), ORIGIN)
    unhashed = client.post(
        "/voice/status",
        data=body,
        content_type="application/json",
        headers={HEADER: signer.sign(ORIGIN + "/voice/status", {})},
    )
    assert unhashed.status_code == 403
    target = f"/voice/status?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {HEADER: signer.sign(ORIGIN + target, {})}
    assert client.post(target, data=body, content_type="application/json", headers=headers).status_code == 204


def test_secrets_stay_out_of_the_log(phone: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Neither callers' numbers nor their words nor the token appear in the log."""
    caplog.set_level("DEBUG")
    phone.dial()
    phone.post("/voice/turn/9", SpeechResult="my secret words")
    phone.post("/voice/turn/1", SpeechResult="my secret words")
    for hidden in (phone.caller, "secret words", phone.token):
        assert hidden not in caplog.text
