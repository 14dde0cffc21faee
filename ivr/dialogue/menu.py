"""The keypad menu: a whole call without a word. Lists read out with a key each, a name keyed, an extension keyed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import requests
from ivr.dialogue.questions import ask, listen
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment

PAGE = 8
"""Most targets read out at once; the key after them reads out the next."""
MORE = "9"
PLACES, NAME, EXTENSION, ENQUIRIES = "1", "2", "3", "4"
"""Keys of the menu itself."""


def opened(desk: Desk, state: State, moment: Moment) -> Step:
    """Read out the keypad menu."""
    del moment
    state = replace(state, phase=Phase.MENU, menu="", page=0, about="", offered=(), failures=0)
    return state, ask(desk, state)


def keyed(desk: Desk, state: State, moment: Moment) -> Step:
    """Do what the key stands for: read out a list, or act on the one of the list that was chosen."""
    if state.menu:
        return _of_list(desk, state, moment)
    if moment.keys in {PLACES, ENQUIRIES}:
        return _page(desk, replace(state, menu=moment.keys), moment, 0)
    if moment.keys == NAME:
        state = replace(state, phase=Phase.SPELLING, failures=0)
        return state, (say("menu_name"), listen(desk, state))
    if moment.keys == EXTENSION:
        state = replace(state, phase=Phase.LISTENING, failures=0)
        return state, (say("menu_extension"), listen(desk, state))
    return requests.no_match(desk, state, moment)


def _of_list(desk: Desk, state: State, moment: Moment) -> Step:
    if moment.keys == MORE:
        return _page(desk, state, moment, state.page + 1)
    place = int(moment.keys) - 1 if moment.keys.isdigit() and moment.keys != "0" else PAGE
    if place >= len(state.offered):
        return requests.no_match(desk, state, moment)
    return requests.accept(desk, state, replace(moment, targets=(state.offered[place],)))


def _page(desk: Desk, state: State, moment: Moment, page: int) -> Step:
    """Read out one page of a list; after the last comes the first."""
    every = desk.listed(state, places=state.menu == PLACES)
    if not every:
        return requests.no_match(desk, replace(state, menu=""), moment)
    page %= -(-len(every) // PAGE)
    offered = every[page * PAGE : (page + 1) * PAGE]
    state = replace(state, page=page, offered=offered, failures=0)
    return state, ask(desk, state)
