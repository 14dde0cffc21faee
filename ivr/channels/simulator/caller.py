"""One call as Twilio would hold it: fetches TwiML, does what it says with a script's caller, and notes every fault."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ivr.channels.media_codec import Started
from ivr.channels.simulator.check import check
from ivr.channels.simulator.dials import place
from ivr.channels.simulator.payments import pay_result
from ivr.channels.simulator.result import Seen
from ivr.channels.simulator.stream import Pace, StreamClient
from ivr.channels.simulator.wire import NoAnswerError, Reply, Target, Wire
from ivr.errors import IvrError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from xml.etree.ElementTree import Element

    from ivr.channels.script import CallScript, Turn

    Hear = Callable[[Turn], tuple[str, float | None]]
    """Gives the words, and the confidence, that a speech recogniser would find in a turn."""

MOST_DOCUMENTS = 200
"""Documents after which a call goes round in circles."""
LETTERS_A_SECOND = 15.0
VERBS = (
    "Say",
    "Play",
    "Pause",
    "Gather",
    "Dial",
    "Enqueue",
    "Redirect",
    "Record",
    "Connect",
    "Pay",
    "Hangup",
    "Reject",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How calls are played."""

    hear: Hear
    pace: Pace = field(default_factory=Pace)
    repeat: bool = False
    """Send every request twice."""
    sparse: bool = False
    """Leave out every parameter that Twilio may leave out."""
    fallback: str = ""
    """Address fetched where the server fails a request, as Twilio does; empty: none."""


class CallEndedError(Exception):
    """The call is over. Says who ended it."""


