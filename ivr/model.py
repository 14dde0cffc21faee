"""The records every room speaks in. All frozen: they cross threads, processes and requests unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


# --- the directory -----------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What an entry is."""

    PERSON = "person"
    DEPARTMENT = "department"
    SERVICE = "service"


class Audience(StrEnum):
    """Who may reach an entry."""

    EVERYONE = "everyone"
    INTERNAL = "internal"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One destination a caller can ask for."""

    id: str
    """Stable across reloads of the same directory."""
    kind: Kind
    name: str
    """As written: "Siân O'Brien", "Housing Benefits"."""
    spoken: tuple[str, ...]
    """All ways to say it, normalised (`ivr.text.normalise`), fullest first."""
    department: str = ""
    """Name of the department it belongs to, canonical spelling; empty where none."""
    role: str = ""
    number: str = ""
    """E.164 ("+441632960123") or an extension inside the dial plan ("4711"); empty: cannot be dialled."""
    audience: Audience = Audience.EVERYONE
    hours: str = ""
    """Opening hours in OpenStreetMap syntax; empty: the site's hours."""
    fallback: str = ""
    """Id of the entry that takes the call when this one does not answer; empty: department, then operator."""
    prompt: str = ""
    """File of the recorded name under `audio/prompts/`; empty: spoken by the synthetic voice."""
    surname: str = ""
    """A person's family name as written; empty for departments and services."""
    forename: str = ""
    """A person's given or preferred name as written."""


@dataclass(frozen=True)
class Directory:
    """A cleansed directory: what a call is routed against."""

    entries: tuple[Entry, ...]
    version: str = ""
    """Content hash; the same entries have the same version."""

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """Entries by id."""
        return {entry.id: entry for entry in self.entries}

    def get(self, entry_id: str) -> Entry | None:
        """Return the entry with this id, or None."""
        return self.by_id.get(entry_id)


class Severity(StrEnum):
    """How much a problem in the export matters."""

    INFO = "info"
    """Tidied; nothing to decide."""
    WARNING = "warning"
    """Kept or fixed on a guess; a person should look."""
    ERROR = "error"
    """Set aside: callers cannot reach this row until a person decides."""


