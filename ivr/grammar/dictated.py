"""What a directory knows of letters and digits: how its surnames are spelled aloud, and which extensions there are.

A loop of letters takes every noise for one more; heard against the surnames there are, badly heard letters still make
one of them. The loops of `spelling.grammar` and `digits.grammar` stay beside these, for what the directory does not
know.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ivr.grammar.template import in_order, maybe
from ivr.grammar.tree import Alternatives, Repeat, Sentence, Slot, SlotValue, Words
from ivr.model import Audience, Kind, Target, TargetKind
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.model import Directory

    Slots = dict[str, tuple[SlotValue, ...]]

SURNAME, EXTENSION, FIGURE = Slot("surname_letters"), Slot("extension"), Slot("figure")
_ALPHABET: Final = {
    word[0]: word
    for word in (
        "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima",
        "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey",
        "xray", "yankee", "zulu",
    )
}  # fmt: skip
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_FIGURES: Final = {str(number): word for number, word in enumerate(_DIGITS)}
_OH: Final = "oh"
_PLAIN, _DOUBLED, _WORDS = 1.0, 0.7, 0.1
"""How usual it is to say letters one by one, "double S" for two alike, and the spelling alphabet's words alone."""
_LONGEST: Final = 6
_USUAL_LENGTH: Final = 4
_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {
    "spelling": ("um", "er", "yes", "it's", "that's", "that's spelt"),
    "digits": ("um", "er", "yes", "it's", "extension", "number", "extension number"),
}
_AFTER: Final = ("please", "thanks", "thank you")


def dictated(directory: Directory, digits: Iterable[SlotValue]) -> Slots:
    """Return the slots of spelled surnames and of extensions of those who may be reached, and that of single digits.

    `digits` are the ways to say digits; a surname is as likely as it has bearers.
    """
    reachable = [entry for entry in directory.entries if entry.audience is not Audience.NOBODY]
    people = [entry for entry in reachable if entry.kind is Kind.PERSON]
    surnames = Counter(letters for entry in people if len(letters := _letters(entry.surname or entry.name)) > 1)
    extensions = Counter(e.number for e in reachable if e.number.isdigit() and len(e.number) <= _LONGEST)
    return {
        SURNAME.name: _values({name: (spelled_aloud(name), count) for name, count in surnames.items()}),
        EXTENSION.name: _values({number: (_said(number), count) for number, count in extensions.items()}),
        FIGURE.name: tuple(value for value in digits if len(value.target.id) == 1),
    }


def dictated_sentences(name: str, slots: Slots) -> tuple[Sentence, ...]:
    """Return the sentences that the grammar `spelling` or `digits` has besides those of its file."""
    lengths = Counter(len(value.target.id) for value in slots[EXTENSION.name])
    length = max(lengths, key=lambda n: (lengths[n], n)) if lengths else _USUAL_LENGTH
    wanted: list[tuple[Slot, int]] = [(SURNAME, 1)] if name == "spelling" else [(EXTENSION, 1), (FIGURE, length)]
    before, after = maybe(_any_of(_BEFORE[name])), maybe(_any_of(_AFTER))
    return tuple(
        Sentence(in_order([before, slot if times == 1 else Repeat(slot, times, times), after]), None, "the directory")
        for slot, times in wanted
        if slots[slot.name]
    )


def spelled_aloud(name: str) -> dict[str, float]:
    """Return the ways to spell a name aloud (letters a-z), each with how usual it is.

    >>> spelled_aloud("moss")
    {'m o s s': 1.0, 'm o double s': 0.7, 'mike oscar sierra sierra': 0.1}
    """
    runs = [(letter, len(list(run))) for letter, run in groupby(name)]
    doubled = " ".join(f"double {letter}" if count == 2 else " ".join(letter * count) for letter, count in runs)  # noqa: PLR2004
    words = " ".join(_ALPHABET[letter] for letter in name)
    ways = {" ".join(name): _PLAIN, doubled: _DOUBLED, words: _WORDS}
    return {**ways, " ".join(name): _PLAIN}


def _letters(surname: str) -> str:
    last = squash(surname)
    return last if last.isalpha() and last.isascii() else ""


def _said(number: str) -> dict[str, float]:
    """Return the ways to say an extension: digit by digit, with "oh" for nought, with "double" for two alike."""
    plain = [_FIGURES[digit] for digit in number]
    round_ = [_OH if digit == "0" else _FIGURES[digit] for digit in number]
    runs = [(digit, len(list(run))) for digit, run in groupby(number)]
    doubled = [word for digit, count in runs for word in _run(digit, count)]
    return {" ".join(doubled): _DOUBLED, " ".join(round_): _PLAIN, " ".join(plain): _PLAIN}


def _run(digit: str, count: int) -> list[str]:
    word = _OH if digit == "0" else _FIGURES[digit]
    return {2: ["double", word], 3: ["triple", word]}.get(count, [word] * count)


def _values(said: Mapping[str, tuple[Mapping[str, float], int]]) -> tuple[SlotValue, ...]:
    return tuple(
        SlotValue(text, Target(TargetKind.VALUE, value), usual * count)
        for value, (ways, count) in sorted(said.items())
        for text, usual in ways.items()
    )


def _any_of(texts: Iterable[str]) -> Alternatives:
    return Alternatives(tuple(Words(tuple(text.split())) for text in texts))
