"""Which ward, which councillors, the nearest library: asked by postcode, answered from the site's own table.

Half a postcode is enough where all that begin so have the same answer; else the other half is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.dialogue.skill import Asked, Reply, answer_of
from ivr.dialogue.wording import say
from ivr.model import Expect, Outcome
from ivr.skills import form, reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.dialogue.actions import Say
    from ivr.dialogue.tongue import Tongue
    from ivr.skills.areas import Areas

_BEGUN, _WANTED = "_postcode", "_wanted"
# Letters and digits together are in no grammar.
_LISTEN = Listen(Expect.SPELLING, seconds=8.0, keys=8, free=True)


@dataclass(frozen=True, slots=True)
class Area:
    """The skill. Pure and immutable."""

    areas: Areas

    def begin(self, asked: Asked) -> Reply:
        """Take the postcode from the request, or ask for it; a site without the table answers."""
        wanted = self._wanted(asked)
        if not wanted:
            return self._answer(asked)
        slots = {_WANTED: "|".join(wanted)}
        told = reading.postcode(asked.said.text) if asked.said else ""
        return self._found(asked, told, slots) if told else self._ask(slots)

    def take(self, asked: Asked) -> Reply:
        """Take the postcode, or half of it; a no gets the answer."""
        begun = asked.slots.get(_BEGUN, "")
        text = asked.said.text if asked.said else ""
        if asked.keys:
            told = self._keyed(begun, asked.keys.rstrip("#"))
        else:
            told = reading.postcode(text) or reading.postcode_rest(begun, text) or reading.postcode_begun(text)
        if told and told != begun:
            return self._found(asked, told, dict(asked.slots))
        return self._answer(asked) if form.no(asked) else Reply(understood=False)

    def ask(self, asked: Asked) -> Reply:
        """Put the question that is open."""
        return self._ask(asked.slots)

    # --- inside ---

    def _keyed(self, begun: str, keys: str) -> str:
        """Return the longest postcode, or beginning of one, of the table that the keys begin with; "": none, or two."""
        keyed = reading.on_keys(begun) + keys
        fits = [code for code in self.areas.rows if keyed.startswith(reading.on_keys(code))]
        longest = [code for code in fits if len(code) == max(map(len, fits))]
        return longest[0].upper() if len(longest) == 1 else ""

    def _wanted(self, asked: Asked) -> tuple[str, ...]:
        """Return what the request asks for; where it does not say, what its enquiry is about."""
        said = self.areas.asked_for(asked.said.text) if asked.said else ()
        return said or self.areas.asked_for(asked.subject)

    def _ask(self, slots: Mapping[str, str]) -> Reply:
        begun = slots.get(_BEGUN, "")
        question = say("postcode_rest", part=reading.apart(begun)) if begun else say("area_postcode")
        return Reply(says=(question,), listen=_LISTEN, slots=slots)

    def _found(self, asked: Asked, postcode: str, slots: Mapping[str, str]) -> Reply:
        wanted = slots[_WANTED].split("|")
        found = {thing: value for thing in wanted if (value := self.areas.find(postcode, thing))}
        if not found and not reading.is_whole(postcode) and self.areas.covers(postcode):
            return self._ask({**slots, _BEGUN: postcode})
        if not found:
            return self._answer(asked, say("area_unknown", postcode=reading.apart(postcode)))
        told = asked.tongue.said.also.join(_yours(asked.tongue, thing, value) for thing, value in found.items())
        return Reply(says=(say("area_found", postcode=reading.apart(postcode), found=told),))

    def _answer(self, asked: Asked, *before: Say) -> Reply:
        outcome = Outcome.COMPLETED if asked.enquiry.completes else Outcome.SIGNPOSTED
        return Reply(says=(*before, *answer_of(asked.enquiry)), outcome=outcome)


def _yours(tongue: Tongue, thing: str, value: str) -> str:
    return tongue.fill("things" if thing.endswith("s") else "thing", thing=tongue.term(thing), value=value)
