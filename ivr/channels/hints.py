"""Which names and phrases Twilio's recogniser is told to expect: at most 500, so the best ones.

What the question offers comes first, then what is asked for most, then names easily confused with
another (the recogniser decides those, and the caller suffers), then the rest of the directory.
Source of the limits: twilio.com/docs/voice/twiml/gather (hints).
"""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from ivr.channels.twiml import LONGEST_HINT
from ivr.match.phonetic import coarse
from ivr.model import Audience, Command, Expect, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.match.phonetic import Sounds
    from ivr.model import Directory, Enquiry, Entry

ANSWERS: Mapping[Expect, tuple[str, ...]] = {
    Expect.CALL: (Command.OPERATOR, Command.HELP, Command.GOODBYE),
    Expect.YES_NO: (Command.YES, Command.NO, "yes please", "no thank you", Command.OPERATOR),
    Expect.CHOICE: ("the first one", "the second one", "the third one", "neither", Command.OPERATOR),
    Expect.SPELLING: tuple(string.ascii_lowercase),
    Expect.DIGITS: ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double"),
}
"""What each question may be answered with, beside names."""
COMMON = 0.6
"""Share of the names chosen by how often they are asked for; the rest goes to confusable ones first."""


class Hints:
    """The hints of one directory. Immutable; shared by all calls."""

    def __init__(
        self,
        directory: Directory,
        enquiries: Iterable[Enquiry],
        sounds: Sounds,
        *,
        most: int,
        called: Mapping[str, int] | None = None,
    ) -> None:
        """Rank the directory. `called`: how often each entry (by id) was asked for; `most`: hints of one answer."""
        self._directory = directory
        self._titles = tuple(enquiry.title for enquiry in enquiries if enquiry.audience is Audience.EVERYONE)
        self._sounds = sounds
        self._most = most
        self._called = Counter(called or {})

    def of(self, expect: Expect, offered: Sequence[str] = (), *, internal: bool = False) -> tuple[str, ...]:
        """Return the hints for a question about `offered` (targets as `kind:id`)."""
        if not self._most:
            return ()
        named = [entry.name for target in offered if (entry := self._directory.get(target.partition(":")[2]))]
        names = () if expect in {Expect.SPELLING, Expect.DIGITS} else self._internal if internal else self._public
        chosen = dict.fromkeys((*named, *ANSWERS[expect], *names))
        return tuple(hint for hint in chosen if len(hint) <= LONGEST_HINT)[: self._most]

    @cached_property
    def _public(self) -> tuple[str, ...]:
        return self._best({Audience.EVERYONE})

    @cached_property
    def _internal(self) -> tuple[str, ...]:
        return self._best({Audience.EVERYONE, Audience.INTERNAL})

    def _best(self, audiences: set[Audience]) -> tuple[str, ...]:
        entries = [e for e in self._directory.entries if e.audience in audiences and e.spoken]
        # Without records yet, departments and services are what callers ask for.
        popular = sorted(entries, key=lambda e: (-self._called[e.id], e.kind is Kind.PERSON))
        room = max(0, self._most - len(self._titles))
        first = popular[: int(room * COMMON)]
        confusable = self._confusable(entries)
        order = (*(e.name for e in first), *self._titles, *(e.name for e in popular if e.id in confusable))
        return tuple(dict.fromkeys((*order, *(e.name for e in popular))))

    def _confusable(self, entries: Iterable[Entry]) -> set[str]:
        """Ids of the entries whose (family) name sounds like a differently spelled one."""
        sounding: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for entry in entries:
            word = entry.spoken[0].split()[-1]
            sounding[coarse(self._sounds(word)[0])][entry.id] = word
        return {id_ for alike in sounding.values() if len(set(alike.values())) > 1 for id_ in alike}
