"""The directory as the matcher sees it: every way to say every entry, as numbered words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ivr.match.vocabulary import Vocabulary
from ivr.match.wording import HONORIFICS, canonical_words, everyday_words, generic_words, particles
from ivr.model import Audience, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ivr.match.phonetic import Sounds

_LINK_WORDS: Final = frozenset({"and", "the", "of", "for", "a", "in"})
_LINK_WEIGHT: Final = 0.02
_GENERIC_WEIGHT: Final = 0.12
_TITLE_WEIGHT: Final = 0.05
_EVERYDAY_WEIGHT: Final = 0.35
_UNKNOWN_WEIGHT: Final = 0.8
_OFFICE_WEIGHT: Final = 0.9
_FRAME_WEIGHT: Final = 0.01
_LEAST_WEIGHT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say one entry."""

    entry: int
    """Number of the entry."""
    words: tuple[int, ...]
    """Numbers of its words, in order."""
    weights: tuple[float, ...]
    named: bool
    """The name of a department or service itself, rather than another way to say it."""
    """How much each word tells, 0-1."""


def ways_to_say(entry: Entry) -> tuple[tuple[str, ...], ...]:
    """Every different way to say an entry, as canonical words; its name is one of them."""
    names = (entry.name, *entry.spoken)
    said = [words for words in map(canonical_words, names) if words]
    return tuple(dict.fromkeys((*said, *map(_run_together, said))))


def _is_name(entry: Entry, way: tuple[str, ...]) -> bool:
    return entry.kind is not Kind.PERSON and way == canonical_words(entry.name)


def _run_together(words: tuple[str, ...]) -> tuple[str, ...]:
    """Join particles to the word after them, as many write them: "van der berg", "vanderberg"."""
    out: list[str] = []
    before = ""
    for i, word in enumerate(words):
        if word in particles() and 0 < i < len(words) - 1:
            before += word
        else:
            out.append(before + word)
            before = ""
    return tuple(out)


def visible(entries: Iterable[Entry], *, internal: bool) -> tuple[Entry, ...]:
    """Entries a caller may be told about: never those for nobody, internal ones only to colleagues."""
    allowed = {Audience.EVERYONE, Audience.INTERNAL} if internal else {Audience.EVERYONE}
    return tuple(entry for entry in entries if entry.audience in allowed)


class Forms:
    """All forms of the entries given, with an index from word to forms. Immutable."""

    def __init__(self, entries: Sequence[Entry], sounds: Sounds) -> None:
        self.entries = tuple(entries)
        ways = [ways_to_say(entry) for entry in self.entries]
        tells = _department_weights(zip(self.entries, ways, strict=True))
        qualifiers = [_qualifier_words(entry) for entry in self.entries]
        words = {w for said in ways for way in said for w in way} | {w for q in qualifiers for w in q}
        self.vocabulary = Vocabulary(words, sounds)
        number = self.vocabulary.number
        self.forms = tuple(
            Form(i, tuple(number[w] for w in way), tuple(_weight(entry, w, tells) for w in way), _is_name(entry, way))
            for i, (entry, said) in enumerate(zip(self.entries, ways, strict=True))
            for way in said
        )
        self.owner = np.array([form.entry for form in self.forms], dtype=np.int32)
        self.qualifiers = tuple(frozenset(number[w] for w in q) for q in qualifiers)
        self.person_words = frozenset(
            w for form in self.forms if self.entries[form.entry].kind is Kind.PERSON for w in form.words
        )
        own: list[set[int]] = [set() for _ in self.entries]
        for form in self.forms:
            own[form.entry].update(form.words)
        self._words_of = tuple(frozenset(words) for words in own)
        self._in_forms = _postings((form.words for form in self.forms), len(self.vocabulary.words))
        self._in_entries = _postings(self.qualifiers, len(self.vocabulary.words))

    def words_of(self, entry: int) -> frozenset[int]:
        """Numbers of all words that entry can be called by."""
        return self._words_of[entry]

    def with_word(self, word: int) -> NDArray[np.int32]:
        """Numbers of the forms that hold this word."""
        return self._in_forms[word]

    def qualified_by(self, word: int) -> NDArray[np.int32]:
        """Numbers of the entries whose department or role holds this word."""
        return self._in_entries[word]


def _postings(lists: Iterable[Iterable[int]], size: int) -> tuple[NDArray[np.int32], ...]:
    found: list[list[int]] = [[] for _ in range(size)]
    for i, words in enumerate(lists):
        for word in set(words):
            found[word].append(i)
    return tuple(np.array(numbers, dtype=np.int32) for numbers in found)


def _qualifier_words(entry: Entry) -> frozenset[str]:
    return frozenset(canonical_words(f"{entry.department} {entry.role}")) - _LINK_WORDS


def _department_weights(said: Iterable[tuple[Entry, Sequence[Sequence[str]]]]) -> Mapping[str, float]:
    """Weight of each word of department names by how few departments have it (inverse document frequency)."""
    count: Counter[str] = Counter()
    total = 0
    for entry, ways in said:
        if entry.kind is not Kind.PERSON:
            total += 1
            count.update({word for way in ways for word in way})
    top = math.log(1 + total) or 1.0
    weights = {word: math.log((1 + total) / number) / top for word, number in count.items()}
    return defaultdict(lambda: 1.0, {word: max(_LEAST_WEIGHT, weight) for word, weight in weights.items()})


def _weight(entry: Entry, word: str, tells: Mapping[str, float]) -> float:
    if entry.kind is Kind.PERSON and len(word) == 1:  # an initial, even where it is "a"
        return 1.0
    if word in _LINK_WORDS:
        return _LINK_WEIGHT
    if entry.kind is Kind.PERSON:
        return _TITLE_WEIGHT if word in HONORIFICS else 1.0
    if word in generic_words():
        return _GENERIC_WEIGHT
    return tells[word]


def unexplained_weight(word: str, forms: Forms, frame: frozenset[str]) -> float:
    """How much a caller's word that the entry does not account for speaks against it, 0-1."""
    if word in _LINK_WORDS or word in frame:
        return _FRAME_WEIGHT
    known = forms.vocabulary.number.get(word)
    if known in forms.person_words:
        return 1.0
    if word in generic_words():
        return _GENERIC_WEIGHT
    if word in everyday_words():
        return _EVERYDAY_WEIGHT
    return _OFFICE_WEIGHT if known is not None else _UNKNOWN_WEIGHT
