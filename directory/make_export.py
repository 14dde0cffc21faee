"""Make the sample export of Wexbourne Council: `staff.csv` and `staff.xlsx` beside this script.

    python directory/make_export.py

The council, its people and their numbers are invented; the numbers are those Ofcom sets aside for drama.
The result is the same on every run. It looks as an HR system's export joined to a telephone system's does:
`people.py` beside this script holds the names and rows typed by hand with the dirt real exports have, and this
script adds the slips of a keyboard to the rest: departments in many spellings, extensions in five formats,
capitals, odd spaces, lost noughts.
"""

from __future__ import annotations

import csv
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font
from people import DEPARTMENTS, FORENAMES, GROUPS, HAND_ROWS, ROLES, SPELLINGS

HERE = Path(__file__).parent
HEADINGS = [
    "Payroll Ref", "Surname", "Forename", "Known As", "Department", "Job Title", "Telephone", "Ext", "Mobile",
    "E-mail", "Also known as", "Directory", "Leaving Date",
]  # fmt: skip
PEOPLE = 452
SEED = 1889


def department_rows() -> list[dict[str, str]]:
    """One row a department or service: no surname, no forename."""
    rows = []
    for i, (name, visibility) in enumerate(DEPARTMENTS):
        number = "01632 960000" if name == "Customer Services" else f"01632 960{100 + i:03d}"
        rows.append({"Department": name, "Telephone": number, "Directory": visibility})
    return rows


def generated_people(rng: random.Random, count: int) -> list[dict[str, str]]:
    """People with a usual row each, then a slip here and there."""
    offices = [name for name, _ in DEPARTMENTS]
    taken: set[tuple[str, str]] = set()
    rows: list[dict[str, str]] = []
    while len(rows) < count:
        group = rng.choices(list(GROUPS), weights=[w for w, _, _ in GROUPS.values()])[0]
        _, forenames, surnames = GROUPS[group]
        forename, surname = rng.choice(FORENAMES[forenames]), rng.choice(surnames)
        if (forename, surname) in taken:
            continue
        taken.add((forename, surname))
        rows.append(person(rng, forename, surname, rng.choice(offices), len(rows)))
    return rows


def person(rng: random.Random, forename: str, surname: str, office: str, index: int) -> dict[str, str]:
    """One usual person."""
    extension = 4000 + index
    row = {
        "Surname": surname, "Forename": forename, "Department": office, "Job Title": rng.choice(ROLES),
        "Telephone": f"01632 960{300 + index:03d}" if index < 660 and rng.random() < 0.62 else "",
        "E-mail": address(forename, surname), "Directory": "Public",
    }  # fmt: skip
    if not row["Telephone"]:
        row["Ext"] = extension_as_typed(rng, extension)
    elif rng.random() < 0.2:
        row["Telephone"] += rng.choice([" x", " ext. ", " ext ", " #"]) + str(extension)
    if rng.random() < 0.12:
        row["Mobile"] = f"07700 900{rng.randrange(1000):03d}"
    if rng.random() < 0.06:
        row["Directory"] = rng.choice(["Internal", "internal", "Internal only"])
    return row


def address(forename: str, surname: str) -> str:
    """Make an address in the council's style, plain letters only."""
    plain = f"{forename.split(maxsplit=1)[0]}.{surname}".casefold()
    table = str.maketrans("àáâãäåçèéêëìíîïñòóôõöùúûüýÿłśżźćńąęğışŵŷ", "aaaaaaceeeeiiiinooooouuuuyylszzcnaegiswy")
    return (
        "".join(c for c in plain.translate(table) if c.isascii() and (c.isalpha() or c in ".-")) + "@wexbourne.example"
    )


def extension_as_typed(rng: random.Random, extension: int) -> str:
    """One extension in one of seven formats."""
    return rng.choice(["{}", "x{}", "ext. {}", "#{}", "int {}", "Extn {}", "Ext: {}"]).format(extension)


