"""A small council with its real grammars and its real understanding, for calls without a telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ivr.dialogue.engine import Engine
from ivr.dialogue.prompts import Prompts
from ivr.grammar.compile import compile_grammars
from ivr.match.understand import Understander
from ivr.model import Audience, Directory, Enquiry, Entry, Kind
from ivr.settings import Settings, SiteSettings
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ivr.grammar.tree import Grammar


@dataclass(frozen=True)
class SmallSite:
    """What calls need of a site."""

    settings: Settings
    grammars: Mapping[str, Grammar]
    engine: Engine
    understander: Understander
    prompts: Prompts


def _entry(name: str, number: str, **more: Any) -> Entry:
    surname = {"surname": name.rsplit(maxsplit=1)[-1], "forename": name.split(maxsplit=1)[0]} if " " in name else {}
    kind = Kind.PERSON if surname else Kind.DEPARTMENT
    base = {"id": normalise(name).replace(" ", "-"), "kind": kind, "name": name, "spoken": (normalise(name),)}
    return Entry(**base | surname | {"number": number} | more)


ENTRIES = (
    _entry("Housing", "+441632960200", department="Housing"),
    _entry("Planning", "+441632960201", department="Planning"),
    _entry("Margaret Holloway", "+441632960101", department="Housing"),
    _entry("Brendan Kowalski", "4711", department="Planning"),
    _entry("Priya Patel", "4712", department="Housing"),
    Entry(
        id="priya-two", kind=Kind.PERSON, name="Priya Patel", spoken=("priya patel",), number="4713",
        department="Planning", surname="Patel", forename="Priya",
    ),
    _entry("Tobias Underwood", "4722", department="Housing", audience=Audience.INTERNAL),
)  # fmt: skip
ENQUIRIES = (
    Enquiry(
        id="missed_bin", title="a missed bin collection", phrases=("my bin was (missed|not emptied)",),
        answer="Report it within two days.", text="https://council.example/bins", entry="Housing",
    ),
)  # fmt: skip


@pytest.fixture(scope="session")
def small_site(root: Path) -> SmallSite:
    """Give a council of seven entries and one enquiry."""
    settings = Settings(root=root, site=SiteSettings(name="Testford Council", operator="+441632960999"))
    directory = Directory(ENTRIES, version="v1")
    folder = root / "grammars"
    grammars = compile_grammars(folder, directory, ENQUIRIES)
    return SmallSite(
        settings=settings,
        grammars=grammars,
        engine=Engine(directory, ENQUIRIES, settings.site, settings.dialogue),
        understander=Understander(directory, ENQUIRIES, grammars, settings.matching),
        prompts=Prompts.load(folder, "en-GB"),
    )
