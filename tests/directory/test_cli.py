"""`ivr directory` as a person or a script runs it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ivr.cli.directory import app
from ivr.directory.accepted import accepted_keys
from ivr.directory.versions import read_version
from ivr.errors import DirectoryError

if TYPE_CHECKING:
    from ivr.settings import Settings


def _run(site: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"IVR_SITE": str(site.root), "COLUMNS": "200"})


def _json(site: Settings, *arguments: str) -> Any:
    return json.loads(_run(site, *arguments, "--json").stdout)


def test_cleanse(site: Settings) -> None:
    """`cleanse` writes entries and problems, prints a summary, and exits with 1 where a person should look."""
    out, problems = site.path("out.csv"), site.path("problems.csv")
    export = str(site.path("directory/staff.csv"))
    result = _run(site, "cleanse", export, "--out", str(out), "--problems", str(problems))
    assert result.exit_code == 1
    assert "swapped names" in result.stdout
    with out.open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    assert len(entries) > 460
    assert all(e["spoken"].split("|")[0] for e in entries)
    found = _json(site, "cleanse", export)
    assert found["summary"]["people"] == sum(e["kind"] == "person" for e in entries)
    with problems.open(encoding="utf-8", newline="") as file:
        assert len(found["problems"]) == sum(1 for _ in csv.DictReader(file))
    assert _run(site, "cleanse", str(out)).exit_code == 0


def test_versions(site: Settings) -> None:
    """`stage`, `activate`, `versions` and `rollback` lead a directory into use and back out."""
    assert "no version" in _run(site, "versions").stdout
    first = _json(site, "stage", str(site.path("directory/staff.csv")), "--why", "spring")
    small = site.path("small.csv")
    small.write_text("Surname,Forename,Tel\nSmith,Jane,4711\n")
    second = _json(site, "stage", str(small))
    assert _json(site, "activate", first["version"])["version"] == first["version"]
    assert _run(site, "activate").exit_code == 0
    listed = _json(site, "versions")
    assert [(v["version"], v["active"], v["why"]) for v in listed] == [
        (first["version"], False, "spring"),
        (second["version"], True, ""),
    ]
    assert _json(site, "rollback")["version"] == first["version"]
    assert first["version"] in _run(site, "versions").stdout


@pytest.mark.parametrize(
    ("text", "name"),
    [("jane smith", "Jane Smith"), ("bins", "Waste and Recycling"), ("Sengupta", "Ananya Sengupta"),
     ("01632 960002", "Obinna Nwachukwu"), ("eleanor witlock", "Eleanor Whitlock"), ("4711", "Kojo Amoah")],
)  # fmt: skip
def test_search(site: Settings, text: str, name: str) -> None:
    """`search` finds an entry by a way to say it, part of its name, its number, or a slip of the keyboard."""
    assert name in {e["name"] for e in _json(site, "search", text)[:3]}


def test_search_finds_nothing(site: Settings) -> None:
    """`search` says so, with exit status 1, where there is nobody."""
    result = _run(site, "search", "xyzzyq")
    assert result.exit_code == 1
    assert "nobody" in result.stdout


def test_bad_input_rises_as_one_line(site: Settings) -> None:
    """A file that cannot be used is an error of one line, with nothing written."""
    out = site.path("out.csv")
    result = _run(site, "cleanse", str(site.path("none.csv")), "--out", str(out))
    assert isinstance(result.exception, DirectoryError)
    assert "\n" not in str(result.exception)
    assert not out.exists()


def test_audit(site: Settings) -> None:
    """`audit` lists entries, hardest first, as JSON and as CSV, and exits with 1 only where a person should look."""
    out = site.path("audit.csv")
    found = _json(site, "audit", "--out", str(out), "--worst", "3")
    assert len(found["entries"]) == 3
    assert found["summary"]["entries"] > 400
    with out.open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == found["summary"]["entries"]
    assert _run(site, "audit").exit_code == (1 if found["summary"]["needs_a_person"] else 0)
    twins = site.path("twins.csv")
    twins.write_text(
        "Surname,Forename,Dept,Tel,Email\nLee,Ann,Tax,4711,ann.lee@wexbourne.example\nLee,Ann,Tax,4712,ann.lee2@wexbourne.example\n"
    )
    result = _run(site, "audit", str(twins))
    assert result.exit_code == 1
    assert "indistinguishable" in result.stdout


def test_what_a_version_changes(site: Settings) -> None:
    """`difference` names who leaves, and its exit status says that it looks wrong; `activate` says so and goes on."""
    first = _json(site, "stage", str(site.path("directory/staff.csv")))
    _json(site, "activate", first["version"])
    assert _run(site, "difference").exit_code == 0
    small = site.path("small.csv")
    small.write_text("Surname,Forename,Tel\nSmith,Jane,4711\n")
    second = _json(site, "stage", str(small))
    found = _run(site, "difference", second["version"], "--json")
    assert found.exit_code == 1
    data = json.loads(found.stdout[: found.stdout.rindex("}") + 1])
    assert (len(data["left"]), len(data["joined"])) == (first["entries"], 1)
    done = _run(site, "activate", "--why", "tried")
    assert (done.exit_code, "entries would leave" in done.output) == (0, True)


def test_columns_corrections_and_what_is_let_be(site: Settings) -> None:
    """A heading nobody knows is decided once, a number corrected and a kind accepted: all of it in the next version."""
    odd = site.path("odd.csv")
    odd.write_text(
        "Nachname,Vorname,Tel,Department\nOkonkwo,Chidi,4711,Housing\nTest,User,4713,Housing\n,,4712,Housing\n",
        encoding="utf-8",
    )
    assert "kept aside" in _run(site, "columns", str(odd)).stdout
    assert "heading" in _run(site, "columns", str(odd), "--set", "Nachname=surname", "--set", "Vorname=forename").stdout
    assert isinstance(_run(site, "columns", str(odd), "--set", "Nachname=shoe").exception, DirectoryError)
    assert _run(site, "correct", "Chidi Okonkwo", "number", "4719", "--reason", "moved").exit_code == 0
    assert isinstance(_run(site, "correct", "Chidi Okonkwo").exception, DirectoryError)
    assert isinstance(_run(site, "accept", str(odd), "no such").exception, DirectoryError)
    assert "1 accepted" in _run(site, "accept", str(odd), "test row").stdout
    version = _json(site, "stage", str(odd))["version"]
    directory = read_version(site.path(site.directory.versions), version)
    assert [(e.name, e.number) for e in directory.entries if e.kind == "person"] == [("Chidi Okonkwo", "4719")]
    assert len(accepted_keys(site.path(site.directory.versions))) == 1
