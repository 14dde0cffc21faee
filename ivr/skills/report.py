"""A problem in the street: where it is, what it is (a lamp post by its number), filed with a reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivr.dialogue.actions import Listen
from ivr.model import Expect
from ivr.skills import form, reading
from ivr.skills.form import Form, Slot

if TYPE_CHECKING:
    from ivr.dialogue.skill import Asked

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


def _place(asked: Asked) -> str:
    return form.words(asked)


def _post(asked: Asked) -> str:
    if form.no(asked) and not (asked.said and reading.house(asked.said.text)):
        return "no number"
    return asked.keys.rstrip("#") or reading.house(asked.said.text if asked.said else "")


_WHERE = Slot(name="place", prompt="report_place", read=_place, spot=place_in, fix=_fixed)
street_light = Form(
    (
        _WHERE,
        Slot(name="lamp post", prompt="report_post", read=_post, fix=reading.house,
             listen=Listen(Expect.DIGITS, seconds=8.0, keys=6),
             label=lambda post: post if post == "no number" else f"lamp post {post}"),
    )
)  # fmt: skip
"""A street light fault."""
problem = Form((_WHERE, Slot(name="what", prompt="report_what", read=form.words)))
"""A pothole, dumped rubbish, and whatever else stands in a street."""
