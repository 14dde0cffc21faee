"""Finding what is wrong with a site's grammars before callers do: `ivr grammar check`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.grammar.compile import FRAME_RULES, PART
from ivr.grammar.expand import generate
from ivr.grammar.interpret import interpret
from ivr.grammar.names import Names
from ivr.grammar.source import read_folder
from ivr.grammar.tree import Grammar
from ivr.grammar.vocabulary import Vocabulary
from ivr.model import Command, Severity, TargetKind
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ivr.grammar.pronounce import Pronouncer
    from ivr.model import Directory, Enquiry, Target

NEGATIVES = "safety_negatives.txt"
EVERYTHING = "choice"
"""The grammar that allows all sentences but digits and letters."""
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should look at."""

    kind: str
    """`theft`, `shared`, `false_alarm`, `unused_rule`, `empty_slot`, `empty_grammar`, `unknown_entry` or `sounded`."""
    severity: Severity
    """INFO findings do not fail the check."""
    where: str
    """File and line, or what is concerned."""
    what: str
    todo: str


@dataclass(frozen=True)
class Checked:
    """What is checked: the parts of one site."""

    folder: Path
    directory: Directory
    enquiries: tuple[Enquiry, ...]
    grammars: Mapping[str, Grammar]
    pronouncer: Pronouncer
    operator: str = ""
    """Number of the operators: an entry with it may be asked for by a command's words."""


def check(site: Checked, *, samples: int = 6) -> tuple[Finding, ...]:
    """Return all findings, the serious ones first. `samples`: sentences drawn from each template."""
    found = [
        *_thefts(site, samples),
        *_false_alarms(site),
        *_unused(site),
        *_empty_slots(site),
        *_takers(site),
        *_sounded(site),
    ]
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _thefts(site: Checked, samples: int) -> Iterator[Finding]:
    """Sentences that mean two different things."""
    # A part of a name alone is listened for only among people who were just read out: it takes nobody's enquiry.
    everything = replace(site.grammars[EVERYTHING], slots={**site.grammars[EVERYTHING].slots, PART.name: ()})
    seen: dict[tuple[str, str], list[str]] = {}
    places: dict[tuple[str, str], str] = {}
    for text, target, source in (*_drawn(everything, samples), *_entry_texts(everything)):
        for other in interpret(everything, text):
            if not _alike(target, other):
                pair = (str(target), str(other)) if str(target) < str(other) else (str(other), str(target))
                seen.setdefault(pair, []).append(text)
                places.setdefault(pair, source)
    for (first, second), texts in seen.items():
        said = ", ".join(f"'{text}'" for text in sorted(set(texts), key=len)[:_MOST_SHOWN])
        what = f"{said} means {_named(first, site)} and {_named(second, site)}"
        if _same_place(first, second, site):
            yield Finding("shared", Severity.INFO, places[first, second], what, "nothing: both lead to the same place")
        else:
            yield Finding("theft", Severity.ERROR, places[first, second], what, "reword one of the two")


def _same_place(first: str, second: str, site: Checked) -> bool:
    """Tell whether an entry is the one that takes on the enquiry, or the operator that a command asks for."""
    entries = [site.directory.get(t.partition(":")[2]) for t in (first, second) if t.startswith(TargetKind.ENTRY)]
    other = second if first.startswith(TargetKind.ENTRY) else first
    if len(entries) != 1 or entries[0] is None:
        return False
    if other == f"{TargetKind.COMMAND}:{Command.OPERATOR}":
        return bool(site.operator) and entries[0].number == site.operator
    taker = next((e.entry for e in site.enquiries if f"{TargetKind.ENQUIRY}:{e.id}" == other), "")
    return bool(taker) and normalise(taker) in (normalise(entries[0].name), *entries[0].spoken)


def _alike(first: Target, second: Target) -> bool:
    """Tell whether saying both is no theft: the same thing, or two entries (the caller chooses between those)."""
    both_entries = first.kind is TargetKind.ENTRY and second.kind is TargetKind.ENTRY
    return first == second or both_entries or first.kind is second.kind is TargetKind.SAFETY


def _named(target: str, site: Checked) -> str:
    kind, _, name = target.partition(":")
    entry = site.directory.get(name) if kind == TargetKind.ENTRY else None
    return f"{entry.name} ({target})" if entry else target


