"""A missed bin: postcode, house, which bin, was it out; checked against the calendar, filed with a reference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.dialogue.skill import Asked, Reply
from ivr.dialogue.wording import say
from ivr.model import Expect
from ivr.skills import form, reading
from ivr.skills.form import Form, Slot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.skills.tables import Calendar

BINS = {"rubbish": ("rubbish", "black", "general", "refuse", "household", "grey"),
        "recycling": ("recycling", "recycle", "blue", "paper", "cardboard", "plastic"),
        "food": ("food", "caddy"),
        "garden": ("garden", "green", "brown", "grass")}  # fmt: skip
"""Bins, and the words callers have for each."""
_KEYED = dict(zip("1234", BINS, strict=True))


def missed_bin(calendar: Calendar) -> Form:
    """Make the skill, with the site's collection calendar (an empty one checks nothing)."""

    def read_postcode(asked: Asked) -> str:
        if asked.keys:
            return reading.postcode_keyed(asked.keys, calendar.postcodes)
        text = asked.said.text if asked.said else ""
        begun = asked.slots.get("_postcode", "")
        whole = reading.postcode(text) or reading.postcode_rest(begun, text)
        return whole or reading.postcode_among(text, calendar.postcodes)

    def settle(asked: Asked, slots: Mapping[str, str]) -> Reply | None:
        """Say so where it was not out, or is not collected on the day it would have been missed."""
        if slots.get("out") == "no":
            return Reply(says=(say("bin_late"),))
        due = calendar.not_due(slots.get("postcode", ""), slots.get("bin", ""), asked.at)
        if due is None:
            return None
        day = asked.tongue.weekday(due.weekday)
        day = asked.tongue.fill("every_other_week", day=day) if due.every_other_week else day
        return Reply(says=(say("bin_not_due", bin=asked.tongue.term(slots["bin"]), day=day),))

    return Form(
        (
            Slot(name="postcode", prompt="bin_postcode", read=read_postcode, spot=reading.postcode,
                 listen=Listen(Expect.SPELLING, seconds=8.0, keys=8, free=True), label=_spelt,
                 part=lambda asked: reading.postcode_begun(asked.said.text) if asked.said else "",
                 rest="postcode_rest"),
            Slot(name="house", prompt="bin_house", read=_house, spot=_number, fix=reading.house,
                 label=_number_or_name,
                 listen=replace(form.FREELY, keys=4)),
            Slot(name="bin", prompt="bin_which", read=_bin, spot=_which,
                 fix=lambda text: _which(text, bare=True), label=_which_bin),
            Slot(name="out", prompt="bin_out", read=_out, listen=Listen(Expect.YES_NO),
                 label=lambda asked, _: asked.tongue.term("out by six in the morning")),
        ),
        settle,
    )  # fmt: skip


def _spelt(asked: Asked, code: str) -> str:
    return asked.tongue.fill("postcode", value=reading.apart(code))


def _which_bin(asked: Asked, which: str) -> str:
    return asked.tongue.fill("bin", value=asked.tongue.term(which))


def _number_or_name(asked: Asked, house: str) -> str:
    return asked.tongue.fill("house", value=house) if house[:1].isdigit() else house


def _house(asked: Asked) -> str:
    name = form.words(asked)
    number = reading.house(asked.said.text) if name and asked.said else ""
    return asked.keys.rstrip("#") or number or (name if len(name.split()) <= 4 else "")  # noqa: PLR2004 - a name


def _number(text: str) -> str:
    return reading.house(text.partition("number")[2]) if " number " in f" {text} " else ""


def _bin(asked: Asked) -> str:
    return _KEYED.get(asked.keys, "") or _which(asked.said.text if asked.said else "", bare=True)


def _which(text: str, *, bare: bool = False) -> str:
    """Bin meant; in a sentence about something else only beside the word itself: "my green bin"."""
    said = text.split()
    found = [name for name, ways in BINS.items() if set(said) & set(ways)]
    sure = bare or {"bin", "bins", "box", "caddy"} & set(said)
    return found[0] if len(found) == 1 and sure else ""


def _out(asked: Asked) -> str:
    return "yes" if form.yes(asked) else "no" if form.no(asked) else ""
