"""Grammars in the formats other recognisers read: JSGF, SRGS, ARPA, Vosk's phrase list and Twilio's hints."""

from __future__ import annotations

import json
from itertools import chain, zip_longest
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ivr.errors import InputError
from ivr.grammar.arpa import arpa
from ivr.grammar.expand import texts
from ivr.grammar.names import children
from ivr.grammar.tree import Alternatives, Maybe, Repeat, Rule, Sequence, Slot, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ivr.grammar.tree import Expression, Grammar, SlotValue

MOST_HINTS = 500
LONGEST_HINT = 100
_MOST_COPIES = 7
"""JSGF cannot count: more optional repeats than this are written as any number of them."""
_HINT_TEXTS = 4
"""Ways to ask each template offers as hints."""


def export(grammar: Grammar, form: str) -> str:
    """Write `grammar` as one of `FORMATS`. Raises InputError for another name."""
    if form not in FORMATS:
        raise InputError(f"unknown format '{form}'", todo=f"use one of: {', '.join(FORMATS)}")
    return FORMATS[form](grammar)


# --- JSGF ----------------------------------------------------------------------------------------------------------


def jsgf(grammar: Grammar) -> str:
    """Write a JSpeech grammar (W3C note, June 2000), as PocketSphinx reads it."""
    lines = ["#JSGF V1.0;", f"grammar {grammar.name};", ""]
    sentences = [_jsgf(sentence.expression) for sentence in grammar.sentences]
    lines += [f"public <{grammar.name}> = {_any_of(sentences)};", ""]
    lines += [f"<rule_{name}> = {_jsgf(tree)};" for name, tree in grammar.rules.items()]
    lines += [f"<slot_{name}> = {_any_of(_distinct(values))};" for name, values in grammar.slots.items()]
    return "\n".join(lines) + "\n"


def _any_of(items: Iterable[str]) -> str:
    return "\n  | ".join(items) or "<VOID>"


def _distinct(values: Iterable[SlotValue]) -> list[str]:
    return list(dict.fromkeys(value.text for value in values))


def _jsgf(expression: Expression) -> str:  # noqa: PLR0911 - one answer for each kind of expression
    match expression:
        case Words(said):
            return " ".join(said)
        case Sequence(items):
            return " ".join(_jsgf(item) for item in items)
        case Alternatives(items):
            return "(" + " | ".join(_jsgf(item) for item in items) + ")"
        case Maybe(item):
            return f"[{_jsgf(item)}]"
        case Repeat(item, least, most):
            one = f"({_jsgf(item)})"
            if most - least > _MOST_COPIES:
                return " ".join([*[one] * max(0, least - 1), f"{one}{'+' if least else '*'}"])
            tail = ""
            for _ in range(most - least):
                tail = f"[{one} {tail}]" if tail else f"[{one}]"
            return " ".join([*[one] * least, *([tail] if tail else [])])
        case Rule(name):
            return f"<rule_{name}>"
        case Slot(name):
            return f"<slot_{name}>"


# --- SRGS ----------------------------------------------------------------------------------------------------------


def srgs(grammar: Grammar) -> str:
    """Write a Speech Recognition Grammar Specification 1.0 document; tags say what a sentence means."""
    sentences = (f"<item>{_srgs(s.expression)}{_tag(s.target)}</item>" for s in grammar.sentences)
    rules = [_srgs_rule(grammar.name, sentences, "public")]
    rules += [_srgs_rule(f"rule_{name}", [f"<item>{_srgs(tree)}</item>"]) for name, tree in grammar.rules.items()]
    for name, values in grammar.slots.items():
        said = (f"<item>{escape(value.text)}{_tag(value.target)}</item>" for value in values)
        rules.append(_srgs_rule(f"slot_{name}", said))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<grammar xmlns="http://www.w3.org/2001/06/grammar" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.w3.org/2001/06/grammar http://www.w3.org/TR/speech-grammar/grammar.xsd" '
        f'version="1.0" xml:lang={quoteattr(grammar.language)} mode="voice" root={quoteattr(grammar.name)} '
        'tag-format="semantics/1.0-literals">'
    )
    return "\n".join([head, *rules, "</grammar>"]) + "\n"


def _tag(target: object) -> str:
    return f"<tag>{escape(str(target))}</tag>" if target is not None else ""


def _srgs_rule(name: str, items: Iterable[str], scope: str = "private") -> str:
    inside = "\n    ".join(items)
    body = f"<one-of>\n    {inside}\n  </one-of>" if inside else '<ruleref special="VOID"/>'
    return f'<rule id={quoteattr(name)} scope="{scope}">\n  {body}\n</rule>'


def _srgs(expression: Expression) -> str:  # noqa: PLR0911 - one answer for each kind of expression
    match expression:
        case Words(said):
            return escape(" ".join(said))
        case Sequence(items):
            return " ".join(_srgs(item) for item in items)
        case Alternatives(items):
            return "<one-of>" + "".join(f"<item>{_srgs(item)}</item>" for item in items) + "</one-of>"
        case Maybe(item):
            return f'<item repeat="0-1">{_srgs(item)}</item>'
        case Repeat(item, least, most):
            return f'<item repeat="{least}-{most}">{_srgs(item)}</item>'
        case Rule(name):
            return f'<ruleref uri="#rule_{name}"/>'
        case Slot(name):
            return f'<ruleref uri="#slot_{name}"/>'


# --- phrase lists --------------------------------------------------------------------------------------------------


def vosk(grammar: Grammar) -> str:
    """Write the JSON list that Vosk's recogniser takes: names whole, frames in pieces, and `[unk]`."""
    trees = (*(sentence.expression for sentence in grammar.sentences), *grammar.rules.values())
    pieces = (" ".join(words.words) for tree in trees for words in _pieces(tree))
    names = (value.text for values in grammar.slots.values() for value in values)
    return json.dumps([*dict.fromkeys(chain(names, pieces)), "[unk]"], indent=0) + "\n"


def _pieces(expression: Expression) -> Iterator[Words]:
    if isinstance(expression, Words):
        yield expression
    for child in children(expression):
        yield from _pieces(child)


def hints(grammar: Grammar) -> str:
    """Write Twilio's hints, a phrase a line: at most 500 of 100 characters, every target's first before any second."""
    ways: dict[str, list[str]] = {}
    for name in ("department", "person", *grammar.slots):
        for value in grammar.slots.get(name, ()):
            ways.setdefault(str(value.target), []).append(value.text)
    for sentence in grammar.sentences:
        if sentence.target is not None:
            said = (text for text in texts(sentence.expression, grammar.rules, limit=_HINT_TEXTS) if "{" not in text)
            ways.setdefault(str(sentence.target), []).extend(said)
    rounds = zip_longest(*ways.values())
    phrases = dict.fromkeys(text for turn in rounds for text in turn if text and len(text) <= LONGEST_HINT)
    return "\n".join(list(phrases)[:MOST_HINTS]) + "\n"


FORMATS: dict[str, Callable[[Grammar], str]] = {
    "jsgf": jsgf,
    "srgs": srgs,
    "arpa": arpa,
    "vosk": vosk,
    "hints": hints,
}
