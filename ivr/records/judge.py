"""Was an utterance taken for the right thing? What each grammar's answers are, and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.model import Decision, TargetKind
from ivr.text import normalise, squash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivr.model import Candidate, Directory, Understanding

GRAMMARS = ("directory", "yes_no", "digits", "spelling", "enquiries", "safety", "call")
ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Taken:
    """What an utterance was taken for."""

    decision: Decision
    names: tuple[str, ...] = ()
    """Entries' names and enquiries' ids: those accepted, put to the caller to confirm, or read out to choose from."""
    keys: frozenset[str] = frozenset()
    """Everything that `expected` may say for it to be right."""
    confidence: float = 0.0
    """Of the best, 0-1."""


class Judge:
    """Compares what was understood with what a manifest expects, for one grammar and one directory."""

    def __init__(self, grammar: str, directory: Directory) -> None:
        self.grammar = grammar
        self._directory = directory
        self._names = {normalise(entry.name) for entry in directory.entries}

    @property
    def entries(self) -> int:
        """Entries of the directory that utterances are heard against."""
        return len(self._directory.entries)

    def taken(self, understanding: Understanding) -> Taken:
        """Say what the dialogue would act on, ask about or read out; nothing of this grammar: rejected."""
        if understanding.safety and self.grammar in {"safety", "call"}:
            return Taken(Decision.ACCEPT, (ESCALATE,), frozenset({ESCALATE}), 1.0)
        if understanding.decision is Decision.REJECT or self.grammar == "safety":
            return Taken(Decision.REJECT, confidence=_best(understanding.candidates))
        if self.grammar == "digits":
            return self._value(understanding)
        command = self._command(understanding)
        if command and not understanding.candidates:
            return Taken(Decision.ACCEPT, (command,), frozenset({command}), 1.0)
        found = self._meant(understanding)
        if not found:
            return Taken(Decision.REJECT)
        keys = {key for candidate in found for key in self._keys(candidate)} | ({command} if command else set())
        names = tuple(c.label if c.target.kind is TargetKind.ENTRY else c.target.id for c in found)
        return Taken(understanding.decision, names, frozenset(keys), found[0].confidence)

    def right(self, expected: str, taken: Taken) -> bool:
        """Tell whether the right one was accepted, put to the caller to confirm, or among those offered."""
        if taken.decision is Decision.REJECT:
            return False
        return bool(self._spellings(expected) & taken.keys)

    def unknown(self, expected: str) -> bool:
        """Tell whether no entry bears the name a manifest expects (so that it can never be right)."""
        if self.grammar != "directory" or not expected:
            return False
        said = normalise(expected)
        return said not in self._names and not any(said in entry.spoken for entry in self._directory.entries)

    def _value(self, understanding: Understanding) -> Taken:
        confidence = _best(understanding.candidates) or 1.0
        if not understanding.value:
            return Taken(Decision.REJECT)
        return Taken(understanding.decision, (understanding.value,), frozenset({understanding.value}), confidence)

    def _command(self, understanding: Understanding) -> str:
        """Return the command that counts here: yes and no to a question, any at the greeting."""
        command = understanding.command
        if command is None or self.grammar not in {"yes_no", "call"}:
            return ""
        return command.value

    def _meant(self, understanding: Understanding) -> tuple[Candidate, ...]:
        kinds = {
            "directory": {TargetKind.ENTRY},
            "spelling": {TargetKind.ENTRY},
            "enquiries": {TargetKind.ENQUIRY},
        }.get(self.grammar, {TargetKind.ENTRY, TargetKind.ENQUIRY})
        found = understanding.candidates
        found = found if understanding.decision is Decision.CHOOSE else found[:1]
        return tuple(candidate for candidate in found if candidate.target.kind in kinds)

    def _keys(self, candidate: Candidate) -> Iterable[str]:
        yield candidate.target.id
        if candidate.target.kind is not TargetKind.ENTRY:
            return
        entry = self._directory.get(candidate.target.id)
        if self.grammar == "spelling":
            yield squash(entry.surname or entry.name if entry else candidate.label)
            return
        yield normalise(candidate.label)
        if entry:
            yield normalise(entry.name)
            # A name that no entry bears as it stands may still be a way to say this one.
            yield from (way for way in entry.spoken if way not in self._names)

    def _spellings(self, expected: str) -> frozenset[str]:
        if self.grammar == "digits":
            return frozenset({"".join(c for c in expected if c.isalnum() or c in "*#")})
        if self.grammar == "spelling":
            return frozenset({squash(expected)})
        return frozenset({expected, normalise(expected), expected.casefold()})


def _best(candidates: tuple[Candidate, ...]) -> float:
    return candidates[0].confidence if candidates else 0.0
