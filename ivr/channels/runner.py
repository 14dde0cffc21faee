"""One call on any channel: events in, engine steps, actions out, every turn and the outcome recorded.

A Conversation is resumable: made again from the saved state and turn number, it goes on where it was, so a
webhook needs no memory of its own. A channel that holds the line itself hands it to `run`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ivr.channels.line import hold
from ivr.dialogue.actions import FileRequest, Finish, Listen, Say, SendText, Transfer
from ivr.dialogue.desk import OPERATOR
from ivr.dialogue.events import CallStarted, Dialled, Fault, Filed, Heard, Keyed, Silence, TextSent
from ivr.dialogue.state import Phase, State
from ivr.dialogue.wording import say
from ivr.directory.shared import ELSEWHERE
from ivr.errors import IvrError
from ivr.match.values import HIDDEN, digits
from ivr.model import CallRecord, Candidate, Decision, DialStatus, Expect, Target, TargetKind, TurnRecord, Understanding
from ivr.records.privacy import Caller, mask_digits, mask_words
from ivr.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ivr.channels.line import Line
    from ivr.dialogue.actions import Action
    from ivr.dialogue.engine import Engine
    from ivr.dialogue.events import Event
    from ivr.dialogue.prompts import Prompts
    from ivr.match.understand import Understander
    from ivr.model import CallFacts, Recognition

log = logging.getLogger(__name__)

Actions = tuple["Action", ...]


class Recorder(Protocol):
    """Where calls are recorded; `ivr.records.store.Store` is one."""

    def begin(
        self, facts: CallFacts, caller: Caller | None = None, *, directory_version: str = "", language: str = "en-GB"
    ) -> bool:
        """Record that a call began."""
        ...

    def turn(self, call_id: str, turn: TurnRecord) -> bool:
        """Record a turn."""
        ...

    def finish(self, call: CallRecord) -> None:
        """Record how a call ended."""
        ...

    def mark_wrong(self, call_id: str) -> bool:
        """Mark an earlier call's transfer as wrong."""
        ...


class Sound(Protocol):
    """Records what a caller says; `ivr.channels.comments.Comments` is one."""

    def start(self, call_id: str) -> bool:
        """Begin to record; True: it is being recorded."""
        ...

    def stop(self, call_id: str) -> None:
        """End it."""
        ...


_FEWEST_LETTERS = 3
_CHOOSING = frozenset("01234*#")
"""Keys that answer a skill's question by a choice."""
_SHORTEST_NUMBER = 4
"""Digits from which keys may be part of a long number."""


def _earlier(state: State) -> tuple[Candidate, ...]:
    return tuple(Candidate(Target.parse(target), "", confidence) for target, confidence in state.earlier)


def _unknown(number: str) -> Caller:
    del number
    return Caller()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a conversation needs of its site."""

    engine: Engine
    understander: Understander
    prompts: Prompts
    recorder: Recorder | None = None
    """None: nothing is recorded."""
    know: Callable[[str], Caller] = _unknown
    """What may be kept of a caller's number."""
    send_text: Callable[[CallFacts, SendText], bool] | None = None
    """Sends a text message to the caller; True: accepted for delivery. None: this channel sends none."""
    straight: Callable[[str], bool] | None = None
    """Whether the caller of this key is always put straight through to a person."""
    notice: str = ""
    """Prompt said before the first question, where callers are recorded; empty: they are not."""
    permit: Callable[[CallFacts, Transfer, datetime], bool] | None = None
    """Whether a transfer may be made now; None: all may."""
    comments: Sound | None = None
    """Records what callers say about their score; None: only their words are kept."""
    file: Callable[[CallFacts, FileRequest], str] | None = None
    """Keeps a request and returns its reference; empty, or None: it cannot be kept, and a person takes over."""


def _kept_keys(keys: str, before: State, *, found: bool) -> str:
    """Hide what may be part of a card's number: keys to a skill that choose nothing, and those that were nobody's."""
    if before.phase is Phase.IN_SKILL:
        return keys if keys in _CHOOSING else mask_digits(keys)
    return keys if found or len(keys) < _SHORTEST_NUMBER else mask_digits(keys)


