"""Every word can be said: reviewed, from the dictionary, derived, or sounded out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from ivr.errors import GrammarError
from ivr.grammar.pronounce import MOST, PHONES, Pronouncer, dictionary_path, read_reviewed
from ivr.grammar.sounds.learned import learned_sounds
from ivr.grammar.sounds.train import held_out, read_dictionary
from ivr.text import words

NAMES = Path(__file__).parents[3] / "shared" / "data" / "text" / "names" / "lastname_uk.csv"


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=20))
def test_never_nothing(pronouncer: Pronouncer, text: str) -> None:
    """Any normalised word has one to four pronunciations, each of the 39 phones."""
    for word in words(text):
        said = pronouncer.pronounce(word)
        assert 1 <= len(said) <= MOST
        assert all(phones and PHONES.issuperset(phones) for phones in said)
        assert pronouncer.source(word) in ("reviewed", "dictionary", "derived", "sounded")


@pytest.mark.parametrize(
    ("word", "source", "said"),
    [
        ("smith", "dictionary", "S M IH TH"),
        ("niamh", "reviewed", "N IY V"),
        ("cholmondeley", "reviewed", "CH AH M L IY"),
        ("leicester", "reviewed", "L EH S T ER"),
        ("z", "reviewed", "Z EH D"),
        ("o'reilly", "dictionary", "OW R AY L IY"),
        ("okonkwo's", "derived", "OW K AA NG K W OW Z"),
        ("mcwhinney", "dictionary", "M AH K W IH N IY"),
        ("thorpeham", "derived", "TH AO R P AH M"),
        ("47", "sounded", "F AO R S EH V AH N"),
        ("bbc", "dictionary", "B IY B IY S IY"),
        ("qz", "sounded", "K Y UW Z IY"),
    ],
)
def test_known_words(pronouncer: Pronouncer, word: str, source: str, said: str) -> None:
    """Reviewed pronunciations come first, then the dictionary's, then what follows from known words."""
    if source == "dictionary" and pronouncer.source(word) != "dictionary":
        pytest.skip("not in this dictionary")
    assert pronouncer.source(word) == source
    assert said in [" ".join(phones) for phones in pronouncer.pronounce(word)]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("llewelfryn", "L UW EH L V R IH N"),
        ("wojciszewski", "V"),
        ("chukwudi", "CH UW K W UW D IY"),
        ("xiaoling", "SH"),
        ("krishnaswamy", "SH"),
        ("caoilainn", "K IY"),
    ],
)
def test_names_from_elsewhere(pronouncer: Pronouncer, word: str, said: str) -> None:
    """A name in no dictionary is read by the rules of the language it looks to be from."""
    assert any(said in " ".join(phones) for phones in pronouncer.pronounce(word))


def test_british_variants_are_a_choice(folder: Path) -> None:
    """Asked for, a dictionary word is also given as it is said in the south of England."""
    assert ("B", "AA", "TH") in Pronouncer(folder, british=True).pronounce("bath")
    assert ("B", "AA", "TH") not in Pronouncer(folder).pronounce("bath")
    assert ("P", "AA", "K") in Pronouncer(folder, british=True).pronounce("park")


@pytest.mark.parametrize(
    ("line", "message"),
    [("bob B XX B", "line 2: unknown phone 'XX'"), ("bob", "line 2: 'bob' is no pronunciation")],
)
def test_wrong_reviewed_lines_are_refused(tmp_path: Path, line: str, message: str) -> None:
    """A reviewed pronunciation with a mistake is named with its line."""
    path = tmp_path / "pronunciations.dict"
    path.write_text(f"# names\n{line}\n", encoding="utf-8")
    with pytest.raises(GrammarError, match=message):
        read_reviewed(path)


def test_surnames_kept_from_training_are_read_well() -> None:
    """On surnames people have, none seen in training, fewer than 8 % of the phones are wrong at first guess."""
    if not NAMES.exists():
        pytest.skip("no list of surnames beside the repository")
    known: dict[str, list[tuple[str, ...]]] = {}
    for word, phones in read_dictionary(dictionary_path()):
        if held_out(word):
            known.setdefault(word, []).append(phones)
    with NAMES.open(encoding="utf-8") as file:
        names = [row[0] for row in csv.reader(file) if row[0] in known][:250]
    wrong = sum(min(Levenshtein.distance(learned_sounds().read(n)[0].phones, p) for p in known[n]) for n in names)
    total = sum(len(known[name][0]) for name in names)
    assert wrong / total < 0.08
