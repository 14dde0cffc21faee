"""The language of a call: chosen at the greeting where a site has several, asked for later, or not ours at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import menu, transfers
from ivr.dialogue.questions import ask, listen
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment


def picked(desk: Desk, state: State, moment: Moment) -> Step:
    """Go on in the language whose key was pressed."""
    codes = desk.languages
    return _go_on(desk, state, moment, codes[moment.pick] if moment.pick < len(codes) else "")


def not_chosen(desk: Desk, state: State, moment: Moment) -> Step:
    """Go on in the site's own language: none was chosen."""
    return _go_on(desk, state, moment, "")


def wanted(desk: Desk, state: State, moment: Moment) -> Step:
    """Go on in the language asked for, or give the caller a person, who is told of it."""
    code = desk.language_called(moment.language)
    if code and state.phase not in {Phase.TRANSFERRING, Phase.TO_OPERATOR}:
        return _go_on(desk, state, moment, code)
    return transfers.operator_asked(desk, replace(state, tongue=moment.language), moment)


def _go_on(desk: Desk, state: State, moment: Moment, code: str) -> Step:
    own = "" if code == desk.site.language else code
    state = replace(state, phase=Phase.LISTENING, language=own, about="", offered=(), failures=0)
    if desk.is_deaf(state):
        return menu.opened(desk, state, moment)
    if state.open:
        return state, ask(desk, state)
    return state, (say("greeting_closed", site=desk.site.name), listen(desk, state))
