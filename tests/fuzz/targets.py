"""Everything that reads what others wrote, as functions of bytes: each may refuse, in one line, and do nothing else.

The property tests beside this file and the long runs of `fuzz.py` share them.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ivr.channels import requests
from ivr.channels.media_codec import Garbage, decode, encode
from ivr.channels.script import load_calls
from ivr.channels.simulator.check import check
from ivr.channels.tolls import tariff
from ivr.channels.voiceover import read_listing
from ivr.dialogue.hours import parse_hours
from ivr.dialogue.prompts import Prompts
from ivr.directory.aliases import read_aliases
from ivr.directory.corrections import read_corrections
from ivr.directory.numbers import DialPlan, read_number
from ivr.directory.sources import read_export
from ivr.errors import IvrError
from ivr.grammar.enquiries import load_enquiries
from ivr.grammar.template import parse, render
from ivr.recognise.audio import read_wav
from ivr.recognise.twilio_speech import recognise_twilio
from ivr.records.manifest import read_manifest
from ivr.records.privacy import know, mask_words
from ivr.settings import load_settings
from ivr.sites import read_installation
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
SHEET_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_TAIL = b"</sheetData></worksheet>"


@contextmanager
def _file(name: str, data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield path


def csv_export(data: bytes) -> None:
    """Read a staff export as CSV."""
    with _file("staff.csv", data) as path:
        read_export(path)


def xlsx_export(data: bytes) -> None:
    """Read a staff export as a workbook: any bytes."""
    with _file("staff.xlsx", data) as path:
        read_export(path)


def xlsx_sheet(data: bytes) -> None:
    """Read a workbook that is sound but for its one sheet."""
    xlsx_export(workbook(SHEET_HEAD + data + SHEET_TAIL))


def wav(data: bytes) -> None:
    """Read a recording."""
    with _file("a.wav", data) as path:
        read_wav(path)


def media_frame(data: bytes) -> None:
    """Read a message of a media stream; what is understood can be sent again."""
    for message in (data, data.decode("utf-8", "replace")):
        event = decode(message)
        if not isinstance(event, Garbage):
            encode(event, "MZ1")


def template(data: bytes) -> None:
    """Read a sentence template; what is written out again says the same."""
    found = parse(data.decode("utf-8", "replace"))
    assert render(parse(render(found))) == render(found)


def enquiries(data: bytes) -> None:
    """Read the list of enquiries."""
    with _file("enquiries.yaml", data) as path:
        load_enquiries(path.parent)


def number(data: bytes) -> None:
    """Read a cell with a telephone number, a number called from, and a number dialled."""
    text = data.decode("utf-8", "replace")
    read_number(text, DialPlan(area_code="01632"))
    tariff(text)
    know(requests.number(text), "secret")
    mask_words(text)


def webhook(data: bytes) -> None:
    """Read the form of a webhook."""
    form = dict(parse_qsl(data.decode("utf-8", "replace"), keep_blank_values=True))
    requests.contact_of(form)
    requests.is_over(form)
    requests.dialled(form, 0.0, 0.0, NOW)
    requests.handed_from(form.get("from", ""))
    recognise_twilio(form.get("SpeechResult", ""), form.get("Confidence"))


def twiml(data: bytes) -> None:
    """Read a document of a server that is being tried out."""
    check(data)


def call_scripts(data: bytes) -> None:
    """Read a file of calls to play."""
    with _file("calls.yaml", data) as path:
        load_calls(path)


def prompts(data: bytes) -> None:
    """Read the words of the prompts."""
    with _file("prompts.en-GB.yaml", data) as path:
        Prompts.load(path.parent, "en-GB")


def corrections(data: bytes) -> None:
    """Read reviewed corrections."""
    with _file("corrections.csv", data) as path:
        read_corrections(path)


def aliases(data: bytes) -> None:
    """Read nicknames and synonyms."""
    with _file("nicknames.csv", data) as path:
        Path(path.parent, "department_synonyms.csv").write_bytes(data)
        read_aliases(path.parent)


def recordings(data: bytes) -> None:
    """Read the list of recorded prompts."""
    with _file("prompts.csv", data) as path:
        read_listing(path.parent)


def manifest(data: bytes) -> None:
    """Read a list of utterances to evaluate."""
    with _file("manifest.csv", data) as path:
        read_manifest(path)


def settings(data: bytes) -> None:
    """Read a site's settings, and an installation's."""
    with _file("ivr.toml", data) as path:
        for read in (lambda: load_settings(path.parent, {}), lambda: read_installation(path)):
            try:
                read()
            except IvrError as error:
                assert "\n" not in str(error).strip()  # noqa: PT017 (both are tried)


def hours(data: bytes) -> None:
    """Read opening hours."""
    parse_hours(data.decode("utf-8", "replace"))


def words(data: bytes) -> None:
    """Read any text there is."""
    once = normalise(data.decode("utf-8", "replace"))
    assert normalise(once) == once


def workbook(sheet: bytes) -> bytes:
    """Return the smallest workbook that has this sheet."""
    parts = {
        "[Content_Types].xml": (
            b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            b'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
            b'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            b'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            b'<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
            b'Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _row(*cells: str) -> bytes:
    return b"<row>" + b"".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>'.encode() for c in cells) + b"</row>"


ROWS = _row("Surname", "Forename", "Telephone") + _row("Featherstone", "Marjorie", "01632 960123")
SOUND = b"RIFF\x3c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x18\0\0\0" + b"\1\2" * 12
MEDIA = (
    b'{"event":"media","sequenceNumber":"3","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"fn5+"}'
)
STARTED = (
    b'{"event":"start","sequenceNumber":"1","start":{"streamSid":"MZ1","callSid":"CA1","customParameters":{"turn":"1"},'
    b'"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}},"streamSid":"MZ1"}'
)
EXPORT = b"Surname,Forename,Department,Telephone\r\nFeatherstone,Marjorie,Housing,01632 960123\r\n"

TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "csv": (csv_export, (EXPORT, b"\xef\xbb\xbf" + EXPORT.replace(b",", b";"), EXPORT.decode().encode("utf-16"))),
    "xlsx": (xlsx_export, (workbook(SHEET_HEAD + ROWS + SHEET_TAIL),)),
    "xlsx-sheet": (xlsx_sheet, (ROWS, b'<row r="1"><c r="A1" t="s"><v>0</v></c><c t="e"><v>#REF!</v></c></row>')),
    "wav": (wav, (SOUND, SOUND.replace(b"\x01\0\x01\0\x40", b"\x07\0\x01\0\x40"))),
    "media": (media_frame, (MEDIA + b"}", STARTED, b'{"event":"dtmf","dtmf":{"digit":"5"}}', b'{"event":"stop"}')),
    "template": (template, (b"[please] (put|get) me [through] to <name>", b"a|b [c (d|e)] <x>", b"((a)")),
    "enquiries": (enquiries, (b'missed_bin:\n  title: a missed bin\n  phrases: |\n    a bin\n  answer: "Yes."\n',)),
    "number": (number, (b"01632 960123 x4711", b"+44 (0)20 7946 0000 / 4712", b"1.63296E+09", b"sip:a@b")),
    "webhook": (webhook, (b"CallSid=CA1&From=%2B447700900123&SpeechResult=Housing.&Confidence=0.9&Digits=1",)),
    "twiml": (twiml, (b'<?xml version="1.0"?><Response><Gather><Say voice="a">Hi</Say></Gather></Response>',)),
    "scripts": (call_scripts, (b"calls:\n- id: a\n  turns: [hello]\n  outcome: transferred\n",)),
    "prompts": (prompts, (b'greeting: "Hello {site}"\n',)),
    "corrections": (corrections, (b"match,field,value\nJane Smith,telephone,01632 960124\n",)),
    "aliases": (aliases, (b"name,nicknames\nMargaret,peggy|maggie\n",)),
    "recordings": (recordings, (b"file,text\na.wav,Putting you through to\n",)),
    "manifest": (manifest, (b"file,expected\na.wav,Jane Smith\n", b"text,expected\nhousing,Housing\n")),
    "settings": (
        settings,
        (b'[site]\nname = "A"\n[limits]\ndial_also = ["+353"]\n', b'[sites.a]\nnumbers = ["+441"]\n'),
    ),
    "hours": (hours, (b"Mo-Fr 08:30-17:00; PH off", b"Apr-Sep Sa[1] 10:00+; SH off")),
    "words": (words, ("Siân O\N{RIGHT SINGLE QUOTATION MARK}Brien & Sons".encode(),)),
}
"""Targets by name: what reads, and a few things it should like."""


def attempt(name: str, data: bytes) -> bool:
    """Let a target read `data`; whether it took it. Whatever it raises beside its refusal is a fault."""
    try:
        TARGETS[name][0](data)
    except IvrError:
        return False
    return True
