"""What the service saves: operators' time, cost a call, contact that could be avoided. Every assumption is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivr.records.figures import Tally, count

if TYPE_CHECKING:
    from ivr.settings import SavingsSettings

_HOUR = 60
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page."""

    label: str
    value: float
    unit: str
    """`hours`, `calls`, or the currency."""
    how: str
    """How it was worked out, in words."""

    @property
    def text(self) -> str:
        """As a table shows it."""
        if self.unit == "calls":
            return f"{self.value:,.0f}"
        return f"{self.value:,.0f} hours" if self.unit == "hours" else f"{self.unit}{self.value:,.2f}"


@dataclass(frozen=True, slots=True)
class Savings:
    """The page: lines, and what they assume."""

    lines: tuple[Line, ...]
    assumptions: tuple[tuple[str, str], ...]
    """(name as in `[savings]`, value in words)."""

    def as_json(self) -> dict[str, Any]:
        """Return everything, as other programs read it."""
        lines = [{"line": one.label, "value": round(one.value, 2), "unit": one.unit, "how": one.how}
                 for one in self.lines]  # fmt: skip
        return {"lines": lines, "assumptions": dict(self.assumptions)}


def save(tally: Tally, costs: SavingsSettings) -> Savings:
    """Work out what the calls of a period saved and cost."""
    contained, direct = count(tally, "strict_containment"), count(tally, "transfers") - count(tally, "wrong_transfers")
    offered = tally.offered
    minutes = contained * costs.operator_minutes + direct * costs.connect_minutes
    texts = count(tally, "texts") * costs.text_message
    line = (count(tally, "line_seconds") - count(tally, "talk_seconds")) / _MINUTE * costs.service_minute
    service = offered * costs.service_call + line + texts
    person = costs.operator_minutes / _HOUR * costs.operator_hour
    money = costs.currency
    lines = (
        Line("Operators' time saved", minutes / _HOUR, "hours",
             f"{contained:,} calls strictly contained at {costs.operator_minutes:g} minutes, and {direct:,} put "
             f"through rightly without an operator at {costs.connect_minutes:g}"),
        Line("Its worth", minutes / _HOUR * costs.operator_hour, money, "those hours at the cost of an operator's"),
        Line("Cost of the service", service, money,
             "its calls, its minutes (those spent talking to a person left out) and its texts"),
        Line("Net", minutes / _HOUR * costs.operator_hour - service, money, "worth less cost"),
        Line("A call by the service", service / offered if offered else 0.0, money, "its cost over the calls offered"),
        Line("A call by an operator", person, money, "an operator's minutes at the cost of their hour"),
        Line("Avoidable: called again", count(tally, "repeated"), "calls", "the same caller within 24 hours"),
        Line("Avoidable: bounced", count(tally, "bounced"), "calls", "put through in vain, or to the wrong person"),
        Line("Cost of avoidable contact", count(tally, "repeated") * person, money,
             "calls that came again, each taken for an operator's"),
    )  # fmt: skip
    return Savings(lines, tuple((name, str(value)) for name, value in costs.model_dump().items()))
