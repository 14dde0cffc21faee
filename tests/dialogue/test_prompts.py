"""Prompts are checked on load, and what comes out is plain words."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.prompts import Prompts, safe
from ivr.dialogue.wording import CATALOGUE, say, series
from ivr.errors import GrammarError

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "Hello there."


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    """Give a folder with the prompts of the site."""
    text = (root / "grammars" / "prompts.en-GB.yaml").read_text(encoding="utf-8")
    (tmp_path / "prompts.en-GB.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def change(folder: Path, old: str, new: str) -> None:
    """Change the file once."""
    file = folder / "prompts.en-GB.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_prompt_has_words(prompts: Prompts) -> None:
    """Each id of the catalogue can be said, with its values in it."""
    for prompt, names in CATALOGUE.items():
        said = prompts.render(prompt, {name: f"VALUE{name}" for name in names})
        assert all(f"VALUE{name}" in said for name in names), prompt


def test_british_and_short(prompts: Prompts) -> None:
    """No prompt but the safety floor's is longer than a caller can follow."""
    for prompt, names in CATALOGUE.items():
        words = prompts.render(prompt, dict.fromkeys(names, "Jane Smith")).split()
        assert len(words) <= (45 if prompt.startswith("safety") else 40), prompt


@given(st.text(max_size=40))
def test_values_are_safe(value: str) -> None:
    """Any value leaves words that stand in XML as they are, on one line."""
    words = safe(value)
    assert not set(words) & set("<>&\n\r\t")
    assert ET.fromstring(f"<s>{words}</s>").text in {words, None}  # noqa: S314 (made here)


@given(st.text(max_size=40))
def test_segments_say_what_render_says(value: str) -> None:
    """The pieces are the sentence, but for spaces and stray punctuation."""
    prompts = Prompts({"confirm_person": "Did you say {name}, in {department}?"}, "en-GB")
    values = {"name": value, "department": "Housing", "name.recording": "jane.wav"}
    pieces = prompts.segments("confirm_person", values)
    kept = "".join(c for p in pieces for c in p.text if c.isalnum())
    assert kept == "".join(c for c in prompts.render("confirm_person", values) if c.isalnum())
    assert all(p.recording == ("jane.wav" if p.text == safe(value) else "") for p in pieces if p.text != "Housing")


def test_script_lists_each_fixed_stretch_once(prompts: Prompts) -> None:
    """A voice artist reads every fixed stretch, none twice."""
    script = prompts.script()
    assert len(set(script)) == len(script)
    assert "Did you say" in script


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("greeting:", "greting:", "no prompt is called `greting`; did you mean `greeting`"),
        ("{site}. Who", "{town}. Who", r"knows no {town}; it may use: {site}"),
        ("Shall I text you the link?", "Shall I <b>text</b> you?", "holds '<'"),
        ("Is there anything else", "Is there {anything else", "holds '{'"),
        ('spell: "Let', 'spell2: "Let', "no prompt is called `spell2`"),
        ('answer: "{answer}"', 'answer: ""', "has no words"),
        ('answer: "{answer}"', "answer: [a, b]", "has no words"),
        ('answer: "{answer}"\n', 'answer: "{answer}"\nanswer: "{answer}"\n', "is there twice"),
        ('  - "I need a yes or a no here."\n', "", "needs a list of 2 wordings"),
        ("I need a yes or a no here.", "Please say yes or no, or press 1 for yes and 2 for no.", "are alike"),
        ("greeting:", "greeting: [", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_line(folder: Path, old: str, new: str, message: str) -> None:
    """What is wrong is named, with the file, and the line where there is one."""
    change(folder, old, new)
    with pytest.raises(GrammarError, match=message) as raised:
        Prompts.load(folder, "en-GB")
    assert "prompts.en-GB.yaml" in str(raised.value)


def test_a_file_of_an_earlier_release(folder: Path, prompts: Prompts, caplog: pytest.LogCaptureFixture) -> None:
    """What it lacks is said in the built-in words, single prompts and series, and the log says which; its own stay."""
    (folder / "prompts.en-GB.yaml").write_text('greeting: "Hello from {site}."\ngoodbye: "Bye."\n', encoding="utf-8")
    found = Prompts.load(folder, "en-GB")
    assert found.render("greeting", {"site": "Testford"}) == "Hello from Testford."
    assert found.words("confirm_person") == prompts.words("confirm_person")
    assert found.words("listen_silence_2") == prompts.words("listen_silence_2")
    assert set(found._texts) == set(prompts._texts)
    assert found.script()[:1] == ("Hello from",)
    assert "prompts are missing and the built-in ones are said" in caplog.text


def test_a_language_of_the_site_alone_has_no_built_in_words(folder: Path) -> None:
    """Nothing stands in for what such a file lacks."""
    (folder / "prompts.fr.yaml").write_text('goodbye: "Au revoir."\n', encoding="utf-8")
    with pytest.raises(GrammarError, match=r"prompts are missing, the first is `\w+`; add them"):
        Prompts.load(folder, "fr")


def test_a_missing_language_is_named(tmp_path: Path) -> None:
    """No file: one line that says what to do."""
    with pytest.raises(GrammarError, match=r"prompts.cy.yaml: no prompts in this language"):
        Prompts.load(tmp_path, "cy")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "\x00"])
def test_a_file_without_prompts_is_refused(tmp_path: Path, text: str) -> None:
    """An empty file, or one that is no mapping, is refused."""
    (tmp_path / "prompts.en-GB.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GrammarError):
        Prompts.load(tmp_path, "en-GB")


def test_the_engine_cannot_say_what_the_catalogue_lacks() -> None:
    """A wrong id or value fails where it is made."""
    with pytest.raises(ValueError, match="not in the catalogue"):
        say("greting")
    with pytest.raises(ValueError, match="not in the catalogue"):
        say("greeting", town="x")


def test_a_series_takes_turns() -> None:
    """Two uses running never sound the same."""
    said = [series("listen_silence", n).prompt for n in range(1, 6)]
    assert all(a != b for a, b in itertools.pairwise(said))
