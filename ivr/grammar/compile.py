"""Templates and directory to the grammars that are listened with, one for each state of the dialogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.grammar.dictated import dictated, dictated_sentences
from ivr.grammar.names import Names
from ivr.grammar.source import Sources, read_folder
from ivr.grammar.template import in_order, maybe, parse
from ivr.grammar.tree import Grammar, Rule, Sentence, Slot, SlotValue
from ivr.grammar.usual import usual
from ivr.model import Audience, Command, Kind, Target, TargetKind
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ivr.grammar.tree import Expression
    from ivr.model import Directory, Enquiry

    Slots = Mapping[str, tuple[SlotValue, ...]]

NAMES = ("directory", "call", "yes_no", "choice", "digits", "spelling", "enquiries", "safety")
PERSON, DEPARTMENT, PART = Slot("person"), Slot("department"), Slot("part")
_ANY_TIME = (Command.OPERATOR, Command.HELP, Command.REPEAT, Command.GOODBYE, Command.CANCEL)
FRAME_RULES = ("before", "after", "correction")
"""Rules every grammar of names carries, so that the matcher can take them off."""
_ANSWERS = (Command.YES, Command.NO)
_PICKS = (Command.FIRST, Command.SECOND, Command.THIRD, Command.NEITHER)


def compile_grammars(
    folder: Path, directory: Directory, enquiries: Iterable[Enquiry], likely: Mapping[str, float] | None = None
) -> Mapping[str, Grammar]:
    """Compile every grammar of a site: `directory call yes_no choice digits spelling enquiries safety`.

    Rules `before` and `after` are the polite frames around a name; `digits` and `spelling` also hold the extensions
    and the spelled surnames of the directory. Entries nobody may reach are in none. `likely` tells how much likelier
    than others an entry is, by its id; 1 where it does not say.
    Raises GrammarError naming the file, line and column of a template that cannot be used.
    """
    sources = read_folder(folder)
    slots, within = _slots(directory, likely or {})
    spoken = dictated(directory, sources.slots.get("digit", ()))
    asked = enquiry_sentences(sources, enquiries)
    names = _names(sources, slots)
    safety = _framed(sources, sources.of(TargetKind.SAFETY))
    anything = (*names, *asked, *sources.of(TargetKind.COMMAND, *_ANY_TIME), *safety)
    answers = (*sources.of(TargetKind.COMMAND, *_ANSWERS), *_corrections(sources, slots))
    said = {
        "directory": names,
        "call": anything,
        "yes_no": (*answers, *anything),
        "choice": (*sources.of(TargetKind.COMMAND, *_PICKS), *_parts(sources, slots), *answers, *anything),
        "digits": (*sources.values.get("digits", ()), *dictated_sentences("digits", spoken)),
        "spelling": (*sources.values.get("spelling", ()), *dictated_sentences("spelling", spoken), *anything),
        "enquiries": asked,
        "safety": (*safety, *sources.floor),
    }
    slots |= spoken
    known = Names(sources, slots)
    return {name: _grammar(name, tuple(said[name]), sources, slots, within, known) for name in NAMES}


def enquiry_sentences(sources: Sources, enquiries: Iterable[Enquiry]) -> tuple[Sentence, ...]:
    """Sentences of the enquiries, with the greeting and thanks people put around them."""
    found = [
        Sentence(parse(phrase, f"{enquiry.id}, phrase {number}"), Target(TargetKind.ENQUIRY, enquiry.id),
                 f"enquiries.yaml, {enquiry.id}, phrase {number}")
        for enquiry in enquiries
        if enquiry.audience is not Audience.NOBODY
        for number, phrase in enumerate(enquiry.phrases, start=1)
    ]  # fmt: skip
    return _framed(sources, found)


def _framed(sources: Sources, sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Allow the rules `opening` before and `closing` after each sentence, where the site has them."""
    first = [maybe(Rule("opening"))] if "opening" in sources.rules else []
    last = [maybe(Rule("closing"))] if "closing" in sources.rules else []
    return tuple(Sentence(in_order([*first, s.expression, *last]), s.target, s.source) for s in sentences)


