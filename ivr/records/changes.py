"""What changed against an earlier period, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivr.records.chance import difference, mean_difference
from ivr.records.figures import BEST_SCORE, FIGURES, Goal, Tally, Unit, count, mean_seconds, tenths

if TYPE_CHECKING:
    from ivr.records.figures import Figure


@dataclass(frozen=True, slots=True)
class Change:
    """One figure, now and before."""

    figure: Figure
    now: float | None
    """In per cent, seconds, or calls; None of nothing."""
    before: float | None
    interval: tuple[float, float] | None
    """99 % interval of the change, in points or seconds; None: nothing says how sure it is."""
    fewest: int = 0
    """The smallest count behind it that is not 0."""

    @property
    def by(self) -> float | None:
        """The change, in points, seconds or calls."""
        return None if self.now is None or self.before is None else round(self.now - self.before, 1)

    @property
    def sure(self) -> bool:
        """Whether the change is more than chance: its interval does not hold 0."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]

    @property
    def verdict(self) -> str:
        """In words."""
        if self.by is None or self.interval is None:
            return "-"
        if not self.sure:
            return "may be chance"
        good = {Goal.MORE: self.interval[0] > 0, Goal.LESS: self.interval[1] < 0}.get(self.figure.goal)
        return "more than chance" + ("" if good is None else ": better" if good else ": worse")

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        return {
            "figure": self.figure.name, "now": self.now, "before": self.before, "change": self.by,
            "interval": list(self.interval) if self.interval else None, "verdict": self.verdict,
        }  # fmt: skip


def compare(now: Tally, before: Tally) -> tuple[Change, ...]:
    """Compare every figure of two periods: shares where there are any, else counts and times."""
    return tuple(_change(figure, now, before) for figure in FIGURES)


def _change(figure: Figure, now: Tally, before: Tally) -> Change:
    parts = [(count(tally, figure.name), count(tally, figure.of) if figure.of else 0) for tally in (now, before)]
    mean = figure.unit in {Unit.WAIT, Unit.SCORE}
    fewest = min((number for pair in parts for number in pair[mean:] if number), default=0)
    if not figure.of:
        return Change(figure, parts[0][0], parts[1][0], None, fewest)
    if figure.unit is Unit.WAIT:
        waits = [mean_seconds(*part) for part in parts]
        return Change(figure, waits[0], waits[1], _waits(now, before), fewest)
    scale = BEST_SCORE if figure.unit is Unit.SCORE else 1
    shares = [tenths(part, scale * whole) for part, whole in parts]
    seen = [None if share is None else share / 10 for share in shares]
    if figure.unit is Unit.SCORE or not all(whole for _, whole in parts):
        return Change(figure, seen[0], seen[1], None, fewest)
    low, high = difference(parts[0], parts[1])
    return Change(figure, seen[0], seen[1], (round(100 * low, 2), round(100 * high, 2)), fewest)


def _waits(now: Tally, before: Tally) -> tuple[float, float] | None:
    names = ("waited", "wait", "wait_squared")
    one, other = (tuple(count(tally, name) for name in names) for tally in (now, before))
    found = mean_difference((one[0], one[1], one[2]), (other[0], other[1], other[2]))
    return None if found is None else (round(found[0] / 100, 2), round(found[1] / 100, 2))
