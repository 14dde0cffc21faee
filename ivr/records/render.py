"""A report as terminals and programs take it: tables, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ivr.records import layout
from ivr.records.figures import FIGURES, Unit, tenths
from ivr.records.layout import MARKS, lay_out
from ivr.records.period import DAYS
from ivr.records.report import HIDDEN
from ivr.records.targets import Light

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from ivr.records.layout import Cell, Notes
    from ivr.records.report import Report, Value

MOST_ROWS = 20
"""Rows a table by subject shows, most called first; every other form has them all."""

BRIEF = frozenset({"month-0", "month-1", "definitions"})
"""Blocks of a brief report."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LABEL_WIDTH, _MONTH_WIDTH = 23, 21
"""Characters that a table by month needs for its first and every further column."""
_STYLES = {Light.GREEN: "green", Light.AMBER: "yellow", Light.RED: "red"}
_SHADES = " \N{LIGHT SHADE}\N{MEDIUM SHADE}\N{DARK SHADE}\N{FULL BLOCK}"


def as_tables(report: Report, width: int, *, brief: bool = False) -> Iterable[RenderableType]:
    """Give the report as tables for a terminal of `width` characters. `brief`: how calls ended, and the definitions.

    More months than fit beside each other go into tables below each other; no figure is cut.
    """
    document = lay_out(report)
    yield Text(f"{document.site}: {document.period}", style="bold")
    yield Text(f"Offered / completed without a person / share: {document.headline}\n")
    for alarm in document.alarms:
        yield Text(alarm, style="bold red")
    for block in document.blocks:
        if brief and block.id not in BRIEF:
            continue
        if isinstance(block, layout.Table):
            yield from _tables(block, width)
        elif isinstance(block, layout.Notes):
            yield _notes(block)
        elif isinstance(block, layout.Week):
            yield _week(block)


def as_json(report: Report) -> str:
    """Return the report as one JSON object."""
    return json.dumps(report.as_json(), indent=2, ensure_ascii=False)


def as_csv(report: Report) -> str:
    """Return the report as CSV: a row a group; for every figure its count, and its share or time where it has one."""
    out = io.StringIO()
    writer = csv.writer(out)
    shares = [figure for figure in FIGURES if figure.of]
    ending = {figure.name: "seconds" if figure.unit is Unit.WAIT else "percent" for figure in shares}
    writer.writerow(
        ["section", "key", "name", *(f.name for f in FIGURES), *(f"{f.name}_{ending[f.name]}" for f in shares)]
    )
    rows = [("total", report.total), *((name, group) for name, groups in report.sections.items() for group in groups)]
    for section, group in rows:
        values = group.values
        counts = [_count(value) for value in values]
        means = [_share(value) for value in values if value.of is not None]
        writer.writerow([section, harmless(group.key), harmless(group.name), *counts, *means])
    blank = [""] * (len(FIGURES) + len(shares) - 1)
    for one in report.handed_over:
        calls = one.taken_over if one.sent_on is None else one.sent_on
        name = f"{one.came_from} to {one.to}"
        writer.writerow(
            ["handed_over", f"from={one.came_from}/to={one.to}", name, HIDDEN if calls is None else calls, *blank]
        )
    return out.getvalue()


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _tables(block: layout.Table, width: int) -> Iterable[Table]:
    if not block.id.startswith("month-"):
        yield _table(block.title, block.columns, block.rows[:MOST_ROWS], _caption(block))
        return
    beside = max(1, (width - _LABEL_WIDTH) // _MONTH_WIDTH)
    for at in range(1, len(block.columns), beside):
        part = slice(at, at + beside)
        rows = [(row[0], *row[part]) for row in block.rows]
        yield _table(block.title, (block.columns[0], *block.columns[part]), rows, None, whole=True)


def _caption(block: layout.Table) -> str | None:
    left_out = len(block.rows) - MOST_ROWS
    more = f"and {left_out:,} more: see --format csv" if left_out > 0 else ""
    return " ".join(filter(None, (block.note, more))) or None


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str | None, *, whole: bool = False
) -> Table:
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    for at, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if at else "left", no_wrap=whole and at > 0, overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _text(cell: Cell) -> Text:
    return Text(f"{cell.text} {MARKS[cell.light]}", style=_STYLES[cell.light]) if cell.light else Text(cell.text)


def _week(block: layout.Week) -> Table:
    table = Table(title=block.title, title_justify="left", box=None, padding=0)
    table.add_column("")
    for hour in range(24):
        table.add_column(f"{hour:02} ")
    most = max((n or 0 for day in block.numbers for n in day), default=0) or 1
    for name, day in zip(DAYS, block.numbers, strict=True):
        table.add_row(f"{name} ", *(_SHADES[-(-(n or 0) * (len(_SHADES) - 1) // most)] * 2 for n in day))
    return table


def _notes(block: Notes) -> Table:
    table = Table(title=block.title, title_justify="left", show_header=False, box=None)
    for name, label, meaning in block.terms:
        table.add_row(Text(label if name == "light" else name), Text(meaning))
    return table


def _count(value: Value) -> int | str | None:
    if value.hidden:
        return HIDDEN
    return value.of if value.figure.unit is Unit.WAIT else value.count


def _share(value: Value) -> str:
    if value.hidden:
        return HIDDEN
    if value.figure.unit is Unit.WAIT:
        return "" if value.number is None else str(value.number)
    share = tenths(value.count, value.whole)
    return "" if share is None else f"{share // 10}.{share % 10}"
