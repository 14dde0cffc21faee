"""Recorded calls: a WAV file a caller's turn, heard by a real recogniser, and what became of the call.

The files of a call are its turns in order. When they are used up the caller hangs up, as somebody does who
has heard enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ivr.channels.line import CallerGoneError
from ivr.channels.offline import Caller, call_facts, call_parts, call_time
from ivr.channels.runner import Conversation
from ivr.dialogue.engine import Engine
from ivr.dialogue.events import Dialled, Paid
from ivr.errors import AudioError, InputError
from ivr.model import DialStatus, Outcome, PayStatus, Recognition
from ivr.recognise.audio import wav_blocks
from ivr.recognise.typed import recognise_typed
from ivr.settings import DialogueSettings
from ivr.skills.languages import speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from ivr.channels.organisation import Organisation
    from ivr.channels.runner import Recorder
    from ivr.channels.script import CallScript, Turn
    from ivr.dialogue.actions import Listen, SendText, TakePayment, Transfer
    from ivr.model import CallFacts, CallRecord, Entry
    from ivr.recognise.base import Recogniser

CHANNEL = "recording"
OFFICE_HOURS = "2026-03-04T10:30"
"""When a scripted call is taken to happen unless it says: a Wednesday morning, so that it always ends the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What became of a recorded call."""

    script: CallScript
    record: CallRecord
    said: tuple[str, ...]
    """Everything the caller was told, in order."""
    dialled: tuple[Entry, ...]
    """Who was dialled, in order."""
    problems: tuple[str, ...]
    """What was not as expected; empty: all of it was."""
    wrong_transfer: bool
    """An entry other than the one expected answered."""

    @property
    def as_expected(self) -> bool:
        """Whether the call ended as its script expects."""
        return not self.problems


@dataclass
class RecordedLine:
    """One recorded call, as the dialogue's line."""

    recogniser: Recogniser | None
    script: CallScript
    started: datetime
    said: list[str] = field(default_factory=list)
    dialled: list[Entry] = field(default_factory=list)
    answered_by: list[Entry] = field(default_factory=list)
    payments: list[TakePayment] = field(default_factory=list)
    _at: timedelta = timedelta(0)
    _turn: int = 0
    _gone: bool = False
    broken: AudioError | None = None
    """The recording that could not be read."""

    def now(self) -> datetime:
        """Return the call's clock, which runs with the recordings."""
        return self.started + self._at

    def say(self, text: str) -> None:
        """Keep what is said."""
        self.said.append(text)
        self._at += timedelta(seconds=len(text) / 15)

    def listen(self, listen: Listen) -> Recognition | str:
        """Hear the next turn. Raises CallerGoneError when there is none."""
        if self._turn >= len(self.script.turns) or self._gone:
            raise CallerGoneError
        turn = self.script.turns[self._turn]
        self._turn += 1
        self._gone = turn.hangup
        heard = self._hear(turn, listen)
        self._at += timedelta(seconds=heard.audio_seconds if isinstance(heard, Recognition) else 1.0)
        return heard

    def _hear(self, turn: Turn, listen: Listen) -> Recognition | str:
        if turn.only_hangs_up:
            raise CallerGoneError
        if turn.keys:
            return turn.keys
        if turn.wav is None:
            return recognise_typed(turn.says)
        if self.recogniser is None:
            raise CallerGoneError
        hearing = self.recogniser.start(listen.expect.value, only=frozenset(listen.only))
        try:
            for block in wav_blocks(turn.wav, self.recogniser.capabilities.sample_rate):
                hearing.feed(block)
        except AudioError as error:  # the user's mistake, not a fault of the line: told when the call is over
            self.broken = error
            raise CallerGoneError from error
        return hearing.finish()

    def transfer(self, transfer: Transfer) -> Dialled:
        """Let the dial end as the script says; answered where it says nothing. Raises CallerGoneError."""
        results = self.script.dials
        result = results[len(self.dialled)] if len(self.dialled) < len(results) else DialStatus.ANSWERED.value
        self.dialled.append(transfer.entry)
        self._at += timedelta(seconds=5)
        if result == "hangup":
            raise CallerGoneError
        status = DialStatus(result)
        if status is DialStatus.ANSWERED:
            self.answered_by.append(transfer.entry)
        return Dialled(self.now(), status, answer_seconds=5.0 if status is DialStatus.ANSWERED else None)

    def pay(self, payment: TakePayment) -> Paid:
        """Let the payment end as the script says; paid where it says nothing. Raises CallerGoneError."""
        results = self.script.payments
        result = results[len(self.payments)] if len(self.payments) < len(results) else PayStatus.CHARGED.value
        self.payments.append(payment)
        self._at += timedelta(seconds=40)
        if result == "hangup":
            raise CallerGoneError
        return Paid(self.now(), PayStatus(result), "made-up")

    def send_text(self, facts: CallFacts, text: SendText) -> bool:
        """Send nothing, and say whether the script lets it arrive."""
        del facts, text
        return self.script.texts

    def hang_up(self) -> None:
        """End the call."""


