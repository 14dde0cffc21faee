"""Exports that are sent in: kept as they came, columns decided about once, nothing half-kept."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest

from ivr.directory.corrections import Correction, add_corrections, read_corrections
from ivr.directory.sources import read_export
from ivr.directory.uploads import forget_upload, keep_upload, map_columns, read_upload, source_of, uploads
from ivr.errors import DirectoryError

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-03-04T10:00:00+00:00"
ODD = b"Nachname,Vorname,Durchwahl\nOkonkwo,Chidi,4711\n"


def test_columns_are_decided_once(tmp_path: Path) -> None:
    """Headings nobody knows can be read after a person says what they are, and the next file is read at once."""
    upload = keep_upload(tmp_path, "staff.csv", io.BytesIO(ODD), by="ada", at=AT)
    with pytest.raises(DirectoryError, match="no headings recognised"):
        read_export(source_of(tmp_path, upload.id), upload.mapping)
    decided = {"Nachname": "surname", "Vorname": "forename", "Durchwahl": "extension"}
    assert read_upload(tmp_path, map_columns(tmp_path, upload, decided).id).mapping
    again = keep_upload(tmp_path, "next.csv", io.BytesIO(ODD), by="ada", at=AT)
    export = read_export(source_of(tmp_path, again.id), again.mapping)
    assert export.fields == ("surname", "forename", "extension")
    assert [u.name for u in uploads(tmp_path)] == ["next.csv", "staff.csv"]
    with pytest.raises(DirectoryError, match="no field"):
        map_columns(tmp_path, again, {"Vorname": "shoe size"})


def test_a_known_heading_can_be_left_aside(tmp_path: Path) -> None:
    """What a person decides beats what is recognised."""
    text = b"Surname,Title,Number\nOkonkwo,Dr,4711\n"
    upload = keep_upload(tmp_path, "a.csv", io.BytesIO(text), by="", at=AT)
    changed = map_columns(tmp_path, upload, {"Title": ""})
    assert read_export(source_of(tmp_path, upload.id), changed.mapping).fields == ("surname", "", "telephone")


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("photo.png", b"x", "no directory export"),
        ("staff", b"x", "no directory export"),
        ("staff.csv", b"", "empty"),
    ],
)
def test_what_cannot_be_an_export_leaves_nothing(tmp_path: Path, name: str, data: bytes, part: str) -> None:
    """Refused in one line, and no trace of it is kept."""
    with pytest.raises(DirectoryError, match=part):
        keep_upload(tmp_path, name, io.BytesIO(data), by="", at=AT)
    assert uploads(tmp_path) == ()
    assert list(tmp_path.glob("uploads/*")) == []


@pytest.mark.parametrize("wanted", ["../../etc", "", "0" * 19, "0" * 20, "x" * 20])
def test_no_other_folder_can_be_named(tmp_path: Path, wanted: str) -> None:
    """An upload is found by its id alone; anything else names none, and nothing outside is ever touched."""
    with pytest.raises(DirectoryError, match="no such upload"):
        read_upload(tmp_path, wanted)
    (tmp_path / "uploads").mkdir(exist_ok=True)
    with contextlib.suppress(DirectoryError):
        forget_upload(tmp_path, wanted)
    assert tmp_path.is_dir()


def test_a_path_in_the_name_is_only_a_name(tmp_path: Path) -> None:
    """Where the sender's machine kept the file says nothing about where we do."""
    for name in ("../../evil.csv", "C:\\Users\\ada\\evil.csv"):
        upload = keep_upload(tmp_path, name, io.BytesIO(b"Surname\nx\n"), by="", at=AT)
        assert upload.name == "evil.csv"
        assert source_of(tmp_path, upload.id).parent.parent == tmp_path / "uploads"


def test_corrections_are_added_whole_and_once(tmp_path: Path) -> None:
    """What was there stays, what is added comes back as it was given, and nothing is added twice."""
    path = tmp_path / "corrections.csv"
    path.write_text("name,action,field,to,reason\nJane Smith,set,role,Head,told us\n", encoding="utf-8")
    added = Correction(row=0, name="=HYPERLINK(1)", action="set", field="name", after="Ann O'Hara", reviewer="ada")
    add_corrections(path, [added, added])
    add_corrections(path, [added])
    found = read_corrections(path)
    assert [(c.name, c.after, c.reviewer) for c in found] == [
        ("Jane Smith", "Head", ""), ("=HYPERLINK(1)", "Ann O'Hara", "ada"),
    ]  # fmt: skip
    assert "\n,'=HYPERLINK" in path.read_text(encoding="utf-8")
    with pytest.raises(DirectoryError, match="unknown field"):
        add_corrections(path, [Correction(row=0, name="x", action="set", field="shoe")])
    assert read_corrections(path) == found
