"""The question of each phase: what is said, and what is listened for. Pure functions of the state.

A question can be put first, repeated, or put again in other words after silence or an answer not understood;
all from the same ids, so that `repeat` works after a restart in mid-call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue import namesakes
from ivr.dialogue.actions import Action, Listen, Say
from ivr.dialogue.skill import answer_of
from ivr.dialogue.state import MOST_READ_OUT, Phase, State
from ivr.dialogue.wording import RECORDING, say, series
from ivr.model import Entry, Expect, Kind, TargetKind

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.skill import Reply

Actions = tuple[Action, ...]

LONGEST_NAME = 12
"""Keys of a surname spelled on the keypad; hash ends it sooner."""

HELP = {
    Phase.CHOOSING: "help_choose",
    Phase.SPELLING: "help_spell",
    Phase.CONFIRMING: "help_yes_no",
    Phase.RETURNING: "help_yes_no",
    Phase.OFFERING_TEXT: "help_yes_no",
    Phase.OFFERING_TRANSFER: "help_yes_no",
    Phase.IN_SKILL: "help_detail",
    Phase.MENU: "help_detail",
    Phase.RATING: "help_survey",
}
"""Help of each phase; elsewhere `help_listen`."""

AGAIN = {
    Phase.CONFIRMING: "confirm",
    Phase.CHOOSING: "choose",
    Phase.SPELLING: "spell",
    Phase.RETURNING: "confirm",
    Phase.OFFERING_TEXT: "offer_text",
    Phase.OFFERING_TRANSFER: "offer_transfer",
    Phase.ANYTHING_ELSE: "anything_else",
    Phase.IN_SKILL: "detail",
    Phase.MENU: "menu",
}
"""Series of each phase's question; elsewhere `listen`."""
_PUT_AGAIN = frozenset(AGAIN) - {Phase.SPELLING, Phase.OFFERING_TEXT, Phase.ANYTHING_ELSE}
"""Phases whose question itself is put once more after the words of the series."""


def ask(desk: Desk, state: State) -> Actions:
    """Put the question of the state's phase."""
    return (*_words(desk, state), listen(desk, state))


def ask_again(desk: Desk, state: State, why: str) -> Actions:
    """Put the question in other words, after `why`: `silence` or `no_match`; the wording follows the failures."""
    again = series(f"{AGAIN.get(state.phase, 'listen')}_{why}", state.failures)
    if state.phase in _PUT_AGAIN:
        return (again, *_words(desk, state), listen(desk, state))
    return (again, listen(desk, state))


def listen(desk: Desk, state: State) -> Listen:  # noqa: PLR0911 (one return a phase)
    """Return what the state's phase listens for."""
    match state.phase:
        case Phase.CONFIRMING:
            return Listen(Expect.YES_NO, (state.about,))
        case Phase.CHOOSING:
            return Listen(Expect.CHOICE, state.offered, only=() if state.failures else _narrowed(desk, state))
        case Phase.SPELLING:
            return Listen(Expect.SPELLING, seconds=8.0, keys=LONGEST_NAME)
        case Phase.MENU | Phase.LANGUAGE:
            return Listen(Expect.CALL)
        case Phase.IN_SKILL if reply := _skill(desk, state):
            return reply.listen or Listen(Expect.CALL)
        case Phase.RATING:
            return Listen(Expect.DIGITS)
        case Phase.COMMENTING:
            return Listen(Expect.CALL, seconds=10.0, free=True)
        case Phase.RETURNING | Phase.OFFERING_TEXT | Phase.OFFERING_TRANSFER | Phase.ANYTHING_ELSE:
            return Listen(Expect.YES_NO)
        case _:
            return Listen(Expect.CALL, keys=desk.extension_keys)


def named(entry: Entry, prompt: str) -> Say:
    """Speak `prompt` with the entry's name, in its own recording where there is one."""
    action = say(prompt, name=entry.name)
    return Say(action.prompt, {**action.values, **_recorded("name", entry.prompt)})


def label(desk: Desk, state: State, target: str) -> tuple[str, str]:
    """Return how to read a target out among others, and the recording of that if it is the bare name."""
    if enquiry := desk.enquiry(state, target):
        return enquiry.title, ""
    entry = desk.entry(state, target)
    if entry is None:
        return "", ""
    peers = [e for t in state.offered if (e := desk.entry(state, t)) and e.id != entry.id]
    alike = [e for e in peers if e.department == entry.department]
    parts = [entry.name]
    namesake = any(e.name.casefold() == entry.name.casefold() for e in peers)
    if (entry.kind is Kind.PERSON or namesake) and entry.department not in {"", entry.name}:
        parts.append(entry.department)
    if entry.role and any(e.name.casefold() == entry.name.casefold() for e in alike):
        parts.append(entry.role)
    return ", ".join(parts), entry.prompt if len(parts) == 1 else ""


