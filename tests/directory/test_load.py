"""The sample council's directory as it is loaded, and exports that cannot be."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ivr.directory.load import active_directory, load_directory, stage_export
from ivr.directory.table import write_entries, write_problems
from ivr.directory.versions import activate
from ivr.errors import DirectoryError
from ivr.model import Audience, Kind, Severity
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.settings import Settings


def test_the_sample_is_a_whole_council(site: Settings) -> None:
    """The sample export has over 400 people and 60 departments, and both its files give the same directory."""
    loaded = load_directory(site)
    assert loaded.summary.people >= 400
    assert loaded.summary.departments >= 60
    assert len({p.kind for p in loaded.problems}) >= 20
    assert load_directory(site, Path("directory/staff.xlsx")).directory == loaded.directory
    assert not [p for p in loaded.problems if p.kind == "stale_correction"]


def test_the_figures_add_up(site: Settings) -> None:
    """Rows are entries, merged, set aside or blank, and each row set aside has a problem that says so."""
    loaded = load_directory(site)
    summary, entries = loaded.summary, loaded.directory.entries
    two_people = sum(p.kind == "two_people" for p in loaded.problems)
    assert summary.rows == len(entries) - two_people + summary.merged + summary.set_aside + summary.blank


def test_ids_stay_when_rows_move_and_numbers_change(site: Settings) -> None:
    """Another order of rows and another number leave every id as it was."""
    before = load_directory(site).directory
    path = site.path("directory/staff.csv")
    head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    changed = [row.replace("01632 960018", "01632 960818") for row in reversed(rows)]
    path.write_text("\n".join([head, *changed]), encoding="utf-8")
    after = load_directory(site).directory
    assert set(after.by_id) == set(before.by_id)
    moved = [e.name for e in after.entries if before.by_id[e.id].number != e.number]
    assert moved == ["Priya Patel"]


def test_cleansed_output_is_read_back_the_same(site: Settings) -> None:
    """`cleanse --out` and cleansing that file give the same directory, version and all, with nothing to report."""
    loaded = load_directory(site)
    out = site.path("entries.csv")
    write_entries(loaded.directory.entries, out)
    again = load_directory(site, out)
    assert again.directory == loaded.directory
    assert again.problems == ()
    with out.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    assert " ".join(columns) == "id kind name spoken department role number audience hours fallback prompt"


def test_an_edited_cleansed_file_is_checked(site: Settings) -> None:
    """An id used twice, an unknown audience and a premium number in an edited file are reported."""
    path = site.path("edited.csv")
    path.write_text(
        "id,kind,name,spoken,department,role,number,audience,hours,fallback,prompt\n"
        "p-1,person,Jane Smith,,,,+441632960123,everyone,,,\n"
        "p-1,person,Ann Brown,,,,4711,everyone,,,\n"
        "p-3,person,Eve Black,,,,4712,strangers,,,\n"
        ",person,Tom Gray,,,,09098790123,everyone,,,\n"
    )
    loaded = load_directory(site, path)
    assert [e.name for e in loaded.directory.entries] == ["Jane Smith"]
    kinds = {p.kind for p in loaded.problems if p.row}
    assert kinds == {"duplicate_id", "unknown_audience", "premium_number", "unreachable"}


def test_no_usable_entry_is_refused_and_the_old_directory_stays(site: Settings) -> None:
    """An export of which nobody can be reached is refused, and what was active stays active."""
    version, _ = stage_export(site, site.path("directory/staff.csv"), "test", "")
    activate(site.path(site.directory.versions))
    bad = site.path("bad.csv")
    bad.write_text("Surname,Forename,Tel,Directory\nSmith,Jane,,\nBrown,Ann,4711,ex-directory\n")
    with pytest.raises(DirectoryError, match="not one entry of 2 rows"):
        stage_export(site, bad, "test", "")
    assert active_directory(site).directory.version == version.version


def test_an_active_version_is_what_calls_use(site: Settings) -> None:
    """Without a version the export is cleansed; with one active, that is used whatever the export says by then."""
    fresh = active_directory(site).directory
    stage_export(site, site.path("directory/staff.csv"), "test", "")
    activate(site.path(site.directory.versions))
    site.path("directory/staff.csv").write_text("Surname,Forename,Tel\nSmith,Jane,4711\n")
    assert active_directory(site).directory == fresh


def test_ways_callers_say_it(site: Settings) -> None:
    """Nicknames, initials, titles, roles, halves of surnames and what people call departments are all there."""
    by_way: dict[str, set[str]] = {}
    for entry in load_directory(site).directory.entries:
        for way in entry.spoken:
            by_way.setdefault(way, set()).add(entry.name)
    assert "Kate Jones" in by_way["katherine jones"]
    assert by_way["doctor oyelowo"] == {"Tunde Oyelowo"}
    assert by_way["head of housing"] == {"Sunita Bhattacharya"}
    assert by_way["araminta fitzpatrick"] == {"Araminta Montgomery-Fitzpatrick"}
    assert by_way["j r macleod"] == {"J R MacLeod"}
    assert by_way["bins"] == {"Waste and Recycling"}
    assert by_way["registrar"] == {"Registrars"}
    assert by_way["bob featherstone"] == by_way["robert featherstone"] == {"Bob Featherstone"}
    assert "smith" not in by_way
    assert by_way["operator"] == {"Main Switchboard"}


def test_no_way_is_anothers_own_name(site: Settings) -> None:
    """Nobody can be asked for by another entry's full name, unless both are called so."""
    entries = load_directory(site).directory.entries
    names: dict[str, set[str]] = {}
    for entry in entries:
        names.setdefault(normalise(entry.name), set()).add(entry.id)
    for entry in entries:
        assert all(way not in names or entry.id in names[way] for way in entry.spoken)


