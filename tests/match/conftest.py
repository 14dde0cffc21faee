"""The council that all matching tests share, understood with the product's own grammars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ivr.directory.aliases import read_aliases, with_aliases
from ivr.grammar.compile import compile_grammars
from ivr.grammar.pronounce import Pronouncer
from ivr.match.understand import Understander
from ivr.model import Audience, Directory, Enquiry, Entry, Expect, Hypothesis, Kind, Recognition, Understanding
from ivr.settings import MatchingSettings
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
GRAMMARS = HERE.parents[1] / "grammars"
TITLES = ("Dr ", "Cllr ")


def _person(entry_id: str, line: str, number: int) -> Entry:
    name, *rest = (part.strip() for part in line.split("|"))
    audience = next((a for a in Audience if a.value.upper() in rest), Audience.EVERYONE)
    department, role = [part for part in (*rest, "", "") if not part.isupper() or part == "Hr"][:2]
    bare = next((name.removeprefix(t) for t in TITLES if name.startswith(t)), name)
    forename, _, surname = bare.partition(" ")
    return Entry(
        id=entry_id, kind=Kind.PERSON, name=bare, spoken=(normalise(name), normalise(bare)), department=department,
        role=role, number=f"{4700 + number}", audience=audience, surname=surname, forename=forename,
    )  # fmt: skip


def _department(entry_id: str, line: str, number: int) -> Entry:
    name, *ways = (part.strip() for part in line.split("|"))
    spoken = tuple(map(normalise, (name, *ways)))
    return Entry(id=entry_id, kind=Kind.DEPARTMENT, name=name, spoken=spoken, number=f"+44163296{number:04d}")


def read_council() -> tuple[Directory, tuple[Enquiry, ...]]:
    """Read the fixture directory and enquiries."""
    data = yaml.safe_load((HERE / "council.yaml").read_text(encoding="utf-8"))
    people = [_person(i, line, n) for n, (i, line) in enumerate(data["people"].items())]
    departments = [_department(i, line, n) for n, (i, line) in enumerate(data["departments"].items())]
    enquiries = tuple(
        Enquiry(id=i, title=e["title"], phrases=tuple(e["phrases"]), answer="Answer.")
        for i, e in data["enquiries"].items()
    )
    return Directory(with_aliases([*people, *departments], read_aliases(GRAMMARS))), enquiries


@pytest.fixture(scope="session")
def council() -> tuple[Directory, tuple[Enquiry, ...]]:
    """Give the shared directory and its enquiries."""
    return read_council()


@pytest.fixture(scope="session")
def understander(council: tuple[Directory, tuple[Enquiry, ...]]) -> Understander:
    """Give what understands utterances to that council."""
    directory, enquiries = council
    grammars = compile_grammars(GRAMMARS, directory, enquiries)
    return Understander(directory, enquiries, grammars, MatchingSettings(), Pronouncer(GRAMMARS).pronounce)


@pytest.fixture(scope="session")
def ask(understander: Understander) -> Callable[..., Understanding]:
    """Give a function: what is made of words typed in some context; readings are separated by `|`."""

    def understood(
        text: str, expect: Expect = Expect.CALL, *, engine: str = "typed", **context: object
    ) -> Understanding:
        readings = tuple(Hypothesis(part.strip()) for part in text.split("|"))
        return understander.understand(Recognition(readings, engine), expect=expect, **context)  # type: ignore[arg-type]

    return understood
