"""`.grammar` files and `enquiries.yaml`: read whole, or refused with the place of the mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.errors import GrammarError
from ivr.grammar.compile import compile_grammars
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.source import read_folder
from ivr.model import Directory

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.model import Enquiry


def _write(folder: Path, text: str, name: str = "a.grammar") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    hello\n", "line 1: a template before any heading"),
        ("<a>:\n", "line 1: nothing under '<a>:'"),
        ("<a>:\n    x\n<a>:\n    y\n", "line 3: <a> is defined again"),
        ("rule a:\n    x\n", "line 1: 'rule a:' is no heading"),
        ("{a}:\n    hello\n", "line 2: a slot's line is VALUE = ways to say it"),
        ("{a}:\n    1 = (x\n", "line 2, column 9: '(' is not closed"),
        ("command:\n    x\n", "line 1: 'command:' names nothing"),
        ("<a>:\n    one\n    two (\n", "line 3, column"),
    ],
)
def test_mistakes_name_their_line(tmp_path: Path, text: str, message: str) -> None:
    """Each kind of mistake is one line that says where it stands and what to do."""
    with pytest.raises(GrammarError) as caught:
        read_folder(_write(tmp_path, text))
    assert str(caught.value).startswith(f"a.grammar, {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("command yes:\n    <nothing>\n", "unknown rule <nothing>"),
        ("command yes:\n    {nothing}\n", "unknown slot {nothing}"),
        ("<a>:\n    x <b>\n<b>:\n    y <a>\ncommand yes:\n    <a>\n", "contains itself"),
    ],
)
def test_names_must_exist_and_end(tmp_path: Path, text: str, message: str) -> None:
    """Unknown rules and slots and endless rules are refused when grammars are compiled."""
    with pytest.raises(GrammarError, match=message):
        compile_grammars(_write(tmp_path, text), Directory(()), ())


def test_a_folder_without_grammars_is_refused(tmp_path: Path) -> None:
    """An empty folder is named, with what to do."""
    with pytest.raises(GrammarError, match=r"no \.grammar file"):
        read_folder(tmp_path)


GOOD = "missed_bin:\n  title: a bin\n  phrases: |\n    my bin\n    the [green] bin\n  answer: Soon.\n"


def test_enquiries_are_read(tmp_path: Path) -> None:
    """An enquiry keeps its templates one by one, and what it leaves out has its default."""
    (found,) = load_enquiries(_write(tmp_path, GOOD, "enquiries.yaml"))
    assert (found.id, found.phrases, found.completes) == ("missed_bin", ("my bin", "the [green] bin"), False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: a bin", "titel: a bin", "title: field required"),
        ("answer: Soon.", "answer: Soon.\n  anser: x", "did you mean 'answer'"),
        ("the [green] bin", "the [green bin", "line 5, column 9: '[' is not closed"),
        ("    my bin\n    the [green] bin\n", "", "phrases"),
        ("missed_bin:", "- missed_bin:", "enquiries.yaml: "),
        ("answer: Soon.", "answer: 7", "should be a valid string"),
        ("answer: Soon.", "answer: Soon.\n  audience: friends", "audience"),
    ],
)
def test_wrong_enquiries_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Missing and unknown fields, wrong values and wrong templates are named with their line."""
    with pytest.raises(GrammarError) as caught:
        load_enquiries(_write(tmp_path, GOOD.replace(old, new), "enquiries.yaml"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_enquiry_comes_once(tmp_path: Path) -> None:
    """The same id twice is refused, not merged."""
    with pytest.raises(GrammarError, match="comes twice"):
        load_enquiries(_write(tmp_path, GOOD + GOOD, "enquiries.yaml"))


def test_a_site_without_enquiries(tmp_path: Path) -> None:
    """A folder without the file has no enquiries."""
    assert load_enquiries(tmp_path) == ()


def test_every_fixed_enquiry_is_answered(enquiries: tuple[Enquiry, ...]) -> None:
    """The sample council answers each of its enquiries, shortly, with a link under its own name."""
    assert len(enquiries) >= 51
    for enquiry in enquiries:
        assert len(enquiry.phrases) >= 9, enquiry.id
        assert 20 < len(enquiry.answer) < 260, enquiry.id
        assert "https://www.wexbourne.example/" in enquiry.text
        assert "http" not in enquiry.answer
        assert enquiry.entry
