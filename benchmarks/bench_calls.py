"""Whole calls for a person: asked, confirmed, chosen, spelled or keyed, until the right one is dialled or is not.

    .venv/bin/python benchmarks/bench_calls.py [--size 20000 --callers 60] [--keys]

A caller asks for somebody of a directory of true British names (`asked_names`), in a voice and with a noise drawn
for the call, and answers what the dialogue asks: yes or no, the position of a name read out, neither, the letters of
the surname (`--keys`: on the keypad), the name again. Every answer is synthetic speech on a telephone line, heard with
the product's own recognisers and narrowed as in a live call. What became of each call is kept in `var/bench/calls`, so
that a long run may be cut short and gone on with; the table is of all calls kept.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from asked_names import NOISES, directory_file
from spoken_calls import FRAMES, JUDGING, RECORDED, speak, voiced

from ivr.assembly import open_site
from ivr.channels.offline import Caller, call_facts, call_parts, call_time
from ivr.channels.runner import Conversation
from ivr.dialogue.actions import Listen, Transfer
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


def answer(conversation: Conversation, wanted: Entry, frame: str, *, keys: bool) -> str:  # noqa: PLR0911 (one a phase)
    """Return what the caller says, or the keys they press, where the call stands."""
    state, target = conversation.state, f"entry:{wanted.id}"
    match state.phase:
        case Phase.CONFIRMING:
            return "yes" if state.about == target else "no"
        case Phase.CHOOSING if target not in state.offered:
            return "neither of them"
        case Phase.CHOOSING if len(state.offered) <= MOST_READ_OUT:
            return POSITIONS[state.offered.index(target)]
        case Phase.SPELLING if keys:
            return "".join(KEYS[letter] for letter in squash(wanted.surname))
        case Phase.SPELLING:
            return " ".join(squash(wanted.surname))
        case Phase.LISTENING if not conversation.turn:
            return frame.format(wanted.name)
        case _:
            return wanted.name


def play(site: Site, recogniser: Recogniser, wanted: Entry, voice: Voice, *, keys: bool) -> tuple[str, int, int]:
    """Hold one call; return what became of it, its turns, and the turn in which spelling was asked for (0: none)."""
    frame, spelled = random.Random(voice.seed).choice(FRAMES), 0
    started = call_time("", site.settings.site)
    conversation = Conversation(call_parts(site), call_facts(site.settings, "recording", started, Caller()))
    actions = conversation.start()
    for turn in range(MOST_TURNS):
        last = actions[-1]
        if isinstance(last, Transfer):
            return ("right" if last.entry.id == wanted.id else outcome(last)), turn, spelled
        if not isinstance(last, Listen):
            break
        spelled = spelled or (turn + 1 if conversation.state.phase is Phase.SPELLING else 0)
        said, at = answer(conversation, wanted, frame, keys=keys), started + timedelta(seconds=10 * (turn + 1))
        if said.isdigit():
            actions = conversation.press(f"{said}#", at)
            continue
        heard = hear(recogniser, last.expect, voice.say(said, turn), only=frozenset(last.only))
        actions = conversation.hear(heard, at)
    return "ended", MOST_TURNS, spelled


def outcome(transfer: Transfer) -> str:
    """Name a transfer that is not to the one wanted."""
    return "operator" if transfer.entry.id == "operator" else "wrong person"


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
    options = parser.parse_args()
    folder = WORK / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{options.size}{'-keys' if options.keys else ''}.csv"
    known = path.read_text(encoding="utf-8").count("\n") - 1 if path.exists() else 0
    site = open_site(load_settings(ROOT), export=directory_file(WORK / "names", options.size))
    recogniser = site.recogniser()
    people = sorted(site.directory.entries, key=lambda entry: entry.id)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if not known:
            writer.writerow(["caller", "wanted", "voice", "group", "noise", "became", "turns", "spelled"])
        for number in range(max(known, 0), options.callers):
            dice = random.Random(number)
            wanted, name, noise = dice.choice(people), JUDGING[number % len(JUDGING)], dice.choice(NOISES)
            became, turns, spelled = play(site, recogniser, wanted, Voice(name, noise, number), keys=options.keys)
            group = "recorded" if name.partition(":")[0] in RECORDED else "formant"
            writer.writerow([number, wanted.name, name, group, noise or "", became, turns, spelled])
            file.flush()
    table(path)


if __name__ == "__main__":
    main()
