"""Words sounded out are kept between starts, and nothing a caller says is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.grammar.pronounce import Pronouncer
from ivr.grammar.sounds.learned import learned_sounds

if TYPE_CHECKING:
    from pathlib import Path


def test_a_kept_word_is_said_as_it_was(tmp_path: Path) -> None:
    """A second start says every word just as the first did."""
    first = Pronouncer(tmp_path, cache=tmp_path)
    said = {word: first.pronounce(word) for word in ("wexbournley", "zzyzxor", "smith")}
    first.remember()
    second = Pronouncer(tmp_path, cache=tmp_path)
    assert {word: second.pronounce(word) for word in said} == said
    assert second.source("wexbournley") == "sounded"
    assert len(list(tmp_path.glob("sounded-*"))) == 1


def test_what_callers_say_is_not_kept(tmp_path: Path) -> None:
    """Words sounded out once the site is open are written nowhere."""
    pronouncer = Pronouncer(tmp_path, cache=tmp_path)
    pronouncer.pronounce("wexbournley")
    pronouncer.remember()
    pronouncer.pronounce("secretwordely")
    pronouncer.remember()
    assert "secretwordely" not in next(tmp_path.glob("sounded-*")).read_text()


def test_a_broken_or_forbidden_cache_only_costs_time(tmp_path: Path) -> None:
    """A file of rubbish is replaced; where no folder can be made, words are said all the same."""
    Pronouncer(tmp_path, cache=tmp_path).remember()
    kept = Pronouncer(tmp_path, cache=tmp_path)
    kept.pronounce("wexbournley")
    kept.remember()
    path = next(tmp_path.glob("sounded-*"))
    path.write_bytes(b"\xff\x00 rubbish\nword without a tab\n")
    assert Pronouncer(tmp_path, cache=tmp_path).pronounce("wexbournley") == kept.pronounce("wexbournley")
    blocked = Pronouncer(tmp_path, cache=path / "below a file")
    blocked.pronounce("wexbournley")
    blocked.remember()


def test_the_learned_model_gives_probabilities() -> None:
    """Readings of a word are different ones, likeliest first, and their shares are at most the whole."""
    readings = learned_sounds().read("wexbourne")
    shares = [reading.share for reading in readings]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.000001
    assert len({reading.phones for reading in readings}) == len(readings)
