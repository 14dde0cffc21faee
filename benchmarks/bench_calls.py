"""Whole calls for a person: asked, confirmed, chosen, spelled or keyed, until the right one is dialled or is not.

    .venv/bin/python benchmarks/bench_calls.py [--size 20000 --callers 60] [--keys] [--development]

A caller asks for somebody of a directory of true British names (`asked_names`), in a voice and with a noise drawn
for the call, and answers what the dialogue asks: yes or no, the position of a name read out, neither, the letters of
the surname (`--keys`: on the keypad), the name again. Every answer is synthetic speech on a telephone line, heard with
the product's own recognisers and narrowed as in a live call. What became of each call is kept in `var/bench/calls`, so
that a long run may be cut short and gone on with; the table is of all calls kept. Beside it stands every turn, a line
of JSON each. `--development`: other callers, in voices that the model was trained on, to improve the dialogue with.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from asked_names import NOISES, everybody
from spoken_calls import FITTING, FRAMES, JUDGING, RECORDED, speak, voiced
from synthetic_people import DEPARTMENTS

from ivr.assembly import open_site
from ivr.channels.offline import Caller, call_facts, call_parts, call_time
from ivr.channels.runner import Conversation
from ivr.dialogue.actions import Listen, Say, Transfer
from ivr.dialogue.state import MOST_READ_OUT, Phase
from ivr.recognise.listen import hear
from ivr.records.chance import wilson
from ivr.settings import load_settings
from ivr.text import squash

if TYPE_CHECKING:
    from ivr.assembly import Site
    from ivr.model import Entry
    from ivr.recognise.base import Recogniser, Samples

ROOT = Path(__file__).parent.parent
WORK = ROOT / "var" / "bench"
LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
KEYS = {letter: str(key) for key, letters in enumerate(LETTERS, start=2) for letter in letters}
POSITIONS = ("the first one", "the second one", "the third one")
MOST_TURNS = 12


def directory_file(folder: Path, size: int) -> Path:
    """Write the export of `size` people in the departments of a council, which can be asked for too; return it."""
    path = folder / f"council-{size}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Forename", "Surname", "Department", "Telephone"])
        for number, name in enumerate(DEPARTMENTS):
            writer.writerow(["", "", name, f"01632 961{number:03d}"])
        for number, (first, last) in enumerate(everybody(size)):
            writer.writerow([first, last, DEPARTMENTS[number % len(DEPARTMENTS)], f"01632 960{number % 1000:03d}"])
    return path


@dataclass(frozen=True)
class Voice:
    """How one caller sounds."""

    name: str
    noise: tuple[str, float] | None
    seed: int

    def say(self, text: str, turn: int) -> Samples:
        """Say a text over the line."""
        seed = self.seed * 100 + turn
        line = speak.line(speak.pad(voiced(text, self.name, random.Random(seed))), seed=seed, extra=self.noise)
        return np.asarray(np.clip(line * 32767, -32768, 32767), np.int16)


def answer(conversation: Conversation, wanted: Entry, frame: str, asked: str, *, keys: bool) -> str:  # noqa: PLR0911 (one a phase)
    """Return what the caller says, or the keys they press, where the call stands; `asked`: the prompt said last."""
    state, target = conversation.state, f"entry:{wanted.id}"
    match state.phase:
        case Phase.CONFIRMING:
            return "yes" if state.about == target else "no"
        case Phase.CHOOSING if len(state.offered) > MOST_READ_OUT:
            return {"choose_department": wanted.department, "choose_first_name": wanted.forename}.get(
                asked, wanted.name
            )
        case Phase.CHOOSING:
            return POSITIONS[state.offered.index(target)] if target in state.offered else "neither of them"
        case Phase.SPELLING if keys:
            return "".join(KEYS[letter] for letter in squash(wanted.surname))
        case Phase.SPELLING:
            return ", ".join(squash(wanted.surname).upper()) + "."
        case Phase.LISTENING if not conversation.turn:
            return frame.format(wanted.name)
        case _:
            return wanted.name


@dataclass(frozen=True)
class Played:
    """What became of one call."""

    became: str
    """`right`, `wrong, unasked`, `wrong, asked`, `operator`, or `ended`."""
    turns: int
    spelled: int
    """Turn in which spelling was asked for; 0: none."""
    first: str
    """Decision on the first turn."""
    told: tuple[dict[str, object], ...]
    """Each turn: what was said, what was heard, and what was made of it."""


def play(site: Site, recogniser: Recogniser, wanted: Entry, voice: Voice, *, keys: bool) -> Played:
    """Hold one call."""
    frame, spelled, became = random.Random(voice.seed).choice(FRAMES), 0, "ended"
    started = call_time("", site.settings.site)
    conversation = Conversation(call_parts(site), call_facts(site.settings, "recording", started, Caller()))
    actions, told = conversation.start(), list[dict[str, object]]()
    for turn in range(MOST_TURNS):
        last = actions[-1]
        if isinstance(last, Transfer):
            became = "right" if last.entry.id == wanted.id else outcome(last, conversation)
        if not isinstance(last, Listen):
            break
        spelled = spelled or (turn + 1 if conversation.state.phase is Phase.SPELLING else 0)
        asked = next((action.prompt for action in reversed(actions) if isinstance(action, Say)), "")
        said, at = answer(conversation, wanted, frame, asked, keys=keys), started + timedelta(seconds=10 * (turn + 1))
        if said.isdigit():
            actions = conversation.press(f"{said}#", at)
        else:
            heard = hear(recogniser, last.expect, voice.say(said, turn), only=frozenset(last.only))
            actions = conversation.hear(heard, at)
        told.append(_told(said, conversation))
    first = str(told[0]["decision"]) if told else ""
    return Played(became, len(told), spelled, first, tuple(told))


def _told(said: str, conversation: Conversation) -> dict[str, object]:
    turn = conversation.turns[-1]
    found = [f"{c.label or c.target} {c.confidence:.2f}" for c in turn.candidates[:3]]
    return {"phase": turn.state, "said": said, "heard": turn.heard, "decision": turn.decision or "", "found": found,
            "command": turn.command, "why": turn.why}  # fmt: skip


def outcome(transfer: Transfer, conversation: Conversation) -> str:
    """Name a transfer that is not to the one wanted."""
    if transfer.entry.id == "operator":
        return "operator"
    asked = conversation.turns[-1].state in {Phase.CONFIRMING, Phase.CHOOSING}
    return "wrong, asked" if asked else "wrong, unasked"


def table(path: Path) -> None:
    """Print what became of all calls kept in a file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for group in ("recorded", "formant"):
        some = [row for row in rows if row["group"] == group]
        if not some:
            continue
        became = Counter(row["became"] for row in some)
        low, high = wilson(became["right"], len(some))
        turns = sum(int(row["turns"]) for row in some) / len(some)
        print(f"{group:9} {len(some):4d} calls: right {became['right'] / len(some):.1%} ({low:.1%} - {high:.1%}), "
              f"{dict(became)}, {turns:.1f} turns, {sum(row['spelled'] != '0' for row in some)} spelled")  # fmt: skip


