"""Sentence templates: readable text to the tree of `ivr.grammar.tree`, and back.

    can i [please] speak to {person}        [ ] may be left out, { } one of a slot's values
    (pay|settle) my (council tax|rates)     ( | ) one of several
    <before> {department} [<after>]         < > a rule, defined elsewhere
    {digit}<3-8>                            said three to eight times; <4> exactly four times
    # from here to the end of the line is a comment

Words are compared as `ivr.text.normalise` writes them, so capitals and punctuation do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from ivr.errors import GrammarError
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words
from ivr.text import normalise

if TYPE_CHECKING:
    from ivr.grammar.tree import Expression

_TOKEN = re.compile(
    r"\s+|#.*|(?P<mark>[][()|])|\{(?P<slot>[^{}<>|()\[\]]*)\}|<(?P<rule>[^{}<>|()\[\]]*)>|(?P<word>[^][(){}<>|#\s]+)"
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TIMES = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")
_CLOSES = {"(": ")", "[": "]"}
MOST_REPEATS = 40
"""Highest number of times a template may ask for."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str, where: str = "", *, line: int = 1, column: int = 1) -> Expression:
    """Read one template.

    `where`, `line` and `column` say where `text` begins, for messages. Raises GrammarError naming line and column.
    """
    try:
        return _parse(text, "", 1, 1)
    except GrammarError:
        return _parse(text, where, line, column)  # says the same, with the place the caller knows


@lru_cache(maxsize=10_000)
def _parse(text: str, where: str, line: int, column: int) -> Expression:
    reader = _Reader(text, where, line, column)
    tree = reader.alternatives()
    if reader.peek() is not None:
        reader.fail(f"'{reader.take().text}' closes nothing", at=-1)
    return tree


_normalised = lru_cache(maxsize=10_000)(normalise)


class _Reader:
    """Recursive descent over the tokens of one template."""

    def __init__(self, text: str, where: str, line: int, column: int) -> None:
        self._where, self._line, self._column = where, line, column
        self._end = len(text.rstrip())
        self._at = 0
        self._tokens = self._tokenise(text)

    def fail(self, what: str, *, at: int = 0, todo: str = "see docs/grammar.md") -> NoReturn:
        """Raise the error for the token `at` places from the next one."""
        place = self._at + at
        column = self._tokens[place].column if place < len(self._tokens) else self._end
        self.fail_at(what, column, todo)

    def fail_at(self, what: str, column: int, todo: str = "see docs/grammar.md") -> NoReturn:
        name = f"{self._where}, " if self._where else ""
        raise GrammarError(what, where=f"{name}line {self._line}, column {self._column + column}", todo=todo)

    def _tokenise(self, text: str) -> list[_Token]:
        found, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                self.fail_at(f"'{text[at]}' is not closed or not opened", at, "close every bracket")
            if match.lastgroup:
                found.append(_Token(match.lastgroup, match[match.lastgroup].strip(), at))
            at = match.end()
        return found

    def peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _next_is(self, mark: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == "mark" and token.text == mark

    def alternatives(self) -> Expression:
        items = [self.sequence()]
        while self._next_is("|"):
            self.take()
            items.append(self.sequence())
        return either(items)

    def sequence(self) -> Expression:
        items: list[Expression] = []
        while (token := self.peek()) is not None and not (token.kind == "mark" and token.text in "|)]"):
            items.append(self._times(self._item()))
        if not items:
            self.fail("nothing to say here", todo="write words, or use [ ] for what may be left out")
        return in_order(items)

    def _item(self) -> Expression:
        token = self.take()
        if token.kind == "mark":
            return self._group(token)
        if token.kind == "word":
            said = _normalised(token.text)
            if not said:
                self.fail(f"'{token.text}' cannot be said", at=-1, todo="write it in words")
            return Words(tuple(said.split()))
        name = token.text
        if not _NAME.fullmatch(name):
            self.fail(f"'{name}' is no name", at=-1, todo="use small letters, digits and _")
        return Slot(name) if token.kind == "slot" else Rule(name)

    def _group(self, opening: _Token) -> Expression:
        inside = self.alternatives()
        closing = _CLOSES[opening.text]
        if not self._next_is(closing):
            self.fail_at(f"'{opening.text}' is not closed", opening.column, f"add '{closing}'")
        self.take()
        return inside if opening.text == "(" else maybe(inside)

    def _times(self, item: Expression) -> Expression:
        token = self.peek()
        counts = _TIMES.fullmatch(token.text) if token is not None and token.kind == "rule" else None
        if counts is None:
            return item
        self.take()
        least, most = int(counts[1]), int(counts[2] or counts[1])
        if not 1 <= most <= MOST_REPEATS or least > most:
            self.fail(f"<{counts[0]}> is no number of times", at=-1, todo=f"write <least-most>, at most {MOST_REPEATS}")
        return Repeat(item, least, most)


def either(items: list[Expression]) -> Expression:
    """One of `items`: nested alternatives are flattened, a single item stands for itself."""
    flat = [part for item in items for part in (item.items if isinstance(item, Alternatives) else (item,))]
    unique = list(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Alternatives(tuple(unique))


def in_order(items: list[Expression]) -> Expression:
    """`items` one after the other: nested sequences are flattened and neighbouring words joined."""
    flat: list[Expression] = []
    for item in items:
        for part in item.items if isinstance(item, Sequence) else (item,):
            if flat and isinstance(part, Words) and isinstance(last := flat[-1], Words):
                flat[-1] = Words(last.words + part.words)
            else:
                flat.append(part)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def maybe(item: Expression) -> Expression:
    """`item` or nothing."""
    return item if isinstance(item, Maybe) else Maybe(item)


def render(expression: Expression) -> str:  # noqa: PLR0911 - one answer for each kind of expression
    """Write `expression` as a template: `parse(render(e))` says the same, and is `e` itself if `parse` made it."""
    match expression:
        case Words(said):
            return " ".join(said)
        case Sequence(items):
            return " ".join(f"({render(i)})" if isinstance(i, Alternatives) else render(i) for i in items)
        case Alternatives(items):
            return "|".join(render(i) for i in items)
        case Maybe(item):
            return f"[{render(item)}]"
        case Repeat(item, least, most):
            inside = render(item) if isinstance(item, Rule | Slot) else f"({render(item)})"
            return f"{inside}<{least}>" if least == most else f"{inside}<{least}-{most}>"
        case Rule(name):
            return f"<{name}>"
        case Slot(name):
            return f"{{{name}}}"
