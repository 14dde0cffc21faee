"""Filling a form by voice: one question at a time, several answers in one sentence, one answer corrected.

A form offers to take the details down, asks for what is missing, reads all of it back, and files it. "No, number
twelve" changes one answer and reads back again. What a caller has told it stays in the call's slots, so a person
who takes over hears it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen, Say
from ivr.dialogue.skill import Asked, Reply, answer_of
from ivr.dialogue.wording import say
from ivr.match.values import hide_numbers
from ivr.model import Command, Expect, Outcome
from ivr.skills.reading import is_card

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ivr.dialogue.tongue import Tongue

_OFFERED, _CHECKED = "_offered", "_checked"
_WORDS = 2
_CORRECTING = frozenset({"no", "nope", "sorry", "actually", "wait", "wrong"})
"""Words that what is set right begins with."""
FREELY = Listen(Expect.CALL, seconds=8.0, free=True)
"""Listens for words that no grammar lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One answer a form needs."""

    name: str
    prompt: str
    """Id of its question's prompt."""
    read: Callable[[Asked], str]
    """Reads the answer to its own question; "" where that was none."""
    spot: Callable[[str], str] = lambda _: ""
    """Finds it in any sentence, only where it is sure; "" where it is not there."""
    listen: Listen = FREELY
    label: Callable[[Asked, str], str] = lambda asked, value: asked.tongue.term(value)
    """How it is read back in the call's language."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values for its question's prompt, in the words of the site's own language."""
    fix: Callable[[str], str] | None = None
    """Finds it in words that set one answer right ("no, the green one"); None: as `spot` does."""
    part: Callable[[Asked], str] = lambda _: ""
    """Reads half an answer, which the slot `_NAME` then holds for `read` to go on from; "" where it is none."""
    rest: str = ""
    """Id of the prompt that asks for the other half; its value is `part`, letter by letter."""

    @property
    def begun(self) -> str:
        """Name of the slot that holds half an answer."""
        return f"_{self.name}"

    def question(self, slots: Mapping[str, str], tongue: Tongue) -> Say:
        """Ask for it, or for the rest of it."""
        half = slots.get(self.begun, "")
        if half and self.rest:
            return say(self.rest, part=" ".join(half))
        return say(self.prompt, **{name: tongue.term(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Form:
    """A skill that fills a form. Pure and immutable."""

    slots: tuple[Slot, ...]
    settle: Callable[[Asked, Mapping[str, str]], Reply | None] = lambda _asked, _slots: None
    """Ends the form early, after any answer, where what is known so far says so; None: go on."""
    offer: Callable[[Tongue], Say] = lambda _tongue: say("form_offer")
    """What is asked before anything is taken down."""
    finish: Callable[[Asked, Mapping[str, str]], Reply] = lambda asked, filled: Reply(slots=asked.slots, request=filled)
    """What is done with a form that is filled and confirmed."""

    def begin(self, asked: Asked) -> Reply:
        """Take what the request itself told, and offer to take the rest."""
        told = self._spotted(asked)
        return self._next(asked, told) if len(told) >= _WORDS else self.ask(replace(asked, slots=told))

    def ask(self, asked: Asked) -> Reply:
        """Put the question that is open."""
        slots = asked.slots
        if not slots.get(_OFFERED):
            return Reply(says=(self.offer(asked.tongue),), listen=Listen(Expect.YES_NO), slots=slots)
        if slot := self._open(slots):
            return Reply(says=(slot.question(slots, asked.tongue),), listen=slot.listen, slots=slots)
        if slots.get(_CHECKED) == "no":
            return Reply(says=(say("form_which"),), listen=FREELY, slots=slots)
        return Reply(says=(self._summary(asked, slots),), listen=Listen(Expect.YES_NO), slots=slots)

    def take(self, asked: Asked) -> Reply:
        """Take an answer: to the offer, to the open question, or to what was read back."""
        if not asked.slots.get(_OFFERED):
            return self._offered(asked)
        slot = self._open(asked.slots)
        return self._answered(asked, slot) if slot else self._checked(asked)

    def again(self, asked: Asked, slots: Mapping[str, str], *says: Say) -> Reply:
        """Say something, and put the question that `slots` lead to."""
        reply = self.ask(replace(asked, slots=slots))
        return replace(reply, says=(*says, *reply.says))

    # --- inside ---

    def _offered(self, asked: Asked) -> Reply:
        told = self._spotted(asked)
        if yes(asked) or told:
            return self._next(asked, {**asked.slots, **told})
        if no(asked):
            outcome = Outcome.COMPLETED if asked.enquiry.completes else Outcome.SIGNPOSTED
            return Reply(says=answer_of(asked.enquiry), outcome=outcome)
        return Reply(understood=False)

    def _answered(self, asked: Asked, slot: Slot) -> Reply:
        told = self._spotted(asked)
        if value := slot.read(asked) or told.get(slot.name, ""):
            told[slot.name] = value
        elif (half := slot.part(asked)) and half != asked.slots.get(slot.begun):
            told[slot.begun] = half
        corrected = corrects(asked)
        fresh = {n: value for n, value in told.items() if corrected or n in {slot.name, slot.begun}
                 or not asked.slots.get(n)}  # fmt: skip
        return self._next(asked, {**asked.slots, **fresh}) if fresh else Reply(understood=False)

    def _checked(self, asked: Asked) -> Reply:
        found = self._spotted(asked) or self._fixed(asked)
        told = {name: value for name, value in found.items() if value != asked.slots.get(name)}
        if told:
            return self._next(asked, {**asked.slots, **told, _CHECKED: ""})
        if yes(asked) and asked.slots.get(_CHECKED) != "no":
            filled = {slot.name: asked.slots[slot.name] for slot in self.slots}
            return self.finish(asked, filled)
        if named := self._named(asked):
            return self._next(asked, {**asked.slots, named: "", _CHECKED: ""})
        if no(asked):
            return self.ask(replace(asked, slots={**asked.slots, _CHECKED: "no"}))
        return Reply(understood=False)

    def _fixed(self, asked: Asked) -> dict[str, str]:
        """Read the words after a no, or those asked for, as the one answer they can set right."""
        if not (corrects(asked) or asked.slots.get(_CHECKED) == "no") or asked.said is None:
            return {}
        text = " ".join(word for word in asked.said.text.split() if word not in _CORRECTING)
        found = {slot.name: (slot.fix or slot.spot)(text) for slot in self.slots}
        told = {name: value for name, value in found.items() if value}
        return told if len(told) == 1 else {}

    def _named(self, asked: Asked) -> str:
        """Name of the slot the caller speaks of: "the postcode is wrong"."""
        said = asked.said.text.split() if asked.said else []
        return next((slot.name for slot in self.slots if set(slot.name.split()) & set(said)), "")

    def _next(self, asked: Asked, slots: Mapping[str, str]) -> Reply:
        slots = {**slots, _OFFERED: "yes"}
        return self.settle(asked, slots) or self.ask(replace(asked, slots=slots))

    def _open(self, slots: Mapping[str, str]) -> Slot | None:
        return next((slot for slot in self.slots if not slots.get(slot.name)), None)

    def _spotted(self, asked: Asked) -> dict[str, str]:
        text = asked.said.text if asked.said else ""
        found = {slot.name: slot.spot(text) for slot in self.slots} if text else {}
        return {name: value for name, value in found.items() if value}

    def _summary(self, asked: Asked, slots: Mapping[str, str]) -> Say:
        told = (slot.label(asked, slots[slot.name]) for slot in self.slots)
        return say("form_confirm", summary=", ".join(told))


def yes(asked: Asked) -> bool:
    """Whether the caller said yes, or keyed 1."""
    return asked.keys == "1" or (asked.said is not None and asked.said.command is Command.YES)


def corrects(asked: Asked) -> bool:
    """Whether the words set something right: "no, number twelve", "sorry, the blue bin"."""
    words = asked.said.text.split()[:2] if asked.said else []
    return bool(_CORRECTING & set(words))


def no(asked: Asked) -> bool:
    """Whether the caller said no, or keyed 2."""
    return asked.keys == "2" or (asked.said is not None and asked.said.command is Command.NO)


UNTOLD = "not said"
"""Stands for words that a caller leaves out by key."""


def words_or_none(asked: Asked) -> str:
    """Give what the caller said; 1 leaves it out."""
    return UNTOLD if asked.keys == "1" else words(asked)


def words(asked: Asked) -> str:
    """Give what the caller said, as it was heard, less a card's number; "" for keys, a bare yes or no, and silence."""
    said = asked.said
    if said is None or (said.command and not said.candidates):
        return ""
    return hide_numbers(said.original or said.text, is_card)
