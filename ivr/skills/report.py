"""A problem in the street: where it is, what it is (a lamp post by its number), filed with a reference."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.model import Expect
from ivr.skills import form, reading
from ivr.skills.form import Form, Slot

if TYPE_CHECKING:
    from ivr.dialogue.skill import Asked
    from ivr.skills.tables import Calendar

NO_NUMBER = "no number"
_ON_KEYS = "postcode on the keys "
"""A place that is a postcode, each letter by the key it is on."""
_POSTCODE_KEYS = range(5, 8)
_ROAD = re.compile(r"\b(?:on|in|outside|along|down|at|near) ((?:number )?(?:[a-z0-9']+ ){1,4}"
                   r"(?:road|street|lane|avenue|close|drive|way|hill|square|gardens|crescent|terrace|park|green|"
                   r"grove|place|court))\b")  # fmt: skip


def place_in(text: str) -> str:
    """Place named in a sentence ("a pothole on mill road"); "" where it names none.

    >>> place_in("there's a pothole on mill road outside number six"), place_in("there's a hole in my road")
    ('mill road', '')
    """
    found = _ROAD.search(text)
    place = found[1] if found else ""
    return "" if re.match(r"(my|our|the|a|this|your) ", place) else place


def _fixed(text: str) -> str:
    """Place that is set right, in a few words: "no, mill lane"."""
    return place_in(text) or place_in(f"on {text}")


def street_light(calendar: Calendar) -> Form:
    """Make the skill that takes a street light's fault. `calendar`: postcodes that can be keyed."""
    post = Slot(name="lamp post", prompt="report_post", read=_post, fix=reading.house, label=_posted,
                listen=Listen(Expect.DIGITS, seconds=8.0, keys=6))  # fmt: skip
    return Form((_where(calendar), post))


def problem(calendar: Calendar) -> Form:
    """Make the skill that takes a pothole, dumped rubbish, and whatever else stands in a street."""
    return Form((_where(calendar), Slot(name="what", prompt="report_what", read=form.words_or_none)))


def _where(calendar: Calendar) -> Slot:
    def read(asked: Asked) -> str:
        """Give the words, or the postcode keyed: as letters where it is known, else as its keys."""
        keys = asked.keys.rstrip("#")
        if not keys:
            return form.words(asked)
        known = reading.postcode_keyed(keys, calendar.postcodes)
        return known or (f"{_ON_KEYS}{keys}" if len(keys) in _POSTCODE_KEYS else "")

    return Slot(name="place", prompt="report_place", read=read, spot=place_in, fix=_fixed, label=_placed,
                listen=replace(form.FREELY, keys=8))  # fmt: skip


def _placed(asked: Asked, place: str) -> str:
    if place.startswith(_ON_KEYS):
        return asked.tongue.fill("postcode", value=" ".join(place.removeprefix(_ON_KEYS)))
    code = reading.postcode(place)
    return asked.tongue.fill("postcode", value=reading.apart(code)) if code == place else place


def _post(asked: Asked) -> str:
    if form.no(asked) and not (asked.said and reading.house(asked.said.text)):
        return NO_NUMBER
    return asked.keys.rstrip("#") or reading.house(asked.said.text if asked.said else "")


def _posted(asked: Asked, post: str) -> str:
    return asked.tongue.term(post) if post == NO_NUMBER else asked.tongue.fill("lamp_post", value=post)
