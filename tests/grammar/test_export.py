"""Exports are what other recognisers read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pocketsphinx
import pytest

from ivr.errors import InputError
from ivr.grammar.check import all_words
from ivr.grammar.compile import NAMES
from ivr.grammar.export import FORMATS, LONGEST_HINT, MOST_HINTS, export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ivr.grammar.pronounce import Pronouncer
    from ivr.grammar.tree import Grammar

SRGS = "{http://www.w3.org/2001/06/grammar}"


@pytest.mark.parametrize("name", ["directory", "digits", "spelling"])
def test_pocketsphinx_reads_jsgf(
    tmp_path: Path, grammars: Mapping[str, Grammar], pronouncer: Pronouncer, name: str
) -> None:
    """PocketSphinx compiles the JSGF with a dictionary of our pronunciations."""
    lines = [
        f"{word}{f'({n})' if n > 1 else ''} {' '.join(phones)}"
        for word in sorted(all_words([grammars[name]]))
        for n, phones in enumerate(pronouncer.pronounce(word), start=1)
    ]
    (tmp_path / "words.dict").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "g.jsgf").write_text(export(grammars[name], "jsgf"), encoding="utf-8")
    decoder = pocketsphinx.Decoder(dict=str(tmp_path / "words.dict"), lm=None, loglevel="FATAL")
    decoder.add_jsgf_file("g", str(tmp_path / "g.jsgf"))
    decoder.activate_search("g")
    assert decoder.get_fsg("g") is not None


@pytest.mark.parametrize("name", NAMES)
def test_srgs_is_well_formed_and_whole(grammars: Mapping[str, Grammar], name: str) -> None:
    """SRGS has its namespace, version, language and root; every reference has its rule; repeats are ranges."""
    root = ET.fromstring(export(grammars[name], "srgs"))  # noqa: S314 - our own text
    assert root.tag == f"{SRGS}grammar"
    assert root.attrib["version"] == "1.0"
    assert root.attrib["root"] == name
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "en-GB"
    ids = {rule.attrib["id"] for rule in root.findall(f"{SRGS}rule")}
    references = {ref.attrib["uri"][1:] for ref in root.iter(f"{SRGS}ruleref") if "uri" in ref.attrib}
    assert name in ids
    assert references <= ids
    assert all(re.fullmatch(r"\d+-\d+", i.get("repeat", "0-1")) for i in root.iter(f"{SRGS}item"))
    parents = {rule.tag for rule in root}
    assert parents == {f"{SRGS}rule"}
    for one_of in root.iter(f"{SRGS}one-of"):
        assert {child.tag for child in one_of} == {f"{SRGS}item"}


def test_arpa_is_a_distribution(tmp_path: Path, grammars: Mapping[str, Grammar]) -> None:
    """The ARPA model loads in PocketSphinx, its counts are right and its unigrams add up to one."""
    text = export(grammars["directory"], "arpa")
    path = tmp_path / "g.arpa"
    path.write_text(text, encoding="utf-8")
    model = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), pocketsphinx.LogMath(), str(path))
    assert model.size() == 3
    for order in (1, 2, 3):
        declared = int(re.search(rf"ngram {order}=(\d+)", text)[1])
        section = text.split(f"\\{order}-grams:\n")[1].split("\n\n")[0]
        assert len(section.splitlines()) == declared
    unigrams = [line.split("\t") for line in text.split("\\1-grams:\n")[1].split("\n\n")[0].splitlines()]
    assert sum(10 ** float(p[0]) for p in unigrams if p[1] != "<s>") == pytest.approx(1.0, abs=0.01)


def test_vosk_list(grammars: Mapping[str, Grammar]) -> None:
    """The Vosk list is JSON: names whole, no phrase twice, and the unknown word at the end."""
    phrases = json.loads(export(grammars["directory"], "vosk"))
    assert "jane smith" in phrases
    assert phrases[-1] == "[unk]"
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize("name", NAMES)
def test_hints_fit_twilio(grammars: Mapping[str, Grammar], name: str) -> None:
    """At most 500 hints of at most 100 characters, none with a comma, none twice."""
    hints = export(grammars[name], "hints").splitlines()
    assert len(hints) <= MOST_HINTS
    assert len(hints) == len(set(hints))
    assert all(0 < len(hint) <= LONGEST_HINT and "," not in hint for hint in hints)


def test_hints_cover_targets_before_variants(grammars: Mapping[str, Grammar]) -> None:
    """Everybody's name is a hint before anybody's nickname is."""
    hints = export(grammars["directory"], "hints").splitlines()
    assert hints.index("siobhan o'brien") < hints.index("janey smith")


def test_unknown_format_is_named(grammars: Mapping[str, Grammar]) -> None:
    """An unknown format is refused with those known."""
    with pytest.raises(InputError, match=", ".join(FORMATS)):
        export(grammars["digits"], "nuance")
