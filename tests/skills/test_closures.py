"""One-off closures: a site's own table, put into everybody's hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from ivr.dialogue.hours import is_open
from ivr.errors import InputError
from ivr.model import Directory, Enquiry, Entry, Kind
from ivr.skills.closures import close_enquiries, close_entries, closed, load_closures, require_known

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.skills.closures import Closure

SITE = "Mo-Fr 08:30-17:00; PH off"
HEAD = "from,to,who,hours,reason\n"
HOUSING = Entry(id="h1", kind=Kind.DEPARTMENT, name="Housing", spoken=("housing",))
TIP = Entry(id="t1", kind=Kind.SERVICE, name="The Tip", spoken=("the tip",), hours="Mo-Su 09:00-16:00")
DUTY = Entry(id="d1", kind=Kind.SERVICE, name="Duty Team", spoken=("duty team",), hours="24/7")
DIRECTORY = Directory((HOUSING, TIP, DUTY))
LIBRARY = Enquiry(id="library_hours", title="x", phrases=("x",), answer="x", hours="Mo-Sa 09:00-19:00")


def _load(folder: Path, rows: str) -> tuple[Closure, ...]:
    (folder / "closures.csv").write_text(HEAD + rows, encoding="utf-8")
    return load_closures(folder)


def _at(day: int, hour: int = 11) -> datetime:
    return datetime(2026, 12, day, hour, tzinfo=ZoneInfo("Europe/London"))


def test_everybody_but_what_never_closes(tmp_path: Path) -> None:
    """A row for nobody in particular closes site, entries and enquiries; who is there day and night stays."""
    closures = _load(tmp_path, "2026-12-29,2026-12-31,,,between the years\n")
    housing, tip, duty = close_entries(DIRECTORY, closures, SITE).entries
    (library,) = close_enquiries((LIBRARY,), closures)
    assert housing.hours == ""
    for hours in (closed(SITE, closures), tip.hours, library.hours):
        assert [is_open(hours, _at(day)) for day in (22, 29, 30, 31)] == [True, False, False, False]
    assert is_open(duty.hours, _at(30))


def test_one_of_them(tmp_path: Path) -> None:
    """A row for a department, by name or id, leaves the others; one without hours gets the site's with that day out."""
    for who in ("Housing", "h1", "housing"):
        closures = _load(tmp_path, f"2026-12-22,,{who},,training\n")
        housing, tip, _ = close_entries(DIRECTORY, closures, SITE).entries
        assert [is_open(housing.hours, _at(day)) for day in (21, 22, 23)] == [True, False, True]
        assert tip == replace(TIP)
        assert closed(SITE, [c for c in closures if not c.who]) == SITE


def test_other_hours_and_the_row_of_ones_own(tmp_path: Path) -> None:
    """Shorter hours on a day; a row of its own goes before one for everybody, whatever their order."""
    closures = _load(tmp_path, "2026-12-24,,library_hours,10:00-15:00,\n2026-12-24,,,08:30-12:00,\n")
    (library,) = close_enquiries((LIBRARY,), closures)
    assert is_open(library.hours, _at(24, 14))
    hours = closed(SITE, [c for c in closures if not c.who])
    assert is_open(hours, _at(24, 11))
    assert not is_open(hours, _at(24, 13))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("24.12.2026,,,,\n", "`from`: `24.12.2026` is no date"),
        ("2026-12-24,soon,,,\n", "`to`: `soon` is no date"),
        ("2026-12-24,2026-12-01,,,\n", "is before"),
        ("2026-12-24,,,half day,\n", "`hours`: `half day` cannot be read"),
    ],
)
def test_faults_name_the_row(tmp_path: Path, row: str, fault: str) -> None:
    """One clear line, and what to write instead."""
    with pytest.raises(InputError, match=fault) as error:
        _load(tmp_path, "2026-12-29,,,,\n" + row)
    assert "closures.csv, row 3" in str(error.value)


def test_somebody_nobody_knows(tmp_path: Path) -> None:
    """A name that is not in the directory is refused, with the nearest that is."""
    closures = _load(tmp_path, "2026-12-24,,Housin,,\n")
    with pytest.raises(InputError, match="did you mean `Housing`"):
        require_known(closures, DIRECTORY, (LIBRARY,))
    require_known(_load(tmp_path, "2026-12-24,,library_hours,,\n"), DIRECTORY, (LIBRARY,))


def test_no_table(tmp_path: Path) -> None:
    """A site without the file has no closures."""
    assert load_closures(tmp_path) == ()
    assert close_entries(DIRECTORY, (), SITE) is DIRECTORY