def _drawn(grammar: Grammar, samples: int) -> Iterator[tuple[str, Target, str]]:
    """Draw a few sentences of each template with a meaning of its own; entries are tried one by one elsewhere."""
    fixed = tuple(sentence for sentence in grammar.sentences if sentence.target is not None)
    part = Grammar(grammar.name, fixed, grammar.rules, grammar.slots, grammar.within)
    for said in generate(part, limit=samples * len(fixed)):
        yield said.text, said.target, said.source


def _entry_texts(grammar: Grammar) -> Iterator[tuple[str, Target, str]]:
    """Names of entries made of words that enquiries, commands or safety phrases use; no other can be theirs."""
    vocabulary = Vocabulary(grammar.rules)
    fixed = [vocabulary.of(s.expression) for s in grammar.sentences if s.target is not None]
    words = frozenset[str]().union(*(said for said in fixed if said is not None))
    for name in ("person", "department"):
        for value in grammar.slots.get(name, ()):
            if words.issuperset(value.text.split()):
                yield value.text, value.target, f"{name} '{value.text}'"


def _false_alarms(site: Checked) -> Iterator[Finding]:
    """Harmless sentences that the safety floor would take."""
    path = site.folder / NEGATIVES
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        text = normalise(line.partition("#")[0])
        taken = interpret(site.grammars["safety"], text) if text else ()
        if taken:
            where = f"{NEGATIVES}, line {number}"
            yield Finding("false_alarm", Severity.ERROR, where, f"'{text}' is taken as {taken[0]}",
                          "narrow the template in safety.grammar")  # fmt: skip


def _unused(site: Checked) -> Iterator[Finding]:
    sources = read_folder(site.folder)
    sentences = [s for grammar in site.grammars.values() for s in grammar.sentences]
    slots = {name for grammar in site.grammars.values() for name in grammar.slots}
    kept = [rule for rule in FRAME_RULES if rule in sources.rules]
    rules, used = Names(sources, {"person", "department", *slots}).used(sentences, kept)
    unused = [f"<{name}>" for name in sources.rules if name not in rules]
    unused += [f"{{{name}}}" for name in sources.slots if name not in used]
    for name in unused:
        yield Finding(
            "unused_rule", Severity.WARNING, sources.places[name], f"{name} is used nowhere", "use or remove it"
        )


def _empty_slots(site: Checked) -> Iterator[Finding]:
    for name, what in (("person", "no person"), ("department", "no department or service")):
        if not any(grammar.slots.get(name) for grammar in site.grammars.values()):
            yield Finding(
                "empty_slot", Severity.WARNING, "directory", f"{what} can be asked for", "check the directory"
            )
    for grammar in site.grammars.values():
        if not grammar.sentences and (site.enquiries or grammar.name != "enquiries"):
            todo = "see docs/grammar.md for the headings it is made of"
            yield Finding("empty_grammar", Severity.WARNING, grammar.name, "allows no sentence", todo)


def _takers(site: Checked) -> Iterator[Finding]:
    """Enquiries whose department is not in the directory: callers would get the operator."""
    names = {normalise(text) for entry in site.directory.entries for text in (entry.name, *entry.spoken)}
    for enquiry in site.enquiries:
        if enquiry.entry and normalise(enquiry.entry) not in names:
            todo = "use a department's name; until then callers get the operator"
            yield Finding("unknown_entry", Severity.WARNING, f"enquiries.yaml, {enquiry.id}",
                          f"'{enquiry.entry}' is not in the directory", todo)  # fmt: skip


def _sounded(site: Checked) -> Iterator[Finding]:
    """Words said by letter-to-sound rules alone."""
    for word in sorted(all_words(site.grammars.values())):
        if site.pronouncer.source(word) == "sounded":
            said = " or ".join(" ".join(phones) for phones in site.pronouncer.pronounce(word))
            yield Finding(
                "sounded", Severity.INFO, word, f"is read as {said}", "if wrong, add it to pronunciations.dict"
            )


def all_words(grammars: Iterable[Grammar]) -> set[str]:
    """Every word that may be said."""
    found: set[str] = set()
    for grammar in grammars:
        vocabulary = Vocabulary(grammar.rules)
        trees = (*(sentence.expression for sentence in grammar.sentences), *grammar.rules.values())
        found.update(*(vocabulary.said(tree) for tree in trees))
        found.update(word for values in grammar.slots.values() for value in values for word in value.text.split())
    return found
