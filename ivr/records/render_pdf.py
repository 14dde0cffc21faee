"""A report as a PDF for committee papers: A4, landscape, with page numbers."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from fpdf import FPDF

from ivr.records import layout
from ivr.records.layout import lay_out
from ivr.records.period import DAYS
from ivr.records.report import HIDDEN
from ivr.records.targets import Light

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.records.layout import Cell, Document
    from ivr.records.report import Report

_FILLS = {Light.GREEN: (215, 240, 220), Light.AMBER: (255, 233, 184), Light.RED: (251, 213, 213)}
_LETTERS = {Light.GREEN: "G", Light.AMBER: "A", Light.RED: "R"}
_FONT = "Helvetica"
_SMALL, _LINE = 7, 4.2
"""Size of a table's letters in points, and height of its rows in mm."""
_LONGEST = 160
"""Characters of a cell that are printed."""
_WIDEST, _SENTENCE = 200.0, 90.0
"""Width of the widest column, and of those that hold sentences, in mm."""
_MOST_ROWS = 60
"""Rows of a table that are printed."""
_BLUE, _RED, _GREY = (29, 95, 138), (122, 12, 12), (176, 176, 176)


def as_pdf(report: Report) -> bytes:
    """Return the report as a PDF."""
    document = lay_out(report)
    pdf = _Pages(document)
    pdf.add_page()
    pdf.paragraph(document.title, 16, "B")
    pdf.paragraph(f"{document.site}. {document.period}.", 10)
    pdf.paragraph(f"{document.headline}   calls offered / completed without touching a person / share", 12, "B")
    for alarm in document.alarms:
        pdf.paragraph(alarm, 11, "B")
    for block in document.blocks:
        if isinstance(block, layout.Table):
            pdf.table_of(_short(block))
        elif isinstance(block, layout.Chart):
            pdf.chart(block)
        elif isinstance(block, layout.Week):
            pdf.week(block)
        else:
            pdf.paragraph(block.title, 11, "B")
            for name, label, meaning in block.terms:
                term = "G A R" if name == "light" else label
                pdf.paragraph(f"{term}: {meaning}.", 8)
    return bytes(pdf.output())


def plain(text: str) -> str:
    """Return text in the letters that every PDF reader has (Latin-1): other accents are dropped, the rest is "?"."""
    folded = "".join(
        c if ord(c) < 256 else unicodedata.normalize("NFKD", c)[0]  # noqa: PLR2004 - Latin-1's size
        for c in text
    )
    return folded.encode("latin-1", "replace").decode("latin-1")


