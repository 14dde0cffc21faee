"""What a report says, in order, as plain blocks that every form of it is written from: terminal, page, PDF, workbook.

Cells are text with the number behind it and the calls it stands for; nothing here knows how any form looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.records.figures import BY_NAME, CHAPTERS, FIGURES, HEARD, SMALL_SAMPLE, Figure
from ivr.records.period import DAYS
from ivr.records.quality import SHOWN as OF_VERSIONS
from ivr.records.report import HIDDEN
from ivr.records.targets import Light, has_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.records.changes import Change
    from ivr.records.report import Group, Report

OF_SUBJECTS = ("offered", "completed", "containment", "automation", "bail_rate", "wrong_transfers")
"""Figures that the tables by subject have columns for."""
OF_TEAMS = (*OF_SUBJECTS, "answered_30", "answered_60", "average_wait", "days_below")
OF_ENQUIRIES = ("offered", "completed", "signposted", "transferred", "operator_requested", "operator_fallback",
                "abandoned", "containment", "texted")  # fmt: skip
OF_LANGUAGES = ("offered", "containment", "bail_rate", "abandoned", "first_time_right")
_SUBJECTS = (
    ("site", "By site", OF_TEAMS),
    ("department", "By service", OF_TEAMS),
    ("enquiry", "By enquiry", OF_ENQUIRIES),
    ("skill", "By skill", OF_ENQUIRIES),
    ("entry", "By entry", OF_SUBJECTS),
    ("language", "By language", OF_LANGUAGES),
)
CHARTS = ("containment", "answered_60", "satisfied")
MARKS = {Light.GREEN: "\N{BLACK CIRCLE}", Light.AMBER: "\N{BLACK UP-POINTING TRIANGLE}", Light.RED: "\N{BLACK SQUARE}"}
"""Shapes beside the colours: nobody has to see colours to read a report."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    number: float | None = None
    """As a workbook keeps it: calls, per cent or seconds."""
    calls: str = ""
    """What `--calls` takes for the calls behind it; empty: none."""
    light: Light | None = None
    of: str = ""
    """Name of the figure; empty: it is none."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, its first column naming the rows."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Shares by month, in per cent, that the table before it has too."""

    id: str
    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Calls by hour of the week."""

    id: str
    title: str
    numbers: tuple[tuple[int | None, ...], ...]
    """Seven days of 24 hours; None: hidden."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Terms and what they mean."""

    id: str
    title: str
    terms: tuple[tuple[str, str, str], ...]
    """(name, label, meaning)."""


Block = Table | Chart | Week | Notes


@dataclass(frozen=True, slots=True)
class Document:
    """A report, ready to be written."""

    site: str
    title: str
    period: str
    headline: str
    """Offered, completed without a person, share: "11,013 / 2,461 / 22.3 %"."""
    alarms: tuple[str, ...]
    """What a reader must know before using any of it."""
    blocks: tuple[Block, ...]


def lay_out(report: Report) -> Document:
    """Put a report in order."""
    offered, contained = (report.total.value(BY_NAME[name]) for name in ("offered", "containment"))
    blocks: list[Block] = [*_months(report), *_changes(report)]
    for kind, title, names in _SUBJECTS:
        if report.sections.get(kind):
            blocks.append(_by(report, kind, title, names))
    if report.sections.get("hour"):
        blocks.append(_week(report))
    blocks += [*_handed_over(report), *_recognition(report), *_savings(report), _definitions(report)]
    alarm = () if report.reconciles else ("The parts do not add up to the total: do not publish this report.",)
    return Document(
        site=report.site,
        title="Performance of the telephone service",
        period=period_text(report),
        headline=f"{offered.text} / {HIDDEN if contained.hidden else f'{contained.count:,}'} / {contained.percent}",
        alarms=alarm,
        blocks=tuple(blocks),
    )


def period_text(report: Report) -> str:
    """Say in words what the report is about."""
    if not report.first_day:
        return "no calls"
    return f"{report.first_day:%d %B %Y} to {report.last_day:%d %B %Y}, {report.zone}"


def cell(report: Report, group: Group, figure: Figure) -> Cell:
    """Return one figure of one group as a cell."""
    value = group.value(figure)
    status = report.status(value)
    calls = "" if report.published else "/".join(filter(None, (figure.name, group.key)))
    return Cell(value.text, value.number, calls, status.light if status else None, figure.name)


def _months(report: Report) -> list[Block]:
    groups = [*report.months, report.total] if len(report.months) != 1 else list(report.months)
    found: list[Block] = []
    names = [group.name for group in groups]
    targets = {v.figure.name: s.target for v in report.total.values if (s := report.status(v))}
    for at, (title, figures) in enumerate(CHAPTERS.items()):
        wanted = bool({figure.name for figure in figures} & set(targets))
        rows = []
        for figure in figures:
            head, target = Cell(figure.label, of=figure.name), Cell(targets.get(figure.name, ""))
            rows.append((head, *(cell(report, g, figure) for g in groups), *([target] if wanted else [])))
        columns = ("Figure", *names, *(["Target"] if wanted else []))
        found.append(Table(f"month-{at}", f"{title}, by month", columns, tuple(rows)))
    for name in CHARTS:
        values = tuple(group.value(BY_NAME[name]).rate for group in report.months)
        if len(values) > 1 and any(value is not None for value in values):
            target_share = getattr(report.settings, name) if has_target(BY_NAME[name], report.settings) else None
            labels = tuple(group.name for group in report.months)
            chart = f"{BY_NAME[name].label}, by month, per cent"
            found.append(Chart(f"chart-{name}", chart, labels, values, target_share))
    return found


