"""A third of the whole calls again, over HTTP: signed webhooks, checked TwiML, and the same end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr.channels.recording import OFFICE_HOURS
from ivr.channels.script import load_calls
from ivr.channels.simulator.caller import Options
from ivr.channels.simulator.play import play, unplayable
from ivr.channels.simulator.wire import Target
from ivr.dialogue.engine import Engine
from ivr.model import Outcome
from ivr.skills.languages import speaking
from ivr.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.assembly import Site
    from ivr.channels.script import CallScript

ORIGIN = "https://phone.example.org"
TOKEN = "made-up-token"
FILES = ("enquiries.yaml", "skills.yaml")
EVERY = 3
"""One call in so many of the enquiries is played; of the skills all that a telephone can play."""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass


@contextmanager
def _served(app: Any) -> Iterator[Target]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Target(url=f"http://127.0.0.1:{server.port}/voice", public=ORIGIN, token=TOKEN)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(sample: Site, tmp_path: Path) -> Iterator[Site]:
    """Give the sample council with records of its own, taking signed requests only."""
    settings = sample.settings
    secrets = settings.secrets.model_copy(
        update={"twilio_auth_tokens": (SecretStr(TOKEN),), "public_url": ORIGIN, "secret_key": SecretStr("a secret")}
    )
    records = settings.records.model_copy(update={"database": f"sqlite:///{tmp_path}/calls.sqlite3"})
    made = replace(sample, settings=settings.model_copy(update={"secrets": secrets, "records": records}))
    yield made
    made.store.close()


def _now() -> datetime:
    return datetime.fromisoformat(OFFICE_HOURS).replace(tzinfo=ZoneInfo("Europe/London"))


def _played(site: Site, scripts: list[CallScript], *, everything: bool = False) -> list[Any]:
    app = create_app(site, clock=_now)
    options = Options(hear=lambda turn: (turn.says, 1.0))
    with _served(app) as target:
        return list(play(scripts, target, options, at_once=6, records=site.store.call, everything=everything))


def _seen_here(script: CallScript) -> bool:
    """Whether what is expected can be seen: texts take an account, and a priority whisper names nobody."""
    texted = any("sent you a text" in words for words in script.expect.said)
    return not texted and not (script.expect.entry and Outcome.ESCALATED in script.expect.outcome)


def test_a_third_of_all_calls_over_http(root: Path, site: Site) -> None:
    """Each ends as it does through the engine alone, is recorded so, and no answer has a fault."""
    enquiries, skills = (load_calls(root / "tests" / "calls" / file) for file in FILES)
    chosen = [script for script in (*enquiries[::EVERY], *skills) if not unplayable(script) and _seen_here(script)]
    assert len(chosen) >= (len(enquiries) + len(skills)) / 3
    played = _played(site, chosen)
    assert [(p.script.id, p.unexpected, p.seen.problems) for p in played if not p.ok] == []
    assert all(p.recorded for p in played)


def test_surveys_over_http(root: Path, site: Site) -> None:
    """A server that asks every caller; the score is on record with the call."""
    rules = site.settings.dialogue.model_copy(update={"survey": 1.0})
    asking = replace(site, settings=site.settings.model_copy(update={"dialogue": rules})).with_store(site.store)
    scripts = [s for s in load_calls(root / "tests" / "calls" / "skills.yaml") if s.survey and not s.settings]
    played = _played(asking, list(filter(_seen_here, scripts)), everything=True)
    assert len(played) >= 4
    assert [(p.script.id, p.unexpected, p.seen.problems) for p in played if not p.ok] == []
    kept = {p.script.id: site.store.call(p.seen.call_id) for p in played}
    by_key = kept["survey-by-key"]
    assert by_key is not None
    assert (by_key.surveyed, by_key.satisfaction) == (True, 4)


def test_calls_in_welsh_over_http(root: Path, site: Site) -> None:
    """A server with two languages, whose Welsh Twilio recognises: each call ends as through the engine alone."""
    both = site.engine.desk.site.model_copy(update={"languages": ("en-GB", "cy"), "recognised": ("cy",)})
    engine = speaking(Engine.over(replace(site.engine.desk, site=both)), root / "grammars")
    prompts = site.prompts.beside(root / "grammars", ("cy",))
    welsh = replace(site, engine=engine, prompts=prompts).with_store(site.store)
    scripts = load_calls(root / "tests" / "calls" / "welsh.yaml")
    heard = [s.model_copy(update={"languages": (), "recognised": ()}) for s in scripts if s.recognised and not s.at]
    played = _played(welsh, [s for s in heard if not unplayable(s) and _seen_here(s)])
    assert len(played) >= 8
    assert [(p.script.id, p.unexpected, p.seen.problems) for p in played if not p.ok] == []
    kept = [call for p in played if (call := site.store.call(p.seen.call_id))]
    assert {call.language for call in kept} == {"cy", "en-GB"}
