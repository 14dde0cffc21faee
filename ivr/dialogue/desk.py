"""What the engine knows of the organisation: who and what may be asked for, by whom, and when.

A caller reaches what the audience allows: everybody `everyone`, colleagues also `internal`, and nobody
`nobody`. Every lookup here applies that rule, so nothing beyond it can be offered, confirmed or dialled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ivr.dialogue.skill import Asked
from ivr.dialogue.tongue import Tongue, english
from ivr.errors import IvrError, SettingsError
from ivr.model import Audience, Directory, Enquiry, Entry, Kind, Target, TargetKind
from ivr.text import squash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from ivr.dialogue.skill import Skill
    from ivr.dialogue.state import State
    from ivr.settings import DialogueSettings, SiteSettings

    Opening = Callable[[str, datetime], bool]
    """Whether opening hours (OpenStreetMap syntax) include a moment; pure."""

OPERATOR = "operator"
"""Id of the operators' entry, which every site has and no directory lists."""
OUT_OF_HOURS = "out_of_hours"
"""Id of the entry that takes calls of the safety floor while the operators are closed."""
LONGEST_EXTENSION = 6
CROWDED = 1_000
"""People from which a name misheard once will hardly be heard the second time: there are others like it."""
_CODES = {"English": "en", "Welsh": "cy", "Irish": "ga", "Scottish Gaelic": "gd"}
"""Languages that a site may have words in, by the name they are asked for by."""


