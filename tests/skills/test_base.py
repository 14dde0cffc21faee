"""Enquiries get the skills they name, and a name that is none is refused."""

from __future__ import annotations

import pytest

from ivr.dialogue.skill import Asked, Reply
from ivr.errors import GrammarError
from ivr.model import Enquiry
from ivr.skills.base import skills_for


class Nothing:
    """A skill that is done at once."""

    def begin(self, asked: Asked) -> Reply:
        """Be done."""
        del asked
        return Reply()

    take = ask = begin


def _enquiry(skill: str) -> Enquiry:
    return Enquiry(id="bins", title="bins", phrases=("bins",), answer="Tuesday.", skill=skill)


def test_only_the_skills_named_are_given() -> None:
    """A site gets what its enquiries use."""
    known = {"one": Nothing(), "two": Nothing()}
    assert set(skills_for([_enquiry("one"), _enquiry("")], known)) == {"one"}


def test_a_skill_that_is_none_is_refused() -> None:
    """The enquiry and the skills there are, are named."""
    with pytest.raises(GrammarError, match="enquiry `bins`: there is no skill `three`; there are: one"):
        skills_for([_enquiry("three")], {"one": Nothing()})
