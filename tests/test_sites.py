"""The installation file: which numbers belong to which site, and every mistake said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ivr.errors import SettingsError
from ivr.settings import load_settings
from ivr.sites import read_installation

if TYPE_CHECKING:
    from pathlib import Path

TWO = """
[sites.county]
numbers = ["+441632960000", "+441632960001"]
name = "Wexshire County Council"
also = ["the county"]
[sites.testford]
folder = "district"
numbers = ["+441632960500"]
common = ["common.csv"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the file, beside two sites' folders."""
    for name in ("county", "district"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ivr.toml").write_text("", encoding="utf-8")
    made = tmp_path / "sites.toml"
    made.write_text(TWO, encoding="utf-8")
    return made


def test_numbers_choose_the_site(file: Path) -> None:
    """A number belongs to one site; one that nobody lists, to the default."""
    found = read_installation(file)
    assert [found.at(n) for n in ("+441632960001", "+441632960500", "+441632960999", "")] == [
        "county", "testford", "county", "county",
    ]  # fmt: skip
    assert found.places["testford"].folder == file.parent / "district"
    assert found.places["testford"].common == (file.parent / "common.csv",)
    assert [n.id for n in found.places["county"].neighbours] == ["testford"]
    assert found.places["testford"].neighbours[0].also == ("the county",)


def test_each_site_has_a_database_of_its_own(file: Path) -> None:
    """Each in its own folder, or where `{site}` in the shared address says; never one for all."""
    alone = read_installation(file)
    urls = {site: load_settings(place=place, environ={}).database_url for site, place in alone.places.items()}
    assert urls["testford"] == f"sqlite:///{file.parent}/district/var/calls.sqlite3"
    assert len(set(urls.values())) == 2
    served = read_installation(file, "postgresql+psycopg://db/ivr_{site}")
    assert load_settings(place=served.places["county"], environ={}).database_url.endswith("/ivr_county")


def test_commands_work_on_one_site(file: Path) -> None:
    """`IVR_SITES` and `IVR_SITE` choose a site for every command; an address for all databases goes over its own."""
    env = {"IVR_SITES": str(file), "IVR_SITE": "testford", "IVR_DATABASE_URL": "sqlite:////x/{site}.db"}
    settings = load_settings(environ=env)
    assert settings.root == file.parent / "district"
    assert settings.database_url == "sqlite:////x/testford.db"
    with pytest.raises(SettingsError, match="county, testford"):
        load_settings(environ=env | {"IVR_SITE": "."})


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("[sites.county]", "[site.county]", "unknown key `site`"),
        ('name = "Wex', 'nam = "Wex', "unknown key `sites.county.nam`"),
        ("[sites.county]", "[sites.County-1]", "no site's id"),
        ('"+441632960500"', '"+441632960000"', "both have +441632960000"),
        ('"+441632960500"', '"4711"', "'4711' is no number"),
        ('["+441632960500"]', "[]", "is empty"),
        ('["+441632960500"]', "[3]", "is not what it should be"),
        ('"district"', '"county"', "both have"),
        ('"district"', '"nowhere"', "has no ivr.toml"),
        ('common = ["common.csv"]', 'offer = ["parish"]', "no other site 'parish'"),
        ("\n[sites.county]", '\ndefault = "parish"\n[sites.county]', "`default` names no site"),
        ("\n[sites.county]", '\ndatabase = "sqlite:///all.db"\n[sites.county]', "put {site}"),
        ("[sites.county]", "[sites.county", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_clear_line(file: Path, old: str, new: str, part: str) -> None:
    """What, where, and what to do, on one line."""
    file.write_text(TWO.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_installation(file)
    assert part in str(caught.value)
    assert "sites.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_file_and_no_site(tmp_path: Path) -> None:
    """A file that is not there, or names nothing, is refused."""
    with pytest.raises(SettingsError, match="no such file"):
        read_installation(tmp_path / "sites.toml")
    (tmp_path / "sites.toml").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="names no site"):
        read_installation(tmp_path / "sites.toml")
