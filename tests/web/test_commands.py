"""`ivr telephony`, `ivr prompts` and `ivr simulate` on the little council's site."""

from __future__ import annotations

import csv
import io
import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner
from werkzeug.serving import make_server

from ivr import assembly
from ivr.channels.simulator.check import check
from ivr.channels.telephony_check import check_telephony
from ivr.cli import prompts, telephony
from ivr.cli.serve import serve
from ivr.cli.simulate import simulate
from ivr.errors import InputError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDED = "Sorry, that was my fault."


@pytest.fixture
def run(folder: Path, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Run a command line in the little council's site."""
    monkeypatch.setenv("IVR_SITE", str(folder))
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path}/records.sqlite3")
    for name in ("TWILIO_AUTH_TOKEN", "IVR_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(assembly, "open_site", lambda *_: opened)
    app = typer.Typer()
    app.add_typer(telephony.app, name="telephony")
    app.add_typer(prompts.app, name="prompts")
    app.command("simulate")(simulate)
    app.command("serve")(serve)

    def call(*arguments: str) -> Any:
        result = CliRunner().invoke(app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_fallback(run: Callable[..., Any]) -> None:
    """The fallback printed is valid TwiML that dials the operator with absolute numbers only."""
    checked = check(run("telephony", "fallback").stdout.strip().encode())
    assert checked.problems == ()
    assert checked.root is not None
    assert [n.text for n in checked.root.iter("Number")] == ["+441632960999"]


def test_hints(run: Callable[..., Any]) -> None:
    """The hints are listed, and only a colleague's have internal names."""
    public = json.loads(run("telephony", "hints", "--json").stdout)
    assert "Housing" in public
    assert "Desmond Quigley" not in public
    assert "Desmond Quigley" in run("telephony", "hints", "--internal").stdout.splitlines()


def test_check(run: Callable[..., Any]) -> None:
    """A site without token and address is not ready, and is told what to set."""
    result = run("telephony", "check", "--json")
    assert result.exit_code == 1
    assert any("TWILIO_AUTH_TOKEN" in finding["what"] for finding in json.loads(result.stdout))


@pytest.mark.parametrize(
    ("telephony_settings", "site_settings", "said"),
    [
        ({"number": ""}, {}, "telephony.number is empty"),
        ({"number": "01632 960001"}, {}, "not E.164"),
        ({}, {"operator": "+441632960001"}, "come back to the service"),
        ({"internal_prefixes": ("01632",)}, {}, "never matches"),
        ({"number": "+441632960100"}, {}, "entries have the service's own number, the first is Housing"),
        ({"number": "+441632960000"}, {}, "extensions are dialled behind the service's own number"),
    ],
)
def test_check_finds_loops_and_typos(
    make_site: Callable[..., Any], telephony_settings: dict[str, Any], site_settings: dict[str, Any], said: str
) -> None:
    """Numbers that would send a call back to the service, or never match, are found before the first call."""
    site = make_site(**telephony_settings)
    organisation = site.settings.site.model_copy(update=site_settings)
    settings = site.settings.model_copy(update={"site": organisation})
    assert any(said in finding.what for finding in check_telephony(settings, site.directory))
    assert not [f for f in check_telephony(make_site().settings, site.directory) if f.serious]


def test_recording_script_and_check(run: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    """The script lists what is to be recorded, never ex-directory names; what is recorded leaves it."""
    rows = list(csv.DictReader(io.StringIO(run("prompts", "script").stdout)))
    texts = [row["text"] for row in rows]
    assert {"Housing", "Marjorie Featherstone", "Missed bins are collected within two working days."} <= set(texts)
    assert "Harriet Hidden" not in texts
    assert len(set(texts)) == len(texts)
    recordings = folder / "audio" / "prompts"
    recordings.mkdir(parents=True)
    try:
        soundfile.write(recordings / "housing.wav", np.sin(np.arange(4000) / 8) * 0.15, 8000, "PCM_16")
        (recordings / "prompts.csv").write_text("file,text\nhousing.wav,Housing\n", encoding="utf-8")
        assert run("prompts", "check").exit_code == 0
        out = tmp_path / "script.csv"
        run("prompts", "script", "--no-people", "--out", str(out))
        left = [row["text"] for row in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))]
        assert "Housing" not in left
        assert "Marjorie Featherstone" not in left
        (recordings / "housing.wav").unlink()
        broken = run("prompts", "check", "--json")
        assert broken.exit_code == 1
        assert [finding["kind"] for finding in json.loads(broken.stdout)] == ["missing"]
    finally:
        for file in recordings.iterdir():
            file.unlink()
        recordings.rmdir()


def test_simulate(run: Callable[..., Any], make_phone: Callable[..., Any], make_site: Any, tmp_path: Path) -> None:
    """Calls are played against a server, judged, and summed up in a table or as JSON; exit 1 where one went wrong."""
    calls = tmp_path / "calls.yaml"
    calls.write_text(
        "calls:\n"
        "  - {id: right, turns: [{says: marjorie featherstone}], expect: {outcome: transferred}}\n"
        "  - {id: wrong, turns: [{keys: '0'}], expect: {outcome: signposted}}\n",
        encoding="utf-8",
    )
    server = make_server("127.0.0.1", 0, make_phone(site=make_site(checked=False)).app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}/voice"
        assert run("simulate", url, "--calls", str(calls), "--only", "right").exit_code == 0
        both = run("simulate", url, "--calls", str(calls), "--json")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert both.exit_code == 1
    found = json.loads(both.stdout)
    assert (found["calls"], found["as_expected"], found["twiml_errors"]) == (2, 1, 0)
    assert "expected signposted" in found["results"][1]["unexpected"][0]


def test_bad_usage(run: Callable[..., Any], tmp_path: Path) -> None:
    """What cannot be served or simulated says so in one line."""
    (tmp_path / "calls.yaml").write_text("calls: [{id: a, turns: [hangup]}]", encoding="utf-8")
    with pytest.raises(InputError, match="no http address"):
        run("simulate", "ftp://example.org", "--calls", str(tmp_path / "calls.yaml"))
    with pytest.raises(InputError, match="no call of that id"):
        run("simulate", "http://127.0.0.1:9/voice", "--calls", str(tmp_path / "calls.yaml"), "--only", "b")
    with pytest.raises(SettingsError, match="not known"):
        run("serve", "--mode", "magic")
    with pytest.raises(SettingsError, match="not known"):
        run("serve", "--log-level", "loud")
    with pytest.raises(InputError, match="no date and time"):
        run("serve", "--at", "tomorrow")
