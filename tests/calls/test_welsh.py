"""Whole calls in a second language, and in a third that is nothing but files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from ivr import assembly
from ivr.channels.recording import run_calls
from ivr.channels.script import CallScript, Expected, Turn, load_calls
from ivr.dialogue.tongue import load_tongue
from ivr.grammar.enquiries import load_translated
from ivr.match.safety import Safety
from ivr.model import Expect
from ivr.recognise.typed import recognise_typed

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.assembly import Site

DANGER = {
    "gas": ("mae arogl nwy yn y gegin", "dw i'n arogli nwy", "mae nwy yn gollwng yn y tŷ"),
    "fire": ("mae'r tŷ ar dân", "mae tân yn y gegin", "mae tân"),
    "emergency": ("mae'n argyfwng", "ffoniwch ambiwlans", "dw i angen yr heddlu, mae'n argyfwng"),
    "self_harm": ("dw i eisiau lladd fy hun", "dw i ddim eisiau byw", "dw i eisiau marw"),
    "domestic_abuse": ("mae fy ngŵr yn fy nharo", "mae fy mhartner yn fy mwrw i"),
    "safeguarding": ("mae plentyn yn cael ei gam-drin", "mae plentyn yn cael ei guro drws nesaf"),
    "homeless_tonight": ("does gen i ddim lle i gysgu heno", "mae gen i nunlle i gysgu heno"),
    "cannot_use": ("alla i ddim defnyddio'r peiriant hwn", "dw i'n methu defnyddio'r peiriant hwn"),
}
HARMLESS = ("rhif yr orsaf dân", "dw i eisiau talu fy mil nwy", "swyddi gyda'r gwasanaeth tân", "yr heddlu cymunedol")


def test_every_call_in_welsh(root: Path, sample: Site) -> None:
    """By voice, and by keypad where nobody listens in Welsh."""
    results = run_calls(sample, None, load_calls(root / "tests" / "calls" / "welsh.yaml"))
    assert len(results) >= 20
    assert [(r.script.id, r.problems, r.said) for r in results if not r.as_expected] == []
    assert {r.record.language for r in results} == {"cy", "en-GB"}


def test_every_enquiry_has_welsh_words(root: Path, sample: Site) -> None:
    """Title, answer and text, with what fees are in Welsh."""
    translated = load_translated(root / "grammars", "cy", sample.enquiries)
    assert set(translated) == {enquiry.id for enquiry in sample.enquiries}
    for enquiry in sample.enquiries:
        assert translated[enquiry.id].answer != enquiry.answer
        assert "pounds" not in translated[enquiry.id].answer


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, ways in DANGER.items() for said in ways])
def test_danger_in_welsh(root: Path, sample: Site, kind: str, said: str) -> None:
    """Heard in the words of the grammars, and as the danger it is."""
    meant = load_tongue(root / "grammars", "cy").into_grammar(said)
    assert sample.understander.understand(recognise_typed(meant), expect=Expect.CALL).safety == kind


@pytest.mark.parametrize("said", HARMLESS)
def test_harmless_in_welsh(root: Path, sample: Site, said: str) -> None:
    """Words of danger about something else."""
    assert not Safety(sample.grammars).heard(load_tongue(root / "grammars", "cy").into_grammar(said))


@pytest.fixture
def third(root: Path, tmp_path: Path, sample: Site) -> Site:
    """Give the sample council with a made-up third language: files alone, and few of them."""
    shutil.copytree(root / "grammars", tmp_path / "grammars")
    folder = tmp_path / "grammars"
    words = yaml.safe_load((root / "ivr" / "dialogue" / "words.en-GB.yaml").read_text(encoding="utf-8"))
    words["said"]["noon"] = "midi"
    words["understood"] = {"yes": "oui", "school term dates": "vacances scolaires", "register a birth": "naissance"}
    (folder / "words.fr.yaml").write_text(yaml.safe_dump(words), encoding="utf-8")
    shutil.copyfile(folder / "prompts.en-GB.yaml", folder / "prompts.fr.yaml")
    known = {"register_birth": {"title": "une naissance", "answer": "Prenez rendez-vous."}}
    (folder / "enquiries.fr.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
    grammar = sample.settings.grammar.model_copy(update={"folder": str(folder)})
    return replace(sample, settings=sample.settings.model_copy(update={"grammar": grammar}))


@pytest.mark.parametrize(
    ("said", "enquiry", "told"),
    [
        ("naissance", "register_birth", ("Prenez rendez-vous",)),
        ("vacances scolaires", "term_dates", ("only have this answer in another language", "autumn half term")),
    ],
)
def test_a_third_language_is_files_alone(third: Site, said: str, enquiry: str, told: tuple[str, ...]) -> None:
    """What it has words for is said in it; what it has none for is said in the site's own, and that it is."""
    expect = Expected(enquiry=enquiry, said=told)
    turns = (Turn(keys="2"), Turn(says=said), Turn(says="oui"), Turn(hangup=True))
    script = CallScript(id=said, turns=turns, languages=("en-GB", "fr"), recognised=("fr",), expect=expect)
    (result,) = run_calls(third, None, [script])
    assert result.problems == ()
    assert result.record.language == "fr"


def test_a_site_opens_with_both_languages(root: Path, sample: Site) -> None:
    """As `ivr.toml` would have them; the prompts and answers of both are there."""
    spoken = sample.given.site.model_copy(update={"languages": ("en-GB", "cy"), "recognised": ("cy",)})
    site = assembly.open_site(sample.given.model_copy(update={"site": spoken}))
    assert site.prompts.of("cy").render("goodbye", {"site": "X"}) == "Diolch am ffonio X. Hwyl fawr."
    assert site.engine.desk.translated["cy"]["term_dates"].title == "dyddiadau tymor ysgol"
    assert root == site.settings.root
