# ruff: noqa: E501, RUF001 - a table of encodings, and names with the letters they have
"""Files as they come: encodings, delimiters, workbooks, and those that are no directory at all."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from ivr.directory.sources import read_export
from ivr.errors import DirectoryError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Surname,Forename,Department,Tel\r\nWiśniewska,Zoë,Housing,01632 960123\r\nO’Brien,Siân,Planning,4711\r\n"
WESTERN = TEXT.replace("Wiśniewska", "Müller")


def _names(path: Path) -> list[tuple[str, ...]]:
    return [row.cells[:2] for row in read_export(path).rows if any(row.cells)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(TEXT, "utf-8"), (TEXT, "utf-8-sig"), (TEXT, "utf-16"), (TEXT, "utf-16-le"), (TEXT, "utf-16-be"), (WESTERN, "cp1252")],
)  # fmt: skip
def test_encodings_are_found(tmp_path: Path, text: str, encoding: str) -> None:
    """UTF-8 with and without mark, UTF-16 with and without, and Windows-1252 give the same names."""
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    surname = "Wiśniewska" if text is TEXT else "Müller"
    assert _names(path) == [(surname, "Zoë"), ("O’Brien", "Siân")]


def test_latin_1_and_mixed_encodings(tmp_path: Path) -> None:
    """Latin-1 is read, and so are two exports in two encodings joined into one file."""
    path = tmp_path / "x.csv"
    path.write_bytes(
        "Surname,Forename,Dept\nMüller,Jürgen,Housing\n".encode("latin-1") + "Nowak,Małgorzata,Housing\n".encode()
    )
    assert _names(path) == [("Müller", "Jürgen"), ("Nowak", "Małgorzata")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "sep={}\n"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str, mark: str) -> None:
    """Comma, semicolon, tab and bar are found, with Excel's `sep=` line and without."""
    path = tmp_path / "x.csv"
    lines = [["Surname", "Forename", "Department"], ["Smith", "Jane", "Housing"]]
    path.write_text(mark.format(delimiter) + "\n".join(delimiter.join(line) for line in lines))
    assert _names(path) == [("Smith", "Jane")]


def test_quoted_line_breaks_and_title_lines(tmp_path: Path) -> None:
    """A line break within quotes stays in its cell, and headings may stand below a title."""
    path = tmp_path / "x.csv"
    path.write_text('Wexbourne staff list\n\nSurname,Forename,Department\n"Smith","Jane","Housing\nand Planning"\n')
    export = read_export(path)
    assert export.rows[0].cells == ("Smith", "Jane", "Housing\nand Planning")
    assert export.rows[0].number == 4


def test_a_quote_never_closed_loses_no_rows(tmp_path: Path) -> None:
    """A stray quotation mark does not swallow the rows after it."""
    path = tmp_path / "x.csv"
    rows = [f"Smith{chr(97 + i)},Jane,Housing" for i in range(26)]
    path.write_text("\n".join(["Surname,Forename,Department", '"Brown,Ann,Housing', *rows]))
    export = read_export(path)
    assert len(export.rows) == 27
    assert any(p.kind == "unclosed_quote" for p in export.problems)


def test_headings_are_looked_at(tmp_path: Path) -> None:
    """Unknown headings are named with the nearest known one, duplicates and overlong rows pointed out."""
    path = tmp_path / "x.csv"
    path.write_text("Surname,Forenam,Department,Tel,Tel,Payroll\nSmith,Jane,Housing,1,2,3,extra,cells\n")
    kinds = {p.kind: p for p in read_export(path).problems}
    assert set(kinds) == {"unknown_heading", "duplicate_heading", "row_too_long"}
    unknown = [p for p in read_export(path).problems if p.kind == "unknown_heading"]
    assert "'forename'" in unknown[0].suggestion
    assert "extra" in kinds["row_too_long"].found


def _book(path: Path, rows: list[list[object]], merge: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merge:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_workbook_with_merged_headings(tmp_path: Path) -> None:
    """Merged titles and two-storey headings are seen through, and a department merged over rows is each row's."""
    rows = [["Wexbourne"], ["Name", None, "Department", "Contact"], ["Surname", "Forename", None, "Tel"],
            ["Smith", "Jane", "Housing", 1632960123.0], ["Brown", "Ann", None, 4711]]  # fmt: skip
    export = read_export(_book(tmp_path / "x.xlsx", rows, ("A1:D1", "A2:B2", "C2:C3", "C4:C5")))
    assert export.fields == ("surname", "forename", "department", "telephone")
    assert [r.cells for r in export.rows] == [
        ("Smith", "Jane", "Housing", "1632960123"),
        ("Brown", "Ann", "Housing", "4711"),
    ]


def test_the_sheet_with_headings_is_read(tmp_path: Path) -> None:
    """Of several sheets the one with most headings is read, and another with people is pointed out."""
    path = tmp_path / "x.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Notes"])
    for name in ("Staff", "More"):
        sheet = book.create_sheet(name)
        sheet.append(["Surname", "Forename", "Tel"][: 3 if name == "Staff" else 2])
        sheet.append(["Smith", "Jane", "4711"])
    book.save(path)
    export = read_export(path)
    assert export.rows[0].cells == ("Smith", "Jane", "4711")
    assert [p.found for p in export.problems] == ["More"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
        (b"PK\x03\x04broken", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "workbook"),
        (b"just a letter, to nobody\nabout nothing, really\n", "no headings recognised"),
        (b"Sirname,Nmae\nSmith,Jane\n", "'surname'"),
        (b"\xff\xfeS", "damaged"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """An empty file, a PDF, a binary file, a broken workbook or prose is refused in one clear line."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DirectoryError, match=says) as refused:
        read_export(path)
    assert "\n" not in str(refused.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """A file of 2 GB is refused by its size, without reading it."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(DirectoryError, match="2,000 MB"):
        read_export(path)


def test_missing_and_folder(tmp_path: Path) -> None:
    """A missing file and a folder are named as such."""
    with pytest.raises(DirectoryError, match="no such file"):
        read_export(tmp_path / "none.csv")
    with pytest.raises(DirectoryError, match="folder"):
        read_export(tmp_path)


def test_a_zip_bomb_is_refused_unpacked(tmp_path: Path) -> None:
    """A workbook that would unpack to more than memory should hold is refused."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet1.xml", "w") as file:
        for _ in range(450):
            file.write(bytes(1_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DirectoryError, match="450 MB"):
        read_export(path)


def test_an_archive_is_no_workbook(tmp_path: Path) -> None:
    """A zip file of other things is refused."""
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(DirectoryError, match="archive"):
        read_export(path)


def test_a_macro_workbook_is_only_read(tmp_path: Path) -> None:
    """A workbook with a macro part gives its cells; nothing in it is run."""
    path = _book(tmp_path / "x.xlsm", [["Surname", "Forename"], ["Smith", "Jane"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", os.urandom(100))
    assert _names(path) == [("Smith", "Jane")]
