"""Signatures: Twilio's own examples verify, everything else does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.signatures import Signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "data" / "twilio" / "vectors.json"
ORIGIN = "https://phone.example.org"
FORM = {"CallSid": ["CA1"], "SpeechResult": ["Jane Smith."]}


@pytest.fixture(scope="module")
def vectors() -> Any:
    """Twilio's published examples, as read from their file."""
    if not VECTORS.exists():
        pytest.skip(f"Twilio's published vectors are not at {VECTORS}")
    return json.loads(VECTORS.read_text())


def _published(vectors: Any, scheme: str = "https", port: str = "") -> Signatures:
    return Signatures((vectors["auth_token"],), f"{scheme}://mycompany.com{port}")


def _form(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


TARGET = "/myapp.php?foo=1&bar=2"


def test_published_vector(vectors: Any) -> None:
    """Twilio's first published example verifies, and not with one parameter changed."""
    form = _form(vectors["params"].items())
    checked = _published(vectors)
    assert checked.verify(TARGET, form, vectors["expected"])
    assert not checked.verify(TARGET, form | {"Digits": ["1235"]}, vectors["expected"])


def test_published_duplicates(vectors: Any) -> None:
    """A parameter sent twice counts with both of its values."""
    duplicates = vectors["duplicate_params"]
    assert _published(vectors).verify(TARGET, _form(duplicates["params"]), duplicates["expected"])


@pytest.mark.parametrize(
    ("scheme", "port", "key"),
    [
        ("https", ":1234", "https with :1234 appended to host validates against"),
        ("http", ":1234", "http uri with :1234"),
        ("https", "", "https signature computed with :443"),
        ("http", "", "http signature computed with :80"),
    ],
)
def test_published_ports(vectors: Any, scheme: str, port: str, key: str) -> None:
    """The published signatures with, without and beside a port all verify."""
    form = _form(vectors["params"].items())
    assert _published(vectors, scheme, port).verify(TARGET, form, vectors["ports"][key])


def test_published_json_body(vectors: Any) -> None:
    """A JSON body verifies by the hash in the signed query, and not when the body differs."""
    body = vectors["json_body"]
    target = f"{TARGET}&bodySHA256={body['bodySHA256']}"
    checked = _published(vectors)
    assert checked.verify_body(target, body["body"].encode(), body["expected"])
    assert not checked.verify_body(target, b'{"property": "other"}', body["expected"])


def test_json_body_without_hash_is_refused() -> None:
    """A body nobody signed is refused even where the address alone is signed rightly."""
    checked = Signatures(("t",), ORIGIN)
    assert not checked.verify_body("/voice/status", b"{}", checked.sign(ORIGIN + "/voice/status", {}))


@given(text=st.text(min_size=1, max_size=30))
def test_encoded_query_is_signed_as_sent(text: str) -> None:
    """The query is signed as it was sent, whatever it holds: nothing is decoded first."""
    checked = Signatures(("t",), ORIGIN)
    target = f"/voice/whisper?for={quote(text, safe='')}"
    assert checked.verify(target, FORM, checked.sign(ORIGIN + target, FORM))


def test_fragment_is_not_signed() -> None:
    """Connection overrides after # are no part of what Twilio signs."""
    checked = Signatures(("t",), ORIGIN)
    assert checked.verify("/voice#rc=5&rt=3000", FORM, checked.sign(ORIGIN + "/voice", FORM))


def test_several_tokens_while_rotating() -> None:
    """While tokens rotate the old and the new one both verify; a third does not."""
    old, new, other = (Signatures((token,), ORIGIN) for token in ("old", "new", "other"))
    rotating = Signatures(("new", "old"), ORIGIN)
    for signer, expected in ((old, True), (new, True), (other, False)):
        assert rotating.verify("/voice", FORM, signer.sign(ORIGIN + "/voice", FORM)) is expected


def test_socket_is_signed_over_wss() -> None:
    """A web socket verifies over its wss address, with either ending, and not over the https one."""
    checked = Signatures(("t",), ORIGIN)
    assert checked.verify_socket("/media", checked.sign("wss://phone.example.org/media", {}))
    assert checked.verify_socket("/media", checked.sign("wss://phone.example.org/media/", {}))
    assert checked.verify_socket("/media", checked.sign("wss://phone.example.org:443/media", {}))
    assert not checked.verify_socket("/media", checked.sign(ORIGIN + "/media", {}))


def test_path_a_proxy_strips() -> None:
    """A public address with a path signs with that path, though requests arrive without it."""
    checked = Signatures(("t",), ORIGIN + "/ivr")
    assert checked.verify("/voice", FORM, checked.sign(ORIGIN + "/ivr/voice", FORM))


@pytest.mark.parametrize("signature", ["", "x", "é", "A" * 5000, "\x00"])
def test_nonsense_signatures(signature: str) -> None:
    """Missing, short, long and non-ASCII signatures are refused, not an error."""
    assert not Signatures(("t",), ORIGIN).verify("/voice", FORM, signature)


def test_unknown_algorithm_and_no_token() -> None:
    """An algorithm we do not know is refused, and without a token nothing verifies."""
    checked = Signatures(("t",), ORIGIN)
    good = checked.sign(ORIGIN + "/voice", FORM)
    assert not checked.verify("/voice", FORM, good, settings="key=k,algorithm=MD5")
    assert not Signatures((), ORIGIN).verify("/voice", FORM, good)