@dataclass(frozen=True)
class Desk:
    """Lookups over the directory and the enquiries, with the site's rules."""

    directory: Directory
    enquiry_list: tuple[Enquiry, ...]
    site: SiteSettings
    rules: DialogueSettings
    opening: Opening
    skills: Mapping[str, Skill] = field(default_factory=dict)
    """Skills by the name that enquiries give."""
    tongues: Mapping[str, Tongue] = field(default_factory=dict)
    """How each of the site's languages says days, amounts and the like; English, where one is not among them."""
    translated: Mapping[str, Mapping[str, Enquiry]] = field(default_factory=dict)
    """Enquiries by id in the languages beside the site's own."""

    @cached_property
    def operator(self) -> Entry:
        """The operators, as an entry to transfer to. Raises SettingsError where the site has no number for them."""
        if not self.site.operator:
            raise SettingsError("`site.operator` is empty", where="ivr.toml", todo="set the operators' number")
        return Entry(
            id=OPERATOR,
            kind=Kind.SERVICE,
            name="the operator",
            spoken=("operator",),
            number=self.site.operator,
            hours=self.site.hours,
        )

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages to choose from at the greeting; empty: there is no choice."""
        return self.site.languages if len(self.site.languages) > 1 else ()

    def language_called(self, name: str) -> str:
        """Return the site's language of this English name; empty: it has no words in it."""
        wanted = _CODES.get(name, name)
        known = (self.site.language, *self.site.languages)
        return next((code for code in known if code.partition("-")[0] == wanted), "")

    def spoken_in(self, state: State, name: str) -> bool:
        """Whether the call is in the language of this English name."""
        return self.language_called(name) == (state.language or self.site.language)

    def is_deaf(self, state: State) -> bool:
        """Whether no recogniser knows the call's language: then keys, danger and the operator are all that counts."""
        return state.language not in {"", self.site.language, *self.site.recognised}

    @cached_property
    def out_of_hours(self) -> Entry | None:
        """The out-of-hours service, as an entry to transfer to; None: the site has none, its operators never close."""
        if not self.site.out_of_hours:
            return None
        name = "the out of hours service"
        spoken = ("out of hours service",)
        return Entry(id=OUT_OF_HOURS, kind=Kind.SERVICE, name=name, spoken=spoken, number=self.site.out_of_hours)

    def dialled(self, entry_id: str) -> Entry | None:
        """Return the entry a transfer in progress goes to: of the directory, or the out-of-hours service."""
        return self.out_of_hours if entry_id == OUT_OF_HOURS else self.directory.get(entry_id)

    def duty(self, state: State, safety: str, at: datetime) -> Entry | None:
        """Return who takes this kind of call of the safety floor now; None: the operator."""
        duty = self.place(state, self.rules.duty.get(safety, ""))
        if duty and duty.number and self.is_open(state, duty, at):
            return duty
        return None if state.open else self.out_of_hours

    @cached_property
    def enquiries(self) -> Mapping[str, Enquiry]:
        """Enquiries by id."""
        return {enquiry.id: enquiry for enquiry in self.enquiry_list}

    @cached_property
    def _extensions(self) -> Mapping[str, tuple[Entry, ...]]:
        found: dict[str, tuple[Entry, ...]] = {}
        for entry in self.directory.entries:
            if entry.number.isdigit() and len(entry.number) <= LONGEST_EXTENSION:
                found[entry.number] = (*found.get(entry.number, ()), entry)
        return found

    @cached_property
    def _places(self) -> Mapping[str, Entry]:
        """Departments and services by name, departments first where both have one name."""
        places = (e for e in self.directory.entries if e.kind is not Kind.PERSON)
        return {squash(e.name): e for e in sorted(places, key=lambda e: e.kind is Kind.DEPARTMENT)}

    @cached_property
    def crowded(self) -> bool:
        """Whether so many people are listed that names are easily taken for one another."""
        return sum(entry.kind is Kind.PERSON for entry in self.directory.entries) >= CROWDED

    @cached_property
    def extension_keys(self) -> int:
        """Most keys an extension of this directory has; at least 4."""
        return max((4, *map(len, self._extensions)))

    def reachable(self, state: State, audience: Audience) -> bool:
        """Whether this caller may reach what has this audience."""
        return audience is Audience.EVERYONE or (audience is Audience.INTERNAL and state.internal)

    def entry(self, state: State, target: str) -> Entry | None:
        """Return the entry of target `entry:ID` if this caller may reach it."""
        kind, _, name = target.partition(":")
        found = self.directory.get(name) if kind == TargetKind.ENTRY else None
        return found if found and self.reachable(state, found.audience) else None

    def enquiry(self, state: State, target: str) -> Enquiry | None:
        """Return the enquiry of target `enquiry:ID` if this caller may ask it, in the call's language."""
        kind, _, name = target.partition(":")
        found = self.enquiries.get(name) if kind == TargetKind.ENQUIRY else None
        if found is None or not self.reachable(state, found.audience):
            return None
        return self._worded(found, state.language) if state.language else found

    def _worded(self, enquiry: Enquiry, language: str) -> Enquiry:
        """Give an enquiry in a language; where it has no words in that, in the site's own, and marked so."""
        own = replace(enquiry, language=self.site.language)
        return self.translated.get(language, {}).get(enquiry.id, own)

    def tongue(self, state: State) -> Tongue:
        """Return how the call's language says things."""
        return self.tongues.get(state.language or self.site.language) or english()

    @property
    def staff(self) -> Tongue:
        """How the site's own language says things."""
        return self.tongues.get(self.site.language) or english()

    def skill_of(self, enquiry: Enquiry | None) -> Skill | None:
        """Return the skill that deals with an enquiry; None: its answer is all there is."""
        return self.skills.get(enquiry.skill) if enquiry else None

    def asked(self, state: State, enquiry: Enquiry) -> Asked:
        """Tell a skill of the call what it needs to know at every question."""
        subject = self.enquiries[enquiry.id].title if enquiry.id in self.enquiries else enquiry.title
        return Asked(enquiry=enquiry, subject=subject, slots=dict(state.slots), known=state.known,
                     tongue=self.tongue(state), staff=self.staff)  # fmt: skip

    def place(self, state: State, name: str) -> Entry | None:
        """Return the department or service of this name (or entry id) if this caller may reach it."""
        found = (self.directory.get(name) or self._places.get(squash(name))) if name else None
        return found if found and self.reachable(state, found.audience) else None

    def allowed(self, state: State, targets: Iterable[str]) -> tuple[str, ...]:
        """Those of `targets` this caller may ask for and has not declined, in order, without doubles."""
        return tuple(
            target
            for target in dict.fromkeys(targets)
            if target not in state.declined and (self.entry(state, target) or self.enquiry(state, target))
        )

    def listed(self, state: State, *, places: bool) -> tuple[str, ...]:
        """Targets to read out to a caller who keys: departments and services by name, or enquiries as they stand."""
        if not places:
            return self.allowed(state, (str(Target(TargetKind.ENQUIRY, enquiry.id)) for enquiry in self.enquiry_list))
        of_all = (e for e in self.directory.entries if e.kind is not Kind.PERSON)
        found = sorted(of_all, key=lambda e: (e.name.casefold(), e.department, e.id))
        return self.allowed(state, (str(Target(TargetKind.ENTRY, entry.id)) for entry in found if entry.number))

    def extension(self, state: State, digits: str) -> tuple[str, ...]:
        """Targets with this extension that the caller may reach, departments and services before people."""
        found = sorted(self._extensions.get(digits, ()), key=lambda e: e.kind is Kind.PERSON)
        return self.allowed(state, (str(Target(TargetKind.ENTRY, entry.id)) for entry in found))

    def is_open(self, state: State, entry: Entry, at: datetime) -> bool:
        """Whether `entry` takes calls now: by its own hours, else the site's."""
        if not entry.hours or entry.id == OPERATOR:
            return state.open
        try:
            return self.opening(entry.hours, at)
        except IvrError:  # hours nobody can read: a call is no time to find out
            return state.open

    def deals(self, enquiry: Enquiry, at: datetime) -> bool:
        """Whether an enquiry can be dealt with now, by its own hours; without any, always."""
        try:
            return not enquiry.hours or self.opening(enquiry.hours, at)
        except IvrError:  # hours nobody can read: as if there were none
            return True

    def next_in_chain(self, state: State, at: datetime) -> Entry | None:
        """Return the next untried of the wanted entry's fallbacks and its department; None: the operator."""
        wanted = self.directory.get(state.wanted)
        chain: list[Entry | None] = []
        link, seen = wanted, set[str]()
        while link and link.fallback and link.id not in seen:
            seen.add(link.id)
            link = self.directory.get(link.fallback)
            chain.append(link)
        if wanted:
            chain.append(self.place(state, wanted.department))
        return next((e for e in chain if e and e.id not in state.tried and self._dialable(state, e, at)), None)

    def _dialable(self, state: State, entry: Entry, at: datetime) -> bool:
        return bool(entry.number) and self.reachable(state, entry.audience) and self.is_open(state, entry, at)
