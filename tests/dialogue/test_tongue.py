"""A language is a file: what it says of days, times and money, what its callers' words mean, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from ivr.dialogue.tongue import BUILT_IN, Tongue, english, load_tongue
from ivr.errors import GrammarError

ROOT = Path(__file__).parents[2]
BUILT_IN_FILE = ROOT / "ivr" / "dialogue" / f"words.{BUILT_IN}.yaml"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def welsh() -> Tongue:
    """Read the Welsh that comes with the product."""
    return load_tongue(ROOT / "grammars", "cy")


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (9, 0, "naw"), (14, 0, "dau"), (8, 30, "hanner awr wedi wyth"), (13, 45, "chwarter i ddau"),
        (9, 15, "chwarter wedi naw"), (12, 0, "hanner dydd"), (0, 0, "hanner nos"), (16, 5, "pedwar 05"),
    ],
)  # fmt: skip
def test_times_in_welsh(welsh: Tongue, hour: int, minute: int, said: str) -> None:
    """The hour after "i" is softened."""
    assert welsh.clock(datetime(2026, 11, 23, hour, minute, tzinfo=UTC)) == said


def test_days_in_welsh(welsh: Tongue) -> None:
    """A day by itself, and a day on which something happens."""
    christmas = date(2026, 12, 25)
    assert welsh.day(christmas) == "dydd Gwener 25 Rhagfyr"
    assert welsh.day(christmas, on=True) == "ddydd Gwener 25 Rhagfyr"
    assert welsh.moment(datetime(2026, 12, 28, 14, 0, tzinfo=UTC)) == "ddydd Llun 28 Rhagfyr am ddau"
    assert welsh.deadline(NOW.replace(hour=17), NOW) == "pump o'r gloch heddiw"
    assert welsh.deadline(NOW.replace(hour=17) + timedelta(days=1), NOW) == "pump o'r gloch yfory"


@pytest.mark.parametrize(
    ("pence", "said"), [(4250, "42 o bunnoedd 50"), (100, "un bunt"), (5, "5 ceiniog"), (12000, "120 o bunnoedd")]
)
def test_money_in_welsh(welsh: Tongue, pence: int, said: str) -> None:
    """One pound, pounds, pence."""
    assert welsh.amount(pence) == said


def test_english_is_as_it_was() -> None:
    """The words of the site's own language need no file."""
    assert english().clock(NOW.replace(hour=8, minute=30)) == "half past 8"
    assert english().day(date(2026, 12, 26)) == "Saturday the 26 of December"
    assert (english().amount(4250), english().amount(100), english().amount(5)) == (
        "42 pounds 50",
        "1 pound",
        "5 pence",
    )


@pytest.mark.parametrize("tongue", [english(), load_tongue(ROOT / "grammars", "cy")], ids=["en", "cy"])
def test_a_date_put_after_words_is_found_again(tongue: Tongue) -> None:
    """Every day of a leap year, whatever the words before it."""
    for n in range(366):
        day = date(2028, 1, 1) + timedelta(days=n)
        assert tongue.undated(tongue.dated("rywbryd, that is", day), date(2028, 1, 1)) == ("rywbryd, that is", day)
    assert tongue.undated("next tuesday") == ("next tuesday", None)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Ie, os gwelwch yn dda", "yes"),
        ("un dau tri pedwar", "one two three four"),
        ("pedwar deg dau o bunnoedd", "forty two pounds"),
        ("bore dydd Mawrth", "morning tuesday"),
        ("Siân Jones", "sian jones"),
    ],
)
def test_words_of_callers(welsh: Tongue, said: str, meant: str) -> None:
    """The longest that is listed counts; a name stays a name."""
    assert welsh.into_grammar(said) == meant


def _written(**changes: object) -> str:
    data = yaml.safe_load(BUILT_IN_FILE.read_text(encoding="utf-8"))
    data["said"] |= changes
    return yaml.safe_dump(data)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("said: [", "not YAML"),
        ("said: {}", "said.days"),
        (_written(days=["Mon"]), "said.days"),
        (_written(hours_at=["one"]), "hours_at: write 12"),
        (_written(moment="{date} at {tim}"), "moment: it may use: {date}, {time}"),
        (_written(noon="{hour}"), "noon: it may use: nothing"),
        (_written() + "understood: {a: x, b: x}\n", "`x` means `a` and `b`"),
        (_written() + "unknown: {}\n", "unknown"),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    """One clear line, with the file."""
    (tmp_path / "words.fr.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GrammarError) as error:
        load_tongue(tmp_path, "fr")
    assert fault in str(error.value)
    assert "words.fr.yaml" in str(error.value)


def test_a_language_without_its_file_is_refused(tmp_path: Path) -> None:
    """Only English needs none; a site's own English is read where there is one."""
    assert load_tongue(tmp_path, "en-GB") is english()
    with pytest.raises(GrammarError, match="no words in this language"):
        load_tongue(tmp_path, "fr")
    (tmp_path / "words.en-GB.yaml").write_text(_written(noon="midday"), encoding="utf-8")
    assert load_tongue(tmp_path, "en-GB").clock(NOW.replace(hour=12)) == "midday"
