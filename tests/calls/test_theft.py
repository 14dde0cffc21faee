"""Nobody's name is taken for an enquiry or for danger, and no way to ask an enquiry for danger or somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.grammar.expand import generate
from ivr.model import Audience, Decision, Expect, TargetKind, Understanding
from ivr.recognise.typed import recognise_typed
from ivr.text import squash

if TYPE_CHECKING:
    from ivr.assembly import Site


def _heard(site: Site, text: str) -> Understanding:
    return site.understander.understand(recognise_typed(text), expect=Expect.CALL)


def test_no_name_is_an_enquiry(sample: Site) -> None:
    """Every public entry of the directory, by name."""
    stolen = []
    for entry in sample.directory.entries:
        heard = _heard(sample, entry.name)
        first = heard.candidates[0].target.kind if heard.candidates else None
        acted = heard.decision is not Decision.REJECT and first is TargetKind.ENQUIRY
        if entry.audience is Audience.EVERYONE and (acted or heard.safety):
            stolen.append(entry.name)
    assert stolen == []


def test_no_enquiry_is_somebody(sample: Site) -> None:
    """A sentence of each template asks for its enquiry, or for who takes that on; never for danger."""
    grammar = sample.grammars["enquiries"]
    names = {squash(e.name): e.id for e in sample.directory.entries}
    takers = {enquiry.id: names.get(squash(enquiry.entry)) for enquiry in sample.enquiries}
    stolen = []
    for said in generate(grammar, limit=len(grammar.sentences)):
        heard = _heard(sample, said.text)
        found = {candidate.target.id for candidate in heard.candidates}
        if heard.safety or not found & {said.target.id, takers.get(said.target.id)}:
            stolen.append(said.text)
    assert stolen == []