class _Pages(FPDF):
    """The pages, with what a report puts on them."""

    def __init__(self, document: Document) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.document = document
        self.set_title(plain(f"{document.title}: {document.site}"))
        self.set_lang("en-GB")
        self.set_margin(12)
        self.set_auto_page_break(auto=True, margin=14)

    def footer(self) -> None:
        """Print the site, period and page number."""
        self.set_y(-11)
        self.set_font(_FONT, size=7)
        self.cell(0, 5, plain(f"{self.document.site}, {self.document.period}. Page {self.page_no()}"), align="R")

    def paragraph(self, text: str, size: int, style: str = "") -> None:
        """Print a paragraph over the whole width."""
        self.set_font(_FONT, style=style, size=size)
        self.multi_cell(0, size * 0.5, plain(text), new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)

    def table_of(self, block: layout.Table) -> None:
        """Print a table; columns that do not fit beside each other go below."""
        self.set_font(_FONT, size=_SMALL)
        widths = [
            min(2.5 + max(self.get_string_width(text) for text in self._column(block, at)), _WIDEST)
            for at in range(len(block.columns))
        ]
        room, at = self.epw - widths[0], 1
        while at < len(widths):
            upto, used = at, 0.0
            while upto < len(widths) and (upto == at or used + widths[upto] <= room):
                used += widths[upto]
                upto += 1
            self._part(block, [0, *range(at, upto)], widths)
            at = upto
        if block.note:
            self.paragraph(block.note, _SMALL)

    def _column(self, block: layout.Table, at: int) -> list[str]:
        return [plain(block.columns[at])[:_LONGEST], *(_said(row[at]) for row in block.rows)]

    def _part(self, block: layout.Table, columns: Sequence[int], widths: Sequence[float]) -> None:
        if self.get_y() > self.eph - 25:
            self.add_page()
        self.set_font(_FONT, style="B", size=10)
        self.cell(0, 7, plain(block.title), new_x="LMARGIN", new_y="NEXT")
        self._heads(block, columns, widths)
        for row in block.rows:
            if self.will_page_break(_LINE):
                self.add_page()
                self._heads(block, columns, widths)
            for at in columns:
                light = row[at].light
                self.set_fill_color(*(_FILLS[light] if light else (255, 255, 255)))
                align = "L" if at == 0 or widths[at] >= _SENTENCE else "R"
                self.cell(widths[at], _LINE, _said(row[at]), border="B", align=align, fill=light is not None)
            self.ln(_LINE)
        self.ln(3)

    def _heads(self, block: layout.Table, columns: Sequence[int], widths: Sequence[float]) -> None:
        self.set_font(_FONT, style="B", size=_SMALL)
        for at in columns:
            self.cell(widths[at], _LINE, plain(block.columns[at])[:_LONGEST], border="B", align="R" if at else "L")
        self.ln(_LINE)
        self.set_font(_FONT, size=_SMALL)

    def chart(self, block: layout.Chart) -> None:
        """Print bars, with the target as a line."""
        height, base = 40.0, 55.0
        if self.will_page_break(base + 8):
            self.add_page()
        self.paragraph(block.title, 10, "B")
        top, left = self.get_y(), self.l_margin + 8
        pitch = min(16.0, (self.epw - 10) / max(1, len(block.labels)))
        self.set_font(_FONT, size=6)
        for mark in (0, 50, 100):
            y = top + height * (100 - mark) / 100
            self.set_draw_color(*_GREY)
            self.line(left, y, left + pitch * len(block.labels), y)
            self.text(left - 7, y + 1, str(mark))
        for at, (label, value) in enumerate(zip(block.labels, block.values, strict=True)):
            x = left + at * pitch + pitch * 0.1
            if value is not None:
                self.set_fill_color(*_BLUE)
                self.rect(x, top + height * (100 - value) / 100, pitch * 0.8, height * value / 100, style="F")
                self.text(x, top + height * (100 - value) / 100 - 0.8, f"{value:.1f}")
            self.text(x, top + height + 4, label)
        if block.target is not None:
            self.set_draw_color(*_RED)
            y = top + height * (100 - block.target) / 100
            self.dashed_line(left, y, left + pitch * len(block.labels), y, 2, 1)
        self.set_draw_color(0)
        self.set_y(top + height + 8)

    def week(self, block: layout.Week) -> None:
        """Print the hours of the week, darker where more calls came."""
        if self.will_page_break(50):
            self.add_page()
        self.paragraph(block.title, 10, "B")
        most = max((n or 0 for day in block.numbers for n in day), default=0) or 1
        self.set_font(_FONT, size=6)
        self.cell(10, 4, "")
        for hour in range(24):
            self.cell(10.5, 4, f"{hour:02}", align="C")
        self.ln(4)
        for name, day in zip(DAYS, block.numbers, strict=True):
            self.cell(10, 5, name)
            for number in day:
                depth = round(160 * (number or 0) / most)
                self.set_fill_color(255 - depth, 255 - depth * 2 // 3, 255 - depth // 3)
                self.cell(10.5, 5, HIDDEN if number is None else f"{number:,}", align="C", fill=True)
            self.ln(5)
        self.ln(4)


def _short(block: layout.Table) -> layout.Table:
    """Leave the end of a long table to the other forms."""
    more = len(block.rows) - _MOST_ROWS
    if more <= 0:
        return block
    note = f"{block.note} And {more:,} more, which the workbook has.".strip()
    return replace(block, rows=block.rows[:_MOST_ROWS], note=note)


def _said(cell: Cell) -> str:
    letter = f" {_LETTERS[cell.light]}" if cell.light else ""
    return plain(cell.text)[:_LONGEST] + letter