def _kept_words(said: Understanding) -> str:
    """Hide numbers that may be a card's: long ones, and a part of one that was nobody's extension."""
    bare = said.value if said.value.isdigit() else digits(said.text.split())
    if len(bare) >= _SHORTEST_NUMBER and not said.candidates:
        return HIDDEN * len(bare)
    return mask_words(said.original or said.text)


def _names_rather(plain: Understanding, meant: Understanding) -> bool:
    """Whether words name somebody as they are, more surely than they mean anything in the words of the grammars."""
    if plain.language:
        return True
    unsure = plain.decision not in {Decision.ACCEPT, Decision.CONFIRM}
    if unsure or meant.safety or meant.language or meant.command or meant.value:
        return False
    first = plain.candidates[0] if plain.candidates else None
    named = first is not None and first.target.kind is TargetKind.ENTRY
    return named and (not meant.candidates or plain.candidates[0].confidence >= meant.candidates[0].confidence)


class Conversation:
    """One call. Not shared between threads."""

    def __init__(self, parts: Parts, facts: CallFacts, *, state: State | None = None, turn: int = 0) -> None:
        """Begin a call, or go on with one from its saved `state` and number of turns."""
        self.parts, self.facts = parts, facts
        self.state = state or State()
        self.turn = turn
        self.turns: list[TurnRecord] = []
        self.record: CallRecord | None = None
        """The call as recorded, once it has ended."""

    @property
    def ended(self) -> bool:
        """Whether the outcome is decided."""
        return self.state.ended

    @property
    def listening(self) -> Listen | None:
        """What is being listened for; None: the call is being transferred, or is over."""
        return self.parts.engine.listening(self.state)

    def start(self) -> Actions:
        """Answer the call."""
        self.facts = replace(self.facts, direct=self.facts.direct or self._straight())
        if self.parts.recorder:
            caller = self.parts.know(self.facts.caller)
            version = self.parts.engine.desk.directory.version
            language = self.parts.prompts.language
            recorder = self.parts.recorder
            self._keep(lambda: recorder.begin(self.facts, caller, directory_version=version, language=language))
        actions = self.handle(CallStarted(self.facts.started, self.facts))
        noticed = self.parts.notice and isinstance(actions[-1], Listen)
        return (say(self.parts.notice), *actions) if noticed else actions

    def hear(self, recognition: Recognition, at: datetime, audio: str = "") -> Actions:
        """Take what a recogniser made of an utterance; `audio` names its stored recording."""
        if not recognition.speech and not recognition.text:
            return self._turn(Silence(at), recognition, audio=audio)
        return self._turn(Heard(at, self.understand(recognition)), recognition, audio=audio)

    def press(self, keys: str, at: datetime) -> Actions:
        """Take keys pressed; a name asked for letter by letter may be keyed too."""
        if self.state.phase is Phase.SPELLING and len(keys.rstrip("#")) >= _FEWEST_LETTERS:
            said = self.parts.understander.keyed(
                keys,
                internal=self.state.internal,
                declined=frozenset(self.state.declined),
                earlier=_earlier(self.state),
            )
            if said:
                return self._turn(Heard(at, said), keyed=keys)
        return self._turn(Keyed(at, keys), keyed=keys)

    def understand(self, recognition: Recognition) -> Understanding:
        """Say what the utterance means where the call stands; changes nothing.

        A call in another language is understood in the words of the grammars, and by its own for names.
        """
        desk = self.parts.engine.desk
        plain = self._understand(recognition)
        if plain.safety or desk.is_deaf(self.state):
            return plain
        tongue = desk.tongue(self.state)
        readings = tuple(replace(h, text=tongue.into_grammar(h.text)) for h in recognition.hypotheses)
        if all(reading.text == normalise(h.text) for reading, h in zip(readings, recognition.hypotheses, strict=True)):
            return plain
        meant = self._understand(replace(recognition, hypotheses=readings))
        return plain if _names_rather(plain, meant) else replace(meant, original=plain.text)

    def _understand(self, recognition: Recognition) -> Understanding:
        listen = self.listening or Listen(Expect.CALL)
        return self.parts.understander.understand(
            recognition,
            expect=listen.expect,
            offered=listen.offered,
            declined=frozenset(self.state.declined),
            internal=self.state.internal,
            earlier=_earlier(self.state),
        )

    def handle(self, event: Event) -> Actions:
        """Take an event, record it, and return what the channel is to do: one Listen, Transfer or HangUp, last."""
        if isinstance(event, Keyed):
            return self.press(event.digits, event.at)
        if isinstance(event, Heard | Silence):
            return self._turn(event)
        return self._step(event)

    def safely(self, event: Event) -> Actions:
        """Handle an event; a fault of ours is logged, and ends in an apology and the operator."""
        try:
            return self.handle(event)
        except Exception as error:  # the one place where nothing may escape: the caller must not be lost
            log.exception("call %s: %s failed", self.facts.call_id, type(event).__name__)
            return self._step(Fault(event.at, f"{type(error).__name__} in the dialogue"))

    def run(self, line: Line) -> CallRecord:
        """Hold a whole call on `line`, and return its record."""
        return hold(self, line)

    # --- inside ---

    def _turn(
        self,
        event: Heard | Keyed | Silence,
        recognition: Recognition | None = None,
        *,
        keyed: str = "",
        audio: str = "",
    ) -> Actions:
        before, listen = self.state, self.listening
        said = event.understanding if isinstance(event, Heard) else None
        self.turn += 1
        actions = self._step(event)
        record = TurnRecord(
            turn=self.turn,
            at=event.at,
            expect=listen.expect if listen else "",
            state=before.phase,
            heard=_kept_words(said) if said else "",
            keyed=_kept_keys(keyed, before, found=bool(said) or self.state.phase is not before.phase),
            confidence=said.candidates[0].confidence if said and said.candidates else None,
            decision=said.decision if said else None,
            candidates=said.candidates if said else (),
            why=mask_words(said.why) if said else "",
            engine=recognition.engine if recognition else "",
            audio_seconds=recognition.audio_seconds if recognition else 0.0,
            decode_seconds=recognition.decode_seconds if recognition else 0.0,
            audio=audio,
            command=(said.command or "") if said else "",
        )
        self.turns.append(record)
        if self.parts.recorder:
            recorder = self.parts.recorder
            self._keep(lambda: recorder.turn(self.facts.call_id, record))
        self._finished(event.at, actions)
        return actions

    def _step(self, event: Event) -> Actions:
        before = self.state.phase
        self.state, actions = self.parts.engine.step(self.state, event)
        actions = self._recorded(before, actions)
        done: list[Action] = []
        for action in actions:
            if isinstance(action, SendText):
                return (*done, *self._send(action, event.at))
            if isinstance(action, FileRequest):
                return (*done, *self._file(action, event.at))
            if isinstance(action, Transfer) and not self._permitted(action, event.at):
                return self._step(Dialled(event.at, DialStatus.FAILED))
            if isinstance(action, Transfer) and action.entry.number.startswith(ELSEWHERE):
                return (*done, *self._hand_over(action, event.at))
            done.append(self._worded(self._in_language(action)))
        if not isinstance(event, Heard | Keyed | Silence):
            self._finished(event.at, tuple(done))
        return tuple(done)

    def _recorded(self, before: Phase, actions: Actions) -> Actions:
        """Record a comment where that is kept, and tell the caller so; a person who takes over is not recorded."""
        sound, phase = self.parts.comments, self.state.phase
        if sound is None or before is phase:
            return actions
        if before is Phase.COMMENTING and phase is not Phase.ENDED:
            sound.stop(self.facts.call_id)
        if phase is not Phase.COMMENTING or not sound.start(self.facts.call_id):
            return actions
        told = say("survey_comment_recorded")
        return tuple(told if isinstance(a, Say) and a.prompt == "survey_comment" else a for a in actions)

    def _hand_over(self, transfer: Transfer, at: datetime) -> Actions:
        """End the call here: another site of the installation takes the caller, there and then."""
        ended = self._step(Dialled(at, DialStatus.ANSWERED, gone=True))
        return (*(action for action in ended if isinstance(action, Finish)), transfer)

    def _permitted(self, transfer: Transfer, at: datetime) -> bool:
        return self.parts.permit is None or self.parts.permit(self.facts, transfer, at)

    def _in_language(self, action: Action) -> Action:
        """Mark what is said and listened for with the language of the call, unless it has one of its own."""
        language = self.state.language
        if isinstance(action, Say) and language and not action.language:
            return replace(action, language=language)
        heard = self.parts.engine.desk.site.recognised
        return replace(action, language=language) if isinstance(action, Listen) and language in heard else action

    def _worded(self, action: Action) -> Action:
        if not isinstance(action, Transfer) or not action.whisper:
            return action
        values = {"name": action.entry.name, "about": action.about}
        return replace(action, whisper=self.parts.prompts.render(action.whisper, values))

    def _send(self, action: SendText, at: datetime) -> Actions:
        send = self.parts.send_text
        return self._step(TextSent(at, ok=send is not None and send(self.facts, action)))

    def _straight(self) -> bool:
        key = self.parts.know(self.facts.caller).key
        try:
            return bool(key and self.parts.straight and self.parts.straight(key))
        except IvrError as error:
            log.error("call %s: register of callers not read: %s", self.facts.call_id, error)  # noqa: TRY400 (one line)
            return False

    def _file(self, action: FileRequest, at: datetime) -> Actions:
        """Keep a request before anything is said of it."""
        reference = ""
        try:
            reference = self.parts.file(self.facts, action) if self.parts.file else ""
        except IvrError as error:
            log.error("call %s: request not kept: %s", self.facts.call_id, error)  # noqa: TRY400 (one line says it all)
        return self._step(Filed(at, reference))

    def _finished(self, at: datetime, actions: Actions) -> None:
        finish = next((a for a in actions if isinstance(a, Finish)), None)
        if finish is None or self.record is not None:
            return
        self.record = self._record(finish, at)
        if self.parts.recorder:
            recorder, record = self.parts.recorder, self.record
            self._keep(lambda: recorder.finish(record))
            if finish.wrong_last and self.facts.last_call:
                self._keep(lambda: recorder.mark_wrong(self.facts.last_call))

    def _record(self, finish: Finish, at: datetime) -> CallRecord:
        desk, state = self.parts.engine.desk, self.state
        entry = desk.operator if finish.entry == OPERATOR else desk.dialled(finish.entry)
        caller = self.parts.know(self.facts.caller)
        enquiry = desk.enquiries.get(finish.enquiry)
        return CallRecord(
            call_id=self.facts.call_id,
            channel=self.facts.channel,
            started=self.facts.started,
            ended=max(at, self.facts.started),
            outcome=finish.outcome,
            caller_key=caller.key,
            caller_masked=caller.masked,
            entry_id=finish.entry,
            entry_name=entry.name if entry else "",
            department=entry.department if entry else "",
            enquiry_id=finish.enquiry,
            reason=finish.reason,
            directory_version=desk.directory.version,
            engine=next((t.engine for t in self.turns if t.engine), ""),
            language=self.state.language or self.parts.prompts.language,
            handed_from=self.facts.handed_from,
            dial_status=state.dial_status or "",
            answer_seconds=state.answer_seconds,
            talk_seconds=state.talk_seconds,
            wrong_transfer=finish.wrong_transfer,
            skill=enquiry.skill if enquiry else "",
            texts=state.texts,
            surveyed=state.surveyed,
            satisfaction=state.satisfaction,
            in_hours=self.facts.open,
            turns=tuple(self.turns),
        )

    def _keep(self, write: Callable[[], object]) -> None:
        """Write to the records; a database that fails must not cost the caller the call."""
        try:
            write()
        except IvrError as error:
            log.error("call %s: not recorded: %s", self.facts.call_id, error)  # noqa: TRY400 (one line says it all)
