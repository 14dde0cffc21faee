"""Our own recogniser follows the directory: made again for each new version, while the old one goes on listening."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ivr.errors import UnavailableError
from ivr.recognise.typed import TypedRecogniser
from ivr.web import live_ears
from ivr.web.app import create_app
from ivr.web.live_ears import LiveEars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 120.0


@pytest.fixture
def ears(
    make_site: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[LiveEars, Any, Any, list[Any]]]:
    """Make a service whose recogniser is quickly made, in one process; give what it is asked for."""
    asked: list[Any] = []

    def recipe(_settings: Any, grammars: Any, _pronounce: Any) -> Any:
        asked.append(grammars)
        return TypedRecogniser

    class Unwarmed:
        """Keeps a recipe as it is: what takes text cannot be warmed up with sound."""

        @staticmethod
        def keep(inner: Any) -> Any:
            made: Any = partial(inner)
            made.forget = os.getpid  # any function that every process knows
            return made

    monkeypatch.setattr(live_ears, "recipe", recipe)
    monkeypatch.setattr(live_ears, "LiveRecipe", Unwarmed)
    site = make_site()
    recognition = site.settings.recognition.model_copy(update={"workers": 1})
    object.__setattr__(site, "settings", site.settings.model_copy(update={"recognition": recognition}))
    service = create_app(site).extensions["ivr"]
    made = LiveEars(service)
    yield made, service, site, asked
    made.close()


def _wait_for(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


def test_made_again_for_a_new_site(ears: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the first is ready Twilio listens; a new one is made beside it; one that fails changes nothing."""
    made, service, site, asked = ears
    assert service.stream_url() == ""
    made.start(site)
    _wait_for(lambda: service.stream_url() != "")
    pool = service.ears.recogniser
    before = pool._workers[0].process.pid
    made.want(site)
    _wait_for(lambda: pool._workers[0].process.pid != before and pool.ready)
    assert len(asked) == 2
    again = pool._workers[0].process.pid

    def fails(*_: Any) -> Any:
        asked.append(None)
        raise UnavailableError("no model")

    monkeypatch.setattr(live_ears, "recipe", fails)
    made.want(site)
    _wait_for(lambda: len(asked) == 3)
    assert pool._workers[0].process.pid == again
    assert service.stream_url() != ""
