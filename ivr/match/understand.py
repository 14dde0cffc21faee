"""From what was heard to what was meant, in the context of the question asked.

In this order: words that mean danger; commands and answers; digits and letters where they were asked for;
then entries of the directory and enquiries, which compete for one probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ivr.grammar.interpret import interpret
from ivr.grammar.sounds.say import sound_out
from ivr.match.asked import Asked
from ivr.match.belief import ENOUGH_DANGER, SHARING, believed, pooled
from ivr.match.choice import pick
from ivr.match.commands import Commands
from ivr.match.confidence import decide, default_weights, share
from ivr.match.dictated import Dictated
from ivr.match.forms import Forms, visible
from ivr.match.keypad import Keypad
from ivr.match.languages import language_asked
from ivr.match.namesakes import Namesakes, reworded
from ivr.match.phrases import frame_vocabulary
from ivr.match.rank import Ranker
from ivr.match.safety import UNSAID, Safety
from ivr.match.wording import canonical_words, frame_words
from ivr.model import (
    MOST_ALIKE,
    Audience,
    Candidate,
    Command,
    Decision,
    Expect,
    Kind,
    Target,
    TargetKind,
    Understanding,
)
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ivr.grammar.tree import Grammar
    from ivr.match.phonetic import Sounds
    from ivr.model import Directory, Enquiry, Recognition
    from ivr.settings import MatchingSettings

_SURE_COMMAND: Final = 0.8
"""Probability from which a command that changes the call's course is carried out."""
_SURE_NEITHER: Final = 0.6
"""Probability from which all that was read out is given up, for the rest of the call."""
_COURSE: Final = frozenset({Command.OPERATOR, Command.GOODBYE, Command.CANCEL})
_REFUSALS: Final = frozenset({Command.NO, Command.NEITHER})
_MOST_CANDIDATES: Final = 10
_REACH: Final = frozenset({"speak", "talk", "through", "transfer", "connect", "department", "team", "manager",
                           "officer", "direct"})  # fmt: skip
"""Words that ask for people rather than an answer."""
_HALF_A_NAME: Final = 0.9
"""Belief in the only one who half a name and a place fit: the caller may mean somebody who is not here."""
_ASKED_AT_ALL: Final = 0.01
_RATHER: Final = 0.95
_LEAST: Final = 0.005
_LEAST_OF_READING: Final = 0.0003
"""Probability under which a candidate of one reading is left out: sixteen of them come to less than `_LEAST`."""
_GIVES_WAY: Final = frozenset({UNSAID, "cannot_use"})
"""Kinds of danger before which a language asked for is noted: a person follows either way."""
_PLAIN: Final = 0.7
"""Confidence from which a request is plain."""


def _plainly(meant: Understanding) -> bool:
    """Whether something in particular was asked for, so that danger which is only guessed does not count."""
    return meant.decision is not Decision.REJECT and bool(meant.candidates) and meant.candidates[0].confidence >= _PLAIN


