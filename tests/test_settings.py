"""Settings: read once, typed, and every mistake said in one line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ivr.errors import SettingsError
from ivr.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent


def _write(folder: Path, text: str) -> Path:
    (folder / "ivr.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_sample_site_shows_every_setting_with_its_default() -> None:
    """Uncommenting every line of the sample `ivr.toml` gives all settings, and the defaults are true."""
    text = (ROOT / "ivr.toml").read_text(encoding="utf-8")
    full = tomllib.loads(re.sub(r"^# (?=[a-z0-9_]+ = )", "", text, flags=re.MULTILINE))
    shown = Settings(root=ROOT, **full)
    for table in type(shown).model_fields:
        if table in {"root", "place", "secrets"}:
            continue
        assert set(full[table]) == set(type(getattr(shown, table)).model_fields), table
        commented = set(re.findall(r"^# ([a-z0-9_]+) = ", text.split(f"[{table}]")[1].split("\n[")[0], re.MULTILINE))
        default = type(getattr(shown, table))()
        for key in commented:
            assert getattr(shown, table).model_dump()[key] == default.model_dump()[key], f"{table}.{key}"


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    """Nothing has to be set to read settings."""
    assert load_settings(_write(tmp_path, ""), {}).server.port == 8080


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[recognition]\nengin = 'vosk'", "did you mean `engine`?"),
        ("[recogniton]\n", "did you mean `recognition`?"),
        ("[recognition]\nengine = 'siri'", "`recognition.engine`"),
        ("[matching]\naccept = 3", "`matching.accept`"),
        ("[server\n", "not valid TOML"),
        ("[secrets]\n", "`secrets`"),
        ("server = 3", "`server`"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, text: str, part: str) -> None:
    """What, where, and what to do, on one line."""
    with pytest.raises(SettingsError) as caught:
        load_settings(_write(tmp_path, text), {})
    assert part in str(caught.value)
    assert "ivr.toml" in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    """An empty folder is not a site, and the message says how to make one."""
    with pytest.raises(SettingsError, match="ivr init"):
        load_settings(tmp_path, {})


def test_the_environment_comes_over_the_file(tmp_path: Path) -> None:
    """Secrets come from the environment alone, several tokens while rotating, and do not show."""
    env = {
        "TWILIO_AUTH_TOKEN": "new, old",
        "IVR_DATABASE_URL": "postgresql://x/y",
        "IVR_PUBLIC_URL": "https://a.example/",
    }
    settings = load_settings(_write(tmp_path, "[records]\ndatabase = 'sqlite:///a.db'"), env)
    assert [t.get_secret_value() for t in settings.secrets.twilio_auth_tokens] == ["new", "old"]
    assert settings.database_url == "postgresql://x/y"
    assert settings.secrets.public_url == "https://a.example"
    assert "new" not in repr(settings)


def test_a_relative_database_is_in_the_site(tmp_path: Path) -> None:
    """SQLite files lie in the site's folder, wherever the command is run."""
    settings = load_settings(_write(tmp_path, ""), {"IVR_SITE": "elsewhere"})
    assert settings.database_url == f"sqlite:///{tmp_path.resolve()}/var/calls.sqlite3"
