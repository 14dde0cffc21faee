"""A small site of its own for tests of the directory."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.settings import DirectorySettings, Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    """Make settings of a site in a temporary folder, with the sample council's export and reviewed lists."""
    (tmp_path / "grammars").mkdir()
    (tmp_path / "directory").mkdir()
    for name in ("nicknames.csv", "department_synonyms.csv"):
        shutil.copy(ROOT / "grammars" / name, tmp_path / "grammars" / name)
    for name in ("staff.csv", "staff.xlsx", "corrections.csv"):
        shutil.copy(ROOT / "directory" / name, tmp_path / "directory" / name)
    (tmp_path / "ivr.toml").write_text(
        '[site]\noperator = "+441632960000"\n[directory]\narea_code = "01632"\nswitchboard = "+441632960000"\n'
    )
    own = DirectorySettings(area_code="01632", switchboard="+441632960000")
    return Settings(root=tmp_path, directory=own)