def main() -> None:
    """Play what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", type=int, default=20_000, choices=[1_000, 5_000, 20_000])
    parser.add_argument("--callers", type=int, default=60)
    parser.add_argument("--keys", action="store_true", help="callers key the surname instead of spelling it aloud")
    parser.add_argument("--development", action="store_true", help="other callers, in voices the model knows")
    parser.add_argument("--name", default="", help="of the file, to keep runs of different versions apart")
    parser.add_argument("--only", type=int, nargs="*", help="these callers, whatever is kept")
    options = parser.parse_args()
    folder = WORK / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    kind = f"{'-keys' if options.keys else ''}{'-development' if options.development else ''}"
    path = folder / f"{options.name or options.size}{kind}.csv"
    known = path.read_text(encoding="utf-8").count("\n") - 1 if path.exists() else -1
    site = open_site(load_settings(ROOT), export=directory_file(WORK / "names", options.size))
    recogniser = site.recogniser()
    people = sorted((e for e in site.directory.entries if e.surname), key=lambda entry: entry.id)
    voices, start = (FITTING, 50_000) if options.development else (JUDGING, 0)
    with path.open("a", encoding="utf-8", newline="") as file, path.with_suffix(".jsonl").open("a") as turns:
        writer = csv.writer(file)
        if known < 0:
            writer.writerow(["caller", "wanted", "voice", "group", "noise", "became", "turns", "spelled", "first"])
        for number in options.only or range(max(known, 0), options.callers):
            dice = random.Random(start + number)
            wanted, name, noise = dice.choice(people), voices[number % len(voices)], dice.choice(NOISES)
            played = play(site, recogniser, wanted, Voice(name, noise, start + number), keys=options.keys)
            group = "recorded" if name.partition(":")[0] in RECORDED else "formant"
            row = [number, wanted.name, name, group, noise or "", played.became, played.turns, played.spelled]
            writer.writerow([*row, played.first])
            file.flush()
            print(json.dumps({"caller": number, "became": played.became, "turns": played.told}), file=turns, flush=True)
    table(path)


if __name__ == "__main__":
    main()