def _changes(report: Report) -> list[Block]:
    note = (
        "Changes of shares are in percentage points, with their 99 % interval; one that does not hold 0 is more than "
        "chance. At 99 %, one change in a hundred looks so by chance alone."
    )
    return [
        Table(
            f"changes-{at}",
            f"Against {label}",
            ("Figure", "Then", "Now", "Change", "Interval", "Verdict"),
            tuple(_change(one) for one in changes if one.now is not None),
            note,
        )
        for at, (label, changes) in enumerate(report.changes.items())
    ]


def _change(one: Change) -> tuple[Cell, ...]:
    interval = f"{one.interval[0]:+.2f} to {one.interval[1]:+.2f}" if one.interval else ""
    by = "-" if one.by is None else f"{one.by:+,.1f}"
    then, now = ("-" if n is None else f"{n:,.0f}" if not one.figure.of else f"{n:,.1f}" for n in (one.before, one.now))
    head = Cell(one.figure.label, of=one.figure.name)
    return head, Cell(then, one.before), Cell(now, one.now), Cell(by, one.by), Cell(interval), Cell(one.verdict)


def _by(report: Report, kind: str, title: str, names: Sequence[str]) -> Table:
    figures = [BY_NAME[name] for name in names]
    rows = tuple(
        (Cell(group.name), *(replace(cell(report, group, figure), light=None) for figure in figures))
        for group in report.sections[kind]
    )
    heads = tuple(figure.label for figure in figures)
    return Table(kind, title, (title.removeprefix("By ").capitalize(), *heads), rows)


def _week(report: Report) -> Week:
    offered = {group.name: group.value(BY_NAME["offered"]) for group in report.sections["hour"]}
    shown = {name: None if value.hidden else value.count for name, value in offered.items()}
    numbers = tuple(tuple(shown.get(f"{day}-{hour:02}", 0) for hour in range(24)) for day in DAYS)
    return Week("hour", "Calls offered by hour of the week, local time", numbers)


def _handed_over(report: Report) -> list[Block]:
    if not report.handed_over:
        return []

    def counted(number: int | None) -> Cell:
        return Cell((HIDDEN if report.published else "-") if number is None else f"{number:,}", number)

    rows = tuple(
        (Cell(one.came_from), Cell(one.to), counted(one.sent_on), counted(one.taken_over)) for one in report.handed_over
    )
    columns = ("Rang", "Handed over to", "Sent on", "Taken over")
    note = (
        "As the one site counted its callers sent on, and the other those it took over; - where it is another report's."
    )
    return [Table("handed-over", "Callers who rang the wrong site", columns, rows, note)]


def _recognition(report: Report) -> list[Block]:
    if not report.heard:
        return []
    figures = [BY_NAME[name] for name in OF_VERSIONS]
    rows = []
    for line in report.heard:
        shares = line.as_json()
        key = f"engine={line.engine}/version={line.version}"
        cells = (
            Cell("-" if shares[f.name]["percent"] is None else f"{shares[f.name]['percent']:.1f} %",
                 shares[f.name]["percent"], f"{f.name}/{key}", None, f.name)
            for f in figures
        )  # fmt: skip
        offered = Cell(f"{line.tally.offered:,}", line.tally.offered, f"offered/{key}", None, "offered")
        rows.append((Cell(line.engine or "-"), Cell(line.version[:12] or "-"), Cell(line.first_day), offered, *cells))
    heads = ("Engine", "Directory version", "From", "Calls", *(f.label for f in figures))
    found: list[Block] = [Table("recognition", "Recognition, by engine and directory version", heads, tuple(rows))]
    effects = []
    for effect in report.effects:
        for one in effect.changes:
            if one.interval and (one.sure or one.figure.name == HEARD[0].name):
                effects.append((Cell(effect.version[:12]), Cell(effect.day), *_change(one)))  # noqa: PERF401
    if effects:
        note = "The 28 days before a version went live against up to 28 days after, that day left out."
        columns = ("Version", "Live on", "Figure", "Before", "After", "Change", "Interval", "Verdict")
        title = "What each directory version changed"
        found.append(Table("versions", title, columns, tuple(effects), note))
    return found


def _savings(report: Report) -> list[Block]:
    if report.savings is None:
        return []
    rows = tuple((Cell(one.label), Cell(one.text, one.value), Cell(one.how)) for one in report.savings.lines)
    assumed = ", ".join(f"{name} {value}" for name, value in report.savings.assumptions)
    note = f"Assumptions, set in [savings]: {assumed}."
    return [Table("savings", "What it saves", ("What", "Value", "How it was worked out"), rows, note)]


def _definitions(report: Report) -> Notes:
    floor = f" (here {report.settings.floor:g} %)"
    terms = [(f.name, f.label, f.definition + (floor if f.name == "days_below" else "")) for f in FIGURES]
    interval = f"Wilson's 95 % interval of a share, in per cent, where it is of fewer than {SMALL_SAMPLE:,}"
    terms += [("[a-b]", "[a-b]", interval), ("light", " ".join(MARKS.values()), "target met; missed by little; missed")]
    if report.published:
        hidden = f"fewer than {report.settings.smallest}, or hidden because it would tell a number that is"
        terms.append((HIDDEN, HIDDEN, hidden))
    return Notes("definitions", "What the figures mean", tuple(terms))