def soiled(rng: random.Random, row: dict[str, str]) -> dict[str, str]:  # noqa: C901 - one branch a slip
    """Perhaps one slip in a row."""
    slip = rng.random()
    row = dict(row)
    row["Department"] = spelled(rng, row["Department"])
    if slip < 0.06:
        row["Surname"] = row["Surname"].upper()
    elif slip < 0.09:
        row["Surname"], row["Forename"] = row["Surname"].upper(), row["Forename"].upper()
    elif slip < 0.11:
        row["Surname"], row["Forename"] = row["Forename"], row["Surname"]
    elif slip < 0.14:
        row["Surname"], row["Forename"] = f"{row['Surname'].upper()}, {row['Forename']}", ""
    elif slip < 0.16:
        row["Forename"], row["Surname"] = f"{row['Forename']} {row['Surname']}", ""
    elif slip < 0.18 and not row["Surname"].isascii():
        row["Surname"] = row["Surname"].encode().decode("cp1252", "replace")
    elif slip < 0.22:
        row["Forename"] = f"\N{NO-BREAK SPACE}{row['Forename']}  "
    elif slip < 0.25 and row["Telephone"].startswith("01632"):
        row["Telephone"] = row["Telephone"].replace(" ", "")[1:11] + ".0"
    elif slip < 0.28 and row["Telephone"].startswith("01632"):
        row["Telephone"] = row["Telephone"].replace(" ", "")[1:]
    elif slip < 0.31 and row["Telephone"].startswith("01632"):
        row["Telephone"] = "+44 (0)1632 " + row["Telephone"][6:]
    elif slip < 0.33:
        row["Job Title"] = row["Job Title"].upper()
    elif slip < 0.36:
        row["Mobile"] = rng.choice(["N/A", "-", "NULL", "n/a"])
    return row


def spelled(rng: random.Random, office: str) -> str:
    """Write a department as somebody typed it."""
    ways = SPELLINGS.get(office, ())
    if ways and rng.random() < 0.45:
        return rng.choice(ways)
    return rng.choice(
        [office] * 12 + [office.upper(), office.lower(), f"{office} Team", f" {office}", office.replace(" and ", " & ")]
    )


def all_rows() -> list[dict[str, str]]:
    """Every row of the export, in the order of surnames as such systems print them."""
    rng = random.Random(SEED)
    people = [soiled(rng, row) for row in generated_people(rng, PEOPLE - len(HAND_ROWS))]
    rows = people + [dict(row) for row in HAND_ROWS]
    rng.shuffle(rows)
    rows = department_rows() + rows
    for i, row in enumerate(rows):
        row["Payroll Ref"] = f"W{10000 + i * 7}" if row.get("Surname") or row.get("Forename") else ""
    return rows


def write_csv(rows: list[dict[str, str]], path: Path) -> None:
    """As the HR system writes it: Windows-1252 where the letters allow, here UTF-8 with a mark before it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def write_xlsx(rows: list[dict[str, str]], path: Path) -> None:
    """As somebody saved it: a merged title above the headings, numbers stored as numbers."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Staff"
    sheet.append(["Wexbourne Council: staff and services directory"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADINGS))
    sheet.append([])
    sheet.append(HEADINGS)
    for cell in (*sheet[1], *sheet[3]):
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([as_number(row.get(heading, "")) for heading in HEADINGS])
    book.save(path)
    fix_times(path)


def fix_times(path: Path) -> None:
    """Take the time of saving out of a workbook, so that it is the same file on every run."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-05T09:00:00Z", parts["docProps/core.xml"]
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)


def as_number(text: str) -> str | float | None:
    """Store what Excel makes of bare digits."""
    bare = text.removesuffix(".0")
    return float(bare) if bare.isdigit() and not bare.startswith("0") else text or None


if __name__ == "__main__":
    made = all_rows()
    write_csv(made, HERE / "staff.csv")
    write_xlsx(made, HERE / "staff.xlsx")
    print(f"{len(made)} rows")
