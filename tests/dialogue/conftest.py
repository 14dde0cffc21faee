"""A fixture council, and a player of whole calls through the pure engine.

What was typed is understood by looking it up, so that these calls test the dialogue and nothing else: a name is
sure, `unsure:` makes it unsure, `doubtful:` too
unsure to ask about, `faint:` hardly likely at all, several of one name are a choice, and anything unknown is not
understood.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.dialogue.actions import Action, FileRequest, Finish, HangUp, Listen, Say, SendText, TakePayment, Transfer
from ivr.dialogue.engine import Engine
from ivr.dialogue.events import CallStarted, Dialled, Event, Fault, Filed, Heard, HungUp, Keyed, Paid, Silence, TextSent
from ivr.dialogue.prompts import Prompts
from ivr.dialogue.skill import Asked, Reply
from ivr.dialogue.state import State
from ivr.dialogue.wording import say
from ivr.model import (
    MOST_ALIKE,
    Audience,
    CallFacts,
    Candidate,
    Command,
    Decision,
    DialStatus,
    Directory,
    Enquiry,
    Entry,
    Expect,
    Kind,
    PayStatus,
    Target,
    TargetKind,
    Understanding,
)
from ivr.settings import DialogueSettings, SiteSettings
from ivr.text import normalise

HERE = Path(__file__).parent
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""Within everybody's hours but the dog warden's."""


class Lamp:
    """A skill of two questions: the lamp post's number (keyed or said), and whether it is out altogether."""

    def begin(self, asked: Asked) -> Reply:
        """Ask for the number."""
        return self.ask(asked)

    def ask(self, asked: Asked) -> Reply:
        """Put the question that is still open."""
        if "post" not in asked.slots:
            return Reply(says=(say("spell"),), listen=Listen(Expect.DIGITS, keys=6), slots=asked.slots)
        return Reply(says=(say("confirm_entry", name="out"),), listen=Listen(Expect.YES_NO), slots=asked.slots)

    def take(self, asked: Asked) -> Reply:
        """Take the answer to it."""
        if "post" not in asked.slots:
            post = asked.keys or (asked.said.value or asked.said.text if asked.said else "")
            if not post.isdigit():
                return Reply(understood=False)
            return self.ask(replace(asked, slots={"post": post}))
        if asked.said is None or asked.said.command not in {Command.YES, Command.NO}:
            return Reply(understood=False)
        return Reply(says=(say("answer", answer=f"Post {asked.slots['post']} is reported."),))


class Till:
    """A skill that asks nothing and takes a payment."""

    def begin(self, asked: Asked) -> Reply:
        """Take it."""
        payment = TakePayment(pence=1250, account="123", takes="rent")
        return Reply(slots={**asked.slots, "account": "123"}, payment=payment)

    def take(self, asked: Asked) -> Reply:
        """Take no answer."""
        return Reply(understood=False, slots=asked.slots)

    def ask(self, asked: Asked) -> Reply:
        """Ask nothing."""
        return Reply(listen=Listen(Expect.CALL), slots=asked.slots)


@dataclass(frozen=True)
class Council:
    """The fixture council."""

    site: SiteSettings
    directory: Directory
    enquiries: tuple[Enquiry, ...]

    def engine(self, **rules: Any) -> Engine:
        """Make its dialogue."""
        skills = {"lamp": Lamp(), "till": Till()}
        return Engine(self.directory, self.enquiries, self.site, DialogueSettings(**rules), skills=skills)


@dataclass
class Played:
    """What became of a call."""

    state: State = field(default_factory=State)
    said: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    filed: list[FileRequest] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    finish: Finish | None = None
    steps: list[tuple[Action, ...]] = field(default_factory=list)


def read_council() -> Council:
    """Read the fixture council."""
    data = yaml.safe_load((HERE / "council.yaml").read_text(encoding="utf-8"))
    entries = tuple(
        Entry(**{"spoken": (normalise(e["name"]),)} | e | _typed(e, {"kind": Kind, "audience": Audience}))
        for e in data["entries"]
    )
    enquiries = tuple(
        Enquiry(**e | {"phrases": tuple(e["phrases"])} | _typed(e, {"audience": Audience})) for e in data["enquiries"]
    )
    return Council(SiteSettings(**data["site"]), Directory((*entries, *_many()), version="test"), enquiries)


def _many() -> list[Entry]:
    """Make more people of one name than a question can tell apart."""
    return [
        Entry(id=f"lund_{n}", kind=Kind.PERSON, name=f"{n} Lund", spoken=(), surname="Lund", number=f"48{n:02d}")
        for n in range(MOST_ALIKE)
    ]


def _typed(row: dict[str, Any], kinds: dict[str, Any]) -> dict[str, Any]:
    return {name: kind(row[name]) for name, kind in kinds.items() if name in row}


