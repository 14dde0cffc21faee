"""People asked for by half a name: "Mr Khan", "Sarah", "somebody in planning called Sarah"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ivr.match.wording import canonical_words, everyday_words, generic_words
from ivr.model import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivr.model import Entry

_CALLED: Final = re.compile(
    r"\b(?:somebody|someone|anybody|anyone|a (?:man|woman|lady|gentleman|person|guy|chap|girl|lad|colleague)|the \w+)"
    r"(?: (?P<place>(?:who works |who is |who's |working )?(?:in|from|at|over in) .+?))?"
    r" (?:called|named|whose name is|by the name of) (?P<name>[\w' -]+)"
)


def reworded(text: str) -> str:
    """Return normalised text with the name before the place, as in "sarah in planning".

    >>> reworded("is there somebody in planning called sarah please")
    'is there sarah please in planning'
    """
    found = _CALLED.search(text)
    if not found:
        return text
    place = f" {found['place']}" if found["place"] else ""
    return f"{text[: found.start()]}{found['name']}{place}{text[found.end() :]}"


class Namesakes:
    """Which people share a first name or a surname. Immutable."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._holders: dict[str, list[int]] = {}
        self._places: dict[int, frozenset[str]] = {}
        for number, entry in enumerate(entries):
            if entry.kind is not Kind.PERSON:
                continue
            self._places[number] = frozenset(canonical_words(f"{entry.department} {entry.role}"))
            for part in (entry.forename, entry.surname):
                words = canonical_words(part)
                for name in {"".join(words), *words[:1]} - {""}:
                    self._holders.setdefault(name, []).append(number)

    def of(self, words: Sequence[str], frame: frozenset[str], without: frozenset[int]) -> tuple[int, ...]:
        """Return who is meant by canonical `words` that hold half a name of several people, or one and where they work.

        Empty where the words say more, or less. `without` are numbers of entries not to be offered.
        """
        telling = [word for word in words if word not in frame and word not in everyday_words()]
        for name in [word for word in telling if word in self._holders]:
            place = [word for word in telling if word != name and word not in generic_words()]
            found = [n for n in self._holders[name] if n not in without and self._places[n].issuperset(place)]
            if len(found) > 1 or (found and place):
                return tuple(dict.fromkeys(found))
        return ()
