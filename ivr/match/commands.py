"""Commands and answers: said alone, or before a name ("no, Jane Smith")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ivr.match.phrases import Exact
from ivr.match.wording import asks_for_staff, canonical, canonical_words, polite_words, refuses
from ivr.model import Command, Expect, TargetKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.grammar.tree import Grammar
    from ivr.match.phrases import Said

_ANSWERS: Final = frozenset({Command.YES.value, Command.NO.value})
_PICKS: Final = frozenset({Command.FIRST.value, Command.SECOND.value, Command.THIRD.value, Command.NEITHER.value})
_LONGEST_ANSWER: Final = 6
_READ: Final[Mapping[str, str]] = {"yup": "yes", "right": "yes", "go on": "yes", "uh uh": "no", "nay": "no"}
"""Whole answers in text. Not in the grammar: to a recogniser "up" is "yup", and "right" is half of what is said."""
_PLAIN: Final[Mapping[str, str]] = {"yes": "yes", "yeah": "yes", "no": "no", "nope": "no", "not": "no"}


class Commands:
    """The commands of a site's grammars. Immutable."""

    def __init__(self, grammars: Mapping[str, Grammar], frame: frozenset[str]) -> None:
        # The grammar with the most commands holds those of all others too.
        named = next((grammars[name] for name in ("choice", "yes_no", "call") if name in grammars), None)
        self._frame = frame
        self._exact = Exact(named, TargetKind.COMMAND)
        self._answers = Exact(named, TargetKind.COMMAND, _ANSWERS)
        self._operator = self._exact.contents(Command.OPERATOR, self._telling) - {frozenset()}

    def _telling(self, words: Said) -> frozenset[str]:
        return frozenset(word for word in canonical_words(" ".join(words)) if word not in self._frame)

    def split(self, text: str, expect: Expect) -> tuple[Command | None, str]:
        """Give the command that normalised `text` is or begins with, and the words after it.

        None and all of the words where there is none. Only yes and no may have something after them, and only
        in answer to a question; a position ("the second one") means something only where there was a choice.
        """
        said = tuple(text.split())
        whole = self._whole(said)
        if not whole and self._anybody(said):
            whole = Command.OPERATOR
        if whole and (expect is Expect.CHOICE or whole not in _PICKS):
            return Command(whole), ""
        if expect not in (Expect.YES_NO, Expect.CHOICE):
            return None, text
        answer, rest = self._answered(said)
        return (Command(answer), " ".join(rest)) if answer else (None, text)

    def _anybody(self, said: Said) -> bool:
        """Whether any person is asked for, in whatever words."""
        words = [canonical(word) for word in said]
        return not refuses(words) and (self._telling(said) in self._operator or asks_for_staff(words))

    def _whole(self, said: Said) -> str:
        """Meaning of all the words, but for polite ones at either end."""
        polite = polite_words()
        first = next((i for i, word in enumerate(said) if canonical(word) not in polite), len(said))
        last = next((i for i in range(len(said), 0, -1) if canonical(said[i - 1]) not in polite), 0)
        for start, end in dict.fromkeys(((0, len(said)), (first, len(said)), (0, last), (first, last))):
            if start < end:
                for meaning in self._exact.ids(" ".join(said[start:end])):
                    return meaning
        return ""

    def _answered(self, said: Said) -> tuple[str, Said]:
        """Longest yes or no at the start, and the words after it."""
        for end in range(min(_LONGEST_ANSWER, len(said)), 0, -1):
            for meaning in self._answers.ids(" ".join(said[:end])):
                return meaning, said[end:]
        if whole := _READ.get(" ".join(said)):
            return whole, ()
        plain = _PLAIN.get(said[0], "") if said else ""
        return (plain, said[1:]) if plain else ("", said)
