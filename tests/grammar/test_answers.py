"""An enquiry's answer is refused on load where a caller could do nothing with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import GrammarError
from ivr.grammar.enquiries import load_enquiries

GRAMMARS = Path(__file__).parents[2] / "grammars"


def _site(folder: Path, answer: str, text: str = "", values: str = "fee: ten pounds\n") -> Path:
    (folder / "values.yaml").write_text(values, encoding="utf-8")
    wrote = f"bins:\n  title: bins\n  phrases: |\n    bins\n  answer: '{answer}'\n  text: '{text}'\n"
    (folder / "enquiries.yaml").write_text(wrote, encoding="utf-8")
    return folder


def test_values_are_filled_in(tmp_path: Path) -> None:
    """A fee stands in one place, and is said in every answer that names it."""
    (found,) = load_enquiries(_site(tmp_path, "It costs {fee}.", "Pay {fee}: https://bins.example/pay"))
    assert (found.answer, found.text) == ("It costs ten pounds.", "Pay ten pounds: https://bins.example/pay")


@pytest.mark.parametrize(
    ("answer", "text", "says"),
    [
        ("It costs {fees}.", "", r"bins: answer: no value is called \{fees\}; did you mean \{fee\}\?"),
        ("word " * 61, "", "61 words are too long to say"),
        ("See www.bins.example.", "", "'www.' cannot be said"),
        ("Done.", "http://bins.example", "'http://bins.example' is no link"),
        ("Done.", "Look: http:/bins.example/a", "'http:/bins.example/a' is no link"),
        ("Done.", "Look: https:bins.example/a", "'https:bins.example/a' is no link"),
        ("Done.", "https://bins", "'https://bins' is no link"),
        ("Done.", "Look at www.bins.example", "'www.bins.example' is no link"),
        ("Done.", "x" * 307, "307 letters are more than two messages"),
    ],
)
def test_refused(tmp_path: Path, answer: str, text: str, says: str) -> None:
    """Too long, unsayable, a link nobody could open, a value that is none: named with the line."""
    with pytest.raises(GrammarError, match=says) as caught:
        load_enquiries(_site(tmp_path, answer, text))
    assert "enquiries.yaml, line 1" in str(caught.value)


@pytest.mark.parametrize("values", ["- a\n", "fee: 10\n", "fee: [\n"])
def test_values_that_are_none(tmp_path: Path, values: str) -> None:
    """Values are words, by name."""
    with pytest.raises(GrammarError, match=r"values\.yaml"):
        load_enquiries(_site(tmp_path, "Done.", values=values))


def test_the_sample_site_has_fees_in_one_place() -> None:
    """The sample council's answers use them."""
    answers = {e.id: e.answer for e in load_enquiries(GRAMMARS)}
    assert "twelve pounds fifty" in answers["copy_certificate"]
