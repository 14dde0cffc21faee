"""Digits and letters out of words: "four seven double one", "S for Sugar", "double u"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HIDDEN: Final = "*"
"""What stands for a digit that is not shown."""

_ONES: Final = {"zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
                "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"}  # fmt: skip
_TEENS: Final = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
                 "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19"}  # fmt: skip
_TENS: Final = {"twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
                "eighty": "8", "ninety": "9"}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}
_LOOSE: Final = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}

_NAMES: Final = {
    "a": "a ay eh", "b": "b bee be", "c": "c see sea cee", "d": "d dee", "e": "e ee", "f": "f ef eff", "g": "g gee jee",
    "h": "h aitch haitch", "i": "i eye", "j": "j jay", "k": "k kay", "l": "l el ell", "m": "m em", "n": "n en",
    "o": "o oh", "p": "p pee pea", "q": "q queue cue", "r": "r ar are", "s": "s ess es", "t": "t tee tea",
    "u": "u you ewe", "v": "v vee", "w": "w", "x": "x ex", "y": "y why", "z": "z zed zee",
}  # fmt: skip
_ALPHABET: Final = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
_LETTER: Final = {name: letter for letter, names in _NAMES.items() for name in names.split()} | {
    word: word[0] for word in _ALPHABET.split()
}
# A run of digits as people write them, with spaces, hyphens, dots or brackets between.
_WRITTEN: Final = re.compile(r"(?<!\w)\+?\(?\d(?:[ .()\-]{0,2}\d)*(?!\w)")
_SAID: Final = re.compile(r"[A-Za-z0-9']+")
_LINKS: Final = frozenset({"for", "as", "like"})


def digits(words: Sequence[str]) -> str:
    """Digits that the words say, run together; "" where any word says none.

    >>> digits(["four", "seven", "double", "one"]), digits(["forty", "seven", "11"]), digits(["jane"])
    ('4711', '4711', '')
    """
    said = ""
    i = 0
    while i < len(words):
        took, more = _number(words, i)
        if not took:
            return ""
        said += more
        i += took
    return said


def hide_numbers(text: str, hidden: Callable[[str], bool]) -> str:
    """Hide the digits of each number in a text, written or said, for which `hidden` (told its digits) says so.

    >>> hide_numbers("it's four nine double two one, at number twelve", lambda digits: len(digits) > 4)
    "it's *****, at number twelve"
    """
    found = list(_SAID.finditer(text))
    for start, size, number in reversed(list(_spoken([word.group().lower() for word in found]))):
        if hidden(number):
            text = text[: found[start].start()] + HIDDEN * len(number) + text[found[start + size - 1].end() :]
    return _WRITTEN.sub(
        lambda run: _covered(run.group()) if hidden(re.sub(r"\D", "", run.group())) else run.group(), text
    )


def _covered(number: str) -> str:
    return re.sub(r"\d", HIDDEN, number)


def _spoken(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Give the stretches of words that say a number, not only write one: place, words, digits."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and (_says_digits(words[end]) or (end > at and words[end] == "and")):
            end += 1
        while end > at and words[end - 1] == "and":
            end -= 1
        if not all(word.isdigit() for word in words[at:end]):
            # "double" at the end says nothing yet.
            last = next((n for n in range(end, at, -1) if _joined(words[at:n])), at)
            if last > at:
                yield at, last - at, _joined(words[at:last])
        at = max(end, at + 1)


def _joined(words: Sequence[str]) -> str:
    return digits([word for word in words if word != "and"])


def _says_digits(word: str) -> bool:
    """Whether a word can be part of digits said."""
    return word.isdigit() or word == "hundred" or any(word in known for known in (_ONES, _TEENS, _TENS, _TIMES, _LOOSE))


def _number(words: Sequence[str], i: int) -> tuple[int, str]:
    """Read one number from place `i`: how many words it took, and its digits."""
    word = words[i]
    following = words[i + 1] if i + 1 < len(words) else ""
    one = _ONES.get(following) or (following if following.isdigit() and len(following) == 1 else "")
    if word in _TIMES:
        return (2, one * _TIMES[word]) if one else (0, "")
    if word in _TENS:
        return (2, _TENS[word] + one) if one and one != "0" else (1, _TENS[word] + "0")
    if word.isdigit():
        return 1, word
    simple = _ONES.get(word) or _TEENS.get(word) or _LOOSE.get(word) or ""
    return (2, simple + "00") if simple and following == "hundred" else (bool(simple), simple)


def letters(words: Sequence[str]) -> str:
    """Letters that the words spell, run together; words that spell nothing are passed over.

    Understands names of letters, the NATO alphabet, "B for Bertie", "double S" and "double u".

    >>> letters("s for sugar m i double t h".split()), letters("bravo oscar double u".split())
    ('smitth', 'bow')
    """
    said = ""
    i = 0
    while i < len(words):
        took, more = _letter(words, i)
        said += more
        i += took
    return said


def _letter(words: Sequence[str], i: int) -> tuple[int, str]:
    word = words[i]
    following = words[i + 1] if i + 1 < len(words) else ""
    if word == "double" and following in ("u", "you") and not _is_link(words, i + 2):
        return 2, "w"
    if word in _TIMES and following in _LETTER:
        took, letter = _letter(words, i + 1)
        return 1 + took, letter * _TIMES[word]
    if _is_link(words, i + 1) and i + 2 < len(words):
        example = words[i + 2]
        letter = _LETTER.get(word, "")
        # The example word is heard far better than the letter: "T for Bertie" spells B.
        return 3, (example[0] if letter and example[0].isalpha() else letter)
    return 1, _LETTER.get(word, "")


def _is_link(words: Sequence[str], i: int) -> bool:
    return i < len(words) and words[i] in _LINKS


def spells(words: Sequence[str]) -> bool:
    """Tell whether the words are letters rather than a name: two or more, and hardly anything else."""
    known = sum(1 for word in words if word in _LETTER or word in _TIMES)
    return len(letters(words)) > 1 and known * 3 >= len(words)
