"""The question how satisfied the caller is, once their call is settled: a score of 1 to 5, and perhaps why.

It changes no outcome. It is put once, never to a caller in danger or distress, and never twice if it is not
understood: silence, a no or a goodbye ends the call as it would have ended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ivr.dialogue import endings
from ivr.dialogue.questions import ask, listen
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.model import Command, Outcome

if TYPE_CHECKING:
    from ivr.dialogue.actions import Action
    from ivr.dialogue.desk import Desk
    from ivr.dialogue.endings import Step
    from ivr.dialogue.moment import Moment

_SETTLED: Final = frozenset({Outcome.COMPLETED, Outcome.SIGNPOSTED, Outcome.TRANSFERRED, Outcome.OPERATOR_REQUESTED,
                             Outcome.OPERATOR_FALLBACK})  # fmt: skip
"""Outcomes after which it is asked; the others left the caller with nothing, or with something worse to think of."""
_SCORES: Final = {word: score for score, words in enumerate(
    ("one won 1", "two to too 2", "three 3", "four for 4", "five 5"), 1) for word in words.split()}  # fmt: skip
_MOST_WORDS = 5
"""Words of an answer; a longer one is about something else."""


def end(desk: Desk, state: State, outcome: Outcome, reason: str, *says: Action) -> Step:
    """End the call with `outcome` after `says`; a caller who is to be asked is asked first."""
    if not state.survey or state.surveyed or state.priority or outcome not in _SETTLED:
        return endings.finish(state, outcome, reason, *says)
    rating = replace(state, phase=Phase.RATING, surveyed=True, done=outcome, ending=reason, failures=0)
    return rating, ask(desk, rating)


def no_more(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call: there is nothing else the caller wants."""
    del moment
    return end(desk, state, endings.so_far(state), endings.NO_MORE, say("goodbye", site=desk.site.name))


def goodbye(desk: Desk, state: State, moment: Moment) -> Step:
    """End the call as the caller wishes; one who says so after an answer may still be asked."""
    if state.phase is not Phase.ANYTHING_ELSE:
        return endings.goodbye(desk, state, moment)
    return end(desk, state, endings.so_far(state), endings.GOODBYE, say("goodbye", site=desk.site.name))


def rated(desk: Desk, state: State, moment: Moment) -> Step:
    """Take the score; what is none is asked for once more, unless it is a no."""
    if moment.said and moment.said.command is Command.NO:
        return over(desk, state, moment)
    found = score(moment.keys or (moment.said.text if moment.said else ""))
    if found is None and state.failures:
        return over(desk, state, moment)
    if found is None:
        state = replace(state, failures=1)
        return state, (say("survey_again"), listen(desk, state))
    state = replace(state, satisfaction=found, failures=0)
    if not desk.rules.survey_comments:
        return over(desk, state, moment)
    state = replace(state, phase=Phase.COMMENTING)
    return state, ask(desk, state)


def over(desk: Desk, state: State, moment: Moment) -> Step:
    """Thank the caller, and end the call as it would have ended."""
    del moment
    thanks = (say("survey_thanks"),) if state.satisfaction else ()
    ended = state.done or Outcome.COMPLETED
    return endings.finish(state, ended, state.ending, *thanks, say("goodbye", site=desk.site.name))


def score(text: str) -> int | None:
    """Return the score in an answer ("four", "a five please", "4 out of 5"); None: there is none.

    >>> score("four out of five"), score("a five"), score("9"), score("one two")
    (4, 5, None, None)
    """
    words = text.lower().partition(" out of ")[0].split()
    found = {_SCORES[word] for word in words if word in _SCORES}
    return found.pop() if len(found) == 1 and len(words) <= _MOST_WORDS else None
