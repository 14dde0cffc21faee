"""Telephone calls between requests: each request is one step of a conversation, taken once, answered the same for ever.

Everything a call needs is in the database, so any server can take any request, a killed one loses nothing,
and a request sent twice (the network's retry, Twilio's retry) gets the first answer, word for word. A call keeps
the directory version it began with, as long as this process still has it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from ivr.channels.callers import Contact, chosen, is_colleague
from ivr.channels.dialling import say_and_dial
from ivr.channels.editions import Edition, Editions
from ivr.channels.filing import file_request
from ivr.channels.keeping import Keeper
from ivr.channels.ledger import Ledger
from ivr.channels.logs import CALL
from ivr.channels.phrases import Piece, Recorded, Spoken, Style
from ivr.channels.runner import Conversation, Parts
from ivr.channels.saved import CHANNEL, Saved
from ivr.channels.tracing import span
from ivr.channels.twiml import Turn, compose
from ivr.channels.watch import Unwatched
from ivr.dialogue.actions import Listen, Say, Transfer
from ivr.dialogue.desk import OPERATOR
from ivr.dialogue.hours import Region, is_open
from ivr.errors import RecordsError
from ivr.model import CallFacts, CallRecord, Outcome
from ivr.records.direct import DirectCallers
from ivr.records.privacy import know
from ivr.records.sessions import StaleRequestError
from ivr.records.spooled import Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivr.channels.comments import Comments
    from ivr.channels.hints import Hints
    from ivr.channels.limits import Limits
    from ivr.channels.messages import Messages
    from ivr.channels.organisation import LiveOrganisation
    from ivr.channels.recent import LastTransfer, Recent
    from ivr.channels.runner import Actions
    from ivr.channels.voiceover import Voiceover
    from ivr.channels.watch import Watch
    from ivr.dialogue.actions import SendText
    from ivr.records.sessions import Sessions
    from ivr.records.spool import Spool

    Happening = Callable[[Conversation, datetime], Actions]

LETTERS_A_SECOND = 15.0
"""Pace of the synthetic voice, for telling ringing from speaking."""

SPEAKING_SECONDS = 30.0
"""A caller of whom nothing is heard for so long after a question is gone, or was answered elsewhere."""
MOST_REQUESTS = 10_000
"""No call has more; a higher number in an address is nonsense, and no database's integer."""

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class ReplayedError(RecordsError):
    """A request answered long ago is sent again: not a retry, but a copy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one request."""

    document: str
    """TwiML."""
    turn: int
    """The request it answers."""
    actions: Actions = ()
    """What the document says and does; empty: the answer was given before."""
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What calls work with beside the site."""

    sessions: Sessions
    voiceover: Voiceover
    hints: Hints
    messages: Messages
    comments: Comments | None = None
    """Records what callers say about their score; None: only their words are kept."""
    recent: Recent
    spool: Spool | None = None
    """Where records wait while they cannot be written; None: then they are lost."""
    limits: Limits
    stream_url: Callable[[], str] = str
    """`wss` address where our own recogniser listens now; '': it cannot, and Twilio listens."""
    clock: Callable[[], datetime] = _now
    watch: Watch = field(default_factory=Unwatched)


class Calls:
    """All telephone calls of a site. Safe to share between threads."""

    def __init__(self, site: LiveOrganisation, tools: Tools) -> None:
        self.tools = tools
        self._waited_for: dict[str, float] = {}
        """When a caller who is to say something was last answered by this process, by call; monotonic."""
        self.editions = Editions(Edition(site, tools.hints))
        self.style = Style.of(site.settings)
        phone = site.settings.site.operator
        apology = site.prompts.render("fault", {})
        self.fallback = say_and_dial(apology, site.prompts.render("nobody_free", {}), phone, self.style)
        """The static answer: apologise and dial the operator."""

    @property
    def site(self) -> LiveOrganisation:
        """The site that new calls get."""
        return self.editions.newest.site

    def arrive(self, contact: Contact) -> Answer:
        """Answer a call that came in, or came in again. Raises RecordsError, ReplayedError."""
        CALL.set(contact.call_id)
        with span("call.arrive", call_id=contact.call_id):
            return self._arrive(contact)

    def _arrive(self, contact: Contact) -> Answer:
        known = self._given(contact, 0)
        if known:
            return known
        now = self.tools.clock()
        edition = self.editions.newest
        settings = edition.site.settings
        key = know(contact.caller, self._secret).key
        last = self._last_transfer(key, now)
        facts = CallFacts(
            call_id=contact.call_id,
            channel=CHANNEL,
            started=now,
            caller=contact.caller,
            dialled=contact.dialled,
            internal=is_colleague(contact.caller, settings.telephony),
            open=is_open(settings.site.hours, now, Region.of(settings.site)),
            short=self.tools.limits.short(key, now),
            survey=chosen(contact.call_id, settings.dialogue.survey),
            last_entry=last.entry_id if last else "",
            last_call=last.call_id if last else "",
            handed_from=contact.handed_from,
        )
        saved = Saved(
            state="", turn=0, started=now, internal=facts.internal, open=facts.open,
            last_entry=facts.last_entry, last_call=facts.last_call, directory=edition.version,
            handed_from=facts.handed_from,
        )  # fmt: skip
        ledger = Ledger(edition.site.store, self.tools.spool)
        conversation = Conversation(self._parts(ledger, edition), facts)
        return self._settle(contact, saved, conversation, ledger, conversation.start(), 0)

    def pass_by(self, contact: Contact) -> str:
        """Return the static answer for a caller there is no room for; their call is recorded when there is."""
        if self.tools.spool:
            self.tools.spool.append([Finished(self._passed_by(contact, "no room"))])
        return self.fallback

    def over(self, contact: Contact, seconds: float) -> None:
        """Take in that a call is over of which nobody here knows.

        No host answered it, so Twilio asked the fallback address, which puts callers through to an operator; or
        another host knows it, which the database cannot be asked about, and whose records go before this one.
        `seconds`: how long it was.
        """
        call = self._passed_by(contact, "not answered by the service")
        ledger = Ledger(self.site.store, self.tools.spool)
        ledger.over(replace(call, started=call.ended - timedelta(seconds=seconds)))
        try:
            ledger.flush()
        except RecordsError as error:
            log.error("call %s: its end is not recorded: %s", contact.call_id, error)  # noqa: TRY400 (one line)

    def _passed_by(self, contact: Contact, why: str) -> CallRecord:
        """Return the record of a caller who went to an operator without a conversation."""
        now, edition = self.tools.clock(), self.editions.newest
        caller = know(contact.caller, self._secret)
        return CallRecord(
            call_id=contact.call_id,
            channel=CHANNEL,
            started=now,
            ended=now,
            outcome=Outcome.OPERATOR_FALLBACK,
            caller_key=caller.key,
            caller_masked=caller.masked,
            entry_id=OPERATOR,
            entry_name=edition.site.engine.desk.operator.name,
            reason=why,
            directory_version=edition.version,
            handed_from=contact.handed_from,
        )

    def take(self, contact: Contact, turn: int, happening: Happening, *, deaf: bool = False) -> Answer:
        """Take the step that request `turn` brings. `happening` tells the conversation what happened.

        A request already answered gets that answer; one that is out of order gets the answer the call is at;
        a call nobody knows begins afresh. `deaf`: our own recogniser failed. Raises RecordsError, ReplayedError.
        """
        turn = min(turn, MOST_REQUESTS)
        CALL.set(contact.call_id)
        with span("call.request", call_id=contact.call_id, turn=turn):
            return self._take(contact, turn, happening, deaf=deaf)

    def _take(self, contact: Contact, turn: int, happening: Happening, *, deaf: bool) -> Answer:
        known = self._given(contact, turn)
        if known:
            return known
        session = self.tools.sessions.load(contact.call_id)
        if session is None:
            log.warning("call %s: unknown at request %d; it begins afresh", contact.call_id, turn)
            return self.arrive(contact)
        if session.turn != turn:
            return self.current(contact) or self.arrive(contact)
        saved = Saved.from_json(session.state)
        facts = saved.facts(contact.call_id, contact.caller, contact.dialled)
        edition = self.editions.of(saved.directory)
        ledger = Ledger(edition.site.store, self.tools.spool)
        conversation = Conversation(self._parts(ledger, edition), facts, state=saved.dialogue(), turn=saved.turn)
        with span("call.dialogue"):
            actions = happening(conversation, self.tools.clock())
        with span("call.settle"):
            return self._settle(contact, replace(saved, deaf=saved.deaf or deaf), conversation, ledger, actions, turn)

    def current(self, contact: Contact) -> Answer | None:
        """Return the answer that a call is at, without moving it; None: nobody knows the call."""
        session = self.tools.sessions.load(contact.call_id)
        if session is None:
            return None
        given = self.tools.sessions.answered(contact.call_id, session.turn - 1)
        return None if given is None else Answer(given, session.turn - 1)

    def awaited(self, call_id: str) -> tuple[int, Saved] | None:
        """Return the request a call waits for and where it stands; None: nobody knows the call."""
        session = self.tools.sessions.load(call_id)
        return (session.turn, Saved.from_json(session.state)) if session else None

    def listening(self, saved: Saved) -> Listen | None:
        """Return what a saved call listens for."""
        return self.editions.of(saved.directory).site.engine.listening(saved.dialogue())

    def pieces(self, say: Say) -> Sequence[Piece]:
        """Return a prompt as recordings and speech."""
        prompts = self.site.prompts.of(say.language)
        pieces = self.tools.voiceover.pieces(prompts.segments(say.prompt, say.values))
        if any(isinstance(piece, Recorded) for piece in pieces):
            return tuple(replace(p, language=say.language) if isinstance(p, Spoken) else p for p in pieces)
        # All spoken: whole, since the voice reads the punctuation between the pieces too.
        return (Spoken(prompts.render(say.prompt, say.values), say.language),)

    def talking(self) -> bool:
        """Whether anybody is in conversation with this process: the last answer asked them something."""
        since = monotonic() - SPEAKING_SECONDS
        return any(answered > since for answered in tuple(self._waited_for.values()))

    def note(self, call_id: str, *, waits: bool) -> None:
        """Note whether a caller's next request is soon to come; forget those of whom nothing came for long."""
        self._waited_for.pop(call_id, None)  # so that the oldest comes first
        now = monotonic()
        if waits:
            self._waited_for[call_id] = now
        for other, answered in tuple(self._waited_for.items()):
            if answered > now - SPEAKING_SECONDS:
                break
            self._waited_for.pop(other, None)

    # --- inside ---

    @property
    def _secret(self) -> str:
        return self.site.settings.secrets.secret_key.get_secret_value()

    def _parts(self, ledger: Ledger, edition: Edition) -> Parts:
        site = edition.site
        return Parts(
            engine=site.engine,
            understander=site.understander,
            prompts=site.prompts,
            recorder=ledger,
            know=lambda number: know(number, self._secret),
            send_text=self._text,
            comments=self.tools.comments,
            notice="recording_notice" if Keeper.of(site.settings) else "",
            permit=self.tools.limits.permit,
            straight=DirectCallers(site.store.database).has,
            file=lambda facts, action: file_request(site.store, facts, action, self.tools.clock()),
        )

    def _last_transfer(self, caller_key: str, now: datetime) -> LastTransfer | None:
        """Whom the caller was just put through to, as far as the records can be asked."""
        try:
            return self.tools.recent.transfer(caller_key, now)
        except RecordsError as error:
            log.warning("last transfer not known: %s", error)
            return None

    def _text(self, facts: CallFacts, action: SendText) -> bool:
        return self.tools.messages.send(facts.call_id, action.enquiry, facts.caller, action.body)

    def _given(self, contact: Contact, turn: int) -> Answer | None:
        """Return the answer given to this request before. Raises ReplayedError where that is too long ago."""
        given = self.tools.sessions.answered(contact.call_id, turn, contact.key)
        if given is None:
            return None
        session = self.tools.sessions.load(contact.call_id)
        if session:
            times = Saved.from_json(session.state).times
            answered = times[min(turn, len(times) - 1)]
            if self.tools.clock().timestamp() - answered > self.site.settings.telephony.replay_seconds:
                raise ReplayedError(f"call {contact.call_id}: request {turn} was answered long ago")
        return Answer(given, turn)

    def _settle(
        self, contact: Contact, saved: Saved, conversation: Conversation, ledger: Ledger, actions: Actions, turn: int
    ) -> Answer:
        """Write the answer, and let one of all that answer this request win."""
        now = self.tools.clock().timestamp()
        # A call waits for the request after this one, and every request before it has its time.
        times = (*saved.times, now)[: turn + 1]
        document = self._document(contact, conversation, actions, turn + 1, saved)
        after = replace(
            saved,
            state=conversation.state.to_json(),
            turn=conversation.turn,
            times=times,
            dialling_from=now + self._speaking(actions) if isinstance(actions[-1], Transfer) else 0.0,
        )
        try:
            settled = self.tools.sessions.advance(
                contact.call_id, turn, after.to_json(), document, contact.key, ledger.kept
            )
        except StaleRequestError:
            return self.current(contact) or Answer(self.fallback, turn)
        if not settled.won:
            return Answer(settled.answer, turn)
        try:
            if ledger.kept is None:
                ledger.flush()
        except RecordsError as error:
            log.error("call %s: not recorded: %s", contact.call_id, error)  # noqa: TRY400 (one line says it all)
        self.note(contact.call_id, waits=isinstance(actions[-1], Listen) and not conversation.ended)
        self.tools.watch.settled(conversation, actions)
        return Answer(document, turn, actions, ended=conversation.ended)

    def _document(
        self, contact: Contact, conversation: Conversation, actions: Actions, following: int, saved: Saved
    ) -> str:
        last = actions[-1]
        stream = ""
        hints: Sequence[str] = ()
        if isinstance(last, Listen):
            stream = "" if saved.deaf or last.free or last.language else self.tools.stream_url()
            if not stream:
                hints = self.editions.of(saved.directory).hints.of(
                    last.expect, last.offered, internal=conversation.facts.internal
                )
        parameters = {"call": contact.call_id, "turn": str(following), "from": contact.caller}
        place = self.site.settings.place
        before = ",".join(site for site in (saved.handed_from, place.id if place else "") if site)
        turn = Turn(
            number=following, caller=contact.caller, hints=hints, stream=stream, parameters=parameters, before=before
        )
        return compose(actions, self.pieces, self.style, turn)

    def _speaking(self, actions: Actions) -> float:
        """Seconds that what is said before a transfer takes, about."""
        pieces = [piece for action in actions if isinstance(action, Say) for piece in self.pieces(action)]
        return sum(len(p.text) if isinstance(p, Spoken) else 30 for p in pieces) / LETTERS_A_SECOND