def _in_full(found: Sequence[Candidate], text: str) -> bool:
    """Whether the best candidate's whole name was said, so that half of it is not what was meant."""
    words = set(canonical_words(text))
    return (
        bool(found) and len(canonical_words(found[0].label)) > 1 and words.issuperset(canonical_words(found[0].label))
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is heard in."""

    expect: Expect
    offered: tuple[str, ...] = ()
    """Targets (`kind:id`) the question was about."""
    declined: frozenset[str] = frozenset()
    """Targets never to be offered again in this call."""
    internal: bool = False
    """The caller is a colleague."""
    earlier: tuple[Candidate, ...] = ()
    """Candidates of the turn before, for letters to be fused with."""


class Understander:
    """Understands utterances against one directory and its grammars.

    Immutable and pure: the same recognition and context give the same understanding, on any thread.
    `sounds` gives a word's pronunciations: pass `Pronouncer.pronounce`, which knows the site's; the default
    only has rules. `likely` tells how much likelier than others an entry is, by its id; 1 where it does not say.
    """

    def __init__(
        self,
        directory: Directory,
        enquiries: Iterable[Enquiry],
        grammars: Mapping[str, Grammar],
        settings: MatchingSettings,
        sounds: Sounds = sound_out,
        likely: Mapping[str, float] | None = None,
    ) -> None:
        self._settings, self._grammars = settings, grammars
        self._enquiries = {e.id: e for e in enquiries if e.audience is not Audience.NOBODY}
        self._weights = default_weights()
        entries = visible(directory.entries, internal=True)
        named = {squash(e.name): e.id for e in entries if e.kind is not Kind.PERSON}
        self._takers = {e.id: taker for e in self._enquiries.values() if (taker := named.get(squash(e.entry), ""))}
        self._entries = entries
        self._likely = [math.log((likely or {}).get(entry.id, 1.0)) for entry in entries]
        self._numbers = {entry.id: i for i, entry in enumerate(entries)}
        self._inside = frozenset(i for i, e in enumerate(entries) if e.audience is Audience.INTERNAL)
        self.frame = frame_words(frame_vocabulary(grammars))
        self._forms = Forms(entries, sounds)
        self._ranker = Ranker(self._forms, self.frame, self._weights)
        self._asked = Asked(grammars.get("enquiries"), self._enquiries.values(), self.frame)
        self._commands = Commands(grammars, self.frame)
        self.safety = Safety(grammars)
        self._namesakes = Namesakes(entries)
        self.keypad = Keypad(directory)
        self._dictated = Dictated(entries, self.keypad, grammars.get("digits"), settings)

    def understand(
        self,
        recognition: Recognition,
        *,
        expect: Expect,
        offered: tuple[str, ...] = (),
        declined: frozenset[str] = frozenset(),
        internal: bool = False,
        earlier: tuple[Candidate, ...] = (),
    ) -> Understanding:
        """Say what the caller meant.

        `expect` is what was listened for, `offered` the targets (`kind:id`) the question was about, `declined`
        those never to be offered again, `internal` whether the caller is a colleague, `earlier` the candidates
        of the turn before.
        """
        context = Context(expect, offered, declined, internal, earlier)
        texts = tuple(dict.fromkeys(filter(None, (normalise(h.text) for h in recognition.hypotheses))))
        if not texts:
            why = "no words in it" if recognition.speech else "the caller said nothing"
            return Understanding("", Decision.REJECT, why=why)
        readings = believed(recognition, texts, self._weights)
        danger = self._danger(readings, 0.0 if recognition.engine.partition("+")[0] not in SHARING else ENOUGH_DANGER)
        escalated = Understanding(texts[0], Decision.ACCEPT, safety=danger, why=f"safety phrase: {danger}")
        if danger and danger not in _GIVES_WAY:
            return escalated
        wanted = next(filter(None, map(language_asked, texts)), "")
        if wanted and not self._named(texts[0]):
            why = f"asks for {wanted}"
            return replace(escalated, safety="" if danger == UNSAID else danger, language=wanted, why=why)
        if danger and danger != UNSAID:
            return escalated
        meant = self._value(texts, readings, context) or self._meaning(readings, context)
        return escalated if danger and not _plainly(meant) else meant

    def keyed(
        self, keys: str, *, internal: bool, declined: frozenset[str], earlier: tuple[Candidate, ...]
    ) -> Understanding | None:
        """Say who was meant by a name keyed by its letters, `earlier` as in `understand`; None: it is nobody's."""
        found = self.keypad.by_name(keys, internal=internal, declined=declined)
        return self._dictated.keys(keys, found, earlier) if found else None

    def _danger(self, readings: Mapping[str, float], enough: float) -> str:
        """Id of the words of danger in any reading, where together they are at least this probable."""
        found = pooled((self.safety.heard(text), belief) for text, belief in readings.items())
        return max(found, key=lambda danger: found[danger]) if found and sum(found.values()) >= enough else ""

    def _value(self, texts: Sequence[str], readings: Mapping[str, float], context: Context) -> Understanding | None:
        """Understand digits or letters that were asked for; None: there are none."""
        if context.expect is Expect.DIGITS:
            trust = min(1.0, sum(readings.values()))
            return self._dictated.digits(texts, trust, internal=context.internal, declined=context.declined)
        if context.expect is Expect.SPELLING:
            return self._dictated.letters(readings, context.earlier, self._hidden(context))
        return None

    # --- commands, entries and enquiries ---------------------------------------------------------------------

    def _meaning(self, readings: Mapping[str, float], context: Context) -> Understanding:
        text = next(iter(readings))
        picked = self._picked(text, context)
        asked = self._asked_for(context)
        command, rest = self._commands.split(text, asked)
        if picked and not command:
            decision, kept, why = self._several(picked, readings[text])
            return Understanding(text, decision, kept, why=f"of those offered: {why}")
        ordered, named = self._ordered(readings, asked)
        found = self.candidates(named, context)
        likeliest = max(ordered, key=lambda c: ordered[c], default=None)
        if likeliest and ordered[likeliest] >= (found[0].confidence if found else 0.0):
            return self._commanded(text, likeliest, context, ordered[likeliest], found)
        decision, kept, why = decide(found, self._settings)
        sharing = () if _in_full(found, text) else self._sharing(text, decision, kept, context)
        if sharing:
            belief = readings[text] * (_HALF_A_NAME if len(sharing) == 1 else 1.0)
            decision, kept, why = self._several(sharing, belief)
        if command and decision is Decision.REJECT:
            return self._commanded(text, command, context, readings[text], found)
        again = decision is not Decision.REJECT and str(kept[0].target) in context.offered
        if again and context.expect is Expect.YES_NO:
            return Understanding(text, Decision.ACCEPT, command=Command.YES, why="said again what was asked")
        return Understanding(text, decision, kept, command=command if rest else None, why=why)

    def _asked_for(self, context: Context) -> Expect:
        """Return what answers there are: of more than are read out, "the third one" is none."""
        many = context.expect is Expect.CHOICE and len(context.offered) > self._settings.most_choices
        return Expect.YES_NO if many else context.expect

    def _picked(self, text: str, context: Context) -> Sequence[str]:
        if context.expect is not Expect.CHOICE:
            return ()
        return pick(canonical_words(text), context.offered, self._forms, self._numbers, self.frame)

    def _sharing(self, text: str, decision: Decision, kept: Sequence[Candidate], context: Context) -> tuple[str, ...]:
        """Return the people meant by half a name, unless the text was understood otherwise."""
        said = reworded(text)
        found = self._namesakes.of(canonical_words(said), self.frame, self._hidden(context))
        ordered = sorted(found, key=lambda i: -self._likely[i])
        targets = tuple(str(Target(TargetKind.ENTRY, self._entries[i].id)) for i in ordered)
        open_yet = decision is Decision.REJECT or (decision is not Decision.ACCEPT and str(kept[0].target) in targets)
        return targets if open_yet or said != text else ()

    def _several(self, targets: Sequence[str], belief: float) -> tuple[Decision, tuple[Candidate, ...], str]:
        """Decide about targets that fit equally well, at a probability of `belief` together."""
        found = tuple(self._offered(target, belief / len(targets)) for target in targets[:MOST_ALIKE])
        if len(found) <= self._settings.most_choices:
            return decide(found, self._settings)
        decision = Decision.CHOOSE if belief >= self._settings.confirm else Decision.REJECT
        return decision, found, f"{len(targets)} fit equally well"

    def _ordered(self, readings: Mapping[str, float], expect: Expect) -> tuple[dict[Command, float], dict[str, float]]:
        """Probability of each command said alone, and of the words that may name something.

        All the ways to give one command share their probability.
        """
        split = [(*self._commands.split(text, expect), belief) for text, belief in readings.items()]
        ordered = pooled((command if not rest else None, belief) for command, rest, belief in split)
        return ordered, pooled((rest, belief) for _, rest, belief in split)

    def _commanded(
        self, text: str, command: Command, context: Context, trust: float, rather: tuple[Candidate, ...]
    ) -> Understanding:
        if trust < self._enough(command):
            why = f"perhaps {command}, at {trust:.2f} not heard clearly"
            return Understanding(text, Decision.REJECT, rather, why=why)
        place = {Command.FIRST: 0, Command.SECOND: 1, Command.THIRD: 2}.get(command, len(context.offered))
        found = tuple(self._offered(target, trust) for target in context.offered[place : place + 1])
        if context.expect is not Expect.CHOICE:
            found = ()
        return Understanding(text, Decision.ACCEPT, found, command=command, why=f"command: {command} at {trust:.2f}")

    def _enough(self, command: Command) -> float:
        """Least probability to act on a command: leaving needs most; a refusal least, as it only asks once more."""
        if command is Command.NEITHER:
            return max(self._settings.confirm, _SURE_NEITHER)
        if command in _REFUSALS:
            return self._settings.choose
        return max(self._settings.confirm, _SURE_COMMAND) if command in _COURSE else self._settings.confirm

    def _offered(self, target: str, confidence: float) -> Candidate:
        parsed = Target.parse(target)
        return Candidate(parsed, self._label(parsed), confidence, (("offered", 1.0),))

    def _label(self, target: Target) -> str:
        if target.kind is TargetKind.ENTRY and target.id in self._numbers:
            return self._entries[self._numbers[target.id]].name
        enquiry = self._enquiries.get(target.id)
        return enquiry.title if enquiry else target.id

    def _hidden(self, context: Context) -> frozenset[int]:
        declined = {self._numbers[t.id] for t in map(Target.parse, context.declined) if t.id in self._numbers}
        return frozenset(declined) | (frozenset() if context.internal else self._inside)

    def candidates(self, readings: Mapping[str, float], context: Context) -> tuple[Candidate, ...]:
        """Candidates for normalised readings with their probabilities; the most likely first, at most ten.

        Readings that mean the same share their probability.
        """
        hidden = self._hidden(context)
        found: dict[Target, Candidate] = {}
        for text, belief in readings.items():
            if belief < _LEAST:
                continue
            for candidate in self._reading(text, hidden, context):
                likely = belief * candidate.confidence
                before = found.get(candidate.target)
                if before:
                    found[candidate.target] = replace(before, confidence=before.confidence + likely)
                else:
                    found[candidate.target] = replace(candidate, confidence=likely)
        kept = [c for c in found.values() if c.confidence >= _LEAST]
        return tuple(sorted(kept, key=lambda c: (-c.confidence, c.target))[:_MOST_CANDIDATES])

    def _named(self, text: str) -> bool:
        """Whether all of the text asks for an entry."""
        grammar = self._grammars.get("directory")
        return grammar is not None and bool(interpret(grammar, text))

    def _asked_rather(self, targets: Sequence[Target], chances: list[float]) -> list[float]:
        """Believe in an enquiry rather than in who takes it on, where nobody was asked for: it leads there."""
        believed = list(chances)
        places = {target: place for place, target in enumerate(targets)}
        by_taker: dict[str, int] = {}
        for place, target in enumerate(targets):
            if target.kind is TargetKind.ENQUIRY and chances[place] >= _ASKED_AT_ALL:
                taker = self._takers.get(target.id, "")
                if chances[place] > chances[by_taker.get(taker, place)] or taker not in by_taker:
                    by_taker[taker] = place
        for taker, place in by_taker.items():
            entry = places.get(Target(TargetKind.ENTRY, taker))
            if entry is not None:
                believed[place] += believed[entry] * _RATHER
                believed[entry] *= 1 - _RATHER
        return believed

    def _reading(self, text: str, hidden: frozenset[int], context: Context) -> Iterable[Candidate]:
        """Candidates for one reading; their confidences and that of "none of these" add up to one."""
        words = canonical_words(text)
        rows = [
            (Target(TargetKind.ENTRY, self._entries[m.entry].id), m.score + self._likely[m.entry], m.features)
            for m in self._ranker.rank(words, hidden)
        ]
        rows += [
            (Target(TargetKind.ENQUIRY, name), self._weights.asked(fit), tuple(fit.items()))
            for name, fit in self._asked.rank(text, words)
            if context.internal or self._enquiries[name].audience is Audience.EVERYONE
        ]
        rows = [row for row in rows if str(row[0]) not in context.declined]
        chances = share([score for _, score, _ in rows])
        asked = any(row[0].kind is TargetKind.ENQUIRY for row in rows)
        if asked and _REACH.isdisjoint(words) and not self._named(text):
            chances = self._asked_rather([target for target, _, _ in rows], chances)
        for (target, score, features), chance in zip(rows, chances, strict=True):
            if chance < _LEAST_OF_READING:
                continue
            yield Candidate(target, self._label(target), chance, (*features, ("score", score)))
