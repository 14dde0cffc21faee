"""The trade-off of a tuned site as a picture: questions asked against wrong transfers. Plain SVG, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from ivr.records.tune import Outcome, Tuned

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 30, 60, 70
_STYLE: Final = (
    "text{font:14px sans-serif;fill:#1a1a1a}.s{font-size:12px}.t{font-size:17px;font-weight:bold}"
    ".a{stroke:#1a1a1a;fill:none}.g{stroke:#d5d5d5}.w{stroke:#0b5394;stroke-width:2.5;fill:none}"
    ".u{stroke:#9c2f00;stroke-width:2;stroke-dasharray:7 4;fill:none}.l{stroke:#1a1a1a;stroke-dasharray:2 4}"
)


class _Scale:
    """From shares to places in the picture."""

    def __init__(self, tuned: Tuned) -> None:
        shown = (*tuned.curve, tuned.before, tuned.after)
        self.right = max(5.0, *(o.questions for o in shown)) * 1.05
        top = max(2 * tuned.target, *(o.wrong / o.utterances for o in shown), tuned.before.wrong_upper)
        self.top = min(1.0, max(top * 1.15, 0.01))

    def x(self, questions: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * questions / self.right

    def y(self, share: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - min(share, self.top) / self.top)


def plot(tuned: Tuned) -> str:
    """Return the picture: wrong transfers and their upper limit at each `accept`, with the target, now and then."""
    scale = _Scale(tuned)
    wrong = _line(scale, [(o.questions, o.wrong / o.utterances) for o in tuned.curve], "w")
    upper = _line(scale, [(o.questions, o.wrong_upper) for o in tuned.curve], "u")
    y = scale.y(tuned.target)
    parts = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="title description" lang="en-GB">'),
        (f'<title id="title">Wrong transfers against questions asked</title><desc id="description">{_described(tuned)}'
        f'</desc><style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'),
        f'<text class="t" x="{_LEFT}" y="28">Wrong transfers against questions asked</text>',
        *_axes(scale), wrong, upper,
        (f'<line class="l" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="s" x="{_WIDTH - _RIGHT}" y="{y - 5:.1f}" text-anchor="end">target {tuned.target:.2%}</text>'),
        _mark(scale, tuned.before, "now"), _mark(scale, tuned.after, "tuned"), *_legend(), "</svg>\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _described(tuned: Tuned) -> str:
    told = [
        f"{name}: accept at {o.settings.accept:g}, {o.wrong} of {o.utterances} wrongly accepted "
        f"(at most {o.wrong_upper:.2%} at 95 % confidence), {o.questions:.1f} questions per 100 utterances"
        for name, o in (("Now", tuned.before), ("Tuned", tuned.after))
    ]
    return escape(f"Target {tuned.target:.2%}. {'. '.join(told)}.")


def _line(scale: _Scale, points: list[tuple[float, float]], style: str) -> str:
    places = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)
    return f'<polyline class="{style}" points="{places}"/>'


def _mark(scale: _Scale, at: Outcome, name: str) -> str:
    x, y = scale.x(at.questions), scale.y(at.wrong / at.utterances)
    fill = "#fff" if name == "now" else "#0b5394"
    below = 22 if name == "now" else -12
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" stroke="#0b5394" stroke-width="2" fill="{fill}"/>'
        f'<text class="s" x="{x + 9:.1f}" y="{y + below:.1f}">{name}: accept {at.settings.accept:g}</text>'
    )


def _axes(scale: _Scale) -> list[str]:
    base, end = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for step in range(5):
        share, questions = scale.top * step / 4, scale.right * step / 4
        y, x = scale.y(share), scale.x(questions)
        parts.append(f'<line class="g" x1="{_LEFT}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="s" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.2%}</text>')
        parts.append(f'<text class="s" x="{x:.1f}" y="{base + 18}" text-anchor="middle">{questions:.0f}</text>')
    parts.append(f'<path class="a" d="M{_LEFT} {_TOP}V{base}H{end}"/>')
    middle = (_LEFT + end) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 28}" text-anchor="middle">Questions per 100 utterances</text>')
    parts.append(f'<text class="s" x="12" y="{_TOP - 12}">Wrongly accepted, share of utterances</text>')
    return parts


def _legend() -> list[str]:
    y = _HEIGHT - 8
    return [
        (
            f'<line class="w" x1="{_LEFT}" x2="{_LEFT + 36}" y1="{y - 4}" y2="{y - 4}"/>'
            f'<text class="s" x="{_LEFT + 44}" y="{y}">counted</text>'
        ),
        (
            f'<line class="u" x1="{_LEFT + 130}" x2="{_LEFT + 166}" y1="{y - 4}" y2="{y - 4}"/>'
            f'<text class="s" x="{_LEFT + 174}" y="{y}">upper limit at 95 % confidence</text>'
        ),
    ]
