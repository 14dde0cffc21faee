"""Names and titles in the case people write them: McDonald, O'Brien, van der Berg, Head of ICT."""

from __future__ import annotations

import re
from typing import Final

from ivr.text import fold

PARTICLES: Final = frozenset(
    {
        "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "ter", "ten",
        "al", "el", "bin", "binti", "ibn", "bint", "ap", "ab", "ferch", "af", "av", "zu", "zur", "y", "e", "st", "san",
        "santa", "ben", "abu", "ul", "ur", "uz", "o", "mac", "mc", "nic", "ni", "o'", "'t", "te",
    }
)  # fmt: skip
"""Words that belong to the surname after them."""
_LOWER: Final = frozenset(
    {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "ter", "ten", "bin", "binti"}
    | {"ibn", "bint", "ap", "ab", "ferch", "af", "av", "zu", "zur", "y", "'t", "te"}
)
_MAC: Final = frozenset(
    {
        "donald", "leod", "kenzie", "gregor", "millan", "intyre", "pherson", "dougall", "dougal", "farlane", "arthur",
        "aulay", "bain", "beth", "callum", "cormack", "diarmid", "duff", "ewan", "fadyen", "gillivray", "innes",
        "iver", "ivor", "kay", "kinnon", "lachlan", "laren", "lean", "lennan", "mahon", "nab", "naughton", "neil",
        "neill", "niven", "phail", "quarrie", "queen", "rae", "taggart", "tavish", "vicar", "william", "alister",
        "allister", "askill", "kellar", "manus", "carthy", "dermott", "namara", "bride", "crimmon",
    }
)  # fmt: skip
_ACRONYMS: Final = frozenset(
    {
        "ict", "it", "hr", "cctv", "send", "sen", "gis", "pa", "ceo", "eh", "mash", "lado", "pr", "foi", "gdpr", "dpo",
        "hmo", "ASC", "nhs", "uk", "senco", "dbs", "ehc", "ehcp", "ppp", "sme", "crm", "isa", "moj", "phe", "asb",
        "dfg", "ss", "qa", "ii", "iii", "rbs", "ctax", "nndr", "hb", "hgv", "ot",
    }
)  # fmt: skip
_SMALL: Final = frozenset({"and", "of", "the", "for", "to", "in", "at", "on", "with", "or", "a", "an", "by", "from"})
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")


def needs_case(text: str) -> bool:
    """Tell whether `text` was typed in one case only: all capitals (two or more) or all small letters."""
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 1 and (text.isupper() or text.islower())


def proper_name(text: str, *, surname: bool = False) -> str:
    """Give the words of a name their usual capitals; particles stay small before a surname's last word.

    >>> proper_name("VAN DER BERG", surname=True), proper_name("o'brien-mcdonald")
    ('van der Berg', "O'Brien-McDonald")
    """
    parts = text.split(" ")
    last = len(parts) - 1
    return " ".join(
        part.lower() if surname and i < last and part.casefold() in _LOWER else _WORD.sub(_name_word, part)
        for i, part in enumerate(parts)
    )


def _name_word(found: re.Match[str]) -> str:
    word = found.group().lower()
    if len(word) > 2 and word[1] in "'\N{RIGHT SINGLE QUOTATION MARK}":  # noqa: PLR2004 - O'Brien, D'Souza
        return word[0].upper() + word[1] + word[2].upper() + word[3:]
    if word.startswith("mc") and len(word) > 3:  # noqa: PLR2004 - McKee, not Mcs
        return "Mc" + word[2].upper() + word[3:]
    if word.startswith("mac") and fold(word[3:]) in _MAC:
        return "Mac" + word[3].upper() + word[4:]
    return word[0].upper() + word[1:]


def proper_title(text: str) -> str:
    """Give a department or job title its usual capitals; small words and known initials keep theirs.

    >>> proper_title("HEAD OF ICT AND WASTE")
    'Head of ICT and Waste'
    """
    words = text.split(" ")
    return " ".join(_title_word(word, first=i == 0) for i, word in enumerate(words))


def _title_word(word: str, *, first: bool) -> str:
    bare = re.sub(r"\W", "", word).casefold()
    if bare in _ACRONYMS:
        return word.upper()
    if bare in _SMALL and not first:
        return word.lower()
    return _WORD.sub(lambda m: m.group()[0].upper() + m.group()[1:].lower(), word)
