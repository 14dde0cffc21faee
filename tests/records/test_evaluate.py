"""Evaluation counts by the published definitions, row by row, and says clearly what is wrong with a manifest."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ivr.errors import AudioError, InputError
from ivr.model import (
    Candidate,
    Command,
    Decision,
    Directory,
    Entry,
    Hypothesis,
    Kind,
    Recognition,
    Target,
    Understanding,
)
from ivr.records.evaluate import Listened, evaluate
from ivr.records.judge import Judge
from ivr.records.manifest import Utterance, read_manifest, write_results

if TYPE_CHECKING:
    from pathlib import Path


def _person(number: int, forename: str, surname: str, *spoken: str) -> Entry:
    name = f"{forename} {surname}"
    return Entry(
        id=f"p-{number}",
        kind=Kind.PERSON,
        name=name,
        spoken=(name.lower(), *spoken),
        forename=forename,
        surname=surname,
    )


DIRECTORY = Directory(
    (
        _person(1, "Siân", "O'Brien", "sian o'brien", "shan o'brien"),
        _person(2, "Jane", "Smith"),
        _person(3, "Jane", "Smith"),
        _person(4, "Thomas", "Smith", "tom smith"),
        _person(5, "Tom", "Jones", "thomas jones"),
    )
)


def entry(number: int, confidence: float = 0.9) -> Candidate:
    """Return an entry of the directory as a candidate."""
    found = DIRECTORY.entries[number - 1]
    return Candidate(Target.parse(f"entry:{found.id}"), found.name, confidence)


def understood(
    decision: Decision, *candidates: Candidate, command: Command | None = None, **more: str
) -> Understanding:
    """Return an understanding."""
    return Understanding("text", decision, candidates, command, **more)


BIN = Candidate(Target.parse("enquiry:missed_bin"), "a missed bin collection", 0.9)
A, CONFIRM, CHOOSE, REJECT = Decision.ACCEPT, Decision.CONFIRM, Decision.CHOOSE, Decision.REJECT


@pytest.mark.parametrize(
    ("grammar", "expected", "understanding", "right"),
    [
        ("directory", "Sian O'Brien", understood(A, entry(1)), True),
        ("directory", "SIÂN O\N{RIGHT SINGLE QUOTATION MARK}BRIEN", understood(CONFIRM, entry(1)), True),
        ("directory", "Jane Smith", understood(A, entry(3)), True),  # any entry of that name
        ("directory", "Tom Jones", understood(CHOOSE, entry(4), entry(5)), True),
        ("directory", "Tom Jones", understood(CONFIRM, entry(4), entry(5)), False),  # only the first is put to them
        ("directory", "Tom Jones", understood(REJECT, entry(5)), False),
        ("directory", "Thomas Jones", understood(A, entry(5)), True),  # no entry's name, but a way to say it
        ("directory", "Tom Smith", understood(A, entry(5)), False),
        ("directory", "Housing", understood(A, BIN), False),
        ("yes_no", "yes", understood(A, command=Command.YES), True),
        ("yes_no", "Yes", understood(A, command=Command.NO), False),
        ("yes_no", "no", understood(CONFIRM, entry(2), command=Command.NO), True),
        ("digits", "4711", understood(A, value="4711"), True),
        ("digits", "4711", understood(REJECT, value="4711"), False),
        ("digits", "4711", understood(A, entry(1), value="4712"), False),
        ("spelling", "O'BRIEN", understood(CONFIRM, entry(1), value="obrien"), True),
        ("spelling", "Smith", understood(CHOOSE, entry(2), entry(3), entry(4)), True),
        ("spelling", "Jones", understood(CHOOSE, entry(2), entry(3), entry(4)), False),
        ("enquiries", "missed_bin", understood(A, BIN), True),
        ("enquiries", "bin_day", understood(A, BIN), False),
        ("safety", "escalate", understood(A, safety="emergency"), True),
        ("safety", "escalate", understood(A, entry(1)), False),
        ("call", "missed_bin", understood(CONFIRM, BIN), True),
        ("call", "Jane Smith", understood(A, entry(2)), True),
        ("call", "operator", understood(A, command=Command.OPERATOR), True),
    ],
)
def test_right_is_what_the_grammar_says_it_is(
    grammar: str, expected: str, understanding: Understanding, right: bool
) -> None:
    """Accepted, put to the caller, or among those offered; by name, id, letters or digits as the grammar has it."""
    judge = Judge(grammar, DIRECTORY)
    assert judge.right(expected, judge.taken(understanding)) == right


@pytest.mark.parametrize(
    ("grammar", "understanding", "taken"),
    [
        ("directory", understood(REJECT, entry(1)), REJECT),
        ("directory", understood(CONFIRM, entry(1)), CONFIRM),
        ("directory", understood(A, command=Command.GOODBYE), REJECT),
        ("yes_no", understood(A, command=Command.YES), A),
        ("safety", understood(A, entry(1)), REJECT),
        ("enquiries", understood(A, entry(1)), REJECT),
    ],
)
def test_taken_is_what_the_dialogue_would_go_on_with(
    grammar: str, understanding: Understanding, taken: Decision
) -> None:
    """A stranger is taken unless nothing of the grammar is accepted, asked about or offered."""
    assert Judge(grammar, DIRECTORY).taken(understanding).decision is taken


def test_names_in_no_entry_are_noticed() -> None:
    """An expected name that can never be right is known before the listening."""
    judge = Judge("directory", DIRECTORY)
    assert judge.unknown("Nobody Known")
    assert not judge.unknown("shan o'brien")
    assert not judge.unknown("")


@dataclass(frozen=True)
class Scripted:
    """A listener that understands `accept 2`, `confirm 2`, `choose 2 3`, `reject`; a file's name says no more."""

    fails: bool = False

    def __call__(self) -> Scripted:
        """Be its own recipe."""
        return self

    def listen(self, utterance: Utterance) -> Listened:
        """Understand what the script says."""
        if self.fails:
            raise AudioError("holds no sound", where="a.wav", todo="record it again")
        decision, *numbers = utterance.text.split()
        candidates = tuple(entry(int(number)) for number in numbers)
        recognition = Recognition((Hypothesis(utterance.text),), "typed", audio_seconds=2.0, decode_seconds=0.5)
        return Listened(recognition, understood(Decision(decision), *candidates), seconds=len(utterance.text) / 1000)


