"""Everything wrong with a TwiML answer, in words: what Twilio would refuse, and what it would silently ignore."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from rapidfuzz import process

from ivr.channels.simulator.vocabulary import ELEMENTS, REQUIRED, WHISPER, Element, fits

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 64 * 1024
MOST_HINTS = 500
LONGEST_HINT = 100
LONGEST_PARAMETER = 500
TYPES = ("text/xml", "application/xml", "text/html")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer, read and checked."""

    root: ET.Element | None
    """The `Response` element; None where the document cannot be read at all."""
    problems: tuple[str, ...]


def check(body: bytes, content_type: str = "text/xml", *, whisper: bool = False) -> Checked:
    """Read one answer. `whisper`: it is played to the person called, where few verbs are allowed."""
    problems = list(_wrapping(body, content_type))
    if _DOCTYPE.search(body):
        return Checked(None, (*problems, "a document type is not TwiML"))
    try:
        root = ET.fromstring(body)  # noqa: S314 (entities were refused above)
    except (ET.ParseError, ValueError) as error:
        return Checked(None, (*problems, f"not XML: {error}"))
    if root.tag != "Response":
        return Checked(None, (*problems, f"the document is a <{root.tag}>, not a <Response>"))
    problems += _element(root)
    if whisper:
        problems += [f"<{verb.tag}> cannot be played to the person called" for verb in root if verb.tag not in WHISPER]
    return Checked(root, tuple(problems))


def _wrapping(body: bytes, content_type: str) -> Iterator[str]:
    if content_type.partition(";")[0].strip().lower() not in TYPES:
        yield f"content type {content_type or 'missing'}: not XML"
    if len(body) > LARGEST:
        yield f"{len(body):,} bytes: more than 64 kB"
    if body[:1].isspace():
        yield "white space before the document"


def _element(element: ET.Element) -> Iterator[str]:
    known = ELEMENTS.get(element.tag)
    if known is None:
        near = process.extractOne(element.tag, list(ELEMENTS), score_cutoff=60)
        yield f"unknown verb <{element.tag}>" + (f"; did you mean <{near[0]}>?" if near else "")
        return
    if known.known_only:
        return
    yield from _attributes(element, known)
    yield from _text(element, known)
    for child in element:
        if child.tag in ELEMENTS and child.tag not in known.children:
            yield f"<{child.tag}> cannot stand in <{element.tag}>"
        yield from _element(child)


def _attributes(element: ET.Element, known: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        if name not in known.attributes:
            near = process.extractOne(name, list(known.attributes), score_cutoff=60)
            yield f"<{element.tag}> has no attribute `{name}`" + (f"; did you mean `{near[0]}`?" if near else "")
        elif not fits(known.attributes[name], value):
            yield f"<{element.tag} {name}> cannot be {value[:60]!r}"
    for name in REQUIRED.get(element.tag, ()):
        if name not in element.attrib:
            yield f"<{element.tag}> needs `{name}`"
    yield from _RULES.get(element.tag, lambda _: iter(()))(element)


def _text(element: ET.Element, known: Element) -> Iterator[str]:
    text = (element.text or "").strip()
    if known.text == "none" and text:
        yield f"<{element.tag}> has text in it: {text[:40]!r}"
    elif known.text == "required" and not text and not len(element):
        yield f"<{element.tag}> is empty"
    elif text and not fits(known.content, text):
        yield f"<{element.tag}> cannot hold {text[:60]!r}"
    yield from (
        f"stray text after <{child.tag}>: {child.tail.strip()[:40]!r}"
        for child in element
        if child.tail and child.tail.strip() and known.text == "none"
    )


def _gather(element: ET.Element) -> Iterator[str]:
    hints = element.get("hints", "")
    listed = hints.split(",") if hints else []
    if len(listed) > MOST_HINTS:
        yield f"<Gather> has {len(listed)} hints: more than {MOST_HINTS}"
    if any(len(hint) > LONGEST_HINT for hint in listed):
        yield f"<Gather> has a hint of more than {LONGEST_HINT} characters"
    if "speechModel" in element.attrib and not element.get("speechTimeout", "").isdigit():
        yield "<Gather> with a `speechModel` needs a `speechTimeout` in whole seconds"
    if "enhanced" in element.attrib:
        yield "<Gather enhanced> is no longer used"


def _play(element: ET.Element) -> Iterator[str]:
    if not (element.text or "").strip() and "digits" not in element.attrib:
        yield "<Play> has neither an address nor `digits`"


def _dial(element: ET.Element) -> Iterator[str]:
    if not len(element) and not (element.text or "").strip():
        yield "<Dial> dials nobody"


def _connect(element: ET.Element) -> Iterator[str]:
    if len(element) != 1:
        yield f"<Connect> needs one thing to connect to, found {len(element)}"
    for stream in element.findall("Stream"):
        if "url" not in stream.attrib and "connectorName" not in stream.attrib:
            yield "<Stream> needs a `url`"
        if stream.get("track", "inbound_track") != "inbound_track":
            yield "<Stream> in <Connect> takes the inbound track only"


def _parameter(element: ET.Element) -> Iterator[str]:
    if len(element.get("name", "")) + len(element.get("value", "")) > LONGEST_PARAMETER:
        yield f"<Parameter> has more than {LONGEST_PARAMETER} characters"


def _say(element: ET.Element) -> Iterator[str]:
    if "voice" not in element.attrib:
        yield "<Say> without a voice speaks with the account's default one"


_RULES = {
    "Gather": _gather,
    "Play": _play,
    "Dial": _dial,
    "Connect": _connect,
    "Parameter": _parameter,
    "Say": _say,
}
