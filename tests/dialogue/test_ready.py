"""A site whose callers in danger could reach nobody is refused, with the setting to mend."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.dialogue.actions import Transfer
from ivr.dialogue.engine import Engine
from ivr.dialogue.events import CallStarted, Heard
from ivr.dialogue.ready import require_safety
from ivr.dialogue.state import State
from ivr.errors import SettingsError
from ivr.model import Audience, CallFacts, Decision, Directory, Entry, Kind, Understanding
from ivr.settings import DialogueSettings, Settings, SiteSettings

NIGHT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def _entry(name: str, number: str, **more: object) -> Entry:
    return Entry(id=name.casefold(), kind=Kind.DEPARTMENT, name=name, spoken=(name,), number=number, **more)  # type: ignore[arg-type]


DIRECTORY = Directory(
    (
        _entry("Safeguarding", "+441632960135", hours="24/7"),
        _entry("Housing", "+441632960136"),
        _entry("Silent", ""),
        _entry("Hidden", "+441632960137", audience=Audience.INTERNAL),
    )
)


def _settings(duty: dict[str, str] | None = None, **site: str) -> Settings:
    made = {"operator": "+441632960000", "out_of_hours": "+441632960999"} | site
    return Settings(root=Path(), site=SiteSettings(**made), dialogue=DialogueSettings(duty=duty or {}))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (_settings(operator=""), "site.operator` is empty"),
        (_settings(out_of_hours=""), "site.out_of_hours` is empty"),
        (_settings({"safeguarding": "Safegarding"}), "`Safegarding` is not in the directory; did you mean `Safeguard"),
        (_settings({"safegard": "Safeguarding"}), "no kind of danger is called `safegard`; did you mean `safeguard"),
        (_settings({"gas": "Silent"}), "Silent has no number"),
        (_settings({"gas": "Hidden"}), "Hidden is not for every caller"),
    ],
)
def test_refused(settings: Settings, says: str) -> None:
    """No operators, nobody at night, or a duty team that is none: one line says which."""
    with pytest.raises(SettingsError, match=says):
        require_safety(settings, DIRECTORY, ["safeguarding", "gas"])


@pytest.mark.parametrize(
    "settings",
    [_settings({"gas": "housing", "fire": "Safeguarding"}), _settings(out_of_hours="", hours="24/7")],
)
def test_accepted(settings: Settings) -> None:
    """Duty teams by name or id; operators who never close need nobody for the night."""
    require_safety(settings, DIRECTORY, ["gas"])


def _dialled_at_night(safety: str) -> Transfer:
    duty = {"safeguarding": "Safeguarding", "homeless_tonight": "Housing"}
    settings = _settings(duty)
    engine = Engine(DIRECTORY, (), settings.site, settings.dialogue)
    facts = CallFacts(call_id="1", channel="console", started=NIGHT, open=False)
    state, _ = engine.step(State(), CallStarted(NIGHT, facts))
    heard = Heard(NIGHT, Understanding("x", Decision.ACCEPT, safety=safety))
    last = engine.step(state, heard)[1][-1]
    assert isinstance(last, Transfer)
    return last


@pytest.mark.parametrize(
    ("safety", "number"),
    [("safeguarding", "+441632960135"), ("homeless_tonight", "+441632960999"), ("gas", "+441632960999")],
)
def test_danger_at_night(safety: str, number: str) -> None:
    """A duty team that is open takes the call; for the others, and where there is none, the out-of-hours service."""
    last = _dialled_at_night(safety)
    assert (last.entry.number, last.priority) == (number, True)
