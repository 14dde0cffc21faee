# ruff: noqa: E501, SIM905 - bits of dirt read best as text
"""Promises that hold for any export whatever: no row lost, no exception, the same in any order, twice the same."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.directory.aliases import read_aliases, with_aliases
from ivr.directory.cleanse import Cleansed, CleanseRules, cleanse
from ivr.directory.headings import FIELDS
from ivr.directory.numbers import DialPlan, read_number
from ivr.directory.sources import make_export, read_export
from ivr.directory.table import guarded, unguarded, write_entries
from ivr.directory.tidy import tidy
from ivr.errors import DirectoryError
from ivr.model import Kind
from ivr.text import normalise

if TYPE_CHECKING:
    from random import Random

    from ivr.model import Entry

ROOT = Path(__file__).parents[2]
ALIASES = read_aliases(ROOT / "grammars")
RULES = CleanseRules(dt.date(2026, 6, 1), DialPlan("GB", "01632", (4,)), ALIASES.synonyms)
HEADINGS = [
    "Surname",
    "Forename",
    "Full name",
    "Known as",
    "Department",
    "Job Title",
    "Tel",
    "Ext",
    "E-mail",
    "Directory",
]

_word = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_bits = st.sampled_from(
    "SMITH,|Jane|de|van der Berg|O'Brien|Mc|(Mat leave)|- Housing|Housing|HOUSING|Hsg|Dr|MBE|x4711|01632 960123|4711|"
    "0909 879 0123|N/A|NULL|Test|User|zzz|=1+1|'=x|@|-|jane@x.example|Siân|SiÃ¢n|?|\ufffd|Reception Desk|&|/|'|\"|J|J.R.".split(
        "|"
    )
)
_cell = st.one_of(st.just(""), _word, st.lists(_bits, max_size=4).map(" ".join))
_row = st.lists(_cell, min_size=len(HEADINGS), max_size=len(HEADINGS))
Rows = list[list[str]]
_rows = st.lists(_row, max_size=8)


def _cleansed(rows: Rows) -> Cleansed:
    return cleanse(make_export("any", [HEADINGS, *rows]), (), RULES)


@settings(max_examples=150, deadline=None)
@given(_rows)
def test_every_row_is_accounted_for(rows: Rows) -> None:
    """Each row is blank, becomes an entry, joins one, or is set aside with a problem naming it."""
    cleansed = _cleansed(rows)
    named = {p.row for p in cleansed.problems}
    assert cleansed.rows == len(rows)
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        assert number in named or number in cleansed.entry_rows


@settings(max_examples=150, deadline=None)
@given(_rows)
def test_entries_can_be_said_dialled_and_told_apart(rows: Rows) -> None:
    """Every entry has an id of its own, a way to say it, and somewhere to put the caller through to."""
    entries = with_aliases(_cleansed(rows).entries, ALIASES)
    ids = [e.id for e in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        assert entry.spoken
        assert entry.spoken[0] == normalise(entry.name) or not normalise(entry.name)
        assert all(way == normalise(way) and way for way in entry.spoken)
        assert entry.number or entry.fallback in ids
        assert not entry.number.startswith("+449")


@settings(max_examples=100, deadline=None)
@given(_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: Rows, random: Random) -> None:
    """The same rows in another order give the same entries with the same ids."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert _cleansed(rows).entries == _cleansed(shuffled).entries


@settings(max_examples=100, deadline=None)
@given(_rows)
def test_cleansing_its_own_output_changes_nothing(rows: Rows) -> None:
    """Entries written as CSV and cleansed again are the same entries."""
    entries = with_aliases(_cleansed(rows).entries, ALIASES)
    assert _again(entries) == entries


_odd = st.text(st.sampled_from("AaBµ0ßæ1 -'.,(ÅŁΩжé²½ªJS\ufb01\u01c5"), max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(_odd, min_size=4, max_size=4))
@example(["", "", "Aµ0A", ""])
@example(["", "éµ1", "", ""])
@example(["", "", "1A'.JŁ", ""])
@example(["", "1", "Ω", "æO'-O'ŁŁ"])
def test_odd_letters_stay_as_they_are_when_cleansed_again(names: list[str]) -> None:
    """Letters of other alphabets, ligatures, fractions and strays among a name's: what is what is known again."""
    entries = with_aliases(_cleansed([[*names, "Housing", "", "01632 960123", "", "", ""]]).entries, ALIASES)
    assert _again(entries) == entries


def _again(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Write entries, and cleanse what was written."""
    if not entries:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entries.csv"
        write_entries(entries, path)
        again = cleanse(read_export(path), (), RULES)
    return with_aliases(again.entries, ALIASES)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever is in a file, it is an export or is refused in one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        try:
            cleanse(read_export(path), (), RULES)
        except DirectoryError as error:
            refused = str(error)
            assert "\n" not in refused


@given(st.text(max_size=30))
def test_a_cell_guarded_is_no_formula_and_comes_back(text: str) -> None:
    """No cell written starts as a formula does, and each is read back as it was."""
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "-", "@", "\t", "\r")


@given(st.text(max_size=20))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    """A tidy cell is left alone."""
    assert tidy(tidy(text)) == tidy(text)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=25), st.from_regex(r"[+(]?[0-9oO() x#.,/\-]{0,22}", fullmatch=True)))
def test_numbers_are_dialable_or_refused_with_a_reason(text: str) -> None:
    """Reading any cell gives E.164 or an extension of the plan, or says why not."""
    number = read_number(text, RULES.plan)
    if number.dial:
        assert number.dial.lstrip("+").isdigit()
        assert number.dial.startswith("+") or len(number.dial) in RULES.plan.extension_digits
        assert read_number(number.dial, RULES.plan).dial == number.dial
    else:
        assert number.problem


@given(st.sampled_from([h for hs in FIELDS.values() for h in hs]), st.sampled_from(["{}", "{}:", " {} ", "{}."]))
def test_headings_are_known_without_case_or_punctuation(heading: str, frame: str) -> None:
    """Every documented heading is recognised however it is capitalised or punctuated."""
    field = next(f for f, hs in FIELDS.items() if heading in hs)
    table = [[frame.format(heading).upper(), "Department", "Surname"], ["x", "y", "z"]]
    assert make_export("any", table).fields[0] == field


def test_kinds_are_closed() -> None:
    """A directory has people, departments and services only."""
    assert set(Kind) == {"person", "department", "service"}
