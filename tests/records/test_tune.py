"""Thresholds solved from a target: they hold it, cost what they say, and refuse to guess."""

from __future__ import annotations

import random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import InputError
from ivr.model import Candidate, Target, TargetKind
from ivr.records.tune import Heard, needed, outcome, tune, upper_bound
from ivr.records.tune_plot import plot
from ivr.settings import MatchingSettings

NOW = MatchingSettings()


def _heard(confidence: float, *, right: bool, inside: bool = True) -> Heard:
    target = Target(TargetKind.ENTRY, "someone")
    found = (Candidate(target, "Someone", confidence),)
    return Heard(found, frozenset({target}) if right else frozenset(), inside)


def _callers(count: int, seed: int = 1) -> tuple[Heard, ...]:
    """Callers whose confidences are true: as many right as they say."""
    chance = random.Random(seed)
    confidences = [chance.betavariate(3, 0.4) for _ in range(count)]
    return tuple(_heard(c, right=chance.random() < c**3, inside=chance.random() < 0.9) for c in confidences)


def test_the_limit_is_that_of_clopper_and_pearson() -> None:
    """Upper limits agree with published ones: none of 100, one of 100 and five of 50 (one-sided, 95 %)."""
    assert upper_bound(0, 100) == pytest.approx(0.02951, abs=1e-5)
    assert upper_bound(1, 100) == pytest.approx(0.04656, abs=1e-5)
    assert upper_bound(5, 50) == pytest.approx(0.19886, abs=1e-4)
    assert upper_bound(7, 7) == 1.0


@given(st.integers(0, 40), st.integers(41, 5000))
def test_the_limit_is_above_what_was_counted(wrong: int, of: int) -> None:
    """The limit is never under the share counted, and grows with the mistakes."""
    assert wrong / of <= upper_bound(wrong, of) <= upper_bound(wrong + 1, of)


@given(st.floats(0.001, 0.3))
def test_as_many_recordings_as_are_needed_and_no_fewer(target: float) -> None:
    """Without a mistake, the number asked for shows the target, and one fewer does not."""
    assert upper_bound(0, needed(target)) <= target + 1e-9
    assert upper_bound(0, needed(target) - 1) > target - 1e-9 if needed(target) > 1 else True


def test_too_few_recordings_are_refused_with_the_number_needed() -> None:
    """Half a per cent cannot be shown with 100 recordings: 598 are needed, and the message says so."""
    with pytest.raises(InputError, match=r"598.*add 498 more"):
        tune(_callers(100), NOW, 0.005)


@pytest.mark.parametrize("target", [0.005, 0.02, 0.1])
def test_the_target_holds(target: float) -> None:
    """At the thresholds found the limit is at most the target, and accepting one step sooner would break it."""
    tuned = tune(_callers(3000), NOW, target)
    assert tuned.after.wrong_upper <= target
    stricter = [o for o in tuned.curve if o.settings.accept >= tuned.after.settings.accept]
    assert all(o.wrong_upper <= target for o in stricter)
    assert len(stricter) == len(tuned.curve) or tuned.curve[len(stricter)].wrong_upper > target
    settings = tuned.after.settings
    assert settings.choose <= settings.confirm <= settings.accept


def test_a_stricter_target_asks_more() -> None:
    """Fewer wrong transfers never cost fewer questions."""
    asked = [tune(_callers(3000), NOW, target).after.accepted for target in (0.005, 0.02, 0.1)]
    assert asked == sorted(asked)


def test_where_nothing_holds_everything_is_asked_about() -> None:
    """Confident mistakes at every level leave `accept` at 1."""
    certain = tuple(_heard(0.9999, right=False) for _ in range(700))
    tuned = tune(certain, NOW, 0.005)
    assert tuned.after.settings.accept == 1.0
    assert tuned.after.accepted == 0


def test_counts_add_up() -> None:
    """Every utterance is accepted, confirmed, chosen from or rejected."""
    found = outcome(_callers(500), NOW)
    assert found.accepted + found.confirmed + found.chosen + found.rejected == found.utterances == 500


def test_the_picture_is_valid_and_described() -> None:
    """The plot is well-formed XML with a title, a description that tells the figures, and no script."""
    document = ET.fromstring(plot(tune(_callers(1000), NOW, 0.01)))  # noqa: S314 - our own text
    assert document.get("role") == "img"
    assert "Tuned: accept at" in str(document.findtext("{*}desc"))
    assert document.find(".//{*}script") is None