def play_call(
    site: Organisation, recogniser: Recogniser | None, script: CallScript, recorder: Recorder | None = None
) -> CallResult:
    """Play one call through the recogniser, the matcher and the dialogue. Raises AudioError."""
    started = call_time(script.at or OFFICE_HOURS, site.settings.site)
    line = RecordedLine(recogniser, script, started)
    facts = call_facts(site.settings, CHANNEL, started, Caller(number=script.caller, internal=script.internal))
    facts = replace(
        facts,
        open=facts.open if script.open is None else script.open,
        survey=script.survey,
        last_entry=_entry_id(site, script.last_entry),
    )
    engine = _engine(site, script)
    prompts = site.prompts.beside(_grammars(site), engine.desk.site.languages) if script.languages else site.prompts
    parts = replace(call_parts(site, recorder, line.send_text), engine=engine, prompts=prompts)
    record = Conversation(parts, facts).run(line)
    if line.broken:
        raise line.broken
    return _judge(script, record, line)


def play_calls(
    site: Organisation,
    recogniser: Recogniser | None,
    scripts: Iterable[CallScript],
    recorder: Recorder | None = None,
) -> Iterator[CallResult]:
    """Play calls one after the other, giving each result as it comes. Raises AudioError."""
    for script in scripts:
        yield play_call(site, recogniser, script, recorder)


def run_calls(
    site: Organisation,
    recogniser: Recogniser | None,
    scripts: Iterable[CallScript],
    recorder: Recorder | None = None,
    progress: Callable[[CallResult], None] | None = None,
) -> tuple[CallResult, ...]:
    """Play calls and return what became of all; `progress` is told of each as it ends. Raises AudioError."""
    results = []
    for result in play_calls(site, recogniser, scripts, recorder):
        results.append(result)
        if progress:
            progress(result)
    return tuple(results)


def _engine(site: Organisation, script: CallScript) -> Engine:
    """Return the site's dialogue, with the settings of the script over its own. Raises InputError for another key."""
    engine = site.engine
    if script.languages:
        offered = {"languages": script.languages, "recognised": script.recognised}
        desk = engine.desk
        engine = speaking(Engine.over(replace(desk, site=desk.site.model_copy(update=offered))), _grammars(site))
    if not script.settings:
        return engine
    desk, changed = engine.desk, {}
    for key, value in script.settings.items():
        table, _, name = key.partition(".")
        if table != "dialogue" or name not in DialogueSettings.model_fields:
            raise InputError(f"`{key}` is no setting of a call", where=f"call `{script.id}`", todo="use `dialogue.KEY`")
        changed[name] = value
    try:
        rules = DialogueSettings.model_validate(desk.rules.model_dump() | changed)
    except ValidationError as error:
        raise InputError(error.errors()[0]["msg"].lower(), where=f"call `{script.id}`, settings") from None
    return Engine.over(replace(desk, rules=rules))


def _grammars(site: Organisation) -> Path:
    return site.settings.path(site.settings.grammar.folder)


def _entry_id(site: Organisation, name: str) -> str:
    entries = site.engine.desk.directory.entries
    return next((e.id for e in entries if name in {e.id, e.name}), "") if name else ""


def _judge(script: CallScript, record: CallRecord, line: RecordedLine) -> CallResult:
    expect = script.expect
    problems = []
    if expect.outcome and record.outcome not in expect.outcome:
        problems.append(f"outcome {record.outcome.value}, expected {' or '.join(expect.outcome)}")
    if expect.entry and not any(map(expect.means, line.dialled)):
        went = ", ".join(entry.name for entry in line.dialled) or "nobody"
        problems.append(f"dialled {went}, expected {expect.entry}")
    if expect.enquiry and record.enquiry_id != expect.enquiry:
        problems.append(f"enquiry {record.enquiry_id or 'none'}, expected {expect.enquiry}")
    heard = " ".join(line.said).casefold()
    problems += [f"never said {words!r}" for words in expect.said if words.casefold() not in heard]
    sent = line.answered_by if record.outcome is Outcome.TRANSFERRED else []
    wrong = bool(expect.outcome or expect.entry) and not all(map(expect.means, sent))
    return CallResult(
        script=script,
        record=record,
        said=tuple(line.said),
        dialled=tuple(line.dialled),
        problems=tuple(problems),
        wrong_transfer=wrong,
    )
