"""Targets: how a figure stands to what was promised, in red, amber and green."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ivr.records.figures import Figure, Goal, Unit, clock

if TYPE_CHECKING:
    from ivr.settings import ReportSettings


class Light(StrEnum):
    """How a figure stands."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Status:
    """A figure beside its target."""

    light: Light
    target: str
    """As people read it: "at least 50 %", "at most 01:00"."""

    def as_json(self) -> dict[str, Any]:
        """Light and target."""
        return {"status": self.light.value, "target": self.target}


def has_target(figure: Figure, settings: ReportSettings) -> bool:
    """Tell whether the site has set a target for a figure."""
    wanted = getattr(settings, figure.name, None)
    if wanted is None or figure.name not in type(settings).model_fields:
        return False
    none = 100.0 if figure.goal is Goal.LESS and figure.unit is not Unit.WAIT else 0
    return bool(wanted != none)


def status(figure: Figure, number: float | None, settings: ReportSettings) -> Status | None:
    """Return how a figure stands; `number`: per cent, or seconds of a wait. None: no target, or nothing to judge."""
    if number is None or not has_target(figure, settings):
        return None
    wanted: float = getattr(settings, figure.name)
    waits = figure.unit is Unit.WAIT
    short = wanted - number if figure.goal is Goal.MORE else number - wanted
    near = settings.amber * wanted / 100 if waits else settings.amber
    light = Light.GREEN if short <= 0 else Light.AMBER if short <= near else Light.RED
    target = clock(int(wanted)) if waits else f"{wanted:g} %"
    return Status(light, f"{'at least' if figure.goal is Goal.MORE else 'at most'} {target}")
