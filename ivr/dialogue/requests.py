"""Hearing what the caller wants: the greeting, a request sure or unsure, its confirmation, and not understanding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ivr.dialogue import answers, transfers
from ivr.dialogue.moment import Moment, Trigger
from ivr.dialogue.questions import HELP, answer, ask, ask_again, listen
from ivr.dialogue.state import MOST_READ_OUT, Phase, State
from ivr.dialogue.wording import say, series
from ivr.model import MOST_ALIKE, Kind

if TYPE_CHECKING:
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step

DECLINES_BEFORE_SPELLING, DECLINES_BEFORE_OPERATOR = 2, 3
CROWDED_BEFORE_SPELLING, CROWDED_BEFORE_OPERATOR = 1, 4
"""The same where many people are listed: saying the name again helps less there, and letters more."""
LIKELY_AGAIN = 0.2
"""Probability, by all turns together, from which a name is put to a caller who was not understood twice."""
LEFT_OVER = 0.1
"""The same of what is left once a name was spelled, and the likeliest declined or the letters not understood."""
MOST_HICCUPS = 3
_MOBILE = "+447"


def greet(desk: Desk, state: State, moment: Moment) -> Step:
    """Answer the call."""
    facts = moment.facts
    if facts:
        state = replace(
            state,
            internal=facts.internal,
            open=facts.open,
            survey=facts.survey and not facts.direct,
            known=facts.caller.removeprefix("+").isdigit(),
            can_text=facts.caller.startswith(_MOBILE),
            last_entry=facts.last_entry,
        )
    if facts and facts.direct and state.open:
        state = replace(state, direct=True)
        through, actions = transfers.operator_asked(desk, state, moment)
        return through, (say("greeting_direct", site=desk.site.name), *actions)
    if facts and facts.short and state.open:
        through, actions = transfers.shorten(desk, state)
        return through, (say("greeting_direct", site=desk.site.name), *actions)
    last = desk.entry(state, f"entry:{state.last_entry}")
    if last and state.open:
        state = replace(state, phase=Phase.RETURNING)
        return state, (say("returning", site=desk.site.name, name=last.name), listen(desk, state))
    if desk.languages:
        state = replace(state, phase=Phase.LANGUAGE)
        return state, (say("greeting_direct", site=desk.site.name), *ask(desk, state))
    state = replace(state, phase=Phase.LISTENING)
    return state, (say("greeting" if state.open else "greeting_closed", site=desk.site.name), listen(desk, state))


def accept(desk: Desk, state: State, moment: Moment) -> Step:
    """Act on a request that is sure."""
    target = moment.targets[0]
    state = _leave(state, target)
    if enquiry := desk.enquiry(state, target):
        return answers.answer_enquiry(desk, state, moment.at, enquiry, moment.said)
    entry = desk.entry(state, target)
    if entry is None:
        return no_match(desk, state, moment)
    return transfers.put_through(desk, state, moment.at, entry)


def confirm(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask whether this is what the caller asked for; said again in answer to that very question, it is."""
    target = moment.targets[0]
    if state.phase is Phase.CONFIRMING and target == state.about:
        return accept(desk, state, moment)
    state = replace(_leave(state, target), phase=Phase.CONFIRMING, about=target, offered=(), failures=0)
    return state, ask(desk, state)


def choose(desk: Desk, state: State, moment: Moment) -> Step:
    """Read out what the caller may have asked for."""
    if state.phase is Phase.CHOOSING and set(moment.targets) == set(state.offered):
        return no_match(desk, state, moment)
    if len(moment.targets) >= MOST_ALIKE:
        return _whole_name(desk, state)
    state = replace(state, phase=Phase.CHOOSING, offered=moment.targets, about="", failures=0)
    return state, ask(desk, state)


def confirmed(desk: Desk, state: State, moment: Moment) -> Step:
    """Act on what the caller confirmed."""
    return accept(desk, state, replace(moment, targets=(state.about,)))