class Listener:
    """Looks up what was typed."""

    def __init__(self, council: Council) -> None:
        self.council = council

    def understand(self, text: str, state: State, listen: Listen | None, *, sure: bool = True) -> Understanding:
        """Return what `text` means; `sure=False`: to be confirmed."""
        said = normalise(text)
        offered = listen.offered if listen else ()
        first, _, rest = said.partition(" ")
        if first in {"yes", "no"} and rest and listen and listen.expect is Expect.YES_NO:
            found = self.understand(rest, state, replace(listen, expect=Expect.CALL), sure=sure)
            return replace(found, text=said, command=Command(first))
        if said in set(Command):
            return Understanding(said, Decision.ACCEPT, command=Command(said))
        targets = self._targets(said, state, offered if listen and listen.expect is Expect.CHOICE else ())
        if not targets:
            return Understanding(said, Decision.REJECT)
        one = Decision.ACCEPT if sure else Decision.CONFIRM
        candidates = tuple(Candidate(t, str(t), 0.9 / len(targets)) for t in targets)
        return Understanding(said, one if len(targets) == 1 else Decision.CHOOSE, candidates)

    def _targets(self, said: str, state: State, offered: tuple[str, ...]) -> list[Target]:
        entries = [e for e in self.council.directory.entries if e.audience is not Audience.NOBODY]
        entries = [e for e in entries if state.internal or e.audience is Audience.EVERYONE]
        among = [e for e in entries if f"entry:{e.id}" in offered]
        near = [
            e for e in among if said in {normalise(v) for v in (e.name, e.department, e.role, e.forename, e.surname)}
        ]
        found = near or [e for e in entries if said in {*e.spoken, normalise(e.surname)}]
        asked = [q for q in self.council.enquiries if said in q.phrases]
        targets = [Target(TargetKind.ENTRY, e.id) for e in found] + [Target(TargetKind.ENQUIRY, q.id) for q in asked]
        return [t for t in targets if str(t) not in state.declined]


class Player:
    """Plays calls through an engine, a turn at a time."""

    def __init__(self, council: Council, prompts: Prompts, **rules: Any) -> None:
        self.engine = council.engine(**rules)
        self.listener = Listener(council)
        self.prompts = prompts

    def play(self, turns: list[Any], at: datetime = MONDAY, **facts: Any) -> Played:
        """Play `turns`; every state goes through JSON on the way."""
        call = CallFacts(**{"call_id": "c1", "channel": "test", "started": at} | facts)
        played = Played()
        self.step(played, CallStarted(at, call))
        for n, turn in enumerate(turns):
            self.step(played, self.event(played, turn, at + timedelta(seconds=10 * (n + 1))))
        return played

    def step(self, played: Played, event: Event) -> None:
        """Take one event, its state through JSON."""
        played.state, actions = self.engine.step(State.from_json(played.state.to_json()), event)
        played.steps.append(actions)
        for action in actions:
            match action:
                case Say():
                    played.said.append(action.prompt)
                    played.words.append(self.prompts.render(action.prompt, action.values))
                case Transfer():
                    played.dialled.append(action.entry.id + ("!" if action.priority else ""))
                case SendText():
                    played.texts.append(action.enquiry)
                    break  # what follows is for a channel that does not say how it went
                case FileRequest():
                    played.filed.append(action)
                case Finish():
                    assert played.finish is None, "one outcome a call"
                    played.finish = action
                case _:
                    pass
        assert isinstance(actions[-1], Listen | Transfer | TakePayment | HangUp | FileRequest)

    def event(self, played: Played, turn: Any, at: datetime) -> Event:  # noqa: C901, PLR0911, PLR0912 (one case a kind of turn)
        """Make the event of one turn."""
        listen = self.engine.listening(played.state)
        match turn:
            case "silence":
                return Silence(at)
            case "hangup":
                return HungUp(at)
            case str():
                return Heard(at, self.listener.understand(turn, played.state, listen))
            case {"doubtful": text}:
                found = self.listener.understand(text, played.state, listen)
                return Heard(at, replace(found, decision=Decision.REJECT))
            case {"faint": text}:
                found = self.listener.understand(text, played.state, listen)
                faint = tuple(replace(candidate, confidence=0.05) for candidate in found.candidates)
                return Heard(at, replace(found, decision=Decision.REJECT, candidates=faint))
            case {"unsure": text}:
                return Heard(at, self.listener.understand(text, played.state, listen, sure=False))
            case {"keys": keys}:
                return Keyed(at, keys)
            case {"dial": status, **more}:
                return Dialled(at, DialStatus(status), 4.0, more.get("talk"), gone=more.get("gone", False))
            case {"paid": status}:
                return Paid(at, PayStatus(status), "code")
            case {"filed": reference}:
                return Filed(at, reference)
            case {"safety": name}:
                return Heard(at, Understanding("help me", Decision.ACCEPT, safety=name))
            case {"text": result}:
                return TextSent(at, result == "sent")
            case {"fault": reason}:
                return Fault(at, reason)
            case {"hiccup": reason}:
                return Fault(at, reason, recoverable=True)
        raise ValueError(f"no such turn: {turn!r}")


@pytest.fixture(scope="session")
def council() -> Council:
    """Give the fixture council."""
    return read_council()


@pytest.fixture(scope="session")
def prompts(root: Path) -> Prompts:
    """Give the British English prompts."""
    return Prompts.load(root / "grammars", "en-GB")


@pytest.fixture(scope="session")
def player(council: Council, prompts: Prompts) -> type[Player]:
    """Give what makes a player with rules of its own."""

    class Here(Player):
        def __init__(self, **rules: Any) -> None:
            super().__init__(council, prompts, **rules)

    return Here
