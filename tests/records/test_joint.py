"""Several sites in one report: their calls add up, stay apart by site, and who was handed over is in both."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from made_calls import NOON, call
from openpyxl import load_workbook
from typer.testing import CliRunner

from ivr.cli.app import build
from ivr.model import Outcome
from ivr.records.joint import handed, joint_performance
from ivr.records.layout import lay_out
from ivr.records.performance import performance
from ivr.records.period import Period
from ivr.records.render import as_csv, as_json
from ivr.records.render_html import as_html
from ivr.records.render_pdf import as_pdf
from ivr.records.render_xlsx import as_xlsx
from ivr.records.report import HIDDEN, HandedOver
from ivr.records.store import Store
from ivr.settings import load_settings
from ivr.sites import read_installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ivr.records.database import Database
    from ivr.settings import Settings

ALWAYS = Period(ZoneInfo("Europe/London"))
FILE = """
[sites.county]
numbers = ["+441632960000"]
[sites.testford]
numbers = ["+441632960500"]
"""


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[tuple[Settings, Database]]]:
    """Give two sites with calls: three of the county's, two of the district's, one caller at both."""
    for name in ("county", "testford"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ivr.toml").write_text(f'[site]\nname = "{name.title()}"\n', encoding="utf-8")
    (tmp_path / "sites.toml").write_text(FILE, encoding="utf-8")
    places = read_installation(tmp_path / "sites.toml").places
    made = [load_settings(place=place, environ={}) for place in places.values()]
    stores = [Store(settings.database_url) for settings in made]
    later = NOON + timedelta(days=1)
    stores[0].save_calls(
        [
            call("one", outcome=Outcome.COMPLETED, department="Housing", entry_id="e1", entry_name="Jane"),
            call("two", outcome=Outcome.ABANDONED, department="Housing", started=later),
            call("moved", outcome=Outcome.TRANSFERRED, handed_from="testford", entry_id="e1", entry_name="Jane"),
        ]
    )
    stores[1].save_calls(
        [
            call("moved", outcome=Outcome.TRANSFERRED, entry_id="site-county", entry_name="County"),
            call("three", outcome=Outcome.COMPLETED, department="Housing", entry_id="e1", entry_name="John"),
        ]
    )
    yield [(settings, store.database) for settings, store in zip(made, stores, strict=True)]
    for store in stores:
        store.close()


def test_sites_add_up_and_stay_apart(sites: list[tuple[Settings, Database]]) -> None:
    """The joint report is the sum of the sites' own, with a group a site; one's Housing is not another's."""
    joint = joint_performance(sites, ALWAYS)
    alone = [performance(database, settings, ALWAYS) for settings, database in sites]
    assert joint.total.tally == alone[0].total.tally + alone[1].total.tally
    assert joint.reconciles
    groups = {group.key: group.tally for group in joint.sections["site"]}
    assert groups == {"site=county": alone[0].total.tally, "site=testford": alone[1].total.tally}
    assert {g.name for g in joint.sections["department"]} == {"county: Housing", "testford: Housing"}
    assert {g.name for g in joint.sections["entry"]} == {"Jane (county)", "John (testford)", "County (testford)"}


def test_who_was_handed_over_is_in_both(sites: list[tuple[Settings, Database]]) -> None:
    """The site left says where its callers went, and the other where they came from."""
    county, testford = (handed(database, ALWAYS) for _, database in sites)
    assert (county.here, county.on) == ({"testford": 1}, {})
    assert (testford.here, testford.on) == ({}, {"county": 1})


def _row(output: str) -> list[str]:
    table = output.partition("Callers who rang the wrong site")[2]
    line = next(line for line in table.splitlines() if "testford" in line)
    return [cell.strip() for cell in line.strip("│ ").split("│")]


def test_every_form_says_who_was_handed_over(sites: list[tuple[Settings, Database]]) -> None:
    """JSON, CSV, page, workbook and PDF of both sites together; published, small numbers are hidden."""
    joint = joint_performance(sites, ALWAYS)
    assert joint.handed_over == (HandedOver("testford", "county", 1, 1),)
    told = json.loads(as_json(joint))["handed_over"]
    assert told == [{"from": "testford", "to": "county", "sent_on": 1, "taken_over": 1}]
    lines = list(csv.DictReader(io.StringIO(as_csv(joint))))
    last = lines[-1]
    assert (last["section"], last["key"], last["offered"]) == ("handed_over", "from=testford/to=county", "1")
    assert "Callers who rang the wrong site" in as_html(joint)
    book = load_workbook(io.BytesIO(as_xlsx(joint)))
    assert [cell.value for cell in book["Callers who rang the wrong site"][2]] == ["testford", "county", 1, 1]
    assert as_pdf(joint).startswith(b"%PDF")
    public = joint_performance(sites, ALWAYS, public=True)
    assert public.handed_over == (HandedOver("testford", "county"),)
    assert "Callers who rang the wrong site" in as_html(public)
    assert next(b for b in lay_out(public).blocks if b.id == "handed-over").rows[0][2].text == HIDDEN


def test_the_command(sites: list[tuple[Settings, Database]], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--site` chooses one site or all; a name that is none is refused."""
    monkeypatch.setenv("IVR_SITES", str(sites[0][0].root.parent / "sites.toml"))
    for name in ("IVR_SITE", "IVR_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    run = CliRunner()
    both = run.invoke(build(), ["report", "--site", "all"])
    assert "County, Testford" in both.output
    assert _row(both.output) == ["testford", "county", "1", "1"]
    one = run.invoke(build(), ["report", "--site", "testford"])
    assert _row(one.output) == ["testford", "county", "1", "-"]
    assert "no site 'parish'" in str(run.invoke(build(), ["report", "--site", "parish"]).exception)
    assert "one site" in str(run.invoke(build(), ["report", "--site", "all", "--calls", "offered"]).exception)