def test_who_is_kept_from_callers(site: Settings) -> None:
    """Ex-directory staff are kept as nobody's, the service desk as colleagues' only, and leavers not at all."""
    entries = {e.name: e for e in load_directory(site).directory.entries}
    assert entries["Delia Harkness"].audience is Audience.NOBODY
    assert entries["ICT Service Desk"].audience is Audience.INTERNAL
    assert entries["ICT Service Desk"].kind is Kind.DEPARTMENT
    assert "Arthur Norris" not in entries


def test_corrections(site: Settings) -> None:
    """Corrections set, remove and keep; one that applies to nothing is reported, and one that cannot be is refused."""
    path = site.path("directory/corrections.csv")
    head = "entry,name,department,action,field,from,to,reason,reviewer,date\n"
    path.write_text(
        head + ",Jane Smith,Housing Options,set,number,01632 960031,4999,moved,x,2026-01-01\n"
        ",Ivor Ollerenshaw,,remove,,,,left,x,2026-01-01\n"
        ",Test Test,,keep,,,,a real name,x,2026-01-01\n"
        ",Waste and Recycling,,set,spoken,,the bin people,callers say so,x,2026-01-01\n"
        ",Nobody Atall,,set,number,,4711,gone,x,2026-01-01\n"
    )
    loaded = load_directory(site)
    entries = {(e.name, e.department): e for e in loaded.directory.entries}
    assert entries["Jane Smith", "Housing Options"].number == "4999"
    assert ("Test Test", "") in entries
    assert not any(e.name == "Ivor Ollerenshaw" for e in loaded.directory.entries)
    assert "the bin people" in entries["Waste and Recycling", ""].spoken
    assert [p.found for p in loaded.problems if p.kind == "stale_correction"] == ["row 6: set number of Nobody Atall"]
    path.write_text(head + ",Jane Smith,,burn,,,,,,\n")
    with pytest.raises(DirectoryError, match="row 2: unknown action 'burn'"):
        load_directory(site)


def test_problems_are_written_with_their_columns(site: Settings) -> None:
    """Problems go to CSV with the columns promised, each with a row, what was done and a suggestion."""
    out = site.path("problems.csv")
    write_problems(load_directory(site).problems, out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["row", "column", "kind", "severity", "found", "done", "suggestion"]
    assert {r["done"] for r in rows} == {"fixed", "kept", "set aside"}
    assert {r["severity"] for r in rows} == set(Severity)
    assert all(r["suggestion"] for r in rows)


def test_nothing_is_half_written(site: Settings) -> None:
    """An output folder that is not there is named, and nothing is left behind."""
    with pytest.raises(DirectoryError, match="cannot be written"):
        write_entries((), site.path("nowhere/out.csv"))
    assert not site.path("nowhere").exists()