class SimulatedCall:
    """One call."""

    def __init__(self, script: CallScript, target: Target, options: Options) -> None:
        self.script, self.options = script, options
        self.seen = Seen("CA" + secrets.token_hex(16))
        self.target = target
        self.wire = Wire(target, repeat=options.repeat)
        self._turns: deque[Turn] = deque(script.turns)
        self._base = target.seen + (urlsplit(target.url).path or "/")
        self._documents = 0

    def run(self) -> Seen:
        """Play the call to its end. Never raises for what the server does: that is noted."""
        try:
            root = self.fetch(self._base, {"CallStatus": "ringing"})
            while root is not None:
                root = self._follow(root)
            self._end("service")
        except CallEndedError as ended:
            self._end(str(ended))
        except IvrError as error:
            self.seen.problems.append(str(error))
            self._end("")
        finally:
            self.wire.close()
        self.seen.requests += self.wire.seconds
        self.seen.problems += self.wire.differences
        return self.seen

    # --- documents ---

    def fetch(self, address: str, form: Mapping[str, str], *, whisper: bool = False) -> Element | None:
        """Post to an address found in a document and return what it answers, checked. Raises NoAnswerError."""
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise NoAnswerError(f"more than {MOST_DOCUMENTS} documents: the call goes round in circles")
        public = self.target.absolute(address, self._base)
        reply = self._posted(public, self.parameters(form))
        checked = check(reply.body, reply.content_type, whisper=whisper)
        path = urlsplit(public).path
        self.seen.problems += [f"{path}: {problem}" for problem in checked.problems]
        if not whisper:
            self._base = public
        return checked.root

    def _posted(self, public: str, form: Mapping[str, str]) -> Reply:
        try:
            reply = self.wire.post(public, form)
            if reply.status == 200:  # noqa: PLR2004 (HTTP's OK)
                return reply
            why = f"{urlsplit(public).path} answered {reply.status}"
        except NoAnswerError as error:
            why = str(error)
        if not self.options.fallback:
            raise NoAnswerError(why)
        self.seen.problems.append(f"{why}; Twilio goes to the fallback address")
        return self.wire.post(self.options.fallback, {**form, "ErrorCode": "11200", "ErrorUrl": public})

    def parameters(self, form: Mapping[str, str]) -> dict[str, str]:
        """Return what Twilio sends of a call with every request."""
        body = {
            "CallSid": self.seen.call_id,
            "AccountSid": "AC" + "0" * 32,
            "From": self.script.caller or "anonymous",
            "To": "+441632960001",
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }
        if not self.options.sparse:
            caller = body["From"]
            body |= {"Caller": caller, "Called": body["To"], "FromCountry": "GB", "ToCountry": "GB", "CallerName": ""}
        return body | dict(form)

    def _follow(self, root: Element) -> Element | None:
        """Do what a document says; return the next one, or None where it ends."""
        for verb in root:
            handler: Callable[[Element], Any] | None = getattr(self, f"_{verb.tag.casefold()}", None)
            if verb.tag not in VERBS or handler is None:
                self.seen.notes.append(f"<{verb.tag}> is not simulated")
                continue
            following = handler(verb)
            if following is not None:
                found: Element | None = following.root
                return found
        return None

    # --- verbs: each returns the next document, or None to go on with the next verb ---

    def _say(self, verb: Element) -> None:
        self.seen.said.append("".join(verb.itertext()))

    def _play(self, verb: Element) -> None:
        address = (verb.text or "").strip()
        if not address:
            return
        reply = self.wire.get(self.target.absolute(address, self._base))
        self.seen.said.append(f"[{urlsplit(address).path.rpartition('/')[2]}]")
        if reply.status != 200 or not reply.content_type.startswith("audio/"):  # noqa: PLR2004
            self.seen.problems.append(f"{address}: {reply.status} {reply.content_type}: not a recording")

    def _pause(self, verb: Element) -> None:
        del verb

    def _gather(self, verb: Element) -> Next | None:
        for part in verb:
            self._follow_one(part)
        turn = self._next_turn()
        if turn is None or turn.only_hangs_up:
            raise CallEndedError("caller")
        self.seen.turns += 1
        form = self._gathered(turn, verb)
        if not form and verb.get("actionOnEmptyResult") != "true":
            return None
        answered = Next(self.fetch(verb.get("action") or self._base, form))
        if turn.hangup:
            raise CallEndedError("caller")
        return answered

    def _follow_one(self, verb: Element) -> None:
        if verb.tag in {"Say", "Play"}:
            (self._say if verb.tag == "Say" else self._play)(verb)

    def _gathered(self, turn: Turn, verb: Element) -> dict[str, str]:
        """Return what Twilio's gather would send for a turn; empty: nothing came."""
        wanted = verb.get("input", "dtmf")
        if turn.keys and "dtmf" in wanted:
            keys = turn.keys[: int(verb.get("numDigits", "1000"))]
            end = verb.get("finishOnKey", "#")
            return {"Digits": keys.split(end)[0] if end else keys, "FinishedOnKey": end if end and end in keys else ""}
        if (turn.wav or turn.says) and "speech" in wanted:
            words, confidence = self.options.hear(turn)
            if words:
                form = {"SpeechResult": words[:1].upper() + words[1:] + ".", "Language": verb.get("language", "en-US")}
                sure = confidence is None or self.options.sparse
                return form if sure else form | {"Confidence": f"{confidence:.8f}"}
        return {}

    def _dial(self, verb: Element) -> Next | None:
        return self._placed(verb, place(self, verb))

    def _enqueue(self, verb: Element) -> Next | None:
        return self._placed(verb, place(self, verb))

    def _placed(self, verb: Element, form: Mapping[str, str]) -> Next | None:
        action = verb.get("action")
        if not action:
            return None
        answered = Next(self.fetch(action, form))
        if form.get("CallStatus") == "completed":
            raise CallEndedError("caller")
        return answered

    def _redirect(self, verb: Element) -> Next:
        return Next(self.fetch((verb.text or "").strip() or self._base, {}))

    def _record(self, verb: Element) -> Next:
        turn = self._next_turn()
        if turn is None or turn.only_hangs_up:
            raise CallEndedError("caller")
        self.seen.turns += 1
        address = f"https://api.twilio.com/Recordings/RE{secrets.token_hex(16)}"
        form = {"RecordingUrl": address, "RecordingDuration": "3", "Digits": turn.keys or "#"}
        return Next(self.fetch(verb.get("action") or self._base, form))

    def _pay(self, verb: Element) -> Next | None:
        self.seen.payments.append(verb.get("chargeAmount", ""))
        form = pay_result(self.script, verb, len(self.seen.payments))
        action = verb.get("action")
        if not action:
            return None
        answered = Next(self.fetch(action, form))
        if form.get("CallStatus") == "completed":
            raise CallEndedError("caller")
        return answered

    def _connect(self, verb: Element) -> None:
        stream = verb.find("Stream")
        if stream is None:
            self.seen.notes.append("only a Stream can be connected to here")
            return
        self.seen.on_stream = True
        public = stream.get("url", "")
        reachable = self.target.reachable(public)
        if not reachable:
            self.seen.problems.append(f"{public}: not an address of this server, so not contacted")
            return
        if public.startswith("ws:") and not self.target.origin.startswith("http:"):
            self.seen.problems.append(f"{public}: Twilio takes wss only")
        self._stream(stream, public, reachable)

    def _stream(self, verb: Element, public: str, reachable: str) -> None:
        parameters = {p.get("name", ""): p.get("value", "") for p in verb.findall("Parameter")}
        started = Started(
            stream="MZ" + secrets.token_hex(16), call=self.seen.call_id, account="AC" + "0" * 32, parameters=parameters
        )
        try:
            client = StreamClient(
                "ws" + reachable.removeprefix("http"), self.wire.signature(public, {}), self.options.pace
            )
        except UnavailableError as error:
            self.seen.problems.append(str(error))
            return
        done = client.run(started, self._next_turn)
        self.seen.turns += done.turns
        self.seen.answers += done.answers
        self.seen.problems += done.problems
        self.seen.notes += [f"stopped playing {done.cleared} times"] if done.cleared else []
        if done.hung_up:
            raise CallEndedError("caller")

    def _hangup(self, verb: Element) -> None:
        del verb
        raise CallEndedError("service")

    _reject = _hangup

    # --- the caller ---

    def _next_turn(self) -> Turn | None:
        return self._turns.popleft() if self._turns else None

    def _end(self, who: str) -> None:
        """Tell the server that the call is over, as its number's status callback does."""
        self.seen.hung_up = who
        address = self.target.absolute("/voice/status", self.target.seen)
        form = {"CallStatus": "completed", "CallDuration": "60", "SequenceNumber": "0"}
        try:
            self.wire.post(address, self.parameters(form))
        except NoAnswerError as error:
            self.seen.notes.append(f"the status callback failed: {error}")


@dataclass(frozen=True, slots=True)
class Next:
    """The document that a verb led to."""

    root: Element | None
