"""Dial by name and by extension: what was keyed, against the directory."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from ivr.match.forms import visible
from ivr.model import Entry, Kind
from ivr.text import squash

if TYPE_CHECKING:
    from ivr.model import Directory

_KEYS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_FEWEST: Final = 3


def keyed(name: str) -> str:
    """Give the keys that spell a name on a telephone (ITU-T E.161).

    >>> keyed("O'Brien")
    '627436'
    """
    return squash(name).translate(_KEYS)


class Keypad:
    """Finds entries by keys. Immutable; entries for nobody are not in it."""

    def __init__(self, directory: Directory) -> None:
        self._entries = visible(directory.entries, internal=True)
        spelled = {(key, i) for i, entry in enumerate(self._entries) for key in _keys(entry)}
        self._spelled = sorted(spelled)
        self._extensions: dict[str, list[int]] = {}
        for i, entry in enumerate(self._entries):
            if entry.number.isdigit():
                self._extensions.setdefault(entry.number, []).append(i)

    def by_name(
        self, digits: str, *, internal: bool = False, declined: frozenset[str] = frozenset()
    ) -> tuple[Entry, ...]:
        """Entries whose surname (or full name either way round, or department) begins with these keys.

        At least three keys; those spelled in full come first, then by name. `declined` holds `entry:id`s.
        """
        bare = digits.strip("*#")
        if len(bare) < _FEWEST or not bare.isdigit():
            return ()
        found: dict[int, bool] = {}
        for key, i in self._spelled[bisect_left(self._spelled, (bare, -1)) :]:
            if not key.startswith(bare):
                break
            found[i] = found.get(i, False) or key == bare
        ranked = sorted(found, key=lambda i: (not found[i], self._entries[i].name, self._entries[i].id))
        return self._allowed(ranked, internal=internal, declined=declined)

    def by_extension(
        self, digits: str, *, internal: bool = False, declined: frozenset[str] = frozenset()
    ) -> tuple[Entry, ...]:
        """Entries whose extension is exactly these digits."""
        return self._allowed(self._extensions.get(digits.strip("*#"), []), internal=internal, declined=declined)

    def _allowed(self, numbers: list[int], *, internal: bool, declined: frozenset[str]) -> tuple[Entry, ...]:
        entries = visible((self._entries[i] for i in numbers), internal=internal)
        return tuple(entry for entry in entries if f"entry:{entry.id}" not in declined)


def _keys(entry: Entry) -> set[str]:
    if entry.kind is not Kind.PERSON:
        return {keyed(entry.name)} - {""}
    surname = entry.surname or entry.name.split()[-1]
    return {keyed(surname), keyed(surname + entry.forename), keyed(entry.forename + surname), keyed(entry.name)} - {""}
