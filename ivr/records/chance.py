"""How sure a figure is, and whether a change is more than chance."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
"""Standard normal quantile of 97.5 %: intervals of one share."""
Z99 = 2.5758293035489004
"""Standard normal quantile of 99.5 %: a change must be surer, since many are looked at together."""


def wilson(part: int, whole: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (95 % by default), as shares 0-1; of nothing, all is possible.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if whole == 0:
        return 0.0, 1.0
    share, square = part / whole, z * z
    centre = (share + square / (2 * whole)) / (1 + square / whole)
    spread = z / (1 + square / whole) * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low = 0.0 if part == 0 else max(0.0, centre - spread)
    return low, 1.0 if part == whole else min(1.0, centre + spread)


def difference(now: tuple[int, int], before: tuple[int, int], z: float = Z99) -> tuple[float, float]:
    """Return the interval (99 % by default) of the change of a share, each (part, whole), as shares -1 to 1.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics
    in Medicine 17 (1998), method 10.
    """
    if not now[1] or not before[1]:
        return -1.0, 1.0
    first, second = now[0] / now[1], before[0] / before[1]
    (low1, high1), (low2, high2) = wilson(*now, z), wilson(*before, z)
    change = first - second
    return (
        change - math.hypot(first - low1, high2 - second),
        change + math.hypot(high1 - first, second - low2),
    )


def mean_difference(
    now: tuple[int, int, int], before: tuple[int, int, int], z: float = Z99
) -> tuple[float, float] | None:
    """Return the interval of the change of a mean, each (number, sum, sum of squares); None: too few to tell.

    Source: B. L. Welch, "The generalization of Student's problem", Biometrika 34 (1947), with the normal quantile,
    which is why 30 of each are asked for.
    """
    if min(now[0], before[0]) < _ENOUGH:
        return None
    change = now[1] / now[0] - before[1] / before[0]
    spread = z * math.sqrt(_variance(*now) / now[0] + _variance(*before) / before[0])
    return change - spread, change + spread


_ENOUGH = 30


def _variance(number: int, total: int, squares: int) -> float:
    return max(0.0, (squares - total * total / number) / (number - 1))
