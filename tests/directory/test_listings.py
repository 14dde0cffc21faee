"""Long lists: kept whole, read in part, found by their words and kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.directory.listings import Part, Row, read_list, write_list
from ivr.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [Row({"n": n}, f"Entry {n} of {'Housing' if n % 2 else 'Waste'}", ("odd",) if n % 2 else ()) for n in range(100)]


def test_a_part_is_read_in_order_and_counted(tmp_path: Path) -> None:
    """Any stretch of what holds the words and is of the kind, with how many there are; written again, replaced."""
    write_list(tmp_path, "abc", "audit", ROWS)
    assert read_list(tmp_path, "abc", "audit", Part(at=40, most=3)) == ([{"n": 40}, {"n": 41}, {"n": 42}], 100)
    assert read_list(tmp_path, "abc", "audit", Part("HOUSING", at=48)) == ([{"n": 97}, {"n": 99}], 50)
    assert read_list(tmp_path, "abc", "audit", Part("waste", "odd")) == ([], 0)
    assert read_list(tmp_path, "abc", "audit", Part(tag="od")) == ([], 0)
    assert read_list(tmp_path, "abc", "audit", Part("%' OR '1'='1")) == ([], 0)
    write_list(tmp_path, "abc", "audit", ROWS[:2])
    assert read_list(tmp_path, "abc", "audit", Part()) == ([{"n": 0}, {"n": 1}], 2)
    assert [path.name for path in (tmp_path / "reports" / "abc").iterdir()] == ["audit.sqlite3"]


def test_what_is_not_there_or_damaged_is_none(tmp_path: Path) -> None:
    """No list, and a file that is none, are None: it is worked out again."""
    assert read_list(tmp_path, "abc", "audit", Part()) is None
    (tmp_path / "reports" / "abc").mkdir(parents=True)
    (tmp_path / "reports" / "abc" / "audit.sqlite3").write_bytes(b"no database at all, but long enough to be one" * 9)
    assert read_list(tmp_path, "abc", "audit", Part()) is None


def test_odd_letters_and_a_full_disk(tmp_path: Path) -> None:
    """Half a letter is no reason to fail; a folder that cannot be written is one line."""
    write_list(tmp_path, "abc", "audit", [Row({"name": "\ud800"}, "\ud800 x")])
    assert read_list(tmp_path, "abc", "audit", Part("x")) == ([{"name": "\ud800"}], 1)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_list(tmp_path / "file", "abc", "audit", [])
