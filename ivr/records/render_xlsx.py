"""A report as a workbook: a sheet a table, numbers as numbers, charts of its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from ivr.records import layout
from ivr.records.layout import lay_out
from ivr.records.period import DAYS
from ivr.records.render import harmless
from ivr.records.report import HIDDEN
from ivr.records.targets import Light

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from ivr.records.layout import Block, Cell
    from ivr.records.report import Report

_FILLS = {Light.GREEN: "D7F0DC", Light.AMBER: "FFE9B8", Light.RED: "FBD5D5"}
_LONGEST_NAME = 31
"""Characters that a sheet's name may have."""
_WIDEST = 40


def as_xlsx(report: Report) -> bytes:
    """Return the report as a workbook (XLSX)."""
    document = lay_out(report)
    book = Workbook()
    first = book.active
    if first is None:
        raise ValueError("a new workbook has a sheet")
    first.title = "Report"
    for line in (document.title, document.site, document.period, document.headline, *document.alarms):
        first.append([harmless(line)])
    first["A1"].font = Font(bold=True, size=14)
    for block in document.blocks:
        _sheet(book.create_sheet(_name(block, book.sheetnames)), block)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _name(block: Block, taken: list[str]) -> str:
    plain = "".join(c for c in block.title if c not in "[]:*?/\\")[:_LONGEST_NAME]
    return plain if plain not in taken else f"{plain[: _LONGEST_NAME - 3]} {len(taken)}"


def _sheet(sheet: Worksheet, block: Block) -> None:
    if isinstance(block, layout.Table):
        _table(sheet, block)
    elif isinstance(block, layout.Chart):
        _chart(sheet, block)
    elif isinstance(block, layout.Week):
        sheet.append(["Day", *(f"{hour:02}" for hour in range(24))])
        for day, numbers in zip(DAYS, block.numbers, strict=True):
            sheet.append([day, *(HIDDEN if n is None else n for n in numbers)])
    else:
        for name, label, meaning in block.terms:
            sheet.append([name, label, meaning])
    sheet.freeze_panes = "B2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for at, column in enumerate(sheet.columns, 1):
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(at)].width = min(_WIDEST, widest + 2)


def _table(sheet: Worksheet, block: layout.Table) -> None:
    sheet.append([harmless(column) for column in block.columns])
    for row in block.rows:
        sheet.append([_value(cell) for cell in row])
        for cell, made in zip(row, sheet[sheet.max_row], strict=True):
            if cell.light:
                made.fill = PatternFill("solid", fgColor=_FILLS[cell.light])
    if block.note:
        sheet.append([])
        sheet.append([harmless(block.note)])


def _value(cell: Cell) -> str | float:
    return harmless(cell.text) if cell.number is None else cell.number


def _chart(sheet: Worksheet, block: layout.Chart) -> None:
    sheet.append(["Month", block.title, *(["Target"] if block.target is not None else [])])
    for label, value in zip(block.labels, block.values, strict=True):
        sheet.append([label, value, *([block.target] if block.target is not None else [])])
    chart = BarChart()
    chart.title = block.title
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=1 + len(block.labels)), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=1 + len(block.labels)))
    sheet.add_chart(chart, "E2")
