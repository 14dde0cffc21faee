"""The dialogue: a state and an event in, a new state and the actions that answer it out.

Pure: no clock, no network, no database, no recogniser. The clock reading comes with the event, what was
understood comes ranked, and the state is plain ids, so the same call gives the same actions on every channel.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ivr.dialogue.desk import Desk
from ivr.dialogue.events import Heard, Keyed, Silence
from ivr.dialogue.hours import Region, is_open
from ivr.dialogue.moment import read
from ivr.dialogue.questions import listen
from ivr.dialogue.state import MOST_READ_OUT, Phase
from ivr.dialogue.transitions import TABLE
from ivr.model import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivr.dialogue.actions import Listen
    from ivr.dialogue.desk import Opening
    from ivr.dialogue.endings import Step
    from ivr.dialogue.events import Event
    from ivr.dialogue.skill import Skill
    from ivr.dialogue.state import State
    from ivr.dialogue.tongue import Tongue
    from ivr.model import Candidate, Directory, Enquiry
    from ivr.settings import DialogueSettings, SiteSettings

FADED = 0.5
"""What is left of a candidate's probability when another turn has been heard."""
MOST_RECALLED = 64


class Engine:
    """The dialogue of one site. Immutable; shared by all calls."""

    def __init__(
        self,
        directory: Directory,
        enquiries: Iterable[Enquiry],
        site: SiteSettings,
        dialogue: DialogueSettings,
        *,
        opening: Opening | None = None,
        skills: Mapping[str, Skill] | None = None,
    ) -> None:
        """Make the dialogue. `opening` tells whether opening hours include a moment; it must be pure.

        `skills` deal with the enquiries that name one; where it is not among them, the answer is all there is.

        Raises SettingsError where the site has no operator.
        """
        hours = opening or partial(is_open, region=Region.of(site))
        self.desk = Desk(directory, tuple(enquiries), site, dialogue, hours, skills or {})
        _ = self.desk.operator  # a site without one fails here, not in a call

    @classmethod
    def over(cls, desk: Desk) -> Engine:
        """Make the dialogue over another one's desk, changed."""
        made = cls(desk.directory, desk.enquiry_list, desk.site, desk.rules, opening=desk.opening, skills=desk.skills)
        made.desk = desk
        return made

    def speaking(self, tongues: Mapping[str, Tongue], translated: Mapping[str, Mapping[str, Enquiry]]) -> Engine:
        """Return this dialogue with what skills and enquiries say in the site's languages."""
        return Engine.over(replace(self.desk, tongues=tongues, translated=translated))

    def step(self, state: State, event: Event) -> Step:
        """Answer `event` in `state`; never raises for any pair of them.

        The actions end with a Listen, a Transfer or a HangUp; the one that ends the call comes with its Finish.
        """
        if isinstance(event, Heard | Keyed | Silence):
            state = replace(state, turns=state.turns + 1)
        if isinstance(event, Heard) and event.understanding.candidates:
            state = replace(state, earlier=_recalled(state, event.understanding.candidates))
        moment = read(self.desk, state, event)
        after, actions = TABLE[state.phase, moment.trigger].do(self.desk, state, moment)
        new = len(_named(after) - _named(state))
        return (replace(after, named=after.named + new) if new else after), actions

    def listening(self, state: State) -> Listen | None:
        """Return what a call in `state` is listening for; None: it is being transferred, is paying, or is over."""
        waiting = {Phase.TRANSFERRING, Phase.TO_OPERATOR, Phase.PAYING, Phase.ENDED}
        return None if state.phase in waiting else listen(self.desk, state)


def _recalled(state: State, found: Iterable[Candidate]) -> tuple[tuple[str, float], ...]:
    """Return the candidates so far, best first: a name said twice is surer, and the later saying counts more."""
    chances = {target: FADED * chance for target, chance in state.earlier}
    for candidate in found:
        target = str(candidate.target)
        chances[target] = min(1.0, chances.get(target, 0.0) + candidate.confidence)
    ranked = sorted(chances.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(ranked[:MOST_RECALLED])


def _named(state: State) -> set[str]:
    """Return the entries that the caller is being asked about by name."""
    told = state.offered if len(state.offered) <= MOST_READ_OUT else ()
    return {target for target in (state.about, *told) if target.startswith(f"{TargetKind.ENTRY}:")}
