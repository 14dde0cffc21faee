"""Exports fetched from servers of the tests' own: a folder, an address, an LDAP server, Microsoft Graph's pages."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from ivr.directory.pull import pull
from ivr.directory.sources import read_export
from ivr.directory.uploads import source_of, uploads
from ivr.errors import SettingsError, UnavailableError
from ivr.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AT = "2026-03-04T10:00:00+00:00"
CSV = b"Surname,Forename,Tel\nOkonkwo,Chidi,4711\n"
SECRET = "a made-up secret"


def _site(place: Path, **pull_settings: object) -> Settings:
    lines = [f"{key} = {json.dumps(value)}" for key, value in pull_settings.items()]
    (place / "ivr.toml").write_text("[pull]\n" + "\n".join(lines), encoding="utf-8")
    return load_settings(place, {"IVR_PULL_SECRET": SECRET})


def _rows(settings: Settings) -> list[tuple[str, ...]]:
    folder = settings.path(settings.directory.versions)
    return [row.cells for row in read_export(source_of(folder, uploads(folder)[0].id)).rows]


@contextmanager
def _http(answer: Callable[[BaseHTTPRequestHandler], tuple[int, bytes]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_newest_file_of_a_folder(tmp_path: Path) -> None:
    """The newest export is taken, once; a newer one again; a folder without any is said."""
    settings = _site(tmp_path, source="folder", folder="inbox")
    with pytest.raises(UnavailableError, match="inbox"):
        pull(settings, AT)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for age, name in enumerate(("old.csv", "new.csv", "notes.pdf")):
        (inbox / name).write_bytes(CSV if name == "new.csv" else CSV + b"Old,Olga,4712\n")
        os.utime(inbox / name, (1000 + age, 1000 + age))
    assert pull(settings, AT).name == "new.csv"
    assert pull(settings, AT) is None
    (inbox / "newer.csv").write_bytes(CSV + b"New,Nia,4713\n")
    assert pull(settings, AT).by == "schedule"
    assert len(_rows(settings)) == 2


def test_an_https_address(tmp_path: Path) -> None:
    """Fetched with the secret as a bearer token; refused over an open connection; what is wrong is one line."""
    seen: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        seen.append(str(request.headers["Authorization"]))
        return (200, CSV) if request.path == "/staff.csv" else (404, b"")

    with _http(answer) as address:
        settings = _site(tmp_path, source="https", url=f"{address}/staff.csv")
        assert pull(settings, AT).name == "staff.csv"
        assert pull(settings, AT) is None
        assert seen == [f"Bearer {SECRET}"] * 2
        with pytest.raises(UnavailableError, match="404"):
            pull(_site(tmp_path, source="https", url=f"{address}/gone.csv"), AT)
    with pytest.raises(UnavailableError, match="cannot be fetched"):
        pull(settings, AT)
    with pytest.raises(SettingsError, match="not https"):
        pull(_site(tmp_path, source="https", url="http://staff.example/list.csv"), AT)
    with pytest.raises(SettingsError, match="names nothing"):
        pull(_site(tmp_path), AT)


def _user(number: int, **more: object) -> dict[str, object]:
    return {"surname": f"Person{number}", "givenName": "Ann", "displayName": f"Ann Person{number}",
            "department": "Housing", "jobTitle": None, "businessPhones": [f"01632 9601{number:02}"],
            "mobilePhone": None, "mail": None, "accountEnabled": True} | more  # fmt: skip


def test_microsoft_graph_page_by_page(tmp_path: Path) -> None:
    """Signed in as an application, every page followed, disabled accounts left out; a page elsewhere is not fetched."""
    elsewhere = False

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        if request.command == "POST":
            form = parse_qs(request.rfile.read(int(request.headers["Content-Length"])).decode())
            assert request.path == "/tenant/oauth2/v2.0/token"
            right = form["client_secret"] == [SECRET]
            return (200, b'{"access_token": "abc"}') if right else (401, b"{}")
        assert request.headers["Authorization"] == "Bearer abc"
        page: dict[str, object] = {"value": [_user(1), _user(2, accountEnabled=False)]}
        if "skip" in request.path:
            page = {"value": [_user(3)]}
        else:
            page["@odata.nextLink"] = ("https://evil.example" if elsewhere else address) + "/v1.0/users?skip=2"
        return 200, json.dumps(page).encode()

    with _http(answer) as address:
        settings = _site(tmp_path, source="graph", graph_tenant="tenant", graph_client="us", graph_login=address,
                         graph_url=address)  # fmt: skip
        assert pull(settings, AT).name == "graph.csv"
        assert [row[0] for row in _rows(settings)] == ["Person1", "Person3"]
        elsewhere = True
        with pytest.raises(UnavailableError, match="elsewhere"):
            pull(settings, AT)


class _Ldap(socketserver.BaseRequestHandler):
    """An LDAP server of three people."""

    def handle(self) -> None:
        """Answer binds and searches until the client goes."""
        from ldap3.protocol import rfc4511 as ldap
        from ldap3.utils.asn1 import compute_ber_size
        from pyasn1.codec.ber import encoder

        while head := self.request.recv(2, socket.MSG_WAITALL):
            head += self.request.recv(head[1] & 0x7F, socket.MSG_WAITALL) if head[1] > 0x7F else b""
            size, _ = compute_ber_size(head)
            body = self.request.recv(size, socket.MSG_WAITALL)
            after = 2 + body[1]  # the message's number, then what is asked
            for kind, answer in self._answers(body[after], body):
                reply = ldap.LDAPMessage()
                reply["messageID"] = int.from_bytes(body[2:after], "big")
                reply["protocolOp"] = ldap.ProtocolOp()
                reply["protocolOp"][kind] = answer
                self.request.sendall(encoder.encode(reply))

    @staticmethod
    def _answers(asked: int, body: bytes) -> Iterator[tuple[str, Any]]:
        from ldap3.protocol import rfc4511 as ldap

        if asked == 0x60:  # bind
            yield "bindResponse", _result(ldap.BindResponse(), 0 if SECRET.encode() in body else 49)
        if asked == 0x63:  # search
            for number in range(3):
                entry = ldap.SearchResultEntry()
                entry["object"] = f"cn=Ann Person{number},ou=Staff"
                attributes = ldap.PartialAttributeList()
                values = {"sn": f"Person{number}", "givenName": "Ann", "telephoneNumber": f"01632 96010{number}"}
                for place, (name, value) in enumerate(values.items()):
                    attribute = ldap.PartialAttribute()
                    attribute["type"] = name
                    attribute["vals"] = ldap.Vals()
                    attribute["vals"][0] = value
                    attributes[place] = attribute
                entry["attributes"] = attributes
                yield "searchResEntry", entry
            yield "searchResDone", _result(ldap.SearchResultDone(), 0)


def _result(answer: Any, code: int) -> Any:
    answer["resultCode"] = code
    answer["matchedDN"] = ""
    answer["diagnosticMessage"] = ""
    return answer


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_ldap(tmp_path: Path) -> None:
    """Signed in and searched over the network; a wrong password and an open connection are said in one line."""
    pytest.importorskip("ldap3", reason="needs the extra `ldap`")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Ldap) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"ldap://127.0.0.1:{server.server_address[1]}"
        settings = _site(tmp_path, source="ldap", ldap_url=address, ldap_user="cn=ivr", ldap_base="ou=Staff")
        assert pull(settings, AT).name == "ldap.csv"
        assert [row[:2] for row in _rows(settings)] == [(f"Person{n}", "Ann") for n in range(3)]
        assert pull(settings, AT) is None
        wrong = load_settings(tmp_path, {"IVR_PULL_SECRET": "guessed"})
        with pytest.raises(UnavailableError, match="IVR_PULL_SECRET"):
            pull(wrong, AT)
        server.shutdown()
    with pytest.raises(SettingsError, match="not ldaps"):
        pull(_site(tmp_path, source="ldap", ldap_url="ldap://dc1.example"), AT)