class Done(StrEnum):
    """What cleansing did about a problem."""

    FIXED = "fixed"
    KEPT = "kept"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a directory export, and what became of it."""

    row: int
    """Row of the source file, the heading being row 1; 0: the file as a whole."""
    column: str
    """Heading as the file has it; empty: the row as a whole."""
    kind: str
    """Short stable name, for example `premium_number`."""
    severity: Severity
    found: str
    done: Done
    suggestion: str
    """What a person should decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A simple enquiry the service answers itself; an administrator writes it in `grammars/enquiries.yaml`."""

    id: str
    """Fixed: `missed_bin`, `register_death`."""
    title: str
    """As put to the caller: "a missed bin collection"."""
    phrases: tuple[str, ...]
    """Sentence templates: the ways people ask."""
    answer: str
    """Spoken answer, short."""
    text: str = ""
    """Body of the text message offered (the link); empty: none is offered."""
    entry: str = ""
    """Name of the department or service that takes it on: "or shall I put you through?"; empty: the operator."""
    completes: bool = False
    """True: the answer finishes the enquiry (outcome `completed`); False: it points the way (`signposted`)."""
    skill: str = ""
    """Name of the dialogue skill that deals with it; empty: the answer is all there is."""
    hours: str = ""
    """When it can be dealt with, in OpenStreetMap syntax; empty: always."""
    audience: Audience = Audience.EVERYONE
    language: str = ""
    """Language its words are in, where that is not the call's; empty: the call's."""


# --- what was said -----------------------------------------------------------------------------------------------


class TargetKind(StrEnum):
    """What a stretch of speech can mean."""

    ENTRY = "entry"
    ENQUIRY = "enquiry"
    COMMAND = "command"
    SAFETY = "safety"
    VALUE = "value"
    """Digits or letters, the id being them run together: `4711`, `obrien`."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What a sentence asks for: `entry:p-ab12`, `enquiry:missed_bin`, `command:yes`, `safety:emergency`."""

    kind: TargetKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kind:id`. Raises ValueError for an unknown kind."""
        kind, _, name = text.partition(":")
        return cls(TargetKind(kind), name)


class Command(StrEnum):
    """What a caller can say at any point, and the answers to questions we ask."""

    YES = "yes"
    NO = "no"
    OPERATOR = "operator"
    HELP = "help"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    CANCEL = "cancel"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    NEITHER = "neither"


class Expect(StrEnum):
    """What the dialogue is listening for: the name of the grammar the recogniser loads."""

    CALL = "call"
    """All that may be said at the greeting: directory, enquiries, commands, safety."""
    YES_NO = "yes_no"
    """Yes or no, and all of `call`, since "no, Jane Smith" carries the new name."""
    CHOICE = "choice"
    """One of those offered, by name, department or position, and all of `call`."""
    SPELLING = "spelling"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class WordHeard:
    """One word of a hypothesis, with its times."""

    word: str
    start: float
    """Seconds from the start of the utterance."""
    end: float
    confidence: float | None = None
    """0-1, or None where the recogniser gives none."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance."""

    text: str
    """Normalised words; empty: nothing recognised."""
    confidence: float | None = None
    """0-1, as the recogniser sees it (uncalibrated), or None."""
    words: tuple[WordHeard, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser made of one utterance."""

    hypotheses: tuple[Hypothesis, ...]
    """N-best, best first; empty: nothing recognised."""
    engine: str
    """`vosk`, `sphinx`, `twilio`, `typed`."""
    speech: bool = True
    """False: the caller said nothing (silence or steady noise)."""
    audio_seconds: float = 0.0
    decode_seconds: float = 0.0
    evidence: tuple[tuple[str, float], ...] = ()
    """Named measures behind the confidences, for the explanation: ("vosk: in the grammar", 0.93)."""
    rival: str = ""
    """What else it may have been that the grammar does not hold: words, or sounds (CMU phones); empty: not known."""

    @property
    def text(self) -> str:
        """The best reading's words; empty where there is none."""
        return self.hypotheses[0].text if self.hypotheses else ""


# --- what it was taken to mean -----------------------------------------------------------------------------------


MOST_ALIKE = 64
"""Most entries that one question may be about: so many or more, and the whole name is asked for."""


class Decision(StrEnum):
    """What to do about an utterance."""

    ACCEPT = "accept"
    CONFIRM = "confirm"
    CHOOSE = "choose"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing the caller may have asked for."""

    target: Target
    label: str
    """How to say it back: the entry's name, the enquiry's title."""
    confidence: float
    """Calibrated probability, 0-1, that this is what the caller asked for."""
    evidence: tuple[tuple[str, float], ...] = ()
    """Named scores behind the confidence, for the explanation: ("fuzzy", 0.93), ("phonetic", 1.0)."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """An utterance, understood in its context: everything the dialogue is told about it."""

    text: str
    """Best reading, normalised, in the words of the grammars; empty: nothing recognised."""
    decision: Decision
    candidates: tuple[Candidate, ...] = ()
    """Best first: the one for accept and confirm, the also-rans for reject; for choose up to three, or more that fit
    equally well: people asked for by half a name."""
    command: Command | None = None
    """A command or answer heard; with candidates too in "no, Jane Smith"."""
    safety: str = ""
    """Id of the safety phrase heard (`emergency`, ...); beats everything else."""
    language: str = ""
    """English name of a language asked for, and nothing else."""
    value: str = ""
    """Digits or letters heard, run together."""
    why: str = ""
    """One line: the reason for the decision."""
    original: str = ""
    """The words as they were said, where `text` puts them into the language of the grammars; empty: `text`."""


# --- calls -------------------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """How a call ended; exactly one a call."""

    COMPLETED = "completed"
    """Enquiry or transaction finished by the engine."""
    SIGNPOSTED = "signposted"
    """Answer or link given; the caller left satisfied or hung up after it."""
    TRANSFERRED = "transferred"
    """To the entry asked for, and answered."""
    TRANSFER_FAILED = "transfer_failed"
    """Busy, no answer or failed, and what followed."""
    OPERATOR_REQUESTED = "operator_requested"
    OPERATOR_FALLBACK = "operator_fallback"
    """We gave up: "bailed to operator"."""
    ESCALATED = "escalated"
    """Safety floor."""
    CLOSED = "closed"
    """Out of hours."""
    ABANDONED = "abandoned"
    FAILED = "failed"
    """Technical fault."""


class DialStatus(StrEnum):
    """How an attempted transfer went (Twilio's `DialCallStatus`, with `answered` for `completed`)."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


class PayStatus(StrEnum):
    """How an attempt to take a card payment went."""

    CHARGED = "charged"
    TOKEN = "token"  # noqa: S105 (a way to pay, no secret)
    """The card is known to the payment provider by a token, and is to be charged by it."""
    CANCELLED = "cancelled"
    """The caller broke it off."""
    INVALID = "invalid"
    """The card was refused, or could not be read, as often as may be."""
    FAILED = "failed"
    """The payment provider, or the way to it, failed."""
    UNKNOWN = "unknown"
    """It is said to have been taken, and nothing proves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What is known about a call before anything is said."""

    call_id: str
    channel: str
    """`recording`, `console`, `microphone`, `twilio`."""
    started: datetime
    """Aware."""
    caller: str = ""
    """E.164, `anonymous`, or empty. Personal data: masked wherever it is shown."""
    dialled: str = ""
    internal: bool = False
    """A colleague: may reach internal entries."""
    open: bool = True
    """Within the site's hours."""
    direct: bool = False
    """A caller who is always put straight through to a person: a reasonable adjustment."""
    short: bool = False
    """No conversation with this caller now, a person at once: the line is too busy, or they called too often."""
    survey: bool = False
    """The caller is to be asked at the end how satisfied they are."""
    last_entry: str = ""
    """Id of the entry this caller was put through to within the last 2 minutes; empty: none."""
    last_call: str = ""
    """Id of that call."""
    handed_from: str = ""
    """Sites of the installation that the caller was at before, in this call, the first first: "county,wexbourne"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One utterance (or key press, or silence), what was made of it, and how long that took."""

    turn: int
    at: datetime
    expect: str
    """Grammar listened with."""
    state: str
    """Dialogue state the utterance met."""
    heard: str
    keyed: str = ""
    confidence: float | None = None
    decision: Decision | None = None
    candidates: tuple[Candidate, ...] = ()
    why: str = ""
    engine: str = ""
    audio_seconds: float = 0.0
    decode_seconds: float = 0.0
    audio: str = ""
    """Stored recording's name, where recordings are kept."""
    command: str = ""
    """Command or answer heard (`yes`, `operator`, ...); empty: none. Stays when the words are removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call, from answer to end."""

    call_id: str
    channel: str
    started: datetime
    """Aware; stored as UTC."""
    ended: datetime
    outcome: Outcome
    caller_key: str = ""
    """Keyed hash of the caller's number: tells repeat callers apart without keeping the number."""
    caller_masked: str = ""
    """For people: "+44 7700 900***"."""
    entry_id: str = ""
    """Entry the call ended with (transferred or tried), or empty."""
    entry_name: str = ""
    department: str = ""
    enquiry_id: str = ""
    reason: str = ""
    """Why it ended so, in the engine's words."""
    directory_version: str = ""
    engine: str = ""
    language: str = "en-GB"
    dial_status: str = ""
    answer_seconds: float | None = None
    """Ringing time until the transfer was answered."""
    talk_seconds: float | None = None
    wrong_transfer: bool = False
    """The caller came back within 2 minutes, said "wrong" on return, or review marked it."""
    skill: str = ""
    """Name of the skill that dealt with the enquiry; empty: its answer did, or there was none."""
    texts: int = 0
    """Text messages sent."""
    surveyed: bool = False
    """The caller was asked how satisfied they are."""
    satisfaction: int | None = None
    """Their answer, 1 (not at all) to 5; None: no answer, or not asked."""
    in_hours: bool = True
    """Within the operators' hours when it began."""
    handed_from: str = ""
    """Sites of the installation that the caller was at before, in this call, the first first: "county,wexbourne"."""
    turns: tuple[TurnRecord, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """Length of the call."""
        return (self.ended - self.started).total_seconds()


def first_of_kind(candidates: Iterable[Candidate], kind: TargetKind) -> Candidate | None:
    """Return the best candidate of one kind, or None."""
    return next((c for c in candidates if c.target.kind is kind), None)
