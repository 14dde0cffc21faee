"""Reading `.grammar` files: rules, slot values and sentences, each template on a line of its own.

    <thanks>:                      a rule: the indented lines are its alternatives
        thank you [very much]
        cheers

    {digit}:                       a slot: VALUE = ways to say it
        0 = zero | oh | nought

    command yes:                   sentences that mean `command:yes`
        yes [please]

    floor gas:                     phrases that mean `safety:gas` wherever they stand in what was said
        smell of gas

A name may be defined once in a folder; a heading of sentences may come again and adds to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ivr.errors import GrammarError
from ivr.grammar.expand import texts
from ivr.grammar.template import either, parse
from ivr.grammar.tree import Sentence, SlotValue
from ivr.model import Target, TargetKind

if TYPE_CHECKING:
    from pathlib import Path

    from ivr.grammar.tree import Expression

_RULE = re.compile(r"<([a-z][a-z0-9_]*)>:")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}:")
_SENTENCES = re.compile(r"(command|enquiry|safety|floor|value)(?: +([a-z][a-z0-9_]*))?:")
_VALUE = re.compile(r"(\s*)([a-z0-9]+)(\s*=\s*)(.*)")
_KINDS = {kind.value: kind for kind in TargetKind} | {"floor": TargetKind.SAFETY}
_MOST_VALUE_TEXTS = 2000


@dataclass
class Sources:
    """All that the `.grammar` files of one folder define."""

    rules: dict[str, Expression] = field(default_factory=dict)
    slots: dict[str, tuple[SlotValue, ...]] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    values: dict[str, list[Sentence]] = field(default_factory=dict)
    """Sentences whose meaning is what their slots run together say, by heading: `digits`, `spelling`."""
    floor: list[Sentence] = field(default_factory=list)
    """Phrases of the safety floor that are looked for in what was said, not listened for."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each `<rule>` and `{slot}` was defined."""

    def of(self, kind: TargetKind, *ids: str) -> tuple[Sentence, ...]:
        """Sentences of one kind, narrowed to `ids` where any are given."""
        targets = ((s, s.target) for s in self.sentences)
        return tuple(s for s, t in targets if t is not None and t.kind is kind and (not ids or t.id in ids))


def read_folder(folder: Path) -> Sources:
    """Read every `.grammar` file of `folder`. Raises GrammarError naming file, line and column."""
    sources = Sources()
    paths = sorted(folder.glob("*.grammar"))
    if not paths:
        raise GrammarError(
            "no .grammar file", where=str(folder), todo="set [grammar] folder in ivr.toml, or run ivr init"
        )
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise GrammarError(f"cannot be read ({error})", where=str(path), todo="save it as UTF-8 text") from error
        _File(path.name, sources).read(text)
    return sources


class _File:
    """One file being read: lines are gathered under their heading."""

    def __init__(self, name: str, sources: Sources) -> None:
        self._name, self._sources = name, sources
        self._heading, self._line = "", 0
        self._body: list[tuple[int, str]] = []

    def read(self, text: str) -> None:
        for number, raw in enumerate(text.splitlines(), start=1):
            line = raw.split("#", 1)[0].rstrip()
            if not line:
                continue
            if line[0].isspace():
                if not self._heading:
                    self._fail("a template before any heading", number, "begin with <rule>:, {slot}: or command NAME:")
                self._body.append((number, line))
            else:
                self._close()
                self._heading, self._line = line, number
        self._close()

    def _fail(self, what: str, line: int, todo: str) -> NoReturn:
        raise GrammarError(what, where=f"{self._name}, line {line}", todo=todo)

    def _close(self) -> None:
        heading, body = self._heading, self._body
        if not heading:
            return
        self._body = []
        if not body:
            self._fail(f"nothing under '{heading}'", self._line, "indent its templates below it")
        if match := _RULE.fullmatch(heading):
            self._define(f"<{match[1]}>")
            self._sources.rules[match[1]] = either([self._template(*item) for item in body])
        elif match := _SLOT.fullmatch(heading):
            self._define(f"{{{match[1]}}}")
            self._sources.slots[match[1]] = tuple(v for item in body for v in self._values(*item))
        elif match := _SENTENCES.fullmatch(heading):
            self._say(match[1], match[2] or "", body)
        else:
            self._fail(f"'{heading}' is no heading", self._line, "write <rule>:, {slot}: or command NAME:")

    def _define(self, name: str) -> None:
        if name in self._sources.places:
            self._fail(f"{name} is defined again", self._line, f"it is already in {self._sources.places[name]}")
        self._sources.places[name] = f"{self._name}, line {self._line}"

    def _template(self, number: int, line: str) -> Expression:
        return parse(line, self._name, line=number)

    def _say(self, kind: str, name: str, body: list[tuple[int, str]]) -> None:
        if not name:
            self._fail(f"'{kind}:' names nothing", self._line, f"write {kind} NAME:")
        target = None if kind == "value" else Target(_KINDS[kind], name)
        sources = self._sources
        kept = {"value": sources.values.setdefault(name, []) if not target else [], "floor": sources.floor}
        for number, line in body:
            said = Sentence(self._template(number, line), target, f"{self._name}, line {number}")
            kept.get(kind, sources.sentences).append(said)

    def _values(self, number: int, line: str) -> list[SlotValue]:
        match = _VALUE.fullmatch(line)
        if match is None:
            self._fail("a slot's line is VALUE = ways to say it", number, "for example: 0 = zero | oh")
        offset = len(match[1]) + len(match[2]) + len(match[3])
        tree = parse(match[4], self._name, line=number, column=offset + 1)
        said = texts(tree, limit=_MOST_VALUE_TEXTS)
        target = Target(TargetKind.VALUE, match[2])
        return [SlotValue(text, target) for text in said]