SCRIPT = [
    ("accept 1", "Siân O'Brien"),
    ("confirm 2", "Jane Smith"),
    ("choose 4 5", "Tom Jones"),
    ("accept 1", "Tom Jones"),
    ("reject", "Tom Jones"),
    ("accept 1", ""),
    ("confirm 1", ""),
    ("reject", ""),
]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Write the script as a manifest with a column of its own."""
    path = tmp_path / "manifest.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "expected", "voice"])
        writer.writerows((text, expected, f"v{n}") for n, (text, expected) in enumerate(SCRIPT))
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_figures_follow_their_definitions(manifest: Path, workers: int) -> None:
    """Three of five right, two wrong ones acted on, two of three strangers taken; in any number of processes."""
    made = evaluate(read_manifest(manifest), Scripted(), Judge("directory", DIRECTORY), workers=workers)
    figures = made.as_json()
    interval = figures.pop("first_time_right_interval")
    assert figures == {
        "utterances": 8, "expected_in": 5, "expected_out": 3, "first_time_right": 0.6, "wrong_accepted": 2,
        "out_taken": 2, "out_rejected": 1, "real_time_factor": 0.25, "turn_ms": {"p50": 8.0, "p95": 10.0},
        "engine": "typed", "directory_entries": 5,
    }  # fmt: skip
    assert interval == pytest.approx([0.2307, 0.8824], abs=1e-4)


def test_results_have_a_row_an_utterance(manifest: Path, tmp_path: Path) -> None:
    """Columns come in the published order, names are separated by |, and the manifest's own are carried through."""
    made = evaluate(read_manifest(manifest), Scripted(), Judge("directory", DIRECTORY))
    write_results(tmp_path / "out.csv", made)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        "text", "expected", "heard", "decision", "matched", "confidence", "audio_seconds", "decode_seconds", "voice",
    ]  # fmt: skip
    assert rows[3] == [
        "choose 4 5", "Tom Jones", "choose 4 5", "choose", "Thomas Smith|Tom Jones", "0.9000", "2.000", "0.5000", "v2",
    ]  # fmt: skip
    assert len(rows) == 9
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_recording_that_cannot_be_read_is_named_with_its_row(manifest: Path, workers: int) -> None:
    """The error says which row of the manifest, also from another process."""
    with pytest.raises(InputError, match=r"row 2, a\.wav: holds no sound; record it again"):
        evaluate(read_manifest(manifest), Scripted(fails=True), Judge("directory", DIRECTORY), workers=workers)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"text,expected\n", "no utterances"),
        (b"text,meant\nhello,x\n", "no column `expected`"),
        (b"expected\nJane\n", "neither a column `file` nor `text`"),
        (b"file,expected\nmissing.wav,Jane\n", "row 2: no such recording: missing.wav"),
        (b"file,expected\n,Jane\n", "row 2: names no recording"),
        (b"text,expected\na,b,c\n", "row 2: more cells than headings"),
        (b"text,expected\n\xff\xfe,b\n", "not UTF-8"),
        (b"text,text,expected\na,b,c\n", "column `text` twice"),
        (b'text,expected\n"a,b\n', "is not CSV"),
    ],
)
def test_a_bad_manifest_gets_one_clear_line(tmp_path: Path, content: bytes, message: str) -> None:
    """What is wrong, in which row."""
    path = tmp_path / "manifest.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_manifest_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """A wrong path is said so."""
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(tmp_path / "nothing.csv")


def test_a_manifest_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """A byte-order mark, spaces around headings and columns in any order do no harm; rows keep their numbers."""
    path = tmp_path / "manifest.csv"
    path.write_bytes('\ufeffexpected , note, text\r\nJane,"a\nb",hello\r\n,x,yes\r\n'.encode())
    first, second = read_manifest(path)
    assert (first.expected, first.text, first.given["note"]) == ("Jane", "hello", "a\nb")
    assert (second.expected, second.text, second.row) == ("", "yes", 4)
