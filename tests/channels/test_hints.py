"""Hints: the 500 that help most, and none that an outside caller may not hear of."""

from __future__ import annotations

from ivr.channels.hints import ANSWERS, Hints
from ivr.model import Audience, Directory, Enquiry, Entry, Expect, Kind


def _person(number: int, name: str, audience: Audience = Audience.EVERYONE) -> Entry:
    spoken = (name.casefold(),)
    return Entry(id=f"p-{number}", kind=Kind.PERSON, name=name, spoken=spoken, audience=audience)


CROWD = [_person(n, f"Anna Q{chr(97 + n // 26)}{chr(97 + n % 26)}x") for n in range(600)]
ALIKE = [_person(901, "Zed Reid"), _person(902, "Zoe Reade")]
FAVOURITE = _person(903, "Zuri Zalewska")
HIDDEN = _person(904, "Zane Secret", Audience.NOBODY)
COLLEAGUE = _person(905, "Zack Depot", Audience.INTERNAL)
HOUSING = Entry(id="d-1", kind=Kind.DEPARTMENT, name="Housing", spoken=("housing",))
ENQUIRY = Enquiry(id="missed_bin", title="a missed bin collection", phrases=(), answer="")
SOUNDS = {"reid": ("R", "IY", "D"), "reade": ("R", "IY", "D")}


def _sounds(word: str) -> tuple[tuple[str, ...], ...]:
    """No two crowd names sound alike here."""
    phones = ("IY", "AE", "UW", "P", "T", "K", "F", "S", "M", "L", "R", "HH")
    return (SOUNDS.get(word, tuple(phones[k] for c in word for k in divmod(ord(c) % 97, 12))),)


def _hints(most: int = 100) -> Hints:
    directory = Directory((*CROWD, *ALIKE, FAVOURITE, HIDDEN, COLLEAGUE, HOUSING))
    return Hints(directory, [ENQUIRY], _sounds, most=most, called={FAVOURITE.id: 50})


def test_most_asked_for_then_enquiries_then_confusable() -> None:
    """What is asked for most comes before departments, then enquiries, then names that sound alike."""
    found = _hints().of(Expect.CALL)
    assert len(found) == 100
    assert found.index("Zuri Zalewska") < found.index("Housing") < found.index("a missed bin collection")
    assert {"Zed Reid", "Zoe Reade"} <= set(found)


def test_what_is_offered_comes_first() -> None:
    """The names a question offers are always among its hints, before anything else."""
    assert _hints().of(Expect.CHOICE, ("entry:p-599", "entry:p-598"))[:2] == (CROWD[599].name, CROWD[598].name)


def test_nobody_hears_of_hidden_entries() -> None:
    """Ex-directory entries are never hints, internal ones only for colleagues."""
    outside, inside = _hints(2000).of(Expect.CALL), _hints(2000).of(Expect.CALL, internal=True)
    assert "Zack Depot" not in outside
    assert "Zack Depot" in inside
    assert "Zane Secret" not in (*outside, *inside)


def test_spelling_and_digits_are_not_drowned_in_names() -> None:
    """Where letters or digits are expected, no names compete with them."""
    assert _hints().of(Expect.SPELLING) == ANSWERS[Expect.SPELLING]
    assert _hints().of(Expect.DIGITS) == ANSWERS[Expect.DIGITS]


def test_limit() -> None:
    """Never more hints than the settings allow, and none where they say none."""
    assert _hints(0).of(Expect.CALL) == ()
    assert len(_hints(7).of(Expect.YES_NO)) == 7
