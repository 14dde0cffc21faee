"""Words that mean danger, heard wherever they stand in a sentence.

A phrase of the safety grammar counts anywhere in what was said ("hello, I think there's a fire in our block"),
unless it is denied just before ("it's not an emergency"), unless all of the sentence is the name of an entry or
an enquiry, or, where the phrase has only one telling word, unless that word goes on to describe another ("a fire
door", "the ambulance station"). Short forms, hesitations and words said twice make no difference.

Where no phrase is found, signs are looked for (`ivr.match.signs`), then the whole sentence is weighed
(`ivr.match.likeness`): most people in trouble say it in words that nobody wrote down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.grammar.interpret import interpret
from ivr.grammar.vocabulary import Vocabulary
from ivr.match.likeness import ENOUGH, features, likeness
from ivr.match.phrases import core
from ivr.match.signs import Signs, is_sign
from ivr.match.spoken import plain_words
from ivr.match.spotter import END, Spotter
from ivr.match.wording import clause_words, frame_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.grammar.tree import Grammar
    from ivr.match.phrases import Said

_DENIALS: Final = frozenset({"not", "never", "without", "isnt"})
_LINKS: Final = frozenset({"a", "the", "any", "in", "of", "be", "been", "that", "there", "is", "it", "think", "saying",
                           "say", "about", "got", "having", "actual", "real"})  # fmt: skip
_CLAUSE_BEGINS: Final = frozenset({"there", "i", "my", "it", "he", "she", "they", "we", "somebody", "is", "help", "a",
                                   "the", "his", "her", "our", "this", "not", "can", "do"})  # fmt: skip
_GOES_ON: Final = frozenset({"i", "is", "so", "somebody", "last", "again", "yesterday", "today", "tonight", "this",
                             "when", "because", "every", "any", "all", "outside", "inside", "up", "who"})  # fmt: skip
_SUBJECT: Final = frozenset({"training", "course", "courses", "strategy", "policy", "awareness", "leaflet", "event",
                             "conference", "statistics", "figures", "research", "book", "film", "musical", "show",
                             "play", "story", "class", "project", "essay", "lecture", "seminar", "workshop",
                             "prevention", "planning", "safety", "grant", "budget", "bias", "charity", "charities",
                             "alarms", "detectors", "voucher", "vouchers"})  # fmt: skip
"""Words after a phrase that make it a subject talked about: "domestic abuse training"."""
_OPEN: Final = frozenset({"on", "live"})
"""Last words of a phrase that mean something else where the sentence goes on: "I can't go on the website"."""
_MORE: Final = frozenset({END, "any", "no", "like", "and", "i"})
_FIRST: Final = ("self_harm", "domestic_abuse", "gas", "fire", "safeguarding", "threat", "emergency")
"""Of two phrases of one length, the one with advice of its own counts."""
_TURNS: Final = {"missing": {"from", "out", "on", "off"}, "me": {"if"}, "more": {"bags", "books", "items", "rubbish"}}
"""Last words of a phrase that some words after them make harmless: "missing from the roll", "kill me if I forget"."""
_TELLING: Final = 2
UNSAID: Final = "other"
"""Kind of danger that is only guessed from the whole sentence."""
_SENTENCE: Final = 4
"""Fewest words that are judged as a whole."""


class Safety:
    """The safety floor of a site's grammars. Immutable."""

    def __init__(self, grammars: Mapping[str, Grammar]) -> None:
        grammar = grammars.get("safety")
        sentences = [replace(s, expression=core(s.expression)) for s in grammar.sentences] if grammar else []
        sentences.sort(key=lambda s: _FIRST.index(s.target.id) if s.target and s.target.id in _FIRST else len(_FIRST))
        self._spotter = Spotter(grammar, [s for s in sentences if not is_sign(s.expression)], plain_words)
        self._signs = Signs(grammar, [s for s in sentences if is_sign(s.expression)])
        self._any = bool(sentences)
        # Words of the rule `strong` tell enough by themselves.
        rules = {"strong": grammar.rules["strong"]} if grammar and "strong" in grammar.rules else {}
        self._strong = frozenset(word for rule in rules.values() for word in Vocabulary({}).said(rule))
        self._harmless = tuple(grammars[name] for name in ("directory", "enquiries") if name in grammars)
        self._frame = frame_words() | {"not", "nobody", "anybody", "everybody"}
        self._clause = clause_words() | _GOES_ON

    def heard(self, text: str) -> str:
        """Id of the safety phrase in normalised `text`, or ""."""
        said = (*plain_words(text), END)
        for meaning, start, end in self._spotter.inside(said):
            if start == 0 and end >= len(said) - 1:
                return meaning
            if self._meant(said, start, end) and not self._named(text):
                return meaning
        denied = False
        for meaning, start, _ in self._signs.inside(said):
            denied = self._denied(said, start)
            if not denied and not self._named(text):
                return meaning
        return "" if denied or not self._alike(said[:-1]) or self._named(text) else UNSAID

    def _alike(self, said: Said) -> bool:
        """Whether the whole is like what people in danger say, though no phrase or sign is in it."""
        return len(said) >= _SENTENCE and self._any and likeness(said, self._signs.meanings(said)) >= ENOUGH

    def features(self, text: str) -> frozenset[str]:
        """Give what of normalised `text` is weighed where no phrase or sign is found."""
        said = plain_words(text)
        return features(said, self._signs.meanings(said))

    def _named(self, text: str) -> bool:
        """Whether all of the text asks for an entry or an enquiry."""
        return any(interpret(grammar, text) for grammar in self._harmless)

    def _meant(self, said: Said, start: int, end: int) -> bool:
        following = said[end] if end < len(said) else END
        if self._denied(said, start) or following in _SUBJECT:
            return False
        if said[end - 1] in _OPEN and following not in _MORE:
            return False
        if following in _TURNS.get(said[end - 1], ()):
            return False
        if sum(word not in self._frame for word in said[start:end]) >= _TELLING:
            return True
        if not self._strong.isdisjoint(said[start:end]):
            return True
        ends = following == END or following in self._clause
        return ends and (end - start > _TELLING or start == 0)

    def _denied(self, said: Said, start: int) -> bool:
        before = start - 1
        if before >= 0 and said[before] == "no":
            return said[start] not in _CLAUSE_BEGINS
        while before >= 0 and said[before] in _LINKS:
            before -= 1
        return before >= 0 and said[before] in _DENIALS and said[start] not in {"not", "can", "do"}