def _narrowed(desk: Desk, state: State) -> tuple[str, ...]:
    """Return those offered and where they work: who is asked about three names means one of them."""
    entries = [entry for target in state.offered if (entry := desk.entry(state, target))]
    places = [place for entry in entries if (place := desk.place(state, entry.department))]
    return tuple(dict.fromkeys((*state.offered, *(f"{TargetKind.ENTRY}:{place.id}" for place in places))))


def _recorded(name: str, recording: str) -> dict[str, str]:
    return {name + RECORDING: recording} if recording else {}


def _words(desk: Desk, state: State) -> tuple[Say, ...]:  # noqa: C901, PLR0911, PLR0912 (one case a phase)
    match state.phase:
        case Phase.CONFIRMING:
            return (_confirm(desk, state),)
        case Phase.CHOOSING:
            return (_choose(desk, state),)
        case Phase.SPELLING:
            return (say("spell"),)
        case Phase.MENU:
            return _menu(desk, state)
        case Phase.LANGUAGE:
            return languages(desk)
        case Phase.RETURNING:
            entry = desk.entry(state, f"entry:{state.last_entry}")
            return (named(entry, "reached") if entry else say("listen"),)
        case Phase.OFFERING_TEXT:
            return (say("offer_text"),)
        case Phase.OFFERING_TRANSFER:
            enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
            place = desk.place(state, enquiry.entry) if enquiry else None
            return (named(place or desk.operator, "offer_transfer"),)
        case Phase.ANYTHING_ELSE:
            return (say("anything_else"),)
        case Phase.IN_SKILL if reply := _skill(desk, state):
            return reply.says
        case Phase.RATING:
            return (say("survey"),)
        case Phase.COMMENTING:
            return (say("survey_comment"),)
        case _:
            return (say("listen"),)


def _skill(desk: Desk, state: State) -> Reply | None:
    """Return the question the enquiry's skill is at."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    skill = desk.skill_of(enquiry)
    if skill is None or enquiry is None:
        return None
    return skill.ask(desk.asked(state, enquiry))


def answer(desk: Desk, state: State) -> tuple[Say, ...]:
    """Speak the answer of the enquiry asked last."""
    enquiry = desk.enquiry(state, f"enquiry:{state.enquiry}")
    return answer_of(enquiry) if enquiry else ()


def languages(desk: Desk) -> tuple[Say, ...]:
    """Offer each language in its own words."""
    offers = ((say("language_offer", key=str(n)), code) for n, code in enumerate(desk.languages, 1))
    return tuple(Say(offer.prompt, offer.values, code) for offer, code in offers)


def _menu(desk: Desk, state: State) -> tuple[Say, ...]:
    """Read out the keypad menu, or the page of its list that the caller is at."""
    if not state.offered:
        return (say("menu"),)
    options = (say("menu_option", name=label(desk, state, t)[0], key=str(n)) for n, t in enumerate(state.offered, 1))
    return (*options, say("menu_more"))


def _confirm(desk: Desk, state: State) -> Say:
    if enquiry := desk.enquiry(state, state.about):
        return say("confirm_enquiry", title=enquiry.title)
    entry = desk.entry(state, state.about)
    if entry is None:
        return say("listen")
    if entry.kind is Kind.PERSON and entry.department:
        action = say("confirm_person", name=entry.name, department=entry.department)
        return Say(action.prompt, {**action.values, **_recorded("name", entry.prompt)})
    return named(entry, "confirm_entry")


def _choose(desk: Desk, state: State) -> Say:
    if len(state.offered) > MOST_READ_OUT:
        return namesakes.question([entry for target in state.offered if (entry := desk.entry(state, target))])
    values: dict[str, str] = {}
    for name, target in zip(("first", "second", "third"), state.offered, strict=False):
        text, recording = label(desk, state, target)
        values |= {name: text, **_recorded(name, recording)}
    return Say("choose_three" if len(state.offered) > 2 else "choose_two", values)  # noqa: PLR2004 (as named)
