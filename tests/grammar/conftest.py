"""A small site: the sample council's templates over five people and two departments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.pronounce import Pronouncer
from ivr.model import Audience, Directory, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.grammar.tree import Grammar
    from ivr.model import Enquiry

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def folder() -> Path:
    """Give the sample council's templates."""
    return ROOT / "grammars"


@pytest.fixture(scope="session")
def enquiries(folder: Path) -> tuple[Enquiry, ...]:
    """Its enquiries."""
    return load_enquiries(folder)


@pytest.fixture(scope="session")
def directory() -> Directory:
    """Two of one name, one with an apostrophe, one only colleagues may reach, one nobody may."""
    people = (
        ("p-1", "Jane Smith", ("jane smith", "janey smith"), "Housing", Audience.EVERYONE),
        ("p-2", "Jane Smith", ("jane smith",), "Parks", Audience.EVERYONE),
        ("p-3", "Siobhan O'Brien", ("siobhan o'brien", "shiv o'brien", "o'brien"), "Housing", Audience.EVERYONE),
        ("p-4", "Adeyemi Okonkwo", ("adeyemi okonkwo", "okonkwo"), "Parks", Audience.INTERNAL),
        ("p-5", "Hidden Person", ("hidden person",), "Parks", Audience.NOBODY),
    )
    departments = (("d-1", "Housing", ("housing", "council housing")), ("d-2", "Parks", ("parks",)))
    return Directory(
        (
            *(Entry(id=i, kind=Kind.PERSON, name=n, spoken=s, department=d, audience=a) for i, n, s, d, a in people),
            *(Entry(id=i, kind=Kind.DEPARTMENT, name=n, spoken=s) for i, n, s in departments),
        )
    )


@pytest.fixture(scope="session")
def grammars(folder: Path, directory: Directory, enquiries: tuple[Enquiry, ...]) -> Mapping[str, Grammar]:
    """Every grammar of that site."""
    return compile_grammars(folder, directory, enquiries)


@pytest.fixture(scope="session")
def pronouncer(folder: Path) -> Pronouncer:
    """With the reviewed pronunciations."""
    return Pronouncer(folder)