def _slots(
    directory: Directory, likely: Mapping[str, float]
) -> tuple[dict[str, tuple[SlotValue, ...]], dict[str, str]]:
    """Ways to say every entry that may be reached, what tells people apart, and the department entry each is in."""
    people: list[SlotValue] = []
    departments: list[SlotValue] = []
    reachable = [entry for entry in directory.entries if entry.audience is not Audience.NOBODY]
    homes = {normalise(entry.name): entry.id for entry in reachable if entry.kind is not Kind.PERSON}
    for entry in reachable:
        target = Target(TargetKind.ENTRY, entry.id)
        values = people if entry.kind is Kind.PERSON else departments
        factor = likely.get(entry.id, 1.0)
        values.extend(SlotValue(text, target, share * factor) for text, share in usual(entry).items())
    by_name = {entry.department: homes.get(normalise(entry.department), "") for entry in reachable if entry.department}
    within = {
        entry.id: home
        for entry in reachable
        if entry.kind is Kind.PERSON and (home := by_name.get(entry.department, ""))
    }
    parts = tuple(
        SlotValue(text, Target(TargetKind.ENTRY, entry.id))
        for entry in reachable
        if entry.kind is Kind.PERSON
        for text in dict.fromkeys(map(normalise, (entry.forename, entry.surname, entry.department, entry.role)))
        if text and text not in homes
    )
    return {"person": tuple(people), "department": tuple(departments), PART.name: parts}, within


def _names(sources: Sources, slots: Slots) -> tuple[Sentence, ...]:
    """Sentences that ask for an entry: its name in the polite frames; a person may be placed in a department."""
    before = [maybe(Rule("before"))] if "before" in sources.rules else []
    after = [maybe(Rule("after"))] if "after" in sources.rules else []
    found = []
    if slots["person"]:
        found.append(in_order([*before, PERSON, *_place(sources, slots), *after]))
    if slots["department"]:
        found.append(in_order([*before, DEPARTMENT, *after]))
    return tuple(Sentence(expression, None, "frames.grammar") for expression in found)


def _parts(sources: Sources, slots: Slots) -> tuple[Sentence, ...]:
    """Sentences that tell those read out apart: a first name, surname, department or role alone."""
    if not slots[PART.name]:
        return ()
    before = [maybe(Rule("before"))] if "before" in sources.rules else []
    after = [maybe(Rule("after"))] if "after" in sources.rules else []
    return (Sentence(in_order([*before, PART, *after]), None, "the directory"),)


def _place(sources: Sources, slots: Slots) -> list[Expression]:
    if "in" not in sources.rules or not slots["department"]:
        return []
    return [maybe(in_order([Rule("in"), DEPARTMENT]))]


def _corrections(sources: Sources, slots: Slots) -> tuple[Sentence, ...]:
    """Sentences like "no, Jane Smith": an answer that carries the new name."""
    if "correction" not in sources.rules:
        return ()
    return tuple(
        Sentence(in_order([Rule("correction"), sentence.expression]), None, "frames.grammar")
        for sentence in _names(sources, slots)
    )


def _grammar(
    name: str, sentences: tuple[Sentence, ...], sources: Sources, slots: Slots, within: Mapping[str, str], names: Names
) -> Grammar:
    """Make a grammar with just the rules and slots its sentences use (and the polite frames, for the matcher)."""
    frames = [] if name in sources.values else [frame for frame in FRAME_RULES if frame in sources.rules]
    rules, used = names.used(sentences, frames)
    kept = {slot: values for slot, values in {**sources.slots, **slots}.items() if slot in used}
    return Grammar(
        name,
        sentences,
        {rule: sources.rules[rule] for rule in sorted(rules)},
        kept,
        within if PERSON.name in kept else {},
    )
