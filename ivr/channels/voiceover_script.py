"""What a voice artist would have to record for a site: every fixed stretch, answer and name, with its file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.dialogue.prompts import Segment, safe
from ivr.model import Audience, Kind
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ivr.channels.voiceover import Voiceover
    from ivr.dialogue.prompts import Prompts
    from ivr.model import Directory, Enquiry


LONGEST_STEM = 40


@dataclass(frozen=True, slots=True)
class ToRecord:
    """One recording to make."""

    file: str
    """Where it goes, under the folder of recordings."""
    text: str
    part: str
    """`prompts`, `answers`, `departments` or `people`."""


def script(prompts: Prompts, enquiries: Iterable[Enquiry], directory: Directory) -> tuple[ToRecord, ...]:
    """Return everything that can be recorded, prompts first and people last; each words once."""
    found: dict[str, ToRecord] = {}
    for line in (*_prompts(prompts), *_answers(enquiries), *_names(directory)):
        found.setdefault(normalise(line.text), line)
    return tuple(found.values())


def missing(lines: Iterable[ToRecord], voiceover: Voiceover) -> tuple[ToRecord, ...]:
    """Return what has not been recorded yet."""
    return tuple(line for line in lines if not voiceover.find(Segment(line.text, line.file)))


def _prompts(prompts: Prompts) -> Iterator[ToRecord]:
    for text in prompts.script():
        yield ToRecord(f"prompts/{_slug(text)}.wav", text, "prompts")


def _answers(enquiries: Iterable[Enquiry]) -> Iterator[ToRecord]:
    for enquiry in enquiries:
        yield ToRecord(f"answers/{enquiry.id}.wav", safe(enquiry.answer), "answers")
        yield ToRecord(f"answers/{enquiry.id}.title.wav", safe(enquiry.title), "answers")


def _names(directory: Directory) -> Iterator[ToRecord]:
    """Give the names that may be spoken; ex-directory ones never are."""
    spoken = [entry for entry in directory.entries if entry.audience is not Audience.NOBODY]
    for entry in sorted(spoken, key=lambda entry: (entry.kind is Kind.PERSON, entry.name)):
        part = "people" if entry.kind is Kind.PERSON else "departments"
        yield ToRecord(entry.prompt or f"names/{_slug(entry.name)}.wav", safe(entry.name), part)


def _slug(text: str) -> str:
    """Give a file name's stem for words: the first of them, and a few letters that tell long ones apart."""
    words = re.sub(r"[^a-z0-9]+", "-", normalise(text)).strip("-")
    if len(words) <= LONGEST_STEM:
        return words
    return f"{words[:LONGEST_STEM].rstrip('-')}-{hashlib.sha256(words.encode()).hexdigest()[:6]}"