def refused(desk: Desk, state: State, moment: Moment) -> Step:
    """Never offer that again; take the request that came with the no, or ask for it."""
    return _declined(desk, state, moment, (state.about,), "declined")


def neither(desk: Desk, state: State, moment: Moment) -> Step:
    """Never offer any of those again."""
    return _declined(desk, state, moment, state.offered, "neither")


def picked(desk: Desk, state: State, moment: Moment) -> Step:
    """Act on the one at the position said or keyed."""
    if moment.pick >= len(state.offered):
        return no_match(desk, state, moment)
    return accept(desk, state, replace(moment, targets=(state.offered[moment.pick],)))


def right_person(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask what else there is: the transfer before was right."""
    return answers.anything_else(desk, state, moment)


def wrong_person(desk: Desk, state: State, moment: Moment) -> Step:
    """Remember that the transfer before was wrong, and start again."""
    state = replace(transfers.reached_wrong(state), phase=Phase.LISTENING, failures=0)
    targets = desk.allowed(state, moment.targets)
    if moment.request and targets:
        return request(desk, state, replace(moment, targets=targets))
    return state, (say("wrong_sorry"), listen(desk, state))


def request(desk: Desk, state: State, moment: Moment) -> Step:
    """Take the request that came with an answer."""
    match moment.request:
        case Trigger.ACCEPT:
            return accept(desk, state, moment)
        case Trigger.CHOOSE if len(moment.targets) > 1:
            return choose(desk, state, moment)
        case _:
            return confirm(desk, state, moment)


def silence(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask again in other words; too often in a row, a person takes over."""
    if state.phase is Phase.RETURNING:
        return start_again(desk, state, moment)
    if state.phase in {Phase.OFFERING_TEXT, Phase.OFFERING_TRANSFER, Phase.ANYTHING_ELSE}:
        over = answers.silence_after(desk, state, moment)
        if over:
            return over
    return _failed(desk, state, moment, "silence")


def no_match(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask again in other words; too often in a row, a person takes over."""
    return _failed(desk, state, moment, "no_match")


def help_wanted(desk: Desk, state: State, moment: Moment) -> Step:
    """Say what can be said or keyed here."""
    del moment
    words = say(HELP.get(state.phase, "help_listen"))
    question = ask(desk, state) if state.phase in HELP else (listen(desk, state),)
    return state, (words, *question)


def repeat(desk: Desk, state: State, moment: Moment) -> Step:
    """Say the answer and the question again."""
    if moment.trigger is Trigger.REPEAT and state.phase is Phase.LISTENING:
        state = replace(state, repeats=state.repeats + 1)
    after = {Phase.OFFERING_TEXT, Phase.OFFERING_TRANSFER, Phase.ANYTHING_ELSE}
    said = answer(desk, state) if state.phase in after else ()
    return state, (*said, *ask(desk, state))


def start_again(desk: Desk, state: State, moment: Moment) -> Step:
    """Forget the question asked, not what was declined."""
    del moment
    state = replace(state, phase=Phase.LISTENING, about="", offered=(), failures=0)
    return state, ask(desk, state)


def hiccup(desk: Desk, state: State, moment: Moment) -> Step:
    """Ask the caller to say it again: that turn was lost through a fault of ours."""
    state = replace(state, hiccups=state.hiccups + 1)
    if state.hiccups >= MOST_HICCUPS:
        return transfers.fault(desk, state, moment)
    return state, (say("say_again"), listen(desk, state))


def _leave(state: State, target: str) -> State:
    """Count going on to `target` from a question about another as a no to that one."""
    left = state.about if state.phase is Phase.CONFIRMING and state.about != target else ""
    return replace(state, declined=(*state.declined, left)) if left else state


def _declined(desk: Desk, state: State, moment: Moment, targets: tuple[str, ...], words: str) -> Step:
    read_out = targets if len(targets) <= MOST_READ_OUT else ()  # of more, only what they share was said
    entries = [desk.entry(state, target) for target in targets]
    people = any(entry and entry.kind is Kind.PERSON for entry in entries)
    spelled = state.spelt
    state = replace(
        state,
        phase=Phase.LISTENING,
        declined=tuple(dict.fromkeys((*state.declined, *read_out))),
        declines=state.declines + 1,
        about="",
        offered=(),
        failures=0,
    )
    wanted = desk.allowed(state, moment.targets)
    if moment.request and wanted:
        return request(desk, state, replace(moment, targets=wanted))
    if state.declines >= (CROWDED_BEFORE_OPERATOR if desk.crowded else DECLINES_BEFORE_OPERATOR):
        return transfers.give_up(desk, state)
    people = people or _name_guessed(desk, state, LEFT_OVER)
    if people and spelled and (left := _likeliest(desk, state, LEFT_OVER) or _of_that_name(desk, state, read_out)):
        return _put(desk, state, moment, left)
    if people and state.declines >= (CROWDED_BEFORE_SPELLING if desk.crowded else DECLINES_BEFORE_SPELLING):
        state = replace(state, phase=Phase.SPELLING, spelt=True)
        return state, ask_again(desk, replace(state, failures=1), "no_match") if spelled else ask(desk, state)
    return state, (series(words, state.declines), listen(desk, state))


def _whole_name(desk: Desk, state: State) -> Step:
    """Ask for the whole name: half of it is that of too many people."""
    state = replace(state, phase=Phase.LISTENING, about="", offered=(), failures=state.failures + 1)
    if state.failures >= desk.rules.failures:
        return transfers.give_up(desk, state)
    return state, (say("choose_whole_name"), listen(desk, state))


def _failed(desk: Desk, state: State, moment: Moment, why: str) -> Step:
    if state.phase is Phase.RETURNING:
        state = replace(state, phase=Phase.LISTENING)
    state = replace(state, failures=state.failures + 1)
    if state.failures < desk.rules.failures:
        return state, ask_again(desk, state, why)
    if why == "no_match" and state.phase in {Phase.LISTENING, Phase.SPELLING} and _name_guessed(desk, state):
        if likely := _likeliest(desk, state, LEFT_OVER if state.spelt else LIKELY_AGAIN):
            return _put(desk, replace(state, failures=0), moment, likely)
        if not state.spelt:
            state = replace(state, phase=Phase.SPELLING, spelt=True, failures=0)
            return state, ask(desk, state)
    return transfers.give_up(desk, state)


def _likeliest(desk: Desk, state: State, least: float) -> tuple[str, ...]:
    """Return those the caller may still mean, by all that was said so far, up to as many as are read out."""
    chances = dict(state.earlier)
    return tuple(t for t in desk.allowed(state, chances) if chances[t] >= least)[:MOST_READ_OUT]


def _of_that_name(desk: Desk, state: State, declined: tuple[str, ...]) -> tuple[str, ...]:
    """Return others of the spelled surname, where the wrong one of its bearers was declined."""
    names = {entry.surname.casefold() for target in declined if (entry := desk.entry(state, target))}
    found = desk.allowed(state, dict(state.earlier))
    return tuple(t for t in found if (entry := desk.entry(state, t)) and entry.surname.casefold() in names)


def _put(desk: Desk, state: State, moment: Moment, targets: tuple[str, ...]) -> Step:
    """Put one to the caller to confirm, or read several out."""
    put = replace(moment, targets=targets)
    return choose(desk, state, put) if len(targets) > 1 else confirm(desk, state, put)


def _name_guessed(desk: Desk, state: State, least: float = 0.0) -> bool:
    """Tell whether what was not understood may have been somebody's name: letters may settle it."""
    entries = [desk.entry(state, target) for target, chance in state.earlier if chance >= least]
    return any(entry and entry.kind is Kind.PERSON for entry in entries)
